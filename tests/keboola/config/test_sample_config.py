"""component_config/sample-config: the configuration runs, and what it writes is what the folder shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tap_daktela.keboola.config.form_schema import configuration_form
from tests.helpers import golden
from tests.helpers.harness import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers.harness import Sandbox
    from tests.helpers.keboola.keboola_folder import DataFolder

SAMPLE = REPOSITORY / "component_config/sample-config"


@pytest.mark.unmeasured
def test_the_sample_runs_and_its_output_is_current(sandbox: Callable[..., Sandbox], data_folder: DataFolder) -> None:
    parameters = json.loads((SAMPLE / "config.json").read_text(encoding="utf-8"))["parameters"]
    assert set(parameters) <= set(configuration_form()["properties"])
    with sandbox("--rows", "8", "--seed", "1", "--days", "3") as daktela:
        login = {"url": daktela.url, "username": daktela.username, "#password": daktela.password}
        run = data_folder.run({**parameters, "server": "mycompany", **login})
    assert (run.returncode, run.stderr) == (0, "")
    assert all(table.rows for table in run.tables.values())
    written = {path.name: path.read_bytes() for path in (run.folder / "out/tables").iterdir()}
    shown = SAMPLE / "out/tables"
    if golden.renewing():
        for path in shown.glob("*.*"):
            path.unlink()
        for name, content in written.items():
            (shown / name).write_bytes(content)
    found = {path.name: path.read_bytes() for path in shown.iterdir() if path.name != ".gitkeep"}
    assert found == written, golden.HINT
