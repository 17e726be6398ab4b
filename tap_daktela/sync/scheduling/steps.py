"""What a reading yields: a reading is a generator, which the scheduler resumes with what it waits for.

    Get          a request for one page; the reading is resumed with the page, or the request's error is thrown into it
    [Get, ...]   requests that it will wait for later, to be sent ahead; an empty list takes back those still unused
    Fork         readings whose results come next; it is resumed, when all of them are written, with what they returned
    a result     anything else; results are handed on one after another, in the order of the readings

So nothing in a reading knows a thread, a socket or a clock, and a loop of ten lines can drive one in a test.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tap_daktela.daktela.query import Query
    from tap_daktela.sync.reading.row_range import RowRange, WindowCounts
    from tap_daktela.sync.reading.windows import Window

Row = dict[str, Any]
Reading = Generator[Any, Any, Any]
"""A generator of the values above; its return value is what its Fork is resumed with."""


@dataclass(frozen=True, eq=False)
class Get:
    """A request for one page of the list `endpoint`. Two requests are never the same one, even if they ask the same."""

    endpoint: str
    query: Query


@dataclass(frozen=True, eq=False)
class Fork:
    """Readings that take the place of the one that yields this, until they have ended."""

    parts: Sequence[Reading]


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
