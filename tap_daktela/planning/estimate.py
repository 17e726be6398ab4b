"""What reading a selection takes, in pieces: asked of the instance with totals and one page of each endpoint."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tap_daktela.daktela.client import Client
from tap_daktela.errors import TapError
from tap_daktela.planning.assembling import Range, Work
from tap_daktela.planning.cost import ONE_BY_ONE, Cost, Pace, sum_of
from tap_daktela.planning.lists import ReadList, queries
from tap_daktela.planning.pages import Opened, opened, work_seconds
from tap_daktela.planning.pieces import Piece
from tap_daktela.planning.totals import WindowTotals
from tap_daktela.settings import Settings
from tap_daktela.sync.reading.endpoint import RequestStats
from tap_daktela.sync.streams.axis_queries import window_between
from tap_daktela.sync.telling.lines import plural

OF_CHILDREN = "its rows are found through those of its parent"


@dataclass(frozen=True)
class Estimate:
    """What is known of a selection.

    - `works`: what is read of each endpoint; `costs`: of all of it, by the name of its first stream.
    - `unknown`: why the rows of a stream are not known; `large`: why a piece has more rows than it should; `failures`:
      why it cannot be read. All by name.
    - `begin_seconds`: what each unit takes before and after its rows; `stats`: the requests that it took to find out.
    """

    works: Sequence[Work]
    costs: dict[str, Cost]
    unknown: dict[str, str]
    large: dict[str, str]
    failures: dict[str, TapError]
    begin_seconds: float
    stats: RequestStats


def estimated(
    client: Client,
    settings: Settings,
    lists: Sequence[ReadList],
    whole: Range,
    quickest: float,
    *,
    limit: int,
    say: Callable[[str], None],
) -> Estimate:
    """Return the estimate for `lists`, cut into pieces of at most `limit` rows if possible.

    `quickest` is what one small request took (seconds). `say` is told what is done.
    """
    streams = {listed.rows_of: listed.timed for listed in lists}
    totals = WindowTotals(client, settings, streams, whole)
    say(f"asking for the totals of {plural(len(streams), 'list')}…")
    wholes = totals.whole()
    say(f"reading a page of {plural(len(lists), 'list')}…")
    pages = _pages(client, settings, lists, whole, wholes)
    failures = {name: page.failure for name, page in pages.items() if page.failure is not None}
    readable = [listed for listed in lists if listed.name not in failures]
    used = {listed.rows_of: wholes[listed.rows_of] for listed in readable}
    cut = totals.cut(used, limit, say)
    quickest = min([quickest, *(page.seconds for page in pages.values() if page.page is not None)])
    works, costs = [], {}
    for listed in readable:
        pace = _pace(listed, pages.get(listed.name), settings, whole, quickest)
        pieces = [(piece, _cost(listed, piece, pace)) for piece in cut[listed.rows_of]]
        works.append(Work(listed.streams, pieces))
        costs[listed.name] = sum_of([cost for _, cost in pieces])
    for page in pages.values():
        totals.stats.requests += page.stats.requests
        totals.stats.received += page.stats.received
    unknown = {listed.name: _why(listed, totals.unknown) for listed in readable}
    unknown = {name: why for name, why in unknown.items() if why}
    large = {
        listed.name: _why_large(listed, totals)
        for listed in readable
        if any((piece.total or 0) > limit for piece in cut[listed.rows_of])
    }
    return Estimate(works, costs, unknown, large, failures, ONE_BY_ONE * quickest, totals.stats)


def _pages(
    client: Client, settings: Settings, lists: Sequence[ReadList], whole: Range, wholes: Mapping[str, Piece]
) -> dict[str, Opened]:
    """Return the first page of each list that has rows, along the axis with most of them, by name."""
    wanted = []
    for listed in lists:
        piece = wholes[listed.rows_of]
        along = zip(queries(listed.timed, settings, whole), piece.rows or (1, 0, 0), strict=False)
        query, rows = max(along, key=lambda one: one[1])
        window = window_between(whole.start, whole.end, whole.zone)
        if rows:
            wanted.append((listed, query.axis, query.within(window)))
    pages = opened(client, wanted, settings.connection.concurrency)
    return {listed.name: page for (listed, _, _), page in zip(wanted, pages, strict=True)}


def _pace(listed: ReadList, opened: Opened | None, settings: Settings, whole: Range, quickest: float) -> Pace:
    """Return the pace of a list by its first page; of one without rows, that of an empty answer."""
    connection = settings.connection
    pace = Pace(
        first_rows=settings.page_size,
        page_rows=settings.page_size,
        row_bytes=0.0,
        request_seconds=quickest,
        row_seconds=0.0,
        work_seconds=0.0,
        days=settings.date_window_size if listed.timed.axes else None,
        concurrency=connection.concurrency,
        per_second=connection.requests_per_second,
    )
    if opened is None or opened.page is None or not opened.page.rows:
        return pace
    page, rows = opened.page, opened.rows
    return replace(
        pace,
        first_rows=opened.first_rows,
        page_rows=opened.page_rows,
        first=opened.first(whole.zone),
        row_bytes=page.size / rows,
        row_seconds=max(0.0, opened.seconds - quickest) / rows,
        work_seconds=0.0 if listed.is_child else work_seconds(page, listed, settings, whole.zone),
    )


def _cost(listed: ReadList, piece: Piece, pace: Pace) -> Cost:
    if listed.is_child:
        return pace.children_cost(piece)
    return pace.cost(piece)


def _why(listed: ReadList, unknown: Mapping[str, str]) -> str:
    """Return why the rows of a list are not known; "" if they are."""
    return OF_CHILDREN if listed.is_child else unknown.get(listed.rows_of, "")


def _why_large(listed: ReadList, totals: WindowTotals) -> str:
    """Return why a piece of a list has more rows than it should."""
    if not listed.timed.axes:
        return "a whole table is not cut"
    return totals.uncut.get(listed.rows_of, "its totals contradict each other, or one second has it all")
