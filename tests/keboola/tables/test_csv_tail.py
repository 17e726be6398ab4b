"""CSV files that are read while they are written."""

from __future__ import annotations

import csv
import io
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.keboola.tables.csv_tail import CsvTail

if TYPE_CHECKING:
    from pathlib import Path

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
    assert growing.rest == b""


def test_a_row_that_is_not_complete_waits(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b'a,b\r\n"x\r\n')
    tail = CsvTail(path)
    assert list(tail.more() or ()) == [["a", "b"]]
    assert tail.rest == b'"x\r\n'


def test_what_is_no_csv_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b'"a"b"c"\r\n')
    rows = CsvTail(path).more()
    assert rows is not None
    with pytest.raises(csv.Error):
        list(rows)
