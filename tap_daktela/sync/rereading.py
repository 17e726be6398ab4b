"""Reading one page after another, where pages side by side cannot be trusted; `reader` tells when that is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_daktela.daktela.query import Filter, all_of, where
from tap_daktela.errors import ContractError
from tap_daktela.sync.scope import last_reading

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from tap_daktela.daktela.client import Page
    from tap_daktela.sync.scope import Scope, Span
    from tap_daktela.sync.source import Row

PASSES = 4
"""How often a set is read that the instance can neither sort nor hold still."""


class Reading(NamedTuple):
    """A page that was read on its own, with what tells its rows apart.

    `believable` tells whether its total can be true. `needed` are the rows, of all that were met, that may come
    again on the pages to follow; None if any of them may.
    """

    page: Page
    identities: list[Hashable]
    believable: bool
    needed: list[Row] | None = None

    @property
    def size(self) -> int:
        """The bytes of the page's body."""
        return self.page.size


class Rereading:
    """Reads the rows of a span, each page asking for what lies behind the last.

    `by_axis` needs an order by the axis, `by_key` one by the key, `in_passes` none.
    """

    def __init__(self, scope: Scope, span: Span) -> None:
        """Take what is to be read."""
        self._scope = scope
        self._source = scope.source
        self._span = span

    def by_axis(self, axis: str, lower: str) -> Iterator[Reading]:
        """Yield what lies at or behind the reading `lower`; one repeated reading is read in the order of the key."""
        beyond = False
        while True:
            page = self._source.read(self._scope.within(self._span.window, lower, beyond=beyond), axis)
            last = last_reading(page.rows, axis)
            stuck = last == lower and not beyond
            needed = None if stuck else [row for row in page.rows if row.get(axis) == last]
            yield self._reading(page, needed)
            if last is None and page.rows and not self._is_all(page):
                raise ContractError(f"{self._scope.place(self._span)}: the instance sends rows without {axis}")
            if last is None or self._is_all(page):
                return
            if last < lower or (beyond and last == lower):
                raise ContractError(
                    f"{self._scope.place(self._span)}: the instance does not apply the filter on {axis}"
                )
            if stuck:
                yield from self._in_one_second(all_of(self._scope.wanted, where(axis, "eq", last)))
            lower, beyond = last, stuck

    def _in_one_second(self, wanted: Filter | None) -> Iterator[Reading]:
        if not self._source.order(None):
            yield from self.in_passes(wanted)
            return
        for reading in self.by_key(wanted, None):
            yield reading._replace(needed=None)

    def by_key(self, wanted: Filter | None, after: Any) -> Iterator[Reading]:
        """Yield the rows that pass `wanted` and whose key lies behind `after` (None: all)."""
        key = str(self._scope.key)
        while True:
            behind = where(key, "gt", after) if after is not None else None
            page = self._source.read(all_of(wanted, behind), None)
            yield self._reading(page, [])
            last = next((row[key] for row in reversed(page.rows) if row.get(key) is not None), None)
            if last is None and page.rows and not self._is_all(page):
                raise ContractError(f"{self._scope.place(self._span)}: the instance sends rows without {key}")
            if last is None or self._is_all(page):
                return
            if last == after:
                raise ContractError(f"{self._scope.place(self._span)}: the instance does not apply the filter on {key}")
            after = last

    def in_passes(self, wanted: Filter | None) -> Iterator[Reading]:
        """Yield pages by offset, again and again, until a pass brings nothing new and keeps the server's promise."""
        known: set[Hashable] = set()
        for attempt in range(1, PASSES + 1):
            before, skip, totals = len(known), 0, set()
            came: Counter[bytes] = Counter()
            ended = settled = False
            while not ended:
                page = self._source.read_unsorted(wanted, skip)
                identities = self._scope.identities(page.rows, came)
                known.update(identities)
                totals.add(page.total)
                skip += len(page.rows)
                short = len(page.rows) < page.asked
                ended = not page.rows or (short and page.total is not None and skip >= page.total)
                settled = ended and (totals == {len(known)} or (totals == {None} and len(known) == before))
                yield Reading(page, identities, settled or not ended or attempt < PASSES)
            if settled:
                return

    def _reading(self, page: Page, needed: list[Row] | None) -> Reading:
        """Return a page; no total is below the page's own rows, and none promises rows where none come."""
        believable = page.total is None or (page.total >= len(page.rows) and (bool(page.rows) or page.total == 0))
        return Reading(page, self._scope.identities(page.rows), believable, needed)

    def _is_all(self, page: Page) -> bool:
        """Tell whether the server itself says that nothing lies behind this page."""
        return page.total == len(page.rows) < page.asked
