"""The results that a reading of rows yields. The scheduler hands them on in the order of the readings."""

from datetime import datetime
from typing import NamedTuple

from tap_daktela.sync.reading.row_range import RowRange, WindowCounts
from tap_daktela.sync.reading.windows import Window
from tap_daktela.sync.records.dotted import Row


class Rows(NamedTuple):
    """The new rows of one page, in their order, and when the page was read (UTC)."""

    rows: list[Row]
    read_at: datetime


class Counted(NamedTuple):
    """What became of the rows of `range`, which were read along the field `by` (None: in the server's own order).

    `read_at` is when the last of them were read (UTC). They are not `consistent` if a Contradiction was yielded. `flag`
    is the field that all of them have set, if rows without it do not count.
    """

    by: str | None
    range: RowRange
    counts: WindowCounts
    read_at: datetime | None = None
    consistent: bool = True
    flag: str | None = None


class Closed(NamedTuple):
    """All rows of `window` along the axis field `by` were yielded, and a second answer confirmed their number."""

    by: str
    window: Window


class Expected(NamedTuple):
    """The server's total for all rows along the axis field `by`, or of a whole table; None if it tells none."""

    by: str | None
    total: int | None


class Unlinked(NamedTuple):
    """The dotted title of a relation that came without its key in all rows of a page."""

    title: str


class Contradiction(NamedTuple):
    """A sentence: the server's answers contradict each other, also when asked again. What was read is not complete."""

    problem: str
