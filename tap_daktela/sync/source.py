"""One endpoint as one run asks it: name, fields and order, corrected by what the instance turns out to know."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_daktela.daktela.query import Filter, Query
from tap_daktela.errors import AccessError, ContractError

if TYPE_CHECKING:
    from tap_daktela.daktela.client import Client, Page

LOGGER = logging.getLogger(__name__)

Row = dict[str, Any]

PAGE_BYTES = 2 * 2**20
"""Bytes that a page should have at most: every page under way or waiting is in memory."""

FIRST_OF_LONG = 20
"""Rows on the first page of a stream whose rows may be long; how long they are is known from then on."""

FEWEST = 4
"""Rows on a page at least, however long they are."""

GROWTH = 10
"""How many times as large as the page before a page may be."""


@dataclass(frozen=True)
class Request:
    """What a run wants of an endpoint, in the API's names.

    `names` are the endpoint's name and its older ones, `fields` the dotted fields to ask for, `many` maps each field
    that is a list to its dotted fields (a server that cannot look into lists is asked for the whole lists instead),
    `key` is the field that identifies a row, `zone` the time zone that the instance named at the start. `page_size`
    is the most that a page may have; `long` says that one of the fields holds whole e-mails or the like.
    """

    names: tuple[str, ...]
    fields: tuple[str, ...]
    many: dict[str, tuple[str, ...]]
    key: str | None
    page_size: int
    zone: str | None
    long: bool = False


@dataclass
class Traffic:
    """What a stream took: answered requests with their tries, the repeated ones among them, and bytes of bodies.

    `repaired` counts characters and numbers that had to be replaced.
    """

    requests: int = 0
    retries: int = 0
    received: int = 0
    repaired: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, page: Page) -> None:
        """Count what one page took; pages come from several threads."""
        with self.lock:
            self.requests += page.attempts
            self.retries += page.attempts - 1
            self.received += page.size
            self.repaired += page.repaired


@dataclass
class Dialect:
    """What all sources of a run learn about the instance from its first answers.

    `whole_lists` tells whether it has to be asked for whole lists, since it does not pick fields inside them; None
    until an answer shows.
    """

    whole_lists: bool | None = None


class Source:
    """Reads pages of one endpoint, in any thread.

    Daktela V6 API: sorting by a field that the server does not know gives no rows and no error, so an order is
    trusted only after it has given rows, and an empty answer to a new order is checked once without it. `everything`
    is the filter for all that a run is to read, if that is known: where it gives no row, no order needs a check.
    """

    def __init__(self, client: Client, request: Request, dialect: Dialect, traffic: Traffic) -> None:
        """Start with the full order: by the axis, then by the key."""
        self.request = request
        self.traffic = traffic
        self._client = client
        self._name = request.names[0]
        self._dialect = dialect
        self._whole_lists = _with_whole_lists(request)
        self.everything: Filter | None = None
        self._empty: bool | None = None
        self._asking = threading.Lock()
        self._orders: dict[str | None, tuple[str, ...]] = {}
        self._proven: set[str | None] = set()
        self.page_size = min(request.page_size, FIRST_OF_LONG) if request.long else request.page_size

    def order(self, axis: str | None) -> tuple[str, ...]:
        """Return the fields to sort by: axis and key, as far as the instance is able to."""
        wanted = tuple(name for name in (axis, self.request.key) if name is not None)
        return self._orders.get(axis, wanted)

    def read(self, wanted: Filter | None, axis: str | None, skip: int = 0, take: int | None = None) -> Page:
        """Read one page of the rows that pass `wanted`, sorted by `axis` (None: by the key alone)."""
        while True:
            order = self.order(axis)
            page = self._fetch(wanted, order, skip, take or self.page_size)
            if page.rows:
                self._proven.add(axis)
                self._fit(page)
            if page.rows or skip or not order or axis in self._proven:
                return page
            if self._is_empty() or not self._fetch(wanted, (), 0, 1).rows:
                return page
            LOGGER.info("%s: the instance cannot sort by %s", self._name, " and ".join(order))
            self._orders[axis] = order[:-1]

    def _is_empty(self) -> bool:
        """Tell whether there is nothing to read in the whole run, asked once and without any order."""
        with self._asking:  # Several axes are read at the same time; the answer serves all of them.
            if self._empty is None and self.everything is not None:
                self._empty = not self._fetch(self.everything, (), 0, 1).rows
            return bool(self._empty)

    def read_unsorted(self, wanted: Filter | None, skip: int) -> Page:
        """Read one page in the instance's own order."""
        return self._fetch(wanted, (), skip, self.page_size)

    def _fit(self, page: Page) -> None:
        """Let the next pages have as many rows as fit into `PAGE_BYTES`, judging by this one."""
        if page.asked > 1:
            fitting = PAGE_BYTES * len(page.rows) // page.size
            self.page_size = min(self.request.page_size, max(FEWEST, min(fitting, GROWTH * page.asked)))

    def _fetch(self, wanted: Filter | None, order: tuple[str, ...], skip: int, take: int) -> Page:
        def ask(fields: tuple[str, ...]) -> Page:
            return self._ask(Query(wanted, order, fields, take, skip))

        whole = self._dialect.whole_lists
        page = ask(self._whole_lists if whole else self.request.fields)
        if whole is not None or not page.rows or not self.request.many:
            return page
        if self._has_a_list(page):
            self._dialect.whole_lists = False
            return page
        other = ask(self._whole_lists)
        if not self._has_a_list(other):
            return page
        LOGGER.info("The instance cannot pick fields inside lists: it is asked for whole lists")
        self._dialect.whole_lists = True
        return other

    def _has_a_list(self, page: Page) -> bool:
        """Tell whether any row has one of the lists, under its name or under literal dotted names."""
        names = {*self.request.many, *(name for dotted in self.request.many.values() for name in dotted)}
        return any(not names.isdisjoint(row) for row in page.rows)

    def _ask(self, query: Query) -> Page:
        name = self._name
        try:
            page = self._client.read(name, query)
        except AccessError as error:
            older = self.request.names[self.request.names.index(name) + 1 :]
            if error.status != 404 or not older:  # noqa: PLR2004 - an HTTP status
                raise
            LOGGER.info("%s: not known to the instance, trying its older name %s", name, older[0])
            self._name = older[0]
            return self._ask(query)
        self.traffic.add(page)
        if self.request.zone and page.timezone and page.timezone != self.request.zone:
            message = f"{name}: the instance changed its time zone from {self.request.zone} to {page.timezone}"
            raise ContractError(f"{message} while it was read; set 'timezone' to the one that its times are in")
        return page


def _with_whole_lists(request: Request) -> tuple[str, ...]:
    """Return the fields with each list asked for as a whole."""
    inside = {name: root for root, dotted in request.many.items() for name in dotted}
    return tuple(dict.fromkeys(inside.get(name, name) for name in request.fields))
