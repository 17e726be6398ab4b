"""Reads a range of rows completely, while the instance edits and deletes rows between any two requests.

Every page is a snapshot of neighbouring rows. The danger lies between two pages: an edit or a deletion moves rows
across the border. A range is read in one of three ways:

* *side by side* (`side_by_side`): pages by offset, several at once. Each begins with the last row of the page before.
  That row, found again, proves that no row slid away. This needs an order without ties. Where the key is not part of
  the order, the window is cut into windows of one page instead.
* *one by one* (`one_by_one`): where a border moved, or the number of rows does not fit the total.
* *in pieces* (`pieces`): where a window has too many rows.

docs/reading.md lists every conclusion about the instance, and what proves it.
"""

import math
from collections.abc import Collection, Hashable
from dataclasses import replace

from tap_daktela.daktela.client import Page
from tap_daktela.errors import ContractError
from tap_daktela.sync.reading import windows
from tap_daktela.sync.reading.endpoint import Endpoint, ServerQuirks
from tap_daktela.sync.reading.found import CONFIRMATIONS_NEEDED, FoundRows, ReadRange, promised
from tap_daktela.sync.reading.one_by_one import OneByOne
from tap_daktela.sync.reading.pieces import checked_sum, in_pieces
from tap_daktela.sync.reading.results import Closed, Contradiction, Expected
from tap_daktela.sync.reading.row_range import RowQuery, RowRange
from tap_daktela.sync.reading.side_by_side import SideBySide, is_crowded
from tap_daktela.sync.reading.windows import Window
from tap_daktela.sync.scheduling.steps import Reading

MAX_CHUNKS = 10_000
"""Chunks of one table, beside one for each promised row: more than it takes to read any. A server that adds rows
without an end must not keep us busy."""

REREADINGS = 3
"""How often a range is read one by one, before its rows and its total are a contradiction."""


