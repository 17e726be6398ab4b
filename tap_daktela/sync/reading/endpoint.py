"""One endpoint of the instance, and what the instance turns out to be able to do there."""

import logging
from dataclasses import dataclass, replace

from tap_daktela.daktela import clock
from tap_daktela.daktela.client import Page
from tap_daktela.daktela.list_names import ListNames
from tap_daktela.daktela.query import Filter, Query, all_of, any_of, where
from tap_daktela.daktela.server_clock import ServerClock
from tap_daktela.errors import AccessError, ContractError
from tap_daktela.sync.reading.lists import unproven
from tap_daktela.sync.reading.request import EndpointRequest
from tap_daktela.sync.records.json_values import only_element
from tap_daktela.sync.scheduling.steps import Get, Reading

LOGGER = logging.getLogger(__name__)

FIRST_OF_LONG = 20
"""Rows on the first page of a stream whose rows may be long. It shows how long they are."""

FEWEST = 4
"""Rows on a page at least, even if they are long."""

GROWTH = 10
"""A page may have at most this many times the rows of the page before."""

ROWS_IN_ORDER = 20
"""Rows that must come in order before the instance is known to sort. So many are no coincidence."""


@dataclass
class RequestStats:
    """What a stream took: requests sent, retries among them, bytes of response bodies received.

    `repaired` counts characters and numbers that had to be replaced.
    """

    requests: int = 0
    retries: int = 0
    received: int = 0
    repaired: int = 0

    def add(self, page: Page) -> None:
        """Count what one page took."""
        self.requests += page.attempts
        self.retries += page.attempts - 1
        self.received += page.size
        self.repaired += page.repaired


@dataclass(frozen=True)
class ServerQuirks:
    """What is known of the instance, for one list and one way to read it. Immutable, and handed down from call to call.

    `name` is the endpoint's name, `order` the fields that the instance can sort by, `whole_lists` the list fields that
    must be requested as a whole, `page_size` the rows to request. `totals_trusted` is False once a total was seen to be
    wrong. `sorts` is True once the instance was seen to sort.
    """

    name: str
    order: tuple[str, ...]
    whole_lists: frozenset[str]
    page_size: int
    totals_trusted: bool = True
    sorts: bool = False

    def fitted(self, page: Page, request: EndpointRequest) -> "ServerQuirks":
        """Return quirks whose `page_size` fits the page size and bytes of `request`, judging by `page`."""
        if page.take <= 1 or not page.rows:
            return self
        fitting = request.page_bytes * len(page.rows) // page.size
        size = min(request.page_size, max(FEWEST, min(fitting, GROWTH * page.take)))
        return self if size == self.page_size else replace(self, page_size=size)


