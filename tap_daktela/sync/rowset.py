"""One set of rows on its way; `reader` tells how the ways of reading play together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_daktela.daktela.query import all_of, where
from tap_daktela.errors import ContractError
from tap_daktela.sync import windows
from tap_daktela.sync.prefetch import Step
from tap_daktela.sync.rereading import Reading, Rereading
from tap_daktela.sync.scope import Counts, last_reading
from tap_daktela.sync.windows import Window

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from tap_daktela.daktela.client import Page
    from tap_daktela.sync.reader import Reader
    from tap_daktela.sync.source import Row


class RowSet:
    """Which rows of a window (None: of the whole table) were met, and where the reading stands."""

    def __init__(
        self,
        reader: Reader,
        window: Window | None,
        *,
        after: Any = None,
        seen: Iterable[Hashable] = (),
        before: RowSet | None = None,
    ) -> None:
        self.reader = reader
        self.window = window
        # One second cannot be cut by time any more: its rows are told apart by their key.
        self.axis = None if window is not None and window.seconds <= 1 else reader.scope.axis
        key = reader.scope.key
        self.wanted = all_of(
            reader.scope.within(window), where(key, "gt", after) if key and after is not None else None
        )
        self.seen = frozenset(seen)
        self.before = before
        self.met: set[Hashable] = set()
        self.totals: list[int] = []
        self.last: Hashable = None
        self.lower = window.lower if window else None
        self.last_page_full = False
        self.over = False
        self.chunk = False
        self.counts = Counts()

    @property
    def sortable(self) -> bool:
        """Whether the instance is able to give the rows in an order."""
        return bool(self.reader.scope.source.order(self.axis))

    @property
    def placed(self) -> bool:
        """Whether no two rows share a place in that order, so that an offset names the same row to every request."""
        return self.reader.scope.key in self.reader.scope.source.order(self.axis)

    def steps(self) -> Iterator[Step]:
        """Yield the step that reads the first page; it knows what follows."""
        yield self._step(lambda: self.reader.scope.source.read(self.wanted, self.axis), self._take, self._plan)

    def _step(self, fetch: Any, deliver: Any, follow: Any = None) -> Step:
        return Step(self.reader.lane, fetch, follow, deliver)

    # --- side by side -------------------------------------------------------------------------------------------

    def _plan(self, page: Page) -> Iterator[Step]:
        """Name the steps that the first page calls for: its neighbours by offset, or smaller windows."""
        self.reader.expect(page.total)
        finish = self._step(None, lambda _: self._finish())
        total, size = page.total, min(len(page.rows), self.reader.scope.page_size)
        if not size or (total is not None and total <= len(page.rows)) or not self.sortable:
            return iter([finish])
        many = total is not None and total > windows.PAGES_AT_MOST * size
        if self.axis is not None and self.window is not None:
            crowded = many or (total is not None and not self.placed)
            full = total is None or size == self.reader.scope.page_size
            if crowded or (full and not windows.fits(self.window, self.reader.days)):
                return self._cut(page, self.axis, self.window, total - size if total is not None and crowded else 0)
        if total is None or size == 1:
            return iter([finish])
        return self._beside(total, size, finish, chunk=many)

    def _beside(self, total: int, size: int, finish: Step, *, chunk: bool) -> Iterator[Step]:
        pages = min(-(-(total - size) // (size - 1)), windows.PAGES_AT_MOST - 1)
        for number in range(1, pages + 1):
            last_of_chunk = chunk and number == pages
            skip = number * (size - 1)
            yield self._step(
                lambda skip=skip: self.reader.scope.source.read(self.wanted, self.axis, skip),
                self._join,
                self._next_chunk if last_of_chunk else None,
            )
        if not chunk:
            yield finish

    def _next_chunk(self, page: Page) -> Iterator[Step]:
        """Go on behind the last key of this page, so that offsets stay small."""
        self.chunk = bool(page.rows)
        yield self._step(None, lambda _: self._finish())
        if self.chunk:
            after = page.rows[-1].get(str(self.reader.scope.key))
            yield from RowSet(self.reader, self.window, after=after, before=self).steps()

    def _cut(self, page: Page, axis: str, window: Window, rows: int) -> Iterator[Step]:
        """Go on behind the first page in smaller windows; the first of them meets the page's last second again.

        `rows` is the number of rows still to come, where there are too many of them for one window.
        """
        last = last_reading(page.rows, axis) or window.lower
        here = self.reader.scope.identities(page.rows)
        behind = {identity for identity, row in zip(here, page.rows, strict=True) if row.get(axis) == last}
        seen = self.seen | behind
        if last > window.lower:
            yield self._confirmation(axis, Window(window.lower, last), frozenset(here) - behind)
        else:
            # The page holds nothing but this second, which may hold more than a page.
            last = min(windows.next_second(last), window.upper)
            yield from RowSet(self.reader, Window(window.lower, last), seen=seen).steps()
        aim = windows.PAGES_AIMED_AT * len(page.rows) if self.placed else -(-len(page.rows) // 2)
        for piece in windows.plan(Window(last, window.upper), self.reader.days, rows, aim):
            yield from RowSet(self.reader, piece, seen=seen).steps()

    def _confirmation(self, axis: str, done: Window, rows: frozenset[Hashable]) -> Step:
        """Return the step that closes the part of a window that its first page holds.

        The page was held against no promise of its own; where another number of rows is promised, it is read again.
        """

        def confirm(probe: Page) -> Iterable[Step]:
            if probe.total in {None, len(rows)}:
                self.reader.close(done, self.counts)
                return ()
            return RowSet(self.reader, done, seen=self.seen | rows).steps()

        return self._step(lambda: self.reader.scope.source.read(self.reader.scope.within(done), axis, take=1), confirm)

    def _take(self, page: Page) -> list[Step]:
        """Use the first page; in a later chunk only if the chunk before has not been read to the end already."""
        if self.before is not None and self.before.over:
            self.over = True
        if self.over and self.before is not None:
            return []
        self.counts.promised = page.total or 0
        return self._accept(page)

    def _join(self, page: Page) -> list[Step]:
        """Use a later page if it starts where the page before ended; else read the rest one after another."""
        if self.over:
            return []
        if self.last in self.reader.scope.identities(page.rows):
            return self._accept(page)
        return self._go_on()

    def _finish(self) -> list[Step]:
        """Hold the rows met against the promise, and close the window behind all steps that this calls for."""
        more: list[Step] = []
        if not self.over:
            more = self._check()
        if not self.chunk:
            more.append(self._step(None, lambda _: self.reader.close(self.window, self.counts)))
        return more

    def _check(self) -> list[Step]:
        """Read on where the rows met are not those that the server promised, or where there may be more of them."""
        totals, met = self.totals, len(self.met)
        if self.chunk or (not totals and not met):
            return []
        kept = bool(totals) and min(totals) <= met <= max(totals)
        if kept and not self.last_page_full:
            return []
        if totals and not kept:
            self.lower, self.last = (self.window.lower if self.window else None), None
        return self._go_on()

    def _accept(self, page: Page, identities: list[Hashable] | None = None, *, again: bool = False) -> list[Step]:
        """Write the rows of a page that are new, in their order, and remember where it ended."""
        identities = self.reader.scope.identities(page.rows) if identities is None else identities
        if len(set(identities)) < len(identities):
            self._tell_ambiguous(page.rows, identities)
        fresh = []
        for row, identity in zip(page.rows, identities, strict=True):
            if identity not in self.met and identity not in self.seen:
                fresh.append(row)
            self.met.add(identity)
        self.counts.written += len(fresh)
        self.counts.repeated += len(page.rows) - len(fresh)
        self.counts.reread += len(page.rows) if again else 0
        if page.total is not None:
            self.totals.append(page.total)
        self.last_page_full = len(page.rows) >= self.reader.scope.page_size
        if page.rows:
            self.last = identities[-1]
            if self.axis is not None:
                self._check_order(page.rows, self.axis)
                self.lower = last_reading(page.rows, self.axis) or self.lower
        return list(self.reader.write(fresh, page))

    def _tell_ambiguous(self, rows: list[Row], identities: list[Hashable]) -> None:
        """Say so where different rows of one page have the same key: only one of them can be kept."""
        first: dict[Hashable, Row] = {}
        for row, identity in zip(rows, identities, strict=True):
            if first.setdefault(identity, row) != row:
                place = self.reader.scope.place(self.window)
                self.reader.differ(f"{place}: several rows have the key {identity!r}, of which only one can be kept")
                return

    def _check_order(self, rows: list[Row], axis: str) -> None:
        """Raise a ContractError if the instance sends rows that the time filter excludes, or not in their order."""
        readings = [value for row in rows if isinstance(value := row.get(axis), str)]
        if readings != sorted(readings) and self.sortable:
            raise ContractError(f"{self.reader.scope.place(self.window)}: the instance does not sort by {axis}")
        window = self.window
        if window is not None and readings and not window.lower <= min(readings) <= max(readings) < window.upper:
            message = f"the instance does not apply the filter on {axis}: asked for [{window.lower}, {window.upper})"
            raise ContractError(
                f"{self.reader.scope.place(self.window)}: {message}, it sent {min(readings)} to {max(readings)}"
            )

    # --- one after another --------------------------------------------------------------------------------------

    def _go_on(self) -> list[Step]:
        """Read from where the reading stands to the end, now, and say so where the server contradicts itself."""
        more: list[Step] = []
        honest = True
        for reading in self._rereading():
            more += self._accept(reading.page, reading.identities, again=True)
            honest = honest and reading.believable
            if reading.needed is not None and not self.totals:
                # Nothing to hold the rows against: only those that may come again have to be remembered.
                self.met.intersection_update(self.reader.scope.identities(reading.needed))
        if not honest:
            promised = max(self.totals, default=0)
            numbers = f"the instance promises {promised} rows and gives {len(self.met)}"
            self.reader.differ(f"{self.reader.scope.place(self.window)}: {numbers}, also when asked again")
        self.over = True
        return more

    def _rereading(self) -> Iterator[Reading]:
        rereading = Rereading(self.reader.scope, self.window)
        if not self.sortable:
            return rereading.in_passes(self.wanted)
        if self.axis is None or self.lower is None:
            return rereading.by_key(self.wanted, self.last)
        return rereading.by_axis(self.axis, self.lower)