class WindowReader:
    """Reads the rows of one list that pass a query: in windows of at most `days`, or by the key if there is no axis."""

    def __init__(self, endpoint: Endpoint, query: RowQuery, days: float) -> None:
        self.endpoint = endpoint
        self.query = query
        self.days = days

    # --- the whole --------------------------------------------------------------------------------------------------

    def read_all(self, window: Window | None, quirks: ServerQuirks | None = None) -> Reading:
        """Read `window` (None: everything). Return what was read.

        `quirks` are what is known of the instance so far. If the first answer was empty, the result has no rows, and
        only `confirm_empty` says whether there are none.
        """
        rows = RowRange(window)
        known = quirks or self.endpoint.unknown(self.query.axis)
        page, quirks = yield from self.endpoint.opening(known, self.query.filter(rows))
        yield Expected(self.query.axis, page.total)
        found = FoundRows(self.endpoint, self.query, rows, quirks, is_whole=True)
        if not page.rows and not page.total:
            return found.read()
        return (yield from self._read_from(found, page))

    def read_whole(self) -> Reading:
        """Read everything, and confirm an empty first answer. Return what was read."""
        read: ReadRange = yield from self.read_all(None)
        if not read.rows:
            read = (yield from self.confirm_empty(None, read.quirks)) or read
        return read

    def confirm_empty(self, window: Window | None, quirks: ServerQuirks) -> Reading:
        """Request a window once more, without any order, after an empty answer. Read it if it has rows after all."""
        found = yield from self.endpoint.order_that_gives_rows(quirks, self.query.filter(RowRange(window)))
        if found is None:
            return None
        read = yield from self.read_all(window, found)
        if not read.rows:
            yield Contradiction(
                f"{self.query.place(read.range)}: the instance has rows in one answer and none in another"
            )
        return read

    def read(
        self,
        rows: RowRange,
        quirks: ServerQuirks,
        *,
        known_before: Collection[Hashable] = (),
        already_written: int = 0,
        max_possible_total: float = math.inf,
    ) -> Reading:
        """Read a range. Return what was read. The arguments are explained at `FoundRows`."""
        found = FoundRows(
            self.endpoint,
            self.query,
            rows,
            quirks,
            known_before=known_before,
            already_written=already_written,
            max_possible_total=max_possible_total,
        )
        page = yield from self._page(found)
        if not page.rows and found.total_of(page) is None:
            page = yield from self._page(found)  # Only a second answer confirms an empty one without a total.
        return (yield from self._read_from(found, page))

    def read_again(self, part: ReadRange, total: int) -> Reading:
        """Read a range again, one by one; it has `total` rows now. Return what was read.

        Rows that were found before are not written again, and not counted as promised.
        """
        found = FoundRows(self.endpoint, self.query, part.range, part.quirks, known_before=part.met)
        found.totals = [total]
        yield from self._settle(found)
        counted = found.counted()
        counted.counts.promised = max(0, (counted.counts.promised or 0) - part.rows)
        yield counted
        return found.read()

    def total(self, rows: RowRange, quirks: ServerQuirks) -> Reading:
        """Return the total of a range; None if totals cannot be trusted, or there is none."""
        page = yield from self.endpoint.ask(self.endpoint.get(quirks, self.query.filter(rows), take=1))
        return page.total if quirks.totals_trusted else None

    def total_now(self, rows: RowRange, quirks: ServerQuirks, met: int) -> Reading:
        """Return the total of a range in a list, which is empty if there is no total.

        A total below the number of rows found (`met`) may be a passing fault, so it is requested twice.
        """
        first = yield from self.total(rows, quirks)
        second = (yield from self.total(rows, quirks)) if first is not None and first < met else None
        told = [total for total in (first, second) if total is not None]
        return [max(told)] if told else []

    def _page(self, found: FoundRows) -> Reading:
        """Return the first page of a range."""
        page = yield from self.endpoint.ask(
            self.endpoint.get(found.quirks, self.query.filter(found.range), found.order)
        )
        found.quirks = found.quirks.fitted(page, self.endpoint.request)
        return page

    # --- one range ----------------------------------------------------------------------------------------------

    def _read_from(self, found: FoundRows, page: Page) -> Reading:
        """Read a range from its first page on: in smaller windows, as a whole, or by the key in chunks."""
        if page.rows and page.total is None:
            # If pages with rows have no total, the total 0 of an empty page says nothing either.
            found.quirks = replace(found.quirks, totals_trusted=False)
        cut = self._to_be_cut(found, page)
        if cut is not None:
            return (yield from in_pieces(self, found, page, *cut))
        rows, chunks, promised = found.range, [], found.total_of(page)
        known = found.known_before
        while (upto := (yield from SideBySide(self.endpoint, self.query, found).read(page))) is not None:
            # The rest is another chunk, so offsets stay small.
            yield from self._end_at(found, upto)
            chunks.append(found.read())
            if len(chunks) > MAX_CHUNKS + (promised or 0):
                raise ContractError(
                    f"{found.place}: the instance adds rows as fast as they are read, so there is no end"
                )
            behind = rows._replace(after=upto)
            found = FoundRows(self.endpoint, self.query, behind, found.quirks, known_before=known)
            page = yield from self._page(found)
        yield from self._settle(found)
        yield found.counted()
        if not chunks:
            is_confirmed = found.rows and len(found.totals) >= CONFIRMATIONS_NEEDED
            if found.axis is not None and found.range.window is not None and is_confirmed:
                yield Closed(found.axis, found.range.window)
            return found.read()
        totals = [] if promised is None else [promised]
        return (yield from checked_sum(self, rows, totals, [*chunks, found.read()]))

    def _to_be_cut(self, found: FoundRows, page: Page) -> tuple[str, Window] | None:
        """Return axis and window of a range that must be read in smaller windows; None otherwise.

        Such a range has too many rows, or is longer than `days` and does not fit on one page.
        """
        total, size, window = found.total_of(page), len(page.rows), found.range.window
        enough = total is not None and (total <= size or total >= found.max_possible_total)
        if not size or enough or found.axis is None or window is None or not found.order:
            return None
        full = total is None or size == page.take
        if is_crowded(found, page) or (full and not windows.fits(window, self.days)):
            return found.axis, window
        return None

    def _end_at(self, found: FoundRows, upto: Hashable) -> Reading:
        """Let a range end with the key `upto`, and ask for its own total: the totals so far counted more."""
        found.end_at(upto)
        total = yield from self.total(found.range, found.quirks)
        found.totals = [] if total is None else [total]
        yield from self._settle(found)
        yield found.counted()

    def _settle(self, found: FoundRows) -> Reading:
        """Read on, or again, until the number of rows fits the totals. Contradiction if it never does."""
        complete = found.matches_total and not found.last_page_full
        if not found.page_border_moved and (complete or not (found.totals or found.met)):
            return
        seen = [frozenset(found.met), *found.totals[-1:]]
        for rereading in range(REREADINGS):
            if rereading or (found.totals and not (found.page_border_moved or found.matches_total)):
                found.restart()
            yield from OneByOne(self.endpoint, self.query, found).read()
            if not found.totals:
                return
            found.totals += yield from self.total_now(found.range, found.quirks, found.rows)
            if found.matches_total:
                return
            before, seen = seen, [frozenset(found.met), *found.totals[-1:]]
            if seen == before:
                break  # The instance says the same again.
        else:
            if found.rows > max(found.totals) and found.order and found.keys_ascend:
                return  # Rows come and go all the time. Of those that stay, none can hide from a reading by the key.
        numbers = f"the instance promises {promised(found.totals)} and gives {found.rows}, also when asked again"
        found.consistent = False
        yield Contradiction(f"{found.place}: {numbers}")
