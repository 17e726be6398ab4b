"""What examples/dagster does: `dagster asset materialize`, into CSV files."""

import csv
import json
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.helpers import harness

pytestmark = [pytest.mark.unmeasured, pytest.mark.apart]

EXAMPLE = harness.REPOSITORY / "examples/dagster/daktela_assets.py"
# Prints what the last materialization of each asset says.
READER = """
import json, dagster
with dagster.DagsterInstance.get() as instance:
    events = {name: instance.get_latest_materialization_event(dagster.AssetKey(name)) for name in %r}
    known = {name: event.asset_materialization.metadata for name, event in events.items() if event}
    print(json.dumps({name: {key: one.value for key, one in metadata.items()} for name, metadata in known.items()}))
"""


@dataclass
class Home:
    """A folder with Dagster's own files and those of the target."""

    dagster: Path
    target: Path
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that a user sets, without the login."""
        return {
            **harness.unmeasured(),
            "DAGSTER_HOME": str(self.folder),
            "DAGSTER_DISABLE_TELEMETRY": "1",
            "TAP_DAKTELA": str(harness.COMMANDS / "tap-daktela"),
            "TAP_DAKTELA_NESTED": "json",
            "TAP_DAKTELA_START_DATE": harness.BEGINNING,
            "SINGER_TARGET": str(self.target),
            "TARGET_CSV_OUTPUT_PATH": str(self.folder),
        }

    def materialize(self, daktela: harness.Sandbox, streams: Iterable[str]) -> CompletedProcess[str]:
        """Run the command that a user runs."""
        login = {f"TAP_DAKTELA_{name.upper()}": value for name, value in daktela.login.items()}
        return self._run(
            [self.dagster, "asset", "materialize", "--select", ",".join(streams), "-f", EXAMPLE],
            env={**self.environment, **login},
        )

    def materialized(self, streams: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        """Return the metadata with which each of these streams was last materialized."""
        done = self._run([self.dagster.with_name("python"), "-c", READER % (streams,)], env=self.environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def take(self, stream: str) -> list[str]:
        """Return the keys that the last run wrote, and make room for the next one."""
        path = self.folder / f"{stream}.csv"
        with path.open(newline="", encoding="utf-8") as file:
            keys = [row["name"] for row in csv.DictReader(file)]
        path.unlink()
        return keys

    def _run(self, command: list[Any], env: dict[str, str]) -> CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
            timeout=harness.PATIENCE,
        )


def test_streams_are_assets_that_continue_where_they_were_materialized(
    sandbox: Callable[..., harness.Sandbox], dagster: Path, target_csv: Path, tmp_path: Path
) -> None:
    home, streams = Home(dagster, target_csv, tmp_path), ("contacts", "tickets", "users")
    with sandbox("--rows", "60", "--deny", "contacts=403") as daktela:
        daktela.settle()
        ledger = daktela.ledger()
        first = home.materialize(daktela, streams)
        assert first.returncode == 1
        assert "The tap ended with exit code 1" in first.stderr
        assert daktela.password not in first.stdout + first.stderr
        before = home.materialized(streams)
        assert {stream: metadata["rows"] for stream, metadata in before.items()} == {
            stream: len(ledger[stream]["rows"]) for stream in ("tickets", "users")
        }
        assert {stream: set(home.take(stream)) for stream in before} == {
            stream: set(ledger[stream]["rows"]) for stream in before
        }

        daktela.control("options", {"deny": None})
        daktela.control("edit", {"endpoint": "tickets", "count": 5})
        daktela.control("add", {"endpoint": "tickets", "count": 7})
        daktela.settle()
        # A part of the assets does not move the others.
        second = home.materialize(daktela, ["contacts"])
        assert second.returncode == 0, second.stderr
        assert {**home.materialized(streams), "contacts": {}} == {**before, "contacts": {}}
        assert set(home.take("contacts")) == set(ledger["contacts"]["rows"])

        third = home.materialize(daktela, streams)
        assert third.returncode == 0, third.stderr
        after = home.materialized(streams)
        assert len(home.take("tickets")) == after["tickets"]["rows"] == 12
        assert after["tickets"]["bookmarks"]["edited"] > before["tickets"]["bookmarks"]["edited"]
        assert home.take("contacts") == []
