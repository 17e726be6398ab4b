"""What target-jsonl makes of the tap's output: it writes what it gets, so its files are the records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.helpers import harness

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.unmeasured


def test_files_hold_every_record_as_it_was_sent(
    sandbox: Callable[..., harness.Sandbox],
    run_tap: Callable[..., harness.TapRun],
    target_jsonl: Path,
    tmp_path: Path,
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    options = harness.write_json(tmp_path / "target.json", {"destination_path": str(files), "do_timestamp_file": False})
    with sandbox("--rows", "100") as daktela:
        daktela.settle()
        settings = {**daktela.login, "start_date": harness.BEGINNING}
        tap = harness.tap_command(tmp_path, settings)
        done = harness.deliver(tap, [target_jsonl, "--config", options], tmp_path)
        run = run_tap(settings)
        expected = {stream: daktela.keys(stream, run) for stream in run.streams}

    assert (done.tap_code, done.target_code) == (0, 0), done.log
    assert done.last_state == run.last_state
    for stream in run.streams:
        path = files / f"{stream}.jsonl"
        # The target makes no file for a stream without rows.
        lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
        rows = [json.loads(line) for line in lines if line]
        assert rows == run.records(stream), stream
        assert {harness.key_of(row, run.key(stream)) for row in rows} == expected[stream], stream
