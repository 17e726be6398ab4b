"""Reading one page after another: each page continues behind the last row of the page before.

Changes between two requests cannot hide a row from this way of reading.
"""

from typing import Any

from tap_daktela.daktela import clock
from tap_daktela.daktela.client import Page
from tap_daktela.daktela.query import Filter, all_of, where
from tap_daktela.errors import ContractError
from tap_daktela.sync.reading.endpoint import ROWS_IN_ORDER, Endpoint
from tap_daktela.sync.reading.found import FoundRows
from tap_daktela.sync.reading.pages import Pages
from tap_daktela.sync.reading.passes import Passes
from tap_daktela.sync.reading.row_range import RowQuery, ascend, is_at, last_key, last_reading
from tap_daktela.sync.scheduling.steps import Reading


class OneByOne:
    """Reads a range from where `found` stands to its end: by the axis, by the key, or in passes without any order."""

    def __init__(self, endpoint: Endpoint, query: RowQuery, found: FoundRows) -> None:
        self._endpoint = endpoint
        self._query = query
        self._found = found
        self._pages = Pages(endpoint, found)

    def read(self) -> Reading:
        """Read on to the end of the range."""
        found, wanted = self._found, self._query.filter(self._found.range)
        if found.order and found.axis is not None and found.lower is not None:
            yield from self._by_axis(found.axis, found.lower)
        elif found.order and found.totals and found.keys_ascend:
            yield from self._by_key(wanted, found.last_key)
        else:
            # Without a total and ascending keys, nothing shows that the order is the one that the filter compares by.
            yield from self._in_passes(wanted)

    def _by_axis(self, axis: str, lower: str) -> Reading:
        """Read rows at or behind the time `lower`. A second that fills a page is read by the key."""
        found, beyond = self._found, False
        if not found.totals:
            found.quirks = yield from self._endpoint.proven_order(found.quirks, self._query.filter(found.range))
        while True:
            page = yield from self._pages.ask(self._query.within(found.range.window, lower, beyond=beyond))
            last = last_reading(page.rows, axis)
            stuck = last is not None and clock.with_time(last) == clock.with_time(lower) and not beyond
            # Only rows of the last second can come again.
            again = None if stuck else self._query.identities([row for row in page.rows if is_at(row, axis, last)])
            self._refuse_no_cursor(page, last, axis)
            ended = last is None or self._is_all(page)
            yield from self._use(page)
            if again is not None and not found.totals:
                found.met.intersection_update(again)  # No total counts the rows: the others need not be remembered.
            if last is None or ended:
                return
            if clock.with_time(last) < clock.with_time(lower) or (beyond and last == lower):
                raise ContractError(f"{found.place}: the instance does not apply the filter on {axis}")
            if stuck:
                second = all_of(self._query.wanted, where(axis, "eq", last))
                has_order = found.key_order and found.totals
                yield from self._by_key(second, None) if has_order else self._in_passes(second)
            lower, beyond = last, stuck

    def _by_key(self, wanted: Filter | None, after: Any) -> Reading:
        """Read the rows that pass `wanted` and whose key lies behind `after` (None: all)."""
        key = str(self._query.key)
        cursors, upto = {after}, None
        while True:
            if upto is None and self._found.totals and self._found.rows > max(self._found.totals):
                upto = yield from self._newest_key(wanted, after)
            behind = where(key, "gt", after) if after is not None else None
            not_newer = where(key, "lte", upto) if upto is not None else None
            page = yield from self._pages.ask(all_of(wanted, behind, not_newer), self._found.key_order)
            in_order = ascend([after, *(row.get(key) for row in page.rows)])
            after = last_key(page.rows, key)
            self._refuse_no_cursor(page, after, key)
            ended = after is None or self._is_all(page)
            yield from self._use(page)
            if ended:
                return
            if not in_order:
                yield from self._in_passes(wanted)
                return
            if after in cursors:
                raise ContractError(f"{self._found.place}: the instance does not apply the filter on {key}")
            cursors.add(after)

    def _newest_key(self, wanted: Filter | None, after: Any) -> Reading:
        """Return the greatest key, to which a reading that has met more rows than were promised is to go on.

        Rows are added meanwhile, so it might follow them without an end. None if the key does not lie behind `after`,
        or if the instance does not show that it sorts descending: then keys descend, and ascend neither as numbers nor
        as text.
        """
        key = str(self._query.key)
        take = min(self._found.quirks.page_size, ROWS_IN_ORDER)
        page = yield from self._endpoint.ask(self._endpoint.get(self._found.quirks, wanted, (f"-{key}",), take=take))
        keys = [row.get(key) for row in page.rows]
        descends = ascend(keys[::-1]) and not ascend(keys)
        greatest = last_key(page.rows[:1], key)
        return greatest if descends and ascend([after, greatest]) else None

    def _in_passes(self, wanted: Filter | None) -> Reading:
        yield from Passes(self._pages, self._query, self._found).read(wanted)

    def _use(self, page: Page) -> Reading:
        self._found.counts.reread += len(page.rows)
        yield from self._found.use(page)

    def _refuse_no_cursor(self, page: Page, last: Any, name: str) -> None:
        if last is None and page.rows and not self._is_all(page):
            raise ContractError(f"{self._found.place}: the instance sends rows without {name}")

    def _is_all(self, page: Page) -> bool:
        """Tell whether the server itself says that nothing lies behind this page."""
        found = self._found
        return found.quirks.totals_trusted and not found.totals_doubtful and page.total == len(page.rows) < page.take
