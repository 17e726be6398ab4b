"""The pages of one range that is read one after another."""

from tap_daktela.daktela.client import Page
from tap_daktela.daktela.query import Filter
from tap_daktela.errors import ContractError
from tap_daktela.sync.reading.endpoint import Endpoint
from tap_daktela.sync.reading.found import FoundRows
from tap_daktela.sync.scheduling.steps import Reading

MAX_PAGES = 100_000
"""Pages of one range. A server that never sends the end must not keep a run busy for ever."""


class Pages:
    """Asks an endpoint for pages of one range, and counts them."""

    def __init__(self, endpoint: Endpoint, found: FoundRows) -> None:
        self._endpoint = endpoint
        self._found = found
        self._asked = 0

    def ask(self, wanted: Filter | None, order: tuple[str, ...] | None = None, skip: int = 0) -> Reading:
        """Return a page of the rows that pass `wanted`. ContractError if there are more than `MAX_PAGES`."""
        self._asked += 1
        if self._asked > MAX_PAGES:
            raise ContractError(f"{self._found.place}: the instance sends more than {MAX_PAGES} pages, and no end")
        found, endpoint = self._found, self._endpoint
        # A page that shares a row with the page before needs room for another row.
        take = max(2, found.quirks.page_size) if order == () else None
        page: Page = yield from endpoint.ask(endpoint.get(found.quirks, wanted, order, skip=skip, take=take))
        if not page.rows and not found.totals:
            # Without a total, an empty answer needs a second one that says the same.
            page = yield from endpoint.ask(endpoint.get(found.quirks, wanted, order, skip=skip, take=take))
        found.quirks = found.quirks.fitted(page, endpoint.request)
        found.doubt(page, skip)
        return page
