"""The threads that fetch pages."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from tap_daktela.daktela.http.transport import RawResponse
from tap_daktela.errors import RemoteError
from tap_daktela.sync.scheduling.task import SentRequest
from tap_daktela.sync.scheduling.workers import ThreadWorkers
from tests.helpers.engine.simulated_workers import READ_AT, get
from tests.helpers.harness import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWER = RawResponse(200, {}, b"", READ_AT, 0, 0)


class Fetching:
    """A client that fetches as a test says."""

    def __init__(self, fetch: Callable[[Any], RawResponse]) -> None:
        """Take how to fetch."""
        self.fetch = fetch


def workers(fetch: Callable[[Any], RawResponse], concurrency: int = 3) -> ThreadWorkers:
    return ThreadWorkers(Fetching(fetch), concurrency)  # type: ignore[arg-type]


def sent(asked: Any) -> SentRequest:
    nobody: Any = None
    return SentRequest(get("notes"), nobody, asked)


def all_finished(of: ThreadWorkers, count: int) -> list[SentRequest]:
    """Wait until so many requests are over."""
    over: list[SentRequest] = []
    while len(over) < count:
        over += of.finished(PATIENCE)
    return over


def test_requests_do_overlap() -> None:
    barrier = threading.Barrier(3, timeout=PATIENCE)  # Passes only if three are under way together.

    def fetch(_: Any) -> RawResponse:
        assert threading.current_thread() is not threading.main_thread()
        barrier.wait()
        return ANSWER

    pool = workers(fetch)
    requests = [sent(number) for number in range(3)]
    for one in requests:
        pool.start(one)
    assert {id(one) for one in all_finished(pool, 3)} == {id(one) for one in requests}
    assert all(one.outcome is ANSWER for one in requests)
    pool.close()


def test_whatever_goes_wrong_in_a_thread_is_an_outcome() -> None:
    errors = [RemoteError("no answer"), ZeroDivisionError(), SystemExit(3)]

    def fetch(asked: Any) -> RawResponse:
        raise errors[asked]

    pool = workers(fetch)
    for number in range(3):
        pool.start(sent(number))
    assert {one.pending: one.outcome for one in all_finished(pool, 3)} == dict(enumerate(errors))
    pool.close()


def test_nothing_is_finished_while_nothing_is_answered_and_closing_does_not_wait() -> None:
    come = threading.Event()
    begun: list[Any] = []

    def fetch(asked: Any) -> RawResponse:
        begun.append(asked)
        come.wait(PATIENCE)
        return ANSWER

    pool = workers(fetch, concurrency=1)
    pool.start(sent("first"))
    pool.start(sent("second"))
    assert pool.finished(0.01) == []
    pool.close()
    come.set()
    [first] = all_finished(pool, 1)
    assert (first.pending, first.outcome) == ("first", ANSWER)
    assert begun == ["first"]


def test_the_first_answer_is_waited_for() -> None:
    come = threading.Event()

    def fetch(_: Any) -> RawResponse:
        come.wait(PATIENCE)
        return ANSWER

    pool = workers(fetch, concurrency=1)
    pool.start(sent("slow"))
    timer = threading.Timer(0.3, come.set)
    timer.start()
    assert [one.pending for one in pool.finished(PATIENCE)] == ["slow"]
    pool.close()
    timer.join()
