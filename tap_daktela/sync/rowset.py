"""One set of rows on its way; `reader` tells how the ways of reading play together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tap_daktela.sync import windows
from tap_daktela.sync.prefetch import Step
from tap_daktela.sync.rereading import Reading, Rereading
from tap_daktela.sync.scope import Counts, Span, last_reading
from tap_daktela.sync.windows import Window

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from tap_daktela.daktela.client import Page
    from tap_daktela.sync.reader import Reader
    from tap_daktela.sync.source import Row


class RowSet:
    """Which rows of a span were met, and where the reading stands.

    `seen` are rows that an earlier set has met; `written` of them belong into this set and are counted by it. `below`
    is a number of rows that this set cannot have, since the set that it was cut from had no more: a promise of so many
    is no reason to cut it again.
    """

    def __init__(
        self,
        reader: Reader,
        span: Span,
        *,
        seen: Iterable[Hashable] = (),
        written: int = 0,
        below: float = math.inf,
    ) -> None:
        self.reader = reader
        self.scope = reader.scope
        self.span = span
        self.window = window = span.window
        # One second cannot be cut by time any more: its rows are told apart by their key.
        self.axis = None if window is not None and window.seconds <= 1 else self.scope.axis
        self.wanted = self.scope.filter(span)
        self.seen = frozenset(seen)
        self.met: set[Hashable] = set()
        self.totals: list[int] = []
        self.last: Hashable = None
        self.lower = window.lower if window else None
        self.last_page_full = False
        self.broken = False
        self.honest = True
        self.carried = written
        self.below = below
        self.counts = Counts(written=written)

    @property
    def sortable(self) -> bool:
        """Whether the instance is able to give the rows in an order."""
        return bool(self.scope.source.order(self.axis))

    @property
    def placed(self) -> bool:
        """Whether no two rows share a place in that order, so that an offset names the same row to every request."""
        return self.scope.key in self.scope.source.order(self.axis)

    def steps(self) -> Iterator[Step]:
        """Yield the step that reads the first page; it knows what follows."""
        yield self._step(lambda: self.scope.source.read(self.wanted, self.axis), self._take, self._plan)

    def _step(self, fetch: Any, deliver: Any, follow: Any = None) -> Step:
        return Step(self.reader.lane, fetch, follow, deliver)

    # --- side by side -------------------------------------------------------------------------------------------

    def _plan(self, page: Page) -> Iterator[Step]:
        """Name the steps that the first page calls for: its neighbours by offset, or smaller windows."""
        self.reader.expect(page.total)
        total, size = page.total, min(len(page.rows), page.asked)
        enough = total is not None and (total <= len(page.rows) or total >= self.below)
        if not size or enough or not self.sortable:
            return self._ending()
        # A server may give fewer rows than are asked for.
        each = size if size < page.asked else self.scope.source.page_size
        many = total is not None and total > windows.PAGES_AT_MOST * each
        if self.axis is not None and self.window is not None:
            crowded = many or (total is not None and not self.placed)
            full = total is None or size == page.asked
            if crowded or (full and not windows.fits(self.window, self.reader.days)):
                rows = total - size if total is not None and crowded else 0
                return self._cut(page, each, self.axis, self.window, rows)
        if total is None or each == 1:
            return self._ending()
        return self._beside(total, size, each, chunk=many)

    def _beside(self, total: int, size: int, each: int, *, chunk: bool) -> Iterator[Step]:
        """Read the rows behind the first `size`, on pages of `each`."""
        pages = min(-(-(total - size) // (each - 1)), windows.PAGES_AT_MOST - 1)
        for number in range(pages):
            last_of_chunk = chunk and number == pages - 1
            skip = size - 1 + number * (each - 1)
            yield self._step(
                lambda skip=skip: self.scope.source.read(self.wanted, self.axis, skip, each),
                self._join,
                self._end_here if last_of_chunk else None,
            )
        if not chunk:
            yield from self._ending()

    def _end_here(self, page: Page) -> Iterator[Step]:
        """Let the set end with this page, so that offsets stay small, and go on behind it."""
        key = str(self.scope.key)
        upto = next((row[key] for row in reversed(page.rows) if row.get(key) is not None), None)
        if upto is None:
            yield from self._ending()
            return
        here = self.span._replace(upto=upto)
        promised = self.scope.filter(here)
        yield self._step(
            lambda: self.scope.source.read(promised, self.axis, take=1), lambda probe: self._settle_here(here, probe)
        )
        yield self._step(None, lambda _: self._count())
        yield from RowSet(self.reader, self.span._replace(after=upto), seen=self.seen).steps()

    def _settle_here(self, here: Span, probe: Page) -> list[Step]:
        """Hold the rows met against the promise for them alone; promises so far included all that lies behind."""
        self.span, self.wanted = here, self.scope.filter(here)
        self.totals = [] if probe.total is None else [probe.total]
        self.last_page_full = False
        return self._settle()

    def _cut(self, page: Page, each: int, axis: str, window: Window, rows: int) -> Iterator[Step]:
        """Go on behind the first page in smaller windows; the first of them meets the page's last second again.

        `rows` is the number of rows still to come, on pages of `each`, where there are too many for one window.
        """
        last = last_reading(page.rows, axis) or window.lower
        here = self.scope.identities(page.rows)
        behind = {identity for identity, row in zip(here, page.rows, strict=True) if row.get(axis) == last}
        done = frozenset(here) - behind
        carried = len(behind - self.seen)
        if last > window.lower:
            yield self._confirmation(axis, Window(window.lower, last), done)
        else:
            # The page holds nothing but this second, which may hold more than a page.
            last, behind = min(windows.next_second(last), window.upper), set(here)
            first = Span(Window(window.lower, last))
            written = self.carried + len(behind - self.seen)
            yield from RowSet(self.reader, first, seen=self.seen | behind, written=written).steps()
            carried = 0
        aim = windows.PAGES_AIMED_AT * each if self.placed else -(-each // 2)
        for piece in windows.plan(Window(last, window.upper), self.reader.days, rows, aim):
            below = math.inf if page.total is None else page.total
            yield from RowSet(self.reader, Span(piece), seen=self.seen | behind, written=carried, below=below).steps()
            carried = 0

    def _confirmation(self, axis: str, window: Window, rows: frozenset[Hashable]) -> Step:
        """Return the step that closes the part of a window that its first page holds.

        The page was held against no promise of its own; where another number of rows is promised, it is read again.
        """
        done = Span(window)
        written = self.carried + len(rows - self.seen)

        def confirm(probe: Page) -> Iterable[Step]:
            if probe.total in {None, len(rows)}:
                counts = Counts(probe.total, written, self.counts.repeated)
                self.reader.count(done, counts)
                self.reader.close(window)
                return ()
            return RowSet(self.reader, done, seen=self.seen | rows, written=written, below=0).steps()

        return self._step(lambda: self.scope.source.read(self.scope.within(window), axis, take=1), confirm)

    def _join(self, page: Page) -> Iterable[Step]:
        """Use a later page if it starts where the page before ended; else the rest is read one after another."""
        identities = self.scope.identities(page.rows)
        self.broken = self.broken or self.last not in identities
        return () if self.broken else self._take(page, identities)

    def _ending(self) -> Iterator[Step]:
        """Yield the steps behind the last page: hold the rows against the promise, and close the window."""
        yield self._step(None, lambda _: self._settle())
        yield self._step(None, lambda _: self._close())

    def _settle(self) -> list[Step]:
        """Read on where the rows met are not those that the server promised, or where there may be more of them."""
        if self.broken:
            return [self._read_on(self._rereading())]
        if (self.kept and not self.last_page_full) or not (self.totals or self.met):
            return []
        if self.totals and not self.kept:
            self._begin_again()
        return [self._read_on(self._rereading())]

    @property
    def kept(self) -> bool:
        """Whether as many rows were met as the server promised, at one time or another."""
        return bool(self.totals) and min(self.totals) <= len(self.met) <= max(self.totals)

    def _begin_again(self) -> None:
        self.lower, self.last, self.broken = (self.window.lower if self.window else None), self.span.after, False

    def _close(self) -> None:
        self._count()
        self.reader.close(self.window)

    def _count(self) -> None:
        met = len(self.met)
        self.counts.promised = min(self.totals, key=lambda total: abs(total - met), default=None)
        self.reader.count(self.span, self.counts)

    # --- rows ---------------------------------------------------------------------------------------------------

    def _take(self, page: Page, identities: list[Hashable] | None = None) -> Iterable[Step]:
        """Use a page and the promise that came with it."""
        if page.total is not None:
            self.totals.append(page.total)
        return self._accept(page, self.scope.identities(page.rows) if identities is None else identities)

    def _accept(self, page: Page, identities: list[Hashable]) -> Iterable[Step]:
        """Write the rows of a page that are new, in their order, and remember where it ended."""
        rows = page.rows
        fresh = self._fresh(rows, identities)
        self.counts.written += len(fresh)
        self.counts.repeated += len(rows) - len(fresh)
        self.last_page_full = len(rows) >= page.asked
        if rows:
            self.last = identities[-1]
            if self.axis is not None:
                self.scope.check_order(self.span, rows, self.axis)
                self.lower = last_reading(rows, self.axis) or self.lower
        return self.reader.write(fresh, page)

    def _fresh(self, rows: list[Row], identities: list[Hashable]) -> list[Row]:
        """Return the rows that were not met before; of several with one key the first."""
        new = set(identities)
        if len(new) < len(identities):
            first: dict[Hashable, Row] = {}
            for row, identity in zip(rows, identities, strict=True):
                if first.setdefault(identity, row) != row:
                    what = f"several rows have the key {identity!r}, of which only one can be kept"
                    self.reader.differ(f"{self.scope.place(self.span)}: {what}")
            rows, identities = list(first.values()), list(first)
        known = (new & self.met) | (new & self.seen)
        self.met |= new
        if not known:
            return rows
        return [row for row, identity in zip(rows, identities, strict=True) if identity not in known]

    # --- one after another --------------------------------------------------------------------------------------

    def _rereading(self) -> Iterator[Reading]:
        """Return the pages from where the reading stands to the end."""
        rereading = Rereading(self.scope, self.span)
        if not self.sortable:
            return rereading.in_passes(self.wanted)
        if self.axis is None or self.lower is None:
            return rereading.by_key(self.wanted, self.last)
        return rereading.by_axis(self.axis, self.lower)

    def _read_on(self, readings: Iterator[Reading]) -> Step:
        """Return the step that reads one more page, which calls for the next one."""
        return self._step(lambda: next(readings, None), lambda reading: self._reread(readings, reading))

    def _reread(self, readings: Iterator[Reading], reading: Reading | None) -> Iterable[Step]:
        """Use a page of the second reading; at its end, say so where the server contradicts itself."""
        if reading is None:
            return self._reread_all()
        self.counts.reread += len(reading.page.rows)
        self.honest = self.honest and reading.believable
        more = self._accept(reading.page, reading.identities)
        if reading.needed is not None and not self.totals:
            # Nothing to hold the rows against: only those that may come again have to be remembered.
            self.met.intersection_update(self.scope.identities(reading.needed))
        return [*more, self._read_on(readings)]

    def _reread_all(self) -> Iterable[Step]:
        """End the second reading; begin it again where it was of a part only and too few or too many rows were met."""
        if self.broken and self.totals and not self.kept:
            self._begin_again()
            return [self._read_on(self._rereading())]
        if not self.honest:
            promised = max(self.totals, default=0)
            numbers = f"the instance promises {promised} rows and gives {len(self.met)}, also when asked again"
            self.reader.differ(f"{self.scope.place(self.span)}: {numbers}")
        return ()
