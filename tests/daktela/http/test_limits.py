"""The cap on requests in a second, and the number of requests in flight."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tap_daktela.daktela.http import limits
from tap_daktela.daktela.http.limits import CALM_SECONDS, LOOK_SECONDS, ConcurrencyLimit, RateLimit
from tests.helpers.stopped_clock import StoppedClock

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


def test_without_cap_nobody_waits(clock: StoppedClock) -> None:
    limit = RateLimit(None, clock)
    assert [limit.reserve() for _ in range(3)] == [0, 0, 0]


def test_a_cap_spreads_requests(clock: StoppedClock) -> None:
    limit = RateLimit(4, clock)
    assert [limit.reserve() for _ in range(3)] == [0, 0.25, 0.5]
    clock.seconds += 10
    assert limit.reserve() == 0, "an idle time is not saved up"
    assert limit.reserve() == 0.25


def test_a_cap_holds_over_threads(clock: StoppedClock) -> None:
    limit, waits = RateLimit(10, clock), []
    threads = [threading.Thread(target=lambda: waits.append(limit.reserve())) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == pytest.approx([n / 10 for n in range(20)])


def test_a_pause_holds_for_everybody_and_is_never_shortened(clock: StoppedClock) -> None:
    limit = RateLimit(None, clock)
    limit.hold(5)
    limit.hold(1)
    assert [limit.reserve(), limit.reserve()] == [5, 5]
    clock.seconds += 6
    assert limit.reserve() == 0


def test_refusals_halve_down_to_one_and_calm_doubles(clock: StoppedClock) -> None:
    limit = ConcurrencyLimit(6, clock)
    assert limit.allowed() == 6
    seen = []
    for _ in range(4):
        clock.seconds += 1
        limit.halve(sent=clock.seconds)
        seen.append(limit.allowed())
    assert seen == [3, 1, 1, 1]
    clock.seconds += CALM_SECONDS - 1
    assert limit.allowed() == 1
    clock.seconds += 1
    assert limit.allowed() == 3
    clock.seconds += CALM_SECONDS
    assert limit.allowed() == 6
    clock.seconds += 10 * CALM_SECONDS
    limit.halve(sent=clock.seconds)
    assert limit.allowed() == 3


def test_requests_that_were_refused_together_count_once(clock: StoppedClock) -> None:
    limit = ConcurrencyLimit(8, clock)
    sent = clock.seconds
    clock.seconds += 1
    for _ in range(8):
        limit.halve(sent)
    assert limit.allowed() == 4


def answer(limit: ConcurrencyLimit, clock: StoppedClock, kind: str, seconds: float, count: int) -> None:
    for _ in range(count):
        clock.seconds += seconds
        limit.answered(kind, sent=clock.seconds - seconds / 2, seconds=seconds)


def test_a_round_of_slow_answers_halves(clock: StoppedClock) -> None:
    limit = ConcurrencyLimit(8, clock)
    answer(limit, clock, "page", 0.1, 20)
    answer(limit, clock, "page", 0.45, 7)
    assert limit.allowed() == 8
    answer(limit, clock, "page", 0.45, 1)
    assert limit.allowed() == 4
    answer(limit, clock, "page", 0.45, 4)
    assert limit.allowed() == 2
    clock.seconds += CALM_SECONDS
    assert limit.allowed() == 4


@pytest.mark.parametrize("seconds", [0.39, 0.1])
def test_answers_of_a_usual_pace_leave_it(clock: StoppedClock, seconds: float) -> None:
    limit = ConcurrencyLimit(8, clock)
    answer(limit, clock, "page", 0.1, 1)
    answer(limit, clock, "page", seconds, 100)
    assert limit.allowed() == 8


def test_answers_of_another_kind_and_single_slow_ones_say_nothing(clock: StoppedClock) -> None:
    limit = ConcurrencyLimit(8, clock)
    answer(limit, clock, "count", 0.06, 1)
    answer(limit, clock, "page", 0.9, 50)
    for _ in range(10):
        answer(limit, clock, "page", 9.0, 7)
        answer(limit, clock, "page", 0.9, 1)
    assert limit.allowed() == 8


def test_what_the_line_itself_takes_is_not_slow(clock: StoppedClock) -> None:
    limit = ConcurrencyLimit(8, clock)
    answer(limit, clock, "page", 0.001, 1)
    answer(limit, clock, "page", 0.19, 50)
    assert limit.allowed() == 8


def test_four_times_as_long_is_not_slow_yet(clock: StoppedClock) -> None:
    limit = ConcurrencyLimit(8, clock)
    answer(limit, clock, "page", 0.5, 1)
    answer(limit, clock, "page", 2.0, 50)
    assert limit.allowed() == 8
    answer(limit, clock, "page", 2.01, 8)
    assert limit.allowed() == 4


@pytest.fixture
def on_wait(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """Give a list of calls: instead of waiting for a place in flight, the last of them is taken and made."""
    calls: list[Callable[[], None]] = []

    class CallingCondition(threading.Condition):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout == LOOK_SECONDS
            calls.pop()()
            return True

    monkeypatch.setattr(threading, "Condition", CallingCondition)
    return calls


def test_who_is_one_too_many_waits_until_another_is_over(
    clock: StoppedClock, on_wait: list[Callable[[], None]]
) -> None:
    limit, closed, others = ConcurrencyLimit(3, clock), threading.Event(), [ExitStack() for _ in range(3)]
    on_wait += [other.close for other in others]
    for other in others:
        other.enter_context(limit.in_flight(closed))
    assert len(on_wait) == 3
    with limit.in_flight(closed):
        assert len(on_wait) == 2
    with limit.in_flight(closed):
        assert len(on_wait) == 2, "the one before is over, so two others are in flight"
    limit.halve(clock.seconds)
    with limit.in_flight(closed):
        assert len(on_wait) == 0, "one at a time is allowed now, so both others had to be over"


def test_nobody_waits_where_everything_is_over(clock: StoppedClock, on_wait: list[Callable[[], None]]) -> None:
    limit, closed = ConcurrencyLimit(1, clock), threading.Event()
    closed.set()
    on_wait.append(closed.set)
    with limit.in_flight(closed), limit.in_flight(closed), limit.in_flight(closed):
        assert len(on_wait) == 1
        closed.clear()
        with limit.in_flight(closed):
            assert len(on_wait) == 0
    closed.clear()
    with limit.in_flight(closed):
        pass  # Nobody is counted any more, so there is nothing to wait for.


def test_a_place_in_flight_is_handed_on(clock: StoppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits is woken up: to look again by itself would take an hour here."""
    monkeypatch.setattr(limits, "LOOK_SECONDS", 3600.0)
    limit, closed, second = ConcurrencyLimit(1, clock), threading.Event(), threading.Event()

    def fly() -> None:
        with limit.in_flight(closed):
            second.set()

    waiting = threading.Thread(target=fly)
    with limit.in_flight(closed):
        waiting.start()
        waiting.join(0.2)  # Let it come to wait.
        assert not second.is_set()
    waiting.join()
    assert second.is_set()


