"""Reading pages by offset, all at once: each begins with the last row of the page before, so that no row slid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_daktela.sync.reading.windows import PAGES_AT_MOST

if TYPE_CHECKING:
    from tap_daktela.daktela.client import Page
    from tap_daktela.sync.reading.endpoint import Endpoint
    from tap_daktela.sync.reading.found import FoundRows
    from tap_daktela.sync.reading.row_range import RowQuery
    from tap_daktela.sync.scheduling.steps import Get, Reading


class SideBySide:
    """Reads a range whose first page is there, up to a page that does not begin with the last row of the one before."""

    def __init__(self, endpoint: Endpoint, query: RowQuery, found: FoundRows) -> None:
        """Take where the rows come from, and where the reading stands."""
        self._endpoint = endpoint
        self._query = query
        self._found = found

    def read(self, page: Page) -> Reading:
        """Use the first page and those behind it.

        Return the last key, where a range without times should end so that the rest is read behind it, else None.
        """
        found = self._found
        gets, more = self._behind(page), has_many(found, page)
        # A total is believed only together with what comes, or does not come, behind the last row.
        looks = [self._get(len(page.rows))] if self._is_unconfirmed(page) else []
        yield [*gets, *looks]
        found.promise(page)
        yield from found.use(page)
        for get in gets:
            page = yield from self._endpoint.ask(get)
            identities = self._query.identities(page.rows)
            if found.last not in identities:
                found.page_border_moved = more = True
                yield []
                break
            found.promise(page, get.query.skip)
            yield from found.use(page, identities)
        if more and found.axis is None and found.order and found.keys_ascend and found.last_key != found.range.after:
            return found.last_key
        for look in looks:
            yield from self._look(look, found.end_offset)
        if found.totals_doubtful and found.rows and found.matches_total and not found.page_border_moved:
            yield from self._look_behind()
        return None

    def _behind(self, page: Page) -> list[Get]:
        """Return the requests for the pages behind the first, each of which begins with the last row before it."""
        found = self._found
        total, size, each = found.total_of(page), len(page.rows), rows_per_page(found, page)
        if not size or total is None or total >= found.max_possible_total or not found.order or each == 1:
            return []
        pages = min(-(-(total - size) // (each - 1)), PAGES_AT_MOST - 1)
        return [self._get(size - 1 + number * (each - 1), each) for number in range(pages)]

    def _is_unconfirmed(self, page: Page) -> bool:
        """Tell whether nothing but its own total says that a page has all rows."""
        total = self._found.total_of(page)
        return self._found.is_whole and bool(page.rows) and total is not None and total <= len(page.rows)

    def _look_behind(self) -> Reading:
        """Ask for what lies behind the last row, twice: from that row on, and without it.

        The last row must not have slid, and it may come alone because the server gives few rows a page.
        """
        behind = self._found.end_offset
        yield from self._look(self._get(behind - 1), behind)
        if not self._found.page_border_moved:
            yield from self._look(self._get(behind), behind)

    def _look(self, get: Get, behind: int) -> Reading:
        """Ask for a page that should end at the offset `behind`; if it does not, the rest is read one after another."""
        page = yield from self._endpoint.ask(get)
        self._found.page_border_moved = not self._is_end(page, get.query.skip, behind)
        self._found.last_page_full = False
        self._found.promise(page, get.query.skip)

    def _is_end(self, page: Page, skip: int, behind: int) -> bool:
        """Tell whether a page that begins at `skip` ends at `behind` with the last row, or has none behind it."""
        ends = skip + len(page.rows) == behind and (page.total is None or page.total <= behind)
        return ends and self._query.identities(page.rows) in ([], [self._found.last])

    def _get(self, skip: int, take: int | None = None) -> Get:
        found = self._found
        return self._endpoint.get(found.quirks, self._query.filter(found.range), found.order, skip=skip, take=take)


def rows_per_page(found: FoundRows, page: Page) -> int:
    """Return how many rows the instance gives on a page: a server may give fewer than are asked for."""
    size = len(page.rows)
    return size if 0 < size < page.take else found.quirks.page_size


def has_many(found: FoundRows, page: Page) -> bool:
    """Tell whether a range has more rows than are read by offset: each page but the first overlaps by a row."""
    total, each = found.total_of(page), rows_per_page(found, page)
    return total is not None and total > len(page.rows) + (PAGES_AT_MOST - 1) * (each - 1)
