"""What became of rows, and whether it adds up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tap_daktela.errors import ContractError
from tap_daktela.sync.reading.results import Counted
from tap_daktela.sync.reading.row_range import RowRange, WindowCounts
from tap_daktela.sync.records.row_keys import RowsWithoutKey
from tap_daktela.sync.streams.page_lines import PageLines
from tap_daktela.sync.streams.row_counts import RowCounts


def own(rows: int, refused: int = 0) -> Any:
    return SimpleNamespace(rows=rows, bad=SimpleNamespace(refused=RowsWithoutKey(refused)))


def test_pages_are_added_up() -> None:
    counts = RowCounts()
    counts.add(PageLines([], kept=5, orphans=3, dropped=2, keyless=RowsWithoutKey(1), size=100))
    counts.add(PageLines([], kept=4, orphans=2, dropped=1, keyless=RowsWithoutKey(2), size=100))
    assert (counts.kept, counts.orphans, counts.dropped, counts.keyless.count) == (9, 5, 3, 3)
    assert counts.left_out(None) == {"orphans": 3, "without_key": 3}
    assert counts.left_out(own(9, refused=4)) == {"orphans": 3, "without_key": 7}


def test_ranges_are_kept_only_if_somebody_is_to_see_them() -> None:
    counted = Counted("edited", RowRange(), WindowCounts(1, 1))
    counts = RowCounts()
    counts.note(counted)
    assert counts.windows is None
    counts.windows = []
    counts.note(counted)
    assert counts.windows == [counted]


@pytest.mark.parametrize(
    ("written", "records", "refused", "good"), [(9, 5, 2, True), (9, 6, 2, False), (9, 5, 1, False)]
)
def test_all_rows_became_records_or_were_left_out(written: int, records: int, refused: int, good: bool) -> None:
    counts = RowCounts(WindowCounts(written=written), dropped=1, keyless=RowsWithoutKey(1), kept=7)
    if good:
        counts.check(own(records, refused))
        counts.check(None)
        return
    left = 2 + refused
    with pytest.raises(ContractError, match=f"{written} rows were read, {records} became records and {left} were left"):
        counts.check(own(records, refused))


def test_without_records_of_their_own_rows_are_those_that_were_kept() -> None:
    RowCounts(WindowCounts(written=7), kept=7).check(None)
    with pytest.raises(ContractError, match="8 rows were read, 7 became records and 0 were left out"):
        RowCounts(WindowCounts(written=8), kept=7).check(None)
