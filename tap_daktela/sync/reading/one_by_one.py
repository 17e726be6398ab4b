"""Reading one page after another, each behind the last row of the one before: proof against any change meanwhile."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tap_daktela.daktela.query import Filter, all_of, where
from tap_daktela.errors import ContractError
from tap_daktela.sync.reading.found import WITNESSES, matches
from tap_daktela.sync.reading.results import Contradiction
from tap_daktela.sync.reading.row_range import ascend, last_key, last_reading

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from tap_daktela.daktela.client import Page
    from tap_daktela.sync.reading.endpoint import Endpoint
    from tap_daktela.sync.reading.found import FoundRows
    from tap_daktela.sync.reading.row_range import RowQuery
    from tap_daktela.sync.scheduling.steps import Reading

PASSES = 4
"""How often a range is read that the instance can neither sort nor hold still."""

OVERLAP = 0.01
"""The part of its rows, at least one, that a page of a pass shares with the next: that many less one may be deleted."""

MOST_PAGES = 100_000
"""Pages of one range at most, so that a server that never says the end does not keep a run for ever."""

BEHIND_EVERYTHING = 10**9
"""An offset behind every list."""


class OneByOne:
    """Reads the rows of a range again or on: by the axis, by the key, or where there is no order in passes."""

    def __init__(self, endpoint: Endpoint, query: RowQuery, found: FoundRows) -> None:
        """Take where the rows come from, and where the reading stands."""
        self._endpoint = endpoint
        self._query = query
        self._found = found
        self._pages = 0

    def read(self) -> Reading:
        """Read from where the reading stands to the end of the range."""
        found, query = self._found, self._query
        if found.order and found.axis is not None and found.lower is not None:
            yield from self._by_axis(found.axis, found.lower)
        elif found.order and found.totals and found.ascends:
            yield from self._by_key(query.filter(found.range), found.last_key)
        else:
            # Only a total, and keys that ascend, show that the instance sorts by what it compares.
            yield from self._in_passes(query.filter(found.range))

    def _by_axis(self, axis: str, lower: str) -> Reading:
        """Read what lies at or behind the reading `lower`; one repeated reading is read in the order of the key."""
        found, beyond = self._found, False
        if not found.totals:
            found.quirks = yield from self._endpoint.proven_order(found.quirks, self._query.filter(found.range))
        while True:
            page = yield from self._page(self._query.within(found.range.window, lower, beyond=beyond))
            last = last_reading(page.rows, axis)
            stuck = last == lower and not beyond
            # Of all rows that were met, only those of the last second may come again.
            again = None if stuck else [row for row in page.rows if row.get(axis) == last]
            self._refuse_no_cursor(page, last, axis)
            ended = last is None or self._is_all(page)
            yield from self._use(page, again)
            if last is None or ended:
                return
            if last < lower or (beyond and last == lower):
                raise ContractError(f"{found.place}: the instance does not apply the filter on {axis}")
            if stuck:
                yield from self._in_one_second(all_of(self._query.wanted, where(axis, "eq", last)))
            lower, beyond = last, stuck

    def _in_one_second(self, wanted: Filter | None) -> Reading:
        if self._found.key_order and self._found.totals:
            yield from self._by_key(wanted, None)
        else:
            yield from self._in_passes(wanted)

    def _by_key(self, wanted: Filter | None, after: Any) -> Reading:
        """Read the rows that pass `wanted` and whose key lies behind `after` (None: all)."""
        key = str(self._query.key)
        cursors = {after}
        while True:
            behind = where(key, "gt", after) if after is not None else None
            page = yield from self._page(all_of(wanted, behind), self._found.key_order)
            in_order = ascend([after, *(row.get(key) for row in page.rows)])
            after = last_key(page.rows, key)
            self._refuse_no_cursor(page, after, key)
            ended = after is None or self._is_all(page)
            yield from self._use(page, None)
            if ended:
                return
            if not in_order:
                yield from self._in_passes(wanted)
                return
            if after in cursors:
                raise ContractError(f"{self._found.place}: the instance does not apply the filter on {key}")
            cursors.add(after)

    def _in_passes(self, wanted: Filter | None) -> Reading:
        """Read all pages by offset, again and again, until a pass proves that it missed nothing."""
        known: set[Hashable] = set()
        proofs = 0
        for _ in range(PASSES):
            before = len(known)
            totals, met, is_chained = yield from self._one_pass(wanted)
            known |= met
            proofs += is_chained
            if totals == {None}:
                is_proven = proofs >= WITNESSES
            elif is_chained:
                is_proven = None not in totals and matches(list(totals), len(met))
            else:
                is_proven = totals == {len(known)} == {before}
            if is_proven:
                return
        self._found.sound = False
        yield Contradiction(f"{self._found.place}: rows moved while they were read, also when read {PASSES} times")

    def _one_pass(self, wanted: Filter | None) -> Reading:
        """Read all pages once. Return the totals that came, what tells the rows apart, and whether nothing slid away.

        Nothing did if every page shares rows with the one before, since what lies between two rows lies on a page.
        """
        skip, overlap, totals, met, is_chained = 0, 0, set(), set(), True
        came: Counter[bytes] = Counter()
        before: Sequence[Hashable] = []
        page = yield from self._page(wanted, (), skip)
        while True:
            rows = len(page.rows)
            here = self._query.keys(page.rows)
            if rows and here == before and overlap < rows:
                yield from self._refuse_ignored_skip(wanted)
            if here[:overlap] == before[len(before) - overlap :]:
                page.rows = page.rows[overlap:]
            else:
                is_chained = is_chained and share_rows(before, here)
                known = set(before)
                page.rows = [row for row, key in zip(page.rows, here, strict=True) if key not in known]
            identities = self._query.identities(page.rows, came)
            met.update(identities)
            totals.add(page.total if self._found.quirks.believed else None)
            yield from self._found.use(page, identities)
            self._found.counts.reread += rows
            if rows <= overlap:
                behind = yield from self._page(wanted, (), skip + rows)
                if not behind.rows:
                    return totals, met, is_chained
                page = yield from self._page(wanted, (), skip)
                if len(page.rows) <= rows:  # It gives so few rows a page that no two pages share any.
                    before, skip, overlap, page, is_chained = here, skip + rows, 0, behind, False
                continue
            before, overlap = here, max(1, int(rows * OVERLAP))
            skip += rows - overlap
            page = yield from self._page(wanted, (), skip)

    def _refuse_ignored_skip(self, wanted: Filter | None) -> Reading:
        """Raise a ContractError if rows come from behind every list: two equal pages alone are no proof."""
        page = yield from self._page(wanted, (), BEHIND_EVERYTHING)
        if page.rows:
            raise ContractError(f"{self._found.place}: the instance ignores skip, and sends the same rows for ever")

    def _page(self, wanted: Filter | None, order: tuple[str, ...] | None = None, skip: int = 0) -> Reading:
        self._pages += 1
        if self._pages > MOST_PAGES:
            raise ContractError(f"{self._found.place}: the instance sends more than {MOST_PAGES} pages, and no end")
        found, endpoint = self._found, self._endpoint
        # A page that shares a row with the one before needs room for another.
        take = max(2, found.quirks.page_size) if order == () else None
        page: Page = yield from endpoint.ask(endpoint.get(found.quirks, wanted, order, skip=skip, take=take))
        if not page.rows and not found.totals:
            # No total vouches for an empty answer, so a second one has to.
            page = yield from endpoint.ask(endpoint.get(found.quirks, wanted, order, skip=skip, take=take))
        found.quirks = found.quirks.fitted(page, self._endpoint.request.page_size)
        found.doubt(page, skip)
        return page

    def _use(self, page: Page, again: list[Any] | None) -> Reading:
        """Use a page. `again` are the rows, of all that were met, that may come once more; None if any may."""
        found = self._found
        found.counts.reread += len(page.rows)
        needed = None if again is None else self._query.identities(again)
        yield from found.use(page)
        if needed is not None and not found.totals:
            # Nothing to hold the rows against: only those that may come again have to be remembered.
            found.met.intersection_update(needed)

    def _refuse_no_cursor(self, page: Page, last: Any, name: str) -> None:
        if last is None and page.rows and not self._is_all(page):
            raise ContractError(f"{self._found.place}: the instance sends rows without {name}")

    def _is_all(self, page: Page) -> bool:
        """Tell whether the server itself says that nothing lies behind this page."""
        found = self._found
        return found.quirks.believed and not found.doubtful and page.total == len(page.rows) < page.take


def share_rows(before: Sequence[Hashable], here: Sequence[Hashable]) -> bool:
    """Tell whether two pages share rows, by their keys, in the same order."""
    both = set(before) & set(here)
    return bool(both) and [key for key in before if key in both] == [key for key in here if key in both]