class Endpoint:
    """Requests pages of one endpoint, and counts and checks every page that comes.

    `clock` checks the instance's clock on every page, unless it is None. `stats` may be shared with another endpoint,
    so that they are counted together.
    """

    def __init__(self, request: EndpointRequest, clock: ServerClock | None, stats: RequestStats | None = None) -> None:
        self.request = request
        self.stats = stats or RequestStats()
        self._clock = clock

    def unknown(self, axis: str | None) -> ServerQuirks:
        """Return what is assumed before the first answer: the instance sorts by axis and key, and picks in lists."""
        request = self.request
        order = tuple(name for name in (axis, request.key) if name is not None)
        first = min(request.page_size, FIRST_OF_LONG) if request.long else request.page_size
        return ServerQuirks(request.names[0], order, frozenset(), first)

    def get(
        self,
        quirks: ServerQuirks,
        wanted: Filter | None,
        order: tuple[str, ...] | None = None,
        *,
        skip: int = 0,
        take: int | None = None,
    ) -> Get:
        """Return the request for a page of the rows that pass `wanted`, sorted by `order`, or as the quirks say.

        The fields inside `quirks.whole_lists` are replaced by the lists themselves.
        """
        fields = self.request.with_whole(quirks.whole_lists)
        by = quirks.order if order is None else order
        return Get(quirks.name, Query(wanted, by, fields, take or quirks.page_size, skip))

    def ask(self, get: Get) -> Reading:
        """Return the page of a request. ContractError if the instance's time zone or clock has changed."""
        page: Page = yield get
        self.stats.add(page)
        if self._clock is not None:
            self._clock.check(self.request.stream, page)
        return page

    def opening(self, quirks: ServerQuirks, wanted: Filter | None) -> Reading:
        """Return the first page of the rows that pass `wanted`, and the quirks that it shows.

        AccessError if the instance refuses the endpoint under each of its names.
        """
        names = ListNames(self.request.names[self.request.names.index(quirks.name) :])
        page = None
        while page is None:
            quirks = replace(quirks, name=names.current)
            try:
                page = yield from self.ask(self.get(quirks, wanted))
            except AccessError as error:
                names.refuse(error)
        picked = {name: dotted for name, dotted in self.request.lists.items() if name not in quirks.whole_lists}
        whole = unproven(page.rows, picked) if page.rows else frozenset()
        if whole:
            quirks = replace(quirks, whole_lists=quirks.whole_lists | whole)
            page = yield from self.ask(self.get(quirks, wanted))
        return page, quirks.fitted(page, self.request)

    def order_that_gives_rows(self, quirks: ServerQuirks, wanted: Filter | None) -> Reading:
        """Return quirks with an order in which the instance gives rows, after an empty answer; None if there are none.

        Daktela V6 API: sorting by a field that the server does not know gives no rows and no error. So an empty answer
        is compared with one without any order. If that one has rows, the full order is requested again first: the
        empty answer may have been a passing fault.
        """
        without = yield from self.ask(self.get(quirks, wanted, (), take=1))
        if not without.rows:
            return None
        for length in range(len(quirks.order), 0, -1):
            order = quirks.order[:length]
            page = yield from self.ask(self.get(quirks, wanted, order, take=1))
            if page.rows:
                return replace(quirks, order=order)
            LOGGER.info("%s: the instance cannot sort by %s", self.request.stream, " and ".join(order))
        return replace(quirks, order=())

    def proven_order(self, quirks: ServerQuirks, wanted: Filter | None) -> Reading:
        """Return the quirks once the instance has shown that it sorts by the first field of its order.

        Unsorted rows may look sorted by chance. Without a total, reading on behind the last of them would lose rows
        unseen. ContractError if rows have different values of the field, and do not come sorted.
        """
        if quirks.sorts:
            return quirks
        axis = quirks.order[0]
        for _ in range(2):
            if (yield from self._shows_order(quirks, wanted)):
                return replace(quirks, sorts=True)
            values = yield from self._values(quirks, wanted)
            if not values:
                return quirks
            others = any_of(where(axis, "lt", values[0]), where(axis, "gt", values[0]))
            if not (yield from self._values(quirks, all_of(wanted, others))):
                return quirks
        raise ContractError(
            f"{self.request.stream}: the instance does not sort by {axis}, and no total counts the rows"
        )

    def _shows_order(self, quirks: ServerQuirks, wanted: Filter | None) -> Reading:
        """Tell whether rows come in ascending order, and in descending order when that is requested.

        Both are requested until `ROWS_IN_ORDER` rows have come.
        """
        rows = 0
        while rows < ROWS_IN_ORDER:
            low = yield from self._values(quirks, wanted)
            high = yield from self._values(quirks, wanted, tuple(f"-{field}" for field in quirks.order))
            in_order = low == sorted(low) and high == sorted(high, reverse=True)
            if not (low and high and low[0] < high[0] and in_order):
                return False
            rows += len(low) + len(high)
        return True

    def _values(self, quirks: ServerQuirks, wanted: Filter | None, order: tuple[str, ...] | None = None) -> Reading:
        """Return the values of the first sort field, a time, as text, in the first rows. `order` as in `get`."""
        page = yield from self.ask(self.get(quirks, wanted, order, take=min(quirks.page_size, ROWS_IN_ORDER)))
        return [clock.with_time(str(only_element(row.get(quirks.order[0])))) for row in page.rows]
