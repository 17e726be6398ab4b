"""A list server in memory, and a loop that drives a reading by it: no thread, socket or clock.

The server reads filters, order and offsets honestly. Each attribute of `ListServer` is one lie that it may tell.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tap_daktela.daktela.client import Page
from tap_daktela.daktela.instance import Instance
from tap_daktela.daktela.query import Condition, Filter, Query
from tap_daktela.daktela.server_clock import ServerClock
from tap_daktela.errors import AccessError, TapError
from tap_daktela.sync.reading.endpoint import Endpoint, ServerQuirks
from tap_daktela.sync.reading.found import FoundRows
from tap_daktela.sync.reading.one_by_one import OneByOne
from tap_daktela.sync.reading.reader import WindowReader
from tap_daktela.sync.reading.request import EndpointRequest
from tap_daktela.sync.reading.results import Closed, Contradiction, Counted, Rows
from tap_daktela.sync.reading.row_range import RowQuery, RowRange
from tap_daktela.sync.reading.windows import Window
from tap_daktela.sync.scheduling.steps import Fork, Get, Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_daktela.sync.records.dotted import Row

MIDNIGHT = datetime(2024, 1, 1, tzinfo=timezone.utc)
READ_AT = datetime(2024, 11, 5, 12, tzinfo=timezone.utc)

_COMPARE = {"eq": operator.eq, "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}


def at(seconds: int) -> str:
    """Return the reading so many seconds after midnight."""
    return (MIDNIGHT + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S")


def window(lower: int, upper: int) -> Window:
    """Return a window, in seconds after midnight."""
    return Window(at(lower), at(upper))


def ticket(name: Any, second: int, **fields: Any) -> Row:
    """Return a row."""
    return {"name": name, "edited": at(second), **fields}


def tickets(count: int, *, every: int = 1, first: int = 0) -> list[Row]:
    """Return rows with the keys 1, 2, 3, …, the first of them edited `first` seconds after midnight."""
    return [ticket(number + 1, first + number * every) for number in range(count)]


def passes(row: Row, wanted: Filter | None, ignored: frozenset[str] = frozenset()) -> bool:
    """Tell whether a row passes a filter, in which conditions on `ignored` fields say nothing."""
    if wanted is None:
        return True
    if not isinstance(wanted, Condition):
        joined = all if wanted.logic == "and" else any
        return joined(passes(row, one, ignored) for one in wanted.filters)
    value = row.get(wanted.field)
    if wanted.field in ignored:
        return True
    if wanted.operator == "in":
        return value in wanted.value  # type: ignore[operator]
    if wanted.operator == "isnull":
        return value is None
    return value is not None and _COMPARE[wanted.operator](value, wanted.value)


@dataclass
class ListServer:
    """One list, and how it lies.

    `names` are the endpoints that it answers for. A page has at most `cap` rows. A field of `unsortable` in the order
    gives no rows, one of `unsorted` is passed over. Conditions on `unfiltered` fields are. `skips` is false where
    `skip` is. `descends` is false where everything is sorted from the smallest up. `total` makes the total out of the
    right one and the rows of the page. `before` is called with the number of each request (from 1) before it is
    answered, and may change `rows`. `instead` holds what is answered in the place of the answer with a number:
    changes to the page, or an error. `shown` makes what is sent of a row, from it and the fields that were asked
    for. `row_bytes` is the size of a row.

    `asked` are the requests, `ahead` those of them that were sent before somebody waited, and `taken_back` those of
    these that nobody waited for in the end.
    """

    rows: list[Row]
    names: tuple[str, ...] = ("tickets",)
    cap: int = 10**6
    unsortable: frozenset[str] = frozenset()
    unsorted: frozenset[str] = frozenset()
    unfiltered: frozenset[str] = frozenset()
    skips: bool = True
    descends: bool = True
    total: Callable[[int, int], int | None] = lambda right, _here: right
    before: Callable[[int], None] = lambda _number: None
    instead: dict[int, dict[str, Any] | TapError] = field(default_factory=dict)
    shown: Callable[[Row, tuple[str, ...]], Row] = lambda row, _fields: dict(row)
    row_bytes: int = 100
    asked: list[Get] = field(default_factory=list)
    ahead: list[Get] = field(default_factory=list)
    taken_back: list[Get] = field(default_factory=list)

    def answer(self, get: Get) -> Page:
        """Return a page, or raise the error that is the answer."""
        self.asked.append(get)
        number = len(self.asked)
        self.before(number)
        if get.endpoint not in self.names:
            raise AccessError(f"{get.endpoint}: there is no such list", 404)
        query = get.query
        found = [row for row in self.rows if passes(row, query.filter, self.unfiltered)]
        order = [entry.removeprefix("-") for entry in query.sort]
        for name, entry in zip(reversed(order), reversed(query.sort), strict=True):
            if name not in self.unsorted:
                descending = self.descends and entry.startswith("-")
                found.sort(key=lambda row: (str(type(row.get(name))), row.get(name) or 0), reverse=descending)
        if self.unsortable & set(order):
            found = []
        begin = query.skip if self.skips else 0
        here = [self.shown(row, query.fields) for row in found[begin : begin + min(query.take, self.cap)]]
        total = self.total(len(found), len(here))
        size = max(1, self.row_bytes * len(here))
        page = Page(here, total, None, READ_AT, repaired=0, attempts=1, size=size, take=query.take)
        wrong = self.instead.get(number, {})
        if isinstance(wrong, TapError):
            raise wrong
        for name, value in wrong.items():
            setattr(page, name, value)
        return page


@dataclass
class Driven:
    """What came of a reading: its results in their order, and what it returned."""

    results: list[Any]
    returned: Any

    @property
    def keys(self) -> list[Any]:
        """The keys of the rows, in their order."""
        return [row.get("name") for result in self.results if isinstance(result, Rows) for row in result.rows]

    @property
    def closed(self) -> list[Window]:
        """The windows that were closed, in their order."""
        return [result.window for result in self.results if isinstance(result, Closed)]

    @property
    def counted(self) -> list[tuple[int | None, int, int, int]]:
        """What became of each range: rows promised, written, repeated, reread."""
        counts = [result.counts for result in self.results if isinstance(result, Counted)]
        return [(one.promised, one.written, one.repeated, one.reread) for one in counts]

    @property
    def problems(self) -> list[str]:
        """The contradictions."""
        return [result.problem for result in self.results if isinstance(result, Contradiction)]


def drive(reading: Reading, server: ListServer) -> Driven:
    """Drive a reading to its end; what is to be sent ahead is answered at once."""
    results: list[Any] = []
    ready: dict[Get, Page | TapError] = {}

    def answered(get: Get) -> Page | TapError:
        try:
            return server.answer(get)
        except TapError as error:
            return error

    def run(reading: Reading) -> Any:
        said = next(reading)
        while True:
            value: Any = None
            if isinstance(said, Fork):
                value = [returned(part) for part in said.parts]
            elif isinstance(said, list):
                server.taken_back += ready
                ready.clear()
                server.ahead += said
                ready.update((get, answered(get)) for get in said)
            elif isinstance(said, Get):
                value = ready.pop(said) if said in ready else answered(said)
            else:
                results.append(said)
            said = reading.throw(value) if isinstance(value, TapError) else reading.send(value)

    def returned(reading: Reading) -> Any:
        try:
            return run(reading)
        except StopIteration as end:
            return end.value

    return Driven(results, returned(reading))


def request(**changes: Any) -> EndpointRequest:
    """Return a request for ten rows a page of `tickets`, unless `changes` say otherwise."""
    usual = {"names": ("tickets",), "fields": ("name", "edited"), "lists": {}, "links": {}, "key": "name"}
    return EndpointRequest(**{**usual, "page_size": 10, **changes})


def endpoint(**changes: Any) -> Endpoint:
    """Return an endpoint for such a request, whose answers carry no time."""
    instance = Instance(READ_AT, READ_AT, ZoneInfo("UTC"), "2024", "robot", read=0.0, read_at=READ_AT)
    return Endpoint(request(**changes), ServerClock(instance, None))


def query(axis: str | None = "edited", key: str | None = "name", wanted: Filter | None = None) -> RowQuery:
    """Return which rows are read."""
    return RowQuery("tickets", axis, key, wanted)


def reader(axis: str | None = "edited", key: str | None = "name", *, days: float = 1, **changes: Any) -> WindowReader:
    """Return a reader of tickets along `axis`, in windows of at most `days`."""
    return WindowReader(endpoint(key=key, **changes), query(axis, key), days)


def read_one_by_one(
    server: ListServer,
    axis: str | None = "edited",
    key: str | None = "name",
    *,
    totals: list[int] | None = None,
    order: tuple[str, ...] | None = None,
    rows: RowRange | None = None,
    asked_for: RowQuery | None = None,
    totals_trusted: bool = True,
    page_size: int = 10,
) -> tuple[Driven, FoundRows]:
    """Read a day from its beginning, one page after another, where `totals` were told before."""
    source = endpoint(key=key, page_size=page_size)
    quirks = source.unknown(axis)
    quirks = ServerQuirks(quirks.name, quirks.order if order is None else order, frozenset(), page_size, totals_trusted)
    asked_for = asked_for or query(axis, key)
    found = FoundRows(source, asked_for, rows or RowRange(window(0, 100) if axis else None), quirks)
    found.totals = [] if totals is None else totals
    return drive(OneByOne(source, asked_for, found).read(), server), found


def spelled(gets: list[Get]) -> list[str]:
    """Return requests as text: `filter | order | skip+take`, with times as seconds after midnight."""
    queries = [get.query for get in gets]
    return [" | ".join((_spelled(one.filter), _order(one), f"{one.skip}+{one.take}")) for one in queries]


def _order(query: Query) -> str:
    return ",".join(query.sort)


_SIGNS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def _spelled(wanted: Filter | None) -> str:
    if wanted is None:
        return "all"
    if not isinstance(wanted, Condition):
        inner = f" {wanted.logic} ".join(map(_spelled, wanted.filters))
        return inner if wanted.logic == "and" else f"({inner})"
    value = wanted.value
    if isinstance(value, str) and value[:4] in {"2023", "2024"}:
        value = int((datetime.fromisoformat(f"{value}+00:00") - MIDNIGHT).total_seconds())
    return (
        f"{wanted.field}{_SIGNS.get(wanted.operator, f' {wanted.operator} ')}{'' if value is None else value}".strip()
    )
