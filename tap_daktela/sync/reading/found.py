"""The rows of one range that were found so far: which are new on a page, and whether all of them have come."""

import math
from collections.abc import Collection, Hashable, Iterable
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from tap_daktela.daktela.client import Page
from tap_daktela.sync.reading.endpoint import Endpoint, ServerQuirks
from tap_daktela.sync.reading.lists import missing_links
from tap_daktela.sync.reading.results import Contradiction, Counted, Rows, Unlinked
from tap_daktela.sync.reading.row_range import RowQuery, RowRange, WindowCounts, ascend, last_key, last_reading
from tap_daktela.sync.records.dotted import Row
from tap_daktela.sync.scheduling.steps import Reading

CONFIRMATIONS_NEEDED = 2
"""Answers that must agree on the number of rows in a window before a bookmark moves past it."""


class ReadRange(NamedTuple):
    """A range that was read: how many rows it has, and how many answers confirm that number.

    `met` holds the identities of its rows and of those known before. It is kept only where fewer than
    `CONFIRMATIONS_NEEDED` answers confirm the number. `quirks` are what is known of the instance afterwards. The range
    is not `consistent` if a Contradiction was yielded for it.
    """

    range: RowRange
    rows: int
    confirmations: int
    met: frozenset[Hashable]
    quirks: ServerQuirks
    consistent: bool = True


