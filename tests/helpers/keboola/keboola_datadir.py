"""Functional tests as keboola-datadirtest lays them out, against a sandbox: whole output folders are compared."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from keboola.datadirtest import TestDataDir

from tests.helpers import golden, harness
from tests.helpers.keboola import keboola_folder

SUCCESS = {"exit_code": 0, "stderr": ""}


def begin(case: Case, *flags: str) -> None:
    """Start a sandbox whose rows are always the same, and put into the configuration how it is reached."""
    daktela = harness.Sandbox("--seed", "1", "--days", "3", *flags)
    case.addCleanup(daktela.stop)
    path = Path(case.source_config_path)
    config = json.loads(path.read_text(encoding="utf-8"))
    config["parameters"] = {**keboola_folder.parameters_of(daktela), **config["parameters"]}
    harness.write_json(path, config)


class Case(TestDataDir):
    """One case. The component runs as it is installed: as a process, which may end with an exit code.

    `expected/status.json` holds that code and what is on stderr, where it is not 0 and nothing. `environment` are
    variables of the platform that `source/set_up.py` may set.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Take what the tester gives."""
        super().__init__(*arguments, **options)
        self.environment = dict(keboola_folder.ENVIRONMENT)
        # The tester only removes what is in it.
        self.addCleanup(shutil.rmtree, Path(self.data_dir).parent)

    def run_component(self) -> None:
        """Run the command; its exit code, stderr and state are part of what is expected."""
        environment = {**os.environ, **self.environment, "KBC_DATADIR": self.source_data_dir}
        done = subprocess.run(
            [self.component_script],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=harness.PATIENCE,
        )
        status = {"exit_code": done.returncode, "stderr": done.stderr.strip()}
        if golden.renewing():
            self._renew_status(status)
        assert status == self._expected_status(), f"{status}\n{done.stdout}"
        assert (Path(self.source_data_dir) / "out/state.json").exists() is (done.returncode == 0)

    def run_post_run_script(self) -> None:
        """Run it; what is there then is what is compared."""
        super().run_post_run_script()
        if golden.renewing():
            for folder in ("tables", "files"):
                for root in (Path(self.orig_dir), Path(self.data_dir)):
                    expected = root / "expected/data/out" / folder
                    shutil.rmtree(expected, ignore_errors=True)
                    shutil.copytree(Path(self.source_data_dir) / "out" / folder, expected)

    @property
    def _status_file(self) -> Path:
        return Path(self.orig_dir) / "expected/status.json"

    def _expected_status(self) -> dict[str, Any]:
        path = self._status_file
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else SUCCESS

    def _renew_status(self, status: dict[str, Any]) -> None:
        if status == SUCCESS:
            self._status_file.unlink(missing_ok=True)
        else:
            self._status_file.write_text(json.dumps(status) + "\n", encoding="utf-8")
