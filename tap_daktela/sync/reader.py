"""Reading a set of rows completely, while the instance edits and deletes rows between any two requests.

Every answer is a snapshot of neighbouring rows; the danger lies between two of them, where rows slide over the border
of a page. A set is read in one of three ways:

* *side by side*: pages by offset, all at once, each starting with the last row of the page before. That row, met
  again, proves that nothing slid. Where it is missing, the rest is read one after another. This needs an order in
  which no two rows share a place; where the key is no part of it, the set is cut into windows of one page instead.
* *one after another*: each page asks for what lies at or behind the last row seen, and repeats are dropped. This
  is proof against any change, also inside one repeated timestamp, which is read in the order of the key.
* *in passes*: where the instance cannot sort, all pages by offset, again until a pass meets as many rows as promised.

A window that holds too much is cut: its first page is kept, confirmed by the number of rows promised up to its last
second, and what lies behind is read in smaller windows.

In the end the rows met are held against the number that the server promised; where they differ the set is read again
one after another, and what then still differs is an error.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from tap_daktela.daktela.query import Filter, all_of, where
from tap_daktela.errors import ContractError
from tap_daktela.sync import windows
from tap_daktela.sync.prefetch import Lane, Step
from tap_daktela.sync.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from tap_daktela.daktela.client import Page
    from tap_daktela.sync.source import Row, Source

PASSES = 4
"""How often a set is read that the instance can neither sort nor hold still."""


@dataclass
class Counts:
    """What became of the rows of a set: promised by the server, written, met again, and read by a second reading."""

    promised: int = 0
    written: int = 0
    repeated: int = 0
    reread: int = 0

    def add(self, other: Counts) -> None:
        """Add the counts of another set."""
        self.promised += other.promised
        self.written += other.written
        self.repeated += other.repeated
        self.reread += other.reread


class Reader:
    """Makes the steps that read the rows of one endpoint that pass `wanted`, along one axis (or, without, by the key).

    A window longer than `days` is cut, unless its first page holds all of it.
    `write` takes the new rows of a page, in order, and may call for further steps; `close` is called when all rows
    of a window have been written; `differ` when the server's promise and the rows met differ also at second sight;
    `expect` with the number of rows that the server promises for each set.
    """

    def __init__(
        self,
        lane: Lane,
        source: Source,
        axis: str | None,
        wanted: Filter | None,
        *,
        days: float,
        write: Callable[[list[Row], Page], Iterable[Step]],
        close: Callable[[Window | None, Counts], None],
        differ: Callable[[str], None],
        expect: Callable[[int | None], None] = lambda _: None,
    ) -> None:
        """Take the lane that the steps belong to and the callbacks of the class docstring."""
        self.lane = lane
        self.source = source
        self.axis = axis
        self.wanted = wanted
        self.days = days
        self.write = write
        self.close = close
        self.differ = differ
        self.expect = expect

    def steps(self, window: Window | None = None) -> Iterator[Step]:
        """Yield the steps that read `window` (without an axis: everything)."""
        return _Set(self, window).steps()

    def within(self, window: Window | None, lower: str | None = None, *, beyond: bool = False) -> Filter | None:
        """Return the filter for `window`, from `lower` on if given, or only `beyond` it."""
        if window is None or self.axis is None:
            return self.wanted
        above = where(self.axis, "gt" if beyond else "gte", lower or window.lower)
        return all_of(self.wanted, above, where(self.axis, "lt", window.upper))

    def identities(self, rows: list[Row], before: Counter[bytes] | None = None) -> list[Hashable]:
        """Return what tells rows apart: the key, or for rows without one the content and how often it came before.

        `before` counts what came on earlier pages, where these rows lie behind those; it is brought up to date.
        """
        key = self.source.request.key
        seen = Counter() if before is None else before
        result: list[Hashable] = []
        for row in rows:
            identity = row.get(key) if key is not None else None
            if identity is None:
                content = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
                seen[content] += 1
                identity = (content, seen[content])
            result.append(identity)
        return result


class _Reading(NamedTuple):
    """A page that was read on its own, what tells its rows apart, and whether its total can be believed."""

    page: Page
    identities: list[Hashable]
    believable: bool


class _Set:
    """One set of rows on its way: which were met, and where the reading stands."""

    def __init__(
        self,
        reader: Reader,
        window: Window | None,
        *,
        after: Any = None,
        seen: Iterable[Hashable] = (),
        before: _Set | None = None,
    ) -> None:
        self.reader = reader
        self.window = window
        # One second cannot be cut by time any more: its rows are told apart by their key.
        self.axis = None if window is not None and window.seconds <= 1 else reader.axis
        key = reader.source.request.key
        self.wanted = all_of(reader.within(window), where(key, "gt", after) if key and after is not None else None)
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
        return bool(self.reader.source.order(self.axis))

    @property
    def placed(self) -> bool:
        """Whether no two rows share a place in that order, so that an offset names the same row to every request."""
        return self.reader.source.request.key in self.reader.source.order(self.axis)

    def steps(self) -> Iterator[Step]:
        """Yield the step that reads the first page; it knows what follows."""
        yield self._step(lambda: self.reader.source.read(self.wanted, self.axis), self._take, self._plan)

    def _step(self, fetch: Any, deliver: Any, follow: Any = None) -> Step:
        return Step(self.reader.lane, fetch, follow, deliver)

    # --- side by side -------------------------------------------------------------------------------------------

    def _plan(self, page: Page) -> Iterator[Step]:
        """Name the steps that the first page calls for: its neighbours by offset, or smaller windows."""
        self.reader.expect(page.total)
        finish = self._step(None, lambda _: self._finish())
        total, size = page.total, min(len(page.rows), self.reader.source.request.page_size)
        if not size or (total is not None and total <= len(page.rows)) or not self.sortable:
            return iter([finish])
        many = total is not None and total > windows.PAGES_AT_MOST * size
        if self.axis is not None and self.window is not None:
            crowded = many or (total is not None and not self.placed)
            full = total is None or size == self.reader.source.request.page_size
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
                lambda skip=skip: self.reader.source.read(self.wanted, self.axis, skip),
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
            after = page.rows[-1].get(str(self.reader.source.request.key))
            yield from _Set(self.reader, self.window, after=after, before=self).steps()

    def _cut(self, page: Page, axis: str, window: Window, rows: int) -> Iterator[Step]:
        """Go on behind the first page in smaller windows; the first of them meets the page's last second again.

        `rows` is the number of rows still to come, where there are too many of them for one window.
        """
        last = _last_reading(page.rows, axis) or window.lower
        here = self.reader.identities(page.rows)
        behind = {identity for identity, row in zip(here, page.rows, strict=True) if row.get(axis) == last}
        seen = self.seen | behind
        if last > window.lower:
            yield self._confirmation(axis, Window(window.lower, last), frozenset(here) - behind)
        else:
            # The page holds nothing but this second, which may hold more than a page.
            last = min(windows.next_second(last), window.upper)
            yield from _Set(self.reader, Window(window.lower, last), seen=seen).steps()
        aim = windows.PAGES_AIMED_AT * len(page.rows) if self.placed else -(-len(page.rows) // 2)
        for piece in windows.plan(Window(last, window.upper), self.reader.days, rows, aim):
            yield from _Set(self.reader, piece, seen=seen).steps()

    def _confirmation(self, axis: str, done: Window, rows: frozenset[Hashable]) -> Step:
        """Return the step that closes the part of a window that its first page holds.

        The page was held against no promise of its own; where another number of rows is promised, it is read again.
        """

        def confirm(probe: Page) -> Iterable[Step]:
            if probe.total in {None, len(rows)}:
                self.reader.close(done, self.counts)
                return ()
            return _Set(self.reader, done, seen=self.seen | rows).steps()

        return self._step(lambda: self.reader.source.read(self.reader.within(done), axis, take=1), confirm)

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
        if self.last in self.reader.identities(page.rows):
            return self._accept(page)
        return self._go_on(self._proceed)

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
        if not self.sortable:
            return self._go_on(lambda: self._in_passes(self.wanted))
        if totals and not kept:
            self.lower, self.last = (self.window.lower if self.window else None), None
        return self._go_on(self._proceed)

    def _accept(self, page: Page, identities: list[Hashable] | None = None, *, again: bool = False) -> list[Step]:
        """Write the rows of a page that are new, in their order, and remember where it ended."""
        identities = self.reader.identities(page.rows) if identities is None else identities
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
        self.last_page_full = len(page.rows) >= self.reader.source.request.page_size
        if page.rows:
            self.last = identities[-1]
            if self.axis is not None:
                self._check_order(page.rows, self.axis)
                self.lower = _last_reading(page.rows, self.axis) or self.lower
        return list(self.reader.write(fresh, page))

    def _check_order(self, rows: list[Row], axis: str) -> None:
        """Raise a ContractError if the instance sends rows that the time filter excludes, or not in their order."""
        readings = [value for row in rows if isinstance(value := row.get(axis), str)]
        if readings != sorted(readings) and self.sortable:
            raise ContractError(f"{self._place()}: the instance does not sort by {axis}")
        window = self.window
        if window is not None and readings and not window.lower <= min(readings) <= max(readings) < window.upper:
            message = f"the instance does not apply the filter on {axis}: asked for [{window.lower}, {window.upper})"
            raise ContractError(f"{self._place()}: {message}, it sent {min(readings)} to {max(readings)}")

    # --- one after another --------------------------------------------------------------------------------------

    def _go_on(self, read: Callable[[], Iterator[_Reading]]) -> list[Step]:
        """Read the rest now, with `read`, and say so where the server contradicts itself."""
        more: list[Step] = []
        honest = True
        for page, identities, believable in read():
            more += self._accept(page, identities, again=True)
            honest = honest and believable
        if not honest:
            promised = max(self.totals, default=0)
            numbers = f"the instance promises {promised} rows and gives {len(self.met)}"
            self.reader.differ(f"{self._place()}: {numbers}, also when asked again")
        self.over = True
        return more

    def _proceed(self) -> Iterator[_Reading]:
        """Yield what is read from where the reading stands to the end."""
        if self.axis is None or self.lower is None:
            return self._by_key(self.wanted, self.last)
        return self._by_axis(self.axis, self.lower)

    def _by_axis(self, axis: str, lower: str) -> Iterator[_Reading]:
        beyond = False
        while True:
            page = self.reader.source.read(self.reader.within(self.window, lower, beyond=beyond), axis)
            yield self._reading(page)
            last = _last_reading(page.rows, axis)
            if last is None or self._is_all(page):
                return
            if last < lower or (beyond and last == lower):
                raise ContractError(f"{self._place()}: the instance does not apply the filter on {axis}")
            if last == lower and not beyond:
                yield from self._in_one_second(all_of(self.reader.wanted, where(axis, "eq", last)))
                beyond = True
            else:
                self._forget([row for row in page.rows if row.get(axis) == last])
                lower, beyond = last, False

    def _in_one_second(self, wanted: Filter | None) -> Iterator[_Reading]:
        by_key = bool(self.reader.source.order(None))
        return self._by_key(wanted, None) if by_key else self._in_passes(wanted)

    def _by_key(self, wanted: Filter | None, after: Any) -> Iterator[_Reading]:
        key = str(self.reader.source.request.key)
        while True:
            behind = where(key, "gt", after) if after is not None else None
            page = self.reader.source.read(all_of(wanted, behind), None)
            yield self._reading(page)
            last = next((row[key] for row in reversed(page.rows) if row.get(key) is not None), None)
            if last is None or self._is_all(page):
                return
            if last == after:
                raise ContractError(f"{self._place()}: the instance does not apply the filter on {key}")
            after = last
            if self.axis is None:
                self._forget([])

    def _reading(self, page: Page) -> _Reading:
        return _Reading(page, self.reader.identities(page.rows), _believable(page))

    def _forget(self, still_needed: list[Row]) -> None:
        """Keep memory flat where the server tells no total: rows far behind the place of reading do not come again."""
        if not self.totals:
            self.met.intersection_update(self.reader.identities(still_needed))

    def _is_all(self, page: Page) -> bool:
        """Tell whether the server itself says that nothing lies behind this page."""
        return page.total == len(page.rows) < self.reader.source.request.page_size

    def _place(self) -> str:
        """Name the set in a message."""
        span = f"[{self.window.lower}, {self.window.upper})" if self.window else "all rows"
        return f"{self.reader.source.request.names[0]}, {span}"

    # --- in passes ----------------------------------------------------------------------------------------------

    def _in_passes(self, wanted: Filter | None) -> Iterator[_Reading]:
        """Yield pages by offset, again and again, until a pass brings nothing new and keeps the server's promise."""
        known: set[Hashable] = set()
        for attempt in range(1, PASSES + 1):
            before, skip, totals = len(known), 0, set()
            came: Counter[bytes] = Counter()
            while True:
                page = self.reader.source.read_unsorted(wanted, skip)
                identities = self.reader.identities(page.rows, came)
                known.update(identities)
                totals.add(page.total)
                skip += len(page.rows)
                short = len(page.rows) < self.reader.source.request.page_size
                ended = not page.rows or (short and page.total is not None and skip >= page.total)
                settled = ended and (totals == {len(known)} or (totals == {None} and len(known) == before))
                yield _Reading(page, identities, settled or not ended or attempt < PASSES)
                if ended:
                    break
            if settled:
                return


def _believable(page: Page) -> bool:
    """Tell whether the page's total can be true: never fewer than its own rows, and not some where there are none."""
    return page.total is None or (page.total >= len(page.rows) and (bool(page.rows) or page.total == 0))


def _last_reading(rows: list[Row], axis: str) -> str | None:
    """Return the value of `axis` in the last row that has one."""
    return next((value for row in reversed(rows) if isinstance(value := row.get(axis), str)), None)