class FoundRows:
    """Which rows of a range were found, and where its reading stands.

    - `known_before`: identities of rows that were written before this range was read; `already_written` of them lie in
      the range and count for it.
    - `met`: identities of the rows found so far, as long as those rows may come again; `rows` counts all of them.
    - `totals`: the totals that pages of the range gave, in order.
    - `max_possible_total`: the total of the range that this one was cut from. A total as large as that is nonsense.
    - `is_whole`: no other total includes this range.
    - `end_offset`: the offset behind the last row.
    - `totals_doubtful`: totals changed, or a page had more or fewer rows than its total says. Then only a request
      behind the last row shows that nothing follows.
    - `keys_ascend`: keys came in order so far. Else the last key is no place to read on from.
    - `page_border_moved`: a page did not begin with the last row of the page before.
    - `last_page_full`: the last page had as many rows as were asked for.
    - `consistent`: no Contradiction was yielded.
    - `read_at`: when the last page was read (UTC); None before the first one.
    - `lower`, `last`, `last_key`: the last value of the axis, the identity and the key of the last row.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        query: RowQuery,
        rows: RowRange,
        quirks: ServerQuirks,
        *,
        known_before: Collection[Hashable] = (),
        already_written: int = 0,
        max_possible_total: float = math.inf,
        is_whole: bool = False,
    ) -> None:
        self.range = rows
        self.quirks = quirks
        self.known_before = frozenset(known_before)
        self.already_written = already_written
        self.max_possible_total = max_possible_total
        self.is_whole = is_whole
        # One second cannot be cut any further: its rows are read by their key.
        in_one_second = rows.window is not None and rows.window.seconds <= 1
        self.axis = None if in_one_second else query.axis
        self.met: set[Hashable] = set()
        self.totals: list[int] = []
        self.last_page_full = False
        self.consistent = True
        self.totals_doubtful = False
        self.keys_ascend = True
        self.read_at: datetime | None = None
        self.end_offset = 0
        self.counts = WindowCounts(written=already_written)
        self._endpoint = endpoint
        self._query = query
        self._begin()

    def _begin(self) -> None:
        """Go to the beginning of the range."""
        self.rows = 0
        self.lower = self.range.window.lower if self.range.window else None
        self.last: Hashable = self.range.after
        self.last_key: Any = self.range.after
        self.page_border_moved = False

    def restart(self) -> None:
        """Go back to the beginning of the range. All rows found so far are known before."""
        self.known_before |= self.met
        self.met, self.totals = set(), self.totals[-1:]
        self._begin()

    @property
    def order(self) -> tuple[str, ...]:
        """The fields to sort by, as far as the instance can: axis and key, or in a range of one second the key."""
        return self.quirks.order if self.axis or not self._query.axis else self.key_order

    @property
    def key_order(self) -> tuple[str, ...]:
        """The key, if the instance can sort by it."""
        key = self._query.key
        return (key,) if key is not None and key in self.quirks.order else ()

    @property
    def matches_total(self) -> bool:
        """Whether the number of rows found fits the totals."""
        return bool(self.totals) and matches(self.totals, self.rows)

    @property
    def order_is_unique(self) -> bool:
        """Whether the order has no ties, so that an offset means the same row in every request."""
        return self._query.key in self.order

    def end_at(self, upto: Any) -> None:
        """Let the range end with the key `upto`. All rows up to it have come, in order."""
        self.range = self.range._replace(upto=upto)
        self.last_page_full = self.page_border_moved = False

    def total_of(self, page: Page) -> int | None:
        """Return the total of a page; None if it has none, or if totals of this list cannot be trusted."""
        return page.total if self.quirks.totals_trusted else None

    def promise(self, page: Page, skip: int = 0) -> None:
        """Note the total of a page that begins at the offset `skip`."""
        self.end_offset = skip + len(page.rows)
        self.doubt(page, skip)
        if page.total is not None and self.quirks.totals_trusted:
            self.totals.append(page.total)
            self.totals_doubtful = self.totals_doubtful or page.total != self.totals[0]

    def doubt(self, page: Page, skip: int) -> None:
        """Note what a page says about totals: that they are wrong, or that pages have more or fewer rows than they say.

        A page behind others whose total equals its own rows counts only itself: then no total can be trusted.
        """
        if page.total is None:
            return
        self.totals_doubtful = self.totals_doubtful or len(page.rows) != max(0, min(page.take, page.total - skip))
        if skip and page.rows and page.total == len(page.rows):
            self.quirks = replace(self.quirks, totals_trusted=False)
            self.totals = []

    def use(self, page: Page, identities: list[Hashable] | None = None) -> Reading:
        """Yield the rows of a page that are new, in their order, and note where the page ended.

        The page has no rows afterwards: a reading that waits for the next page must not keep them in memory.
        """
        rows, page.rows = page.rows, []
        self.read_at = page.read_at
        identities = self._query.identities(rows) if identities is None else identities
        fresh = yield from self.new_rows(rows, identities)
        self.counts.written += len(fresh)
        self.counts.repeated += len(rows) - len(fresh)
        self.last_page_full = len(rows) >= page.take
        if rows:
            self.last = identities[-1]
            if self._query.key is not None:
                if self.axis is None:
                    self.keys_ascend = self.keys_ascend and ascend([row.get(self._query.key) for row in rows])
                self.last_key = last_key(rows, self._query.key) or self.last_key
            if self.axis is not None:
                self._query.check_order(self.range, rows, sorted_by_axis=bool(self.quirks.order))
                self.lower = last_reading(rows, self.axis) or self.lower
        for title in missing_links(rows, self._endpoint.request.links):
            yield Unlinked(title)
        if fresh:
            yield Rows(fresh, page.read_at)

    def new_rows(self, rows: list[Row], identities: list[Hashable]) -> Reading:
        """Return the rows that were not found before. Of several rows with one key, the first."""
        new = set(identities)
        if len(new) < len(identities):
            first: dict[Hashable, Row] = {}
            for row, identity in zip(rows, identities, strict=True):
                if first.setdefault(identity, row) != row:
                    what = f"several rows have the key {identity!r}, of which only one can be kept"
                    yield Contradiction(f"{self.place}: {what}")
            rows, identities = list(first.values()), list(first)
        known = new & self.met
        self.rows += len(new) - len(known)
        known |= new & self.known_before
        self.met |= new
        if not known:
            return rows
        return [row for row, identity in zip(rows, identities, strict=True) if identity not in known]

    def counted(self) -> Counted:
        """Return what became of the rows. If the total changed, `promised` is the value closest to the rows found."""
        self.counts.promised = min(self.totals, key=lambda total: abs(total - self.rows), default=None)
        by = self._query.axis or self._query.key
        return Counted(by, self.range, self.counts, self.read_at, self.consistent, self._query.flag)

    def read(self) -> ReadRange:
        """Return the range as it was read."""
        confirmations = len(self.totals)
        met = self.known_before | self.met if confirmations < CONFIRMATIONS_NEEDED else frozenset()
        return ReadRange(self.range, self.rows, confirmations, met, self.quirks, self.consistent)

    @property
    def place(self) -> str:
        """How a message names the range."""
        return self._query.place(self.range)


def promised(totals: Iterable[int]) -> str:
    """Return what `totals` promised, one after another, as a message says it: "36 rows", "36, then 34 rows"."""
    return f"{', then '.join(str(total) for total, _ in groupby(totals))} rows"


def matches(totals: list[int], rows: int) -> bool:
    """Tell whether totals from different moments explain a number of rows.

    Rows that came or went between two of the totals may have been found or not.
    """
    return min(totals) <= rows <= max(totals)
