"""Totals that are asked for before anything is read, so that somebody who watches sees how much there is."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tap_daktela.daktela.client import Client
from tap_daktela.daktela.http.retry import Retry
from tap_daktela.daktela.list_names import ListNames
from tap_daktela.daktela.query import Query
from tap_daktela.errors import AccessError, TapError
from tap_daktela.sync.telling.how_far import StreamProgress

LOGGER = logging.getLogger(__name__)

RETRY = Retry(tries=2, seconds=10.0)
"""Rows are worth more patience than their number."""

MOST_SECONDS = 10.0
"""The reading begins after so long, whatever is still missing."""

POLL_SECONDS = 0.1
"""Seconds between two looks at what has come."""


@dataclass(frozen=True)
class TotalQuestion:
    """The requests whose totals together are the rows of `stream`: one of `queries` for each of its time axes.

    `names` are the names that the list has, or had on older servers.
    """

    stream: StreamProgress
    names: Sequence[str]
    queries: Sequence[Query]


def ask_totals(client: Client, questions: Sequence[TotalQuestion], poll: Callable[[], None]) -> None:
    """Find out the totals of streams. `poll` is called again and again; it raises to end the run.

    A total stays unknown where the instance gives none in time, or nonsense; the reading of the stream will say why.
    """
    waiting: queue.SimpleQueue[TotalQuestion] = queue.SimpleQueue()
    for question in questions:
        waiting.put(question)
    with client.probing() as most:
        # No pool: a run that has ended would wait for a request that is never answered.
        threads = [threading.Thread(target=_work, args=(client, waiting), daemon=True) for _ in range(most)]
        for thread in threads:
            thread.start()
        end = time.monotonic() + MOST_SECONDS
        while any(thread.is_alive() for thread in threads) and time.monotonic() < end:
            poll()
            time.sleep(POLL_SECONDS)
        while not waiting.empty():
            _next_of(waiting)


def _next_of(waiting: "queue.SimpleQueue[TotalQuestion]") -> TotalQuestion | None:
    try:
        return waiting.get_nowait()
    except queue.Empty:
        return None


def _work(client: Client, waiting: "queue.SimpleQueue[TotalQuestion]") -> None:
    while (question := _next_of(waiting)) is not None:
        totals = []
        try:
            totals = [_total(client, question.names, query) for query in question.queries]
        except TapError as error:
            LOGGER.debug("%s: its total is not known: %s", question.stream.name, error)
        known = [total for total in totals if total is not None]
        if len(known) == len(question.queries):
            question.stream.total = sum(known)


def _total(client: Client, names: Sequence[str], query: Query) -> int | None:
    """Return the total that comes with a page of at most one row; None if there is none, or the page contradicts it."""
    tried = ListNames(names)
    while True:
        try:
            page = client.read(tried.current, query, RETRY)
        except AccessError as error:  # noqa: PERF203 - few names, and each is a request
            tried.refuse(error)
        else:
            return page.total if page.total is not None and bool(page.total) == bool(page.rows) else None
