"""When requests were under way: counted all, drawn within bounds."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

from tap_daktela.daktela.http.retrying_transport import FailedTry
from tap_daktela.sync.report import request_log
from tap_daktela.sync.report.request_log import Bar, RequestLog, joined
from tap_daktela.sync.scheduling.task import SentRequest, Task
from tests.helpers.engine.simulated_workers import get


class StoppedClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def monotonic(self) -> float:
        """Return the seconds that the test set."""
        return self.seconds

    def now(self) -> datetime:
        """Return an instant."""
        return datetime(2024, 11, 5, 12, tzinfo=timezone.utc)


class Nobody:
    """Whoever would take the results."""


def request(handler: Any, *failed: FailedTry) -> SentRequest:
    pending: Any = SimpleNamespace(failed_tries=list(failed))
    return SentRequest(get("tickets"), Task(iter(()), handler), pending)  # type: ignore[arg-type]


def test_requests_and_their_failed_tries_are_counted_by_stream() -> None:
    clock, one, other = StoppedClock(), Nobody(), Nobody()
    log = RequestLog(clock)  # type: ignore[arg-type]
    busy = FailedTry(102.0, 503, "HTTP 503: busy")
    first = request(one, busy, FailedTry(103.0, None, "HTTP 200 whose body is not JSON (text/html, 12 bytes)"))
    second = request(other)
    log.sent(first)
    clock.seconds += 1
    log.sent(second)
    clock.seconds += 4
    log.over(first)
    clock.seconds += 1
    lane = log.lane(one)
    assert (lane.requests, lane.answered, lane.busy, lane.longest) == (1, 5.0, 5.0, 5.0)
    assert lane.bars == [Bar(0.0, 5.0, 1)]
    # What is under way when the run ends is drawn up to that moment.
    assert (log.lane(other).requests, log.lane(other).bars) == (0, [Bar(1.0, 6.0, 1)])
    broken = "HTTP 200 whose body is not JSON"
    assert log.retries == {(one, "HTTP 503"): 1, (one, broken): 1}
    assert log.retry_times == [(2.0, one, "HTTP 503"), (3.0, one, broken)]


def test_a_request_that_is_sent_again_counts_its_failed_tries_once() -> None:
    clock, handler = StoppedClock(), Nobody()
    log = RequestLog(clock)  # type: ignore[arg-type]
    sent = request(handler, FailedTry(101.0, 503, "HTTP 503"))
    for _ in range(2):
        log.sent(sent)
        clock.seconds += 1
        log.over(sent)
    assert log.retries == {(handler, "HTTP 503"): 1}


def test_memory_is_bounded_and_nothing_is_uncounted() -> None:
    clock, handler = StoppedClock(), Nobody()
    log = RequestLog(clock)  # type: ignore[arg-type]
    for _ in range(20_000):
        sent = request(handler, FailedTry(clock.seconds, 503, "HTTP 503"))
        log.sent(sent)
        clock.seconds += 0.5
        log.over(sent)
        clock.seconds += 0.5
    lane = log.lane(handler)
    assert lane.requests == sum(bar.requests for bar in lane.bars) == 20_000
    assert len(lane.bars) <= request_log.MOST_BARS + 1
    assert log.retries == {(handler, "HTTP 503"): 20_000}
    assert len(log.retry_times) == request_log.MOST_RETRIES


def test_bars_are_joined_where_no_gap_can_be_seen() -> None:
    bars = [Bar(50.0, 60.0), Bar(0.0, 1.0), Bar(1.1, 4.0), Bar(1.5, 2.0)]
    assert joined(bars, 60.0) == [Bar(0.0, 4.0, 3), Bar(50.0, 60.0)]
