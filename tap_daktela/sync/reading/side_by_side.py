"""Reading pages by offset, several at once. Each begins with the last row of the page before: so no row slid away."""

from tap_daktela.daktela.client import Page
from tap_daktela.sync.reading.endpoint import Endpoint
from tap_daktela.sync.reading.found import FoundRows
from tap_daktela.sync.reading.row_range import RowQuery
from tap_daktela.sync.reading.windows import PAGES_AT_MOST
from tap_daktela.sync.scheduling.steps import Get, Reading


class SideBySide:
    """Reads a range from its first page on, up to a page that does not begin with the last row of the page before."""

    def __init__(self, endpoint: Endpoint, query: RowQuery, found: FoundRows) -> None:
        self._endpoint = endpoint
        self._query = query
        self._found = found

    def read(self, page: Page) -> Reading:
        """Use the first page and the pages behind it.

        Return None at the end of the range. A long range without times ends early, at a key that is returned.
        """
        found = self._found
        gets, more, total = self._behind(page), has_many(found, page), found.total_of(page)
        # That a page has all rows, its own total says only together with a request behind the last row.
        is_unconfirmed = found.is_whole and page.rows and total is not None and total <= len(page.rows)
        looks = [self._get(len(page.rows))] if is_unconfirmed else []
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
            # The first request shows that the last row has not slid away; but a server that gives one row a page would
            # stop there. So what lies behind is requested, too.
            behind = found.end_offset
            yield from self._look(self._get(behind - 1), behind)
            if not found.page_border_moved:
                yield from self._look(self._get(behind), behind)
        return None

    def _behind(self, page: Page) -> list[Get]:
        """Return the requests for the pages behind the first. Each begins with the last row of the page before."""
        found = self._found
        total, size, each = found.total_of(page), len(page.rows), rows_per_page(found, page)
        if not size or total is None or total >= found.max_possible_total or not found.order or each == 1:
            return []
        pages = min(-(-(total - size) // (each - 1)), PAGES_AT_MOST - 1)
        return [self._get(size - 1 + number * (each - 1), each) for number in range(pages)]

    def _look(self, get: Get, behind: int) -> Reading:
        """Request a page that should end at the offset `behind`, with the last row or without any row.

        If it does not, the page border has moved.
        """
        found, skip = self._found, get.query.skip
        page = yield from self._endpoint.ask(get)
        ends = skip + len(page.rows) == behind and (page.total is None or page.total <= behind)
        found.page_border_moved = not (ends and self._query.identities(page.rows) in ([], [found.last]))
        found.last_page_full = False
        found.promise(page, skip)

    def _get(self, skip: int, take: int | None = None) -> Get:
        found = self._found
        return self._endpoint.get(found.quirks, self._query.filter(found.range), found.order, skip=skip, take=take)


def rows_per_page(found: FoundRows, page: Page) -> int:
    """Return the rows on a page of this instance. A server may send fewer than requested."""
    size = len(page.rows)
    return size if 0 < size < page.take else found.quirks.page_size


def is_crowded(found: FoundRows, page: Page) -> bool:
    """Tell whether a range has too many rows to be read by offset."""
    return found.total_of(page) is not None and (not found.order_is_unique or has_many(found, page))


def has_many(found: FoundRows, page: Page) -> bool:
    """Tell whether a range has more rows than are read by offset. Each page but the first repeats one row."""
    total, each = found.total_of(page), rows_per_page(found, page)
    return total is not None and total > len(page.rows) + (PAGES_AT_MOST - 1) * (each - 1)
