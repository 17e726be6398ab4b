"""What a reading of rows says: results, handed on one after another, in the order of the readings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from tap_daktela.sync.reading.row_range import RowRange, WindowCounts
    from tap_daktela.sync.reading.windows import Window

Row = dict[str, Any]
"""A row as the instance sends it."""


class Rows(NamedTuple):
    """The new rows of one page, in the order of the page, and when it was read (UTC)."""

    rows: list[Row]
    read_at: datetime


class Counted(NamedTuple):
    """What became of the rows of `range`, which were read by the field `by` (None: in the server's own order)."""

    by: str | None
    range: RowRange
    counts: WindowCounts


class Closed(NamedTuple):
    """Every row of `window` along the axis field `by` was handed on, and a second answer confirmed their number."""

    by: str
    window: Window


class Expected(NamedTuple):
    """The number of rows that the server promises for a whole axis or table."""

    total: int


class Unlinked(NamedTuple):
    """A dotted title of a relation that came in all rows of a page without the key that it belongs to."""

    title: str


class Contradiction(NamedTuple):
    """A sentence: where the server's own words differ also at second sight. What was read is not complete."""

    problem: str
