"""CSV files that are read while they are written, and tables made of them meanwhile."""

from __future__ import annotations

import csv
import io
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.errors import ApplicationError
from tap_daktela.keboola.job import Job, TableRequest
from tap_daktela.keboola.pipe.tee import Passed
from tap_daktela.keboola.tables.csv_tail import CsvTail
from tap_daktela.keboola.tables.formats import table_specs
from tap_daktela.keboola.tables.table_set import LONG, TableSet
from tests.helpers import harness

if TYPE_CHECKING:
    from pathlib import Path

    from tap_daktela.keboola.tables.table_spec import TableSpec

CELLS = st.text(st.sampled_from('a"\r\n,č😀'), max_size=6)
ROWS = st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=8)


def written(rows: list[list[str]]) -> bytes:
    """Return rows as target-csv writes them."""
    text = io.StringIO(newline="")
    csv.writer(text, dialect="excel").writerows(rows)
    return text.getvalue().encode()


@given(ROWS, st.lists(st.integers(0, 200), max_size=6))
def test_rows_come_out_whole_however_the_file_grows(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], cuts: list[int]
) -> None:
    path, content = tmp_path_factory.mktemp("growing") / "rows.csv", written(rows)
    growing, found = CsvTail(path), []
    assert growing.more() is None
    places = sorted({0, *(min(cut, len(content)) for cut in cuts), len(content)})
    for begin, end in pairwise(places):
        with path.open("ab") as file:
            file.write(content[begin:end])
        found += list(growing.more() or ())
        assert growing.more() is None
        assert found == rows[: len(found)]
    assert found == rows
    assert growing.rest == 0


@pytest.fixture
def spec() -> TableSpec:
    known = entries(STREAMS)
    [spec] = table_specs(Job({}, (TableRequest("users", "users", ("title",)),), "acme"), known)
    return spec


@pytest.fixture
def tables(tmp_path: Path, spec: TableSpec) -> TableSet:
    for name in ("raw", "done"):
        (tmp_path / name).mkdir()
    return TableSet("acme", tmp_path / "raw", tmp_path / "done", [spec], {}, defined={})


def append(folder: Path, *rows: list[str]) -> None:
    """Let the target write rows of two cells."""
    with (folder / "raw/users.csv").open("ab") as file:
        file.write(written(list(rows)))


def wait_for(folder: Path, end: bytes) -> None:
    """Wait until the finished table has this `end`."""
    until = time.monotonic() + harness.PATIENCE
    while not (content := (folder / "done/acme_users.csv").read_bytes()).endswith(end):
        assert time.monotonic() < until, content
        time.sleep(0.01)


def test_rows_are_finished_while_the_target_still_writes(tables: TableSet, tmp_path: Path, spec: TableSpec) -> None:
    with tables.ahead():
        append(tmp_path, ["name", "title"], ["a", "Anna"])
        wait_for(tmp_path, b",acme_a,Anna\r\n")
        append(tmp_path, ["b", "Bob"])
        wait_for(tmp_path, b",acme_b,Bob\r\n")
        # What is very long stays until the others have left: they need much memory for it.
        append(tmp_path, ["c", "x" * 3 * LONG])
        append(tmp_path, ["d", "Dan"])
    append(tmp_path, ["e", "Eva"])
    table = tables.finish(spec, {"users": Passed(("name", "title"), rows=5)})
    assert table.rows == 5
    with table.file.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["name"], len(row["title"])) for row in rows] == [
        ("acme_a", 4), ("acme_b", 3), ("acme_c", 3 * LONG), ("acme_d", 3), ("acme_e", 3),
    ]  # fmt: skip


def test_a_row_that_cannot_be_finished_fails_the_run(tables: TableSet, tmp_path: Path, spec: TableSpec) -> None:
    def work() -> None:
        with tables.ahead():
            append(tmp_path, ["name", "title"], ["a", "Anna"])
            wait_for(tmp_path, b",acme_a,Anna\r\n")
            append(tmp_path, ["b"])
        tables.finish(spec, {"users": Passed(("name", "title"), rows=2)})

    with pytest.raises(ApplicationError, match="does not fit its header"):
        work()


def test_the_failure_of_the_pipe_comes_first(tables: TableSet, tmp_path: Path) -> None:
    def work() -> None:
        with tables.ahead():
            append(tmp_path, ["name"])
            raise ApplicationError("the pipe broke")

    with pytest.raises(ApplicationError, match="the pipe broke"):
        work()
