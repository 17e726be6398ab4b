"""What is written of rows that are missing in the warehouse."""

import json
from pathlib import Path

import pytest

from tap_daktela.catalog import selection
from tap_daktela.choosing import known_streams
from tap_daktela.daktela.client import Client
from tap_daktela.errors import IncompleteError
from tap_daktela.reconcile.repair import repair
from tap_daktela.settings import Settings
from tap_daktela.sync import run
from tap_daktela.sync.singer.state import State, axes_of
from tap_daktela.sync.singer.writer import Writer
from tests.helpers import sandbox_client


def test_a_row_that_does_not_come_is_told_after_the_others_were_written(tmp_path: Path) -> None:
    state = {"bookmarks": {"tickets": {"edited": "2024-05-01T00:00:00Z"}}}
    with sandbox_client.serving() as instance, (tmp_path / "lines").open("w+b") as lines:
        login = {"url": instance.sandbox.url, "access_token": instance.sandbox.access_token}
        settings = Settings.parse({**login, "start_date": "2024-04-01"}, {})
        known = known_streams(settings)
        there = [str(row["name"]) for row in instance.all("users", "name")]
        client, writer = Client(settings.connection), Writer(lines.fileno())
        begun = run.begin(
            settings, client, client.connect(), state=State(state, axes_of(known)), writer=writer, poll=lambda: None
        )
        with pytest.raises(IncompleteError, match="1 row of users did not come when read again; compare once more"):
            repair(begun, selection.by_default(known, ["users"]), {"users": [*there, "nobody"]})
        messages = list(map(json.loads, (tmp_path / "lines").read_text(encoding="utf-8").splitlines()))
    assert {one["record"]["name"] for one in messages if one["type"] == "RECORD"} == set(there)
    assert messages[-1] == {"type": "STATE", "value": state}
