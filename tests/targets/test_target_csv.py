"""What meltanolabs-target-csv makes of the tap's output."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.unmeasured


@pytest.fixture
def daktela(sandbox: Callable[..., harness.Sandbox]) -> Iterator[harness.Sandbox]:
    with sandbox("--rows", "100") as running:
        running.settle()
        yield running


def settings(daktela: harness.Sandbox) -> dict[str, Any]:
    return {**daktela.login, "start_date": harness.BEGINNING, "nested": "json"}


def deliver(
    daktela: harness.Sandbox, target_csv: Path, folder: Path, state: dict[str, Any] | None = None
) -> tuple[dict[str, list[list[str]]], dict[str, Any]]:
    """Run `tap-daktela | target-csv` and return every file, header first, and the state that the target printed."""
    folder.mkdir()
    options = {"output_path": str(folder / "files"), "validate_records": False, "batch_size_rows": 10000}
    (folder / "files").mkdir()
    target = [target_csv, "--config", harness.write_json(folder / "target.json", options)]
    done = harness.deliver(harness.tap_command(folder, settings(daktela), state=state), target, folder)
    assert (done.tap_code, done.target_code) == (0, 0), done.log
    return {path.stem: read(path) for path in (folder / "files").iterdir()}, done.last_state


def read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def as_cell(value: Any) -> str:
    """Return how target-csv writes a value that is neither an object nor a list."""
    return "" if value is None else str(value)


def test_files_hold_every_row_of_the_instance(
    daktela: harness.Sandbox, run_tap: Callable[..., harness.TapRun], target_csv: Path, tmp_path: Path
) -> None:
    files, _ = deliver(daktela, target_csv, tmp_path / "run")
    run = run_tap(settings(daktela))

    assert sorted(files) == sorted(run.streams)
    for stream in run.streams:
        header, *rows = files[stream]
        assert header == list(run.schema(stream)["schema"]["properties"]), stream
        assert len(rows) == len(run.records(stream)), stream
        keys = {harness.key_of(dict(zip(header, row, strict=True)), run.key(stream)) for row in rows}
        assert keys == daktela.keys(stream, run), stream


def test_every_cell_is_what_the_tap_sent(
    daktela: harness.Sandbox, run_tap: Callable[..., harness.TapRun], target_csv: Path, tmp_path: Path
) -> None:
    files, _ = deliver(daktela, target_csv, tmp_path / "run")
    run = run_tap(settings(daktela))

    for stream in run.streams:
        properties = run.schema(stream)["schema"]["properties"]
        # The target prints times in its own way, and floats too.
        plain = [name for name, type_ in properties.items() if not {"date-time", "number"} & flat(type_)]
        header, *rows = files[stream]
        sent = [[as_cell(record[name]) for name in plain] for record in run.records(stream)]
        assert [[row[header.index(name)] for name in plain] for row in rows] == sent, stream


def flat(type_: dict[str, Any]) -> set[str]:
    """Return the type's names and its format."""
    names = type_.get("type", [])
    return {type_.get("format", ""), *(names if isinstance(names, list) else [names])}


def test_the_second_run_brings_what_is_new(daktela: harness.Sandbox, target_csv: Path, tmp_path: Path) -> None:
    first, state = deliver(daktela, target_csv, tmp_path / "first")
    daktela.control("add", {"endpoint": "tickets", "count": 7})
    daktela.settle()
    second, _ = deliver(daktela, target_csv, tmp_path / "second", state)

    names = first["tickets"][0]
    before, after = ({row[names.index("name")] for row in files["tickets"][1:]} for files in (first, second))
    assert len(after - before) == 7
    # The bookmark is inclusive: the last row of the first run may come again, the others may not.
    assert len(after & before) <= 1
    assert second["tickets"][0] == names
