"""Configurations as users write them, from the command: what runs, and the sentence of what does not."""

from typing import Any

import pytest

from tests.helpers.keboola.keboola_folder import DataFolder, Run

pytestmark = pytest.mark.unmeasured


def succeeded(run: Run) -> Run:
    """Return a run that went well."""
    assert (run.returncode, run.stderr) == (0, "")
    return run


def refused(run: Run) -> str:
    """Return the sentence of a run that failed by its configuration, and left nothing behind."""
    assert (run.returncode, run.files, run.state) == (1, [], None)
    [sentence] = run.stderr.strip().splitlines()
    return sentence


def test_a_full_load_with_nothing_left_to_read_keeps_its_table(data_folder: DataFolder, login: dict[str, Any]) -> None:
    parameters = {**login, "tables": "tickets", "continue_since_last_run": True}
    first = succeeded(data_folder.run({**parameters, "incremental": True}))
    assert first.tables["acme_tickets"].rows
    again = succeeded(data_folder.run({**parameters, "incremental": True}, state=first.state))
    assert again.tables["acme_tickets"].manifest["incremental"] is True
    sentence = refused(data_folder.run(parameters, state=first.state))
    assert "tickets was read up to 2024-11-05 12:30:00 before" in sentence
