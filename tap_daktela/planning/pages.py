"""One page of each endpoint, as a run opens with: how many bytes its rows have, and how long they take."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import orjson

from tap_daktela import probing
from tap_daktela.daktela.client import Client, Page
from tap_daktela.daktela.query import Filter
from tap_daktela.errors import AccessError, ContractError, RemoteError, TapError, UnreachableError
from tap_daktela.planning.lists import ReadList
from tap_daktela.settings import Settings
from tap_daktela.sync.reading.endpoint import Endpoint, RequestStats, ServerQuirks
from tap_daktela.sync.reading.results import Rows
from tap_daktela.sync.records.coercion import Coercer
from tap_daktela.sync.records.moments import Moments
from tap_daktela.sync.records.stream_output import StreamOutput
from tap_daktela.sync.scheduling.steps import Reading
from tap_daktela.sync.streams.page_lines import page_lines
from tap_daktela.sync.streams.rights import named_as_stream


@dataclass(frozen=True)
class Opened:
    """The first page of an endpoint, or the `failure` to get it. `stats` are what it took.

    `page_rows` are the rows on a full page of the run, which is fitted to the bytes of this one.
    """

    page: Page | None
    page_rows: int
    stats: RequestStats
    failure: TapError | None = None

    @property
    def seconds(self) -> float:
        """What the answer took."""
        return self.page.read - self.page.sent if self.page else 0.0


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
        page, quirks = _answered(client, _first_pages(endpoint, axis, wanted))
        if listed.is_child:
            endpoint.stats.add(probing.first_page(client, listed.stream, probing.any_row(listed.stream)))
    except UnreachableError:
        raise
    except (AccessError, ContractError, RemoteError) as error:
        if isinstance(error, AccessError) and not error.is_of_list:
            raise
        error.args = (named_as_stream(named_as_stream(str(error), listed.stream), listed.timed),)
        return Opened(None, 1, endpoint.stats, error)
    return Opened(page, _page_rows(page, quirks), endpoint.stats)


def _first_pages(endpoint: Endpoint, axis: str | None, wanted: Filter | None) -> Reading:
    """Return the first page and the quirks that it shows. Where it is a small one on purpose, return the next one."""
    page, quirks = yield from endpoint.opening(endpoint.unknown(axis), wanted)
    if quirks.page_size > page.take == len(page.rows):
        behind = yield from endpoint.ask(endpoint.get(quirks, wanted, skip=len(page.rows)))
        return (behind, quirks.fitted(behind, endpoint.request)) if behind.rows else (page, quirks)
    return page, quirks


def _answered(client: Client, reading: Reading) -> tuple[Page, ServerQuirks]:
    """Return what a reading returns that waits for one page after another."""
    try:
        get = next(reading)
        while True:
            try:
                page = client.read(get.endpoint, get.query)
            except TapError as error:  # noqa: PERF203 - each is a request
                get = reading.throw(error)
            else:
                get = reading.send(page)
    except StopIteration as end:
        found: tuple[Page, ServerQuirks] = end.value
        return found


def _page_rows(page: Page, quirks: ServerQuirks) -> int:
    """Return the rows on a full page. A server may send fewer than it is asked for."""
    is_short = 0 < len(page.rows) < page.take and (page.total is None or page.total > len(page.rows))
    return len(page.rows) if is_short else quirks.page_size


def work_seconds(page: Page, listed: ReadList, settings: Settings, zone: ZoneInfo) -> float:
    """Return the seconds that decoding the rows of a page and making records of them takes here, for each row."""
    coercer = Coercer(Moments(zone, local=settings.timestamps == "local"))
    outputs = [StreamOutput(one, coercer, settings) for one in listed.selected]
    drop_orphans, body = settings.orphans == "drop", orjson.dumps(page.rows)
    page_lines(Rows(page.rows, page.read_at), outputs, listed.stream, drop_orphans=drop_orphans)  # It learns hours.
    began = time.thread_time()
    page_lines(Rows(orjson.loads(body), page.read_at), outputs, listed.stream, drop_orphans=drop_orphans)
    return (time.thread_time() - began) / len(page.rows)
