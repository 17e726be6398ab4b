"""One endpoint as it is asked in one run: its name, fields and order, corrected by what the instance turns out to know."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import Any

from tap_daktela.daktela.client import Client, Page
from tap_daktela.daktela.query import Filter, Query
from tap_daktela.errors import AccessError, ContractError

LOGGER = logging.getLogger(__name__)

Row = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What a run wants of an endpoint, in the API's names.

    `names` are the endpoint's name and its older ones, `fields` the dotted fields to ask for, `many` maps each field
    that is a list to its dotted fields (a server that cannot look into lists is asked for the whole list instead),
    `key` is the field that identifies a row, `zone` the time zone that the instance named at the start.
    """

    names: tuple[str, ...]
    fields: tuple[str, ...]
    many: dict[str, tuple[str, ...]]
    key: str | None
    page_size: int
    zone: str | None


@dataclass
class Traffic:
    """Requests that an endpoint took, with the repeated ones among them, and characters that had to be replaced."""

    requests: int = 0
    retries: int = 0
    repaired: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, page: Page) -> None:
        """Count what one page took; pages come from several threads."""
        with self.lock:
            self.requests += page.attempts
            self.retries += page.attempts - 1
            self.repaired += page.repaired


class Source:
    """Reads pages of one endpoint, in any thread.

    Daktela V6 API: sorting by a field that the server does not know gives no rows and no error, so an order is
    trusted only after it has given rows, and an empty answer to a new order is checked once without it.
    """

    def __init__(self, client: Client, request: Request) -> None:
        """Start with the full order: by the axis, then by the key."""
        self.request = request
        self.traffic = Traffic()
        self._client = client
        self._name = request.names[0]
        self._fields = request.fields
        self._wide = _widened(request)
        self._orders: dict[str | None, tuple[str, ...]] = {}
        self._proven: set[str | None] = set()

    def order(self, axis: str | None) -> tuple[str, ...]:
        """Return the fields to sort by: axis and key, as far as the instance is able to."""
        wanted = tuple(name for name in (axis, self.request.key) if name is not None)
        return self._orders.get(axis, wanted)

    def read(self, wanted: Filter | None, axis: str | None, skip: int = 0, take: int | None = None) -> Page:
        """Read one page of the rows that pass `wanted`, sorted by `axis` (None: by the key alone)."""
        while True:
            order = self.order(axis)
            page = self._fetch(wanted, order, skip, take)
            if page.rows:
                self._proven.add(axis)
            if page.rows or skip or not order or axis in self._proven:
                return page
            if not self._fetch(wanted, (), 0, 1).rows:
                return page
            LOGGER.info("%s: the instance cannot sort by %s", self._name, " and ".join(order))
            self._orders[axis] = order[:-1]

    def read_unsorted(self, wanted: Filter | None, skip: int) -> Page:
        """Read one page in the instance's own order."""
        return self._fetch(wanted, (), skip, None)

    def _fetch(self, wanted: Filter | None, order: tuple[str, ...], skip: int, take: int | None) -> Page:
        while True:
            fields = self._fields
            page = self._ask(Query(wanted, order, fields, take or self.request.page_size, skip))
            if fields is self._wide or not self._lacks_a_list(page):
                return page
            LOGGER.info("%s: the instance cannot pick fields inside lists; asking for whole lists", self._name)
            self._fields = self._wide

    def _lacks_a_list(self, page: Page) -> bool:
        """Tell whether no row has one of the lists, under its name or under the literal dotted names."""
        return bool(page.rows) and any(
            all(root not in row and not any(name in row for name in dotted) for row in page.rows)
            for root, dotted in self.request.many.items()
        )

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


def _widened(request: Request) -> tuple[str, ...]:
    """Return the fields with each list asked for as a whole."""
    inside = {name: root for root, dotted in request.many.items() for name in dotted}
    return tuple(dict.fromkeys(inside.get(name, name) for name in request.fields))
