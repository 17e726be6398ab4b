"""Finished tables, made of files as the target writes them, and meanwhile."""

from __future__ import annotations

import csv
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tap_daktela.errors import ApplicationError
from tap_daktela.keboola.job import StreamCounts
from tap_daktela.keboola.tables.table_set import LONG, TableSet
from tests.helpers import harness
from tests.helpers.keboola.finished_tables import filled, spec_of

if TYPE_CHECKING:
    from pathlib import Path

    from tap_daktela.keboola.tables.table_spec import TableSpec
    from tests.helpers.keboola.finished_tables import TableMaker


@pytest.mark.parametrize("difference", [-1, 1])
def test_rows_in_must_be_rows_out(maker: TableMaker, difference: int) -> None:
    spec = spec_of("users")
    maker.take("users", [filled(spec, name="a"), filled(spec, name="b")])
    maker.counts["users"].rows += difference
    with pytest.raises(ApplicationError, match=rf"users: {2 + difference} rows went into the target and 2 came out"):
        maker.finish(spec)


def test_a_file_that_is_not_what_was_sent_is_refused(maker: TableMaker) -> None:
    spec = spec_of("users")
    with pytest.raises(ApplicationError, match="the tap has not sent it"):
        maker.finish(spec)
    maker.take("users", [filled(spec, name="a")])
    path = maker.raw / "users.csv"
    good = path.read_text(encoding="utf-8")
    path.write_text(good + "short,row\r\n", encoding="utf-8")
    with pytest.raises(ApplicationError, match="does not fit its header"):
        maker.finish(spec)
    path.write_text(good + '"never closed', encoding="utf-8")
    with pytest.raises(ApplicationError, match="cannot be read"):
        maker.finish(spec)
    path.write_text(good.replace("title", "other", 1), encoding="utf-8")
    with pytest.raises(ApplicationError, match="has no column title"):
        maker.finish(spec)
    maker.counts["users"] = replace(maker.counts["users"], columns=("name", "title"))
    path.write_text(good, encoding="utf-8")
    with pytest.raises(ApplicationError, match="other columns"):
        maker.finish(spec)
    path.unlink()
    with pytest.raises(ApplicationError, match="has not written its file"):
        maker.finish(spec)


# --- while the target still writes ----------------------------------------------------------------------------------


@pytest.fixture
def spec() -> TableSpec:
    return spec_of("users", "title")


@pytest.fixture
def tables(tmp_path: Path, spec: TableSpec) -> TableSet:
    for name in ("raw", "done"):
        (tmp_path / name).mkdir()
    return TableSet("acme", tmp_path / "raw", tmp_path / "done", [spec], {}, defined={})


def append(folder: Path, *rows: list[str]) -> None:
    """Let the target write rows of two cells."""
    with (folder / "raw/users.csv").open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def wait_for(folder: Path, cells: str) -> None:
    """Wait until the finished table ends with these cells, and with the empty ones of columns that are not chosen."""
    until = time.monotonic() + harness.PATIENCE
    while not (content := (folder / "done/acme_users.csv").read_text("utf-8")).rstrip("\n,").endswith(cells):
        assert time.monotonic() < until, content
        time.sleep(0.01)


def test_rows_are_finished_while_the_target_still_writes(tables: TableSet, tmp_path: Path, spec: TableSpec) -> None:
    with tables.ahead():
        append(tmp_path, ["name", "title"], ["a", "Anna"])
        wait_for(tmp_path, ",acme_a,Anna")
        append(tmp_path, ["b", "Bob"])
        wait_for(tmp_path, ",acme_b,Bob")
        # What is very long stays until the others have left: they need much memory for it.
        append(tmp_path, ["c", "x" * 3 * LONG])
        append(tmp_path, ["d", "Dan"])
    append(tmp_path, ["e", "Eva"])
    table = tables.finish(spec, {"users": StreamCounts(("name", "title"), rows=5)})
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
            wait_for(tmp_path, ",acme_a,Anna")
            append(tmp_path, ["b"])
        tables.finish(spec, {"users": StreamCounts(("name", "title"), rows=2)})

    with pytest.raises(ApplicationError, match="does not fit its header"):
        work()


def test_the_failure_of_the_pipe_comes_first(tables: TableSet, tmp_path: Path) -> None:
    def work() -> None:
        with tables.ahead():
            append(tmp_path, ["name"])
            raise ApplicationError("the pipe broke")

    with pytest.raises(ApplicationError, match="the pipe broke"):
        work()