def test_a_refusal_of_the_very_moment_of_a_halving_counts(clock: StoppedClock) -> None:
    limit = ConcurrencyLimit(8, clock)
    limit.halve(clock.seconds)
    limit.halve(clock.seconds)
    assert limit.allowed() == 2


def test_two_in_flight_become_one(clock: StoppedClock) -> None:
    limit = ConcurrencyLimit(2, clock)
    limit.halve(clock.seconds)
    assert limit.allowed() == 1
    clock.seconds += CALM_SECONDS
    assert limit.allowed() == 2


def test_a_machine_that_has_just_begun_has_no_halving_behind_it(clock: StoppedClock) -> None:
    clock.seconds = 0
    assert ConcurrencyLimit(6, clock).allowed() == 6


def test_nothing_counts_as_in_flight_at_first(clock: StoppedClock) -> None:
    limit, closed = ConcurrencyLimit(2, clock), threading.Event()
    with limit.in_flight(closed), limit.in_flight(closed):
        blocked = threading.Thread(target=lambda: limit.in_flight(closed).__enter__())
        blocked.start()
        blocked.join(0.3)
        assert blocked.is_alive()
        closed.set()
    blocked.join()


def test_another_concurrency_holds_for_a_while(clock: StoppedClock) -> None:
    limit = ConcurrencyLimit(4, clock)
    with limit.changed(12):
        assert limit.allowed() == 12
    assert limit.allowed() == 4
    with pytest.raises(OSError, match="gone"), limit.changed(12):
        raise OSError("gone")
    assert limit.allowed() == 4


def test_halvings_of_another_concurrency_stay(clock: StoppedClock) -> None:
    limit = ConcurrencyLimit(4, clock)
    with limit.changed(12):
        for expected in (6, 3, 1):
            clock.seconds += 1
            limit.halve(clock.monotonic())
            assert limit.allowed() == expected
    assert limit.allowed() == 1
    clock.seconds += 2 * CALM_SECONDS
    assert limit.allowed() == 2
    clock.seconds += CALM_SECONDS
    assert limit.allowed() == 4
