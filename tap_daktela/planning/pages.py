"""One page of each endpoint, as a run opens with: how many bytes its rows have, and how long they take."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import orjson

from tap_daktela import probing
from tap_daktela.daktela import clock
from tap_daktela.daktela.client import Client, Page
from tap_daktela.daktela.query import Filter
from tap_daktela.errors import AccessError, ContractError, RemoteError, TapError, UnreachableError
from tap_daktela.planning.lists import ReadList
from tap_daktela.settings import Settings
from tap_daktela.sync.reading.endpoint import Endpoint, RequestStats, ServerQuirks
from tap_daktela.sync.reading.results import Rows
from tap_daktela.sync.reading.row_range import reading
from tap_daktela.sync.records.coercion import Coercer
from tap_daktela.sync.records.moments import Moments
from tap_daktela.sync.records.stream_output import StreamOutput
from tap_daktela.sync.scheduling.lazy import lazily
from tap_daktela.sync.scheduling.steps import Reading
from tap_daktela.sync.streams.page_lines import page_lines
from tap_daktela.sync.streams.rights import named_as_stream

TRIES = 3
"""How often records are made of a page. The first time they cost more, and other processes disturb."""

WORK_ROWS = 200
"""Rows of which records are made, to see how long that takes."""


@dataclass(frozen=True)
class Opened:
    """A page of an endpoint, or the `failure` to get it. It is sorted by `axis`, and took `stats`.

    It is the first one, or the second where the first has few rows on purpose. It had `rows` rows, of which it keeps
    only `WORK_ROWS`: pages of all lists together would take much memory. `first_rows` are the rows that the run
    asks for first, `page_rows` those on its further pages.
    """

    page: Page | None
    rows: int
    first_rows: int
    page_rows: int
    stats: RequestStats
    axis: str | None = None
    failure: TapError | None = None

    @property
    def seconds(self) -> float:
        """What the answer took."""
        return self.page.read - self.page.sent if self.page else 0.0

    def first(self, zone: ZoneInfo) -> datetime | None:
        """Return the instant of the first row; None if it is not known."""
        text = reading(self.page.rows[0], self.axis) if self.page and self.page.rows and self.axis else None
        try:
            return clock.to_utc(clock.with_time(text or ""), zone)
        except ValueError:
            return None


def opened(
    client: Client, wanted: Sequence[tuple[ReadList, str | None, Filter | None]], concurrency: int
) -> list[Opened]:
    """Return the first page of each list, sorted by a time axis (None: by the key), of the rows that pass a filter.

    As many requests are in flight as in a run. AccessError if the instance refuses the token itself, UnreachableError
    if it is not there.
    """
    with ThreadPoolExecutor(concurrency) as pool:
        return list(pool.map(lambda one: _open(client, *one), wanted))


def _open(client: Client, listed: ReadList, axis: str | None, wanted: Filter | None) -> Opened:
    endpoint = Endpoint(listed.request, None)
    try:
        first, page, quirks = _answered(client, _pages(endpoint, axis, wanted))
        if listed.is_child:
            endpoint.stats.add(probing.first_page(client, listed.stream, probing.any_row(listed.stream)))
    except UnreachableError:
        raise
    except (AccessError, ContractError, RemoteError) as error:
        if isinstance(error, AccessError) and not error.is_of_list:
            raise
        error.args = (named_as_stream(named_as_stream(str(error), listed.stream), listed.timed),)
        return Opened(None, 0, 1, 1, endpoint.stats, axis, error)
    # A server may send fewer rows than it is asked for.
    size = min(len(first.rows), first.take) if first.total is None or first.total > len(first.rows) else first.take
    page_rows = size if size < first.take else quirks.page_size
    rows = len(page.rows)
    del page.rows[WORK_ROWS:]
    return Opened(page, rows, size, page_rows, endpoint.stats, axis)


def _pages(endpoint: Endpoint, axis: str | None, wanted: Filter | None) -> Reading:
    """Return the first page, the one that tells most, and the quirks that the first one shows."""
    first, quirks = yield from endpoint.opening(endpoint.unknown(axis), wanted)
    if quirks.page_size > first.take == len(first.rows):
        page = yield from endpoint.ask(endpoint.get(quirks, wanted, skip=len(first.rows)))
        return first, page if page.rows else first, quirks
    return first, first, quirks


def _answered(client: Client, pages: Reading) -> tuple[Page, Page, ServerQuirks]:
    """Return what `_pages` returns."""
    results = lazily(pages, lambda get: client.read(get.endpoint, get.query))
    try:
        while True:
            next(results)
    except StopIteration as end:
        found: tuple[Page, Page, ServerQuirks] = end.value
        return found


def work_seconds(page: Page, listed: ReadList, settings: Settings, zone: ZoneInfo) -> float:
    """Return the seconds that decoding the rows of a page and making records of them takes here, for each row."""
    coercer = Coercer(Moments(zone, local=settings.timestamps == "local"))
    outputs = [StreamOutput(one, coercer, settings) for one in listed.selected]
    body, tries = orjson.dumps(page.rows), []
    for _ in range(TRIES):
        began = time.monotonic()
        rows = Rows(orjson.loads(body), page.read_at)
        page_lines(rows, outputs, listed.stream, drop_orphans=settings.orphans == "drop")
        tries.append(time.monotonic() - began)
    return min(tries) / len(page.rows)
