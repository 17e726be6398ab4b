"""The pace, and the number of requests in flight."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest

from tap_daktela.daktela.http import limits
from tap_daktela.daktela.http.limits import CALM_SECONDS, ConcurrencyLimit, RateLimit
from tests.helpers.stopped_clock import StoppedClock


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


def test_without_cap_nobody_waits(clock: StoppedClock) -> None:
    pace = RateLimit(None, clock)
    assert [pace.reserve() for _ in range(3)] == [0, 0, 0]


def test_a_cap_spreads_requests(clock: StoppedClock) -> None:
    pace = RateLimit(4, clock)
    assert [pace.reserve() for _ in range(3)] == [0, 0.25, 0.5]
    clock.seconds += 10
    assert pace.reserve() == 0, "an idle time is not saved up"
    assert pace.reserve() == 0.25


def test_a_cap_holds_over_threads(clock: StoppedClock) -> None:
    pace, waits = RateLimit(10, clock), []
    threads = [threading.Thread(target=lambda: waits.append(pace.reserve())) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == pytest.approx([n / 10 for n in range(20)])


def test_a_pause_holds_for_everybody_and_is_never_shortened(clock: StoppedClock) -> None:
    pace = RateLimit(None, clock)
    pace.hold(5)
    pace.hold(1)
    assert [pace.reserve(), pace.reserve()] == [5, 5]
    clock.seconds += 6
    assert pace.reserve() == 0


def test_refusals_halve_down_to_one_and_calm_doubles(clock: StoppedClock) -> None:
    throttle = ConcurrencyLimit(6, clock)
    assert throttle.allowed() == 6
    seen = []
    for _ in range(4):
        clock.seconds += 1
        throttle.refused(sent=clock.seconds)
        seen.append(throttle.allowed())
    assert seen == [3, 1, 1, 1]
    clock.seconds += CALM_SECONDS - 1
    assert throttle.allowed() == 1
    clock.seconds += 1
    assert throttle.allowed() == 3
    clock.seconds += CALM_SECONDS
    assert throttle.allowed() == 6
    clock.seconds += 10 * CALM_SECONDS
    throttle.refused(sent=clock.seconds)
    assert throttle.allowed() == 3


def test_requests_that_were_refused_together_count_once(clock: StoppedClock) -> None:
    throttle = ConcurrencyLimit(8, clock)
    sent = clock.seconds
    clock.seconds += 1
    for _ in range(8):
        throttle.refused(sent)
    assert throttle.allowed() == 4


def answer(throttle: ConcurrencyLimit, clock: StoppedClock, kind: str, seconds: float, count: int) -> None:
    for _ in range(count):
        clock.seconds += seconds
        throttle.answered(kind, sent=clock.seconds - seconds / 2, seconds=seconds)


def test_a_round_of_slow_answers_halves(clock: StoppedClock) -> None:
    throttle = ConcurrencyLimit(8, clock)
    answer(throttle, clock, "page", 0.1, 20)
    answer(throttle, clock, "page", 0.45, 7)
    assert throttle.allowed() == 8
    answer(throttle, clock, "page", 0.45, 1)
    assert throttle.allowed() == 4
    answer(throttle, clock, "page", 0.45, 4)
    assert throttle.allowed() == 2
    clock.seconds += CALM_SECONDS
    assert throttle.allowed() == 4


@pytest.mark.parametrize("seconds", [0.39, 0.1])
def test_answers_of_a_usual_pace_leave_it(clock: StoppedClock, seconds: float) -> None:
    throttle = ConcurrencyLimit(8, clock)
    answer(throttle, clock, "page", 0.1, 1)
    answer(throttle, clock, "page", seconds, 100)
    assert throttle.allowed() == 8


def test_answers_of_another_kind_and_single_slow_ones_say_nothing(clock: StoppedClock) -> None:
    throttle = ConcurrencyLimit(8, clock)
    answer(throttle, clock, "count", 0.06, 1)
    answer(throttle, clock, "page", 0.9, 50)
    for _ in range(10):
        answer(throttle, clock, "page", 9.0, 7)
        answer(throttle, clock, "page", 0.9, 1)
    assert throttle.allowed() == 8


def test_what_the_line_itself_takes_is_not_slow(clock: StoppedClock) -> None:
    throttle = ConcurrencyLimit(8, clock)
    answer(throttle, clock, "page", 0.001, 1)
    answer(throttle, clock, "page", 0.19, 50)
    assert throttle.allowed() == 8


def test_four_times_as_long_is_not_slow_yet(clock: StoppedClock) -> None:
    throttle = ConcurrencyLimit(8, clock)
    answer(throttle, clock, "page", 0.5, 1)
    answer(throttle, clock, "page", 2.0, 50)
    assert throttle.allowed() == 8
    answer(throttle, clock, "page", 2.01, 8)
    assert throttle.allowed() == 4


def test_who_is_one_too_many_waits_until_another_is_over(clock: StoppedClock) -> None:
    throttle, closed, waited = ConcurrencyLimit(3, clock), threading.Event(), list[float]()

    def wait(seconds: float) -> None:
        waited.append(seconds)
        others.pop().close()

    throttle._lock.wait = wait  # type: ignore[method-assign, assignment]
    others = [ExitStack() for _ in range(3)]
    for other in others:
        other.enter_context(throttle.in_flight(closed))
    assert (waited, throttle._flying) == ([], 3)
    with throttle.in_flight(closed):
        assert (len(waited), throttle._flying) == (1, 3)
    assert throttle._flying == 2
    with throttle.in_flight(closed):
        assert len(waited) == 1
    throttle.refused(clock.seconds)
    with throttle.in_flight(closed):
        # One at a time is allowed now, so both of the others have to be over.
        assert (len(waited), throttle._flying) == (3, 1)


def test_nobody_waits_where_everything_is_over(clock: StoppedClock) -> None:
    throttle, closed = ConcurrencyLimit(1, clock), threading.Event()
    closed.set()
    with throttle.in_flight(closed), throttle.in_flight(closed), throttle.in_flight(closed):
        assert throttle._flying == 3


def test_a_place_in_flight_is_handed_on(clock: StoppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits is woken up: to look again by itself would take an hour here."""
    monkeypatch.setattr(limits, "LOOK_SECONDS", 3600.0)
    throttle, closed, second = ConcurrencyLimit(1, clock), threading.Event(), threading.Event()

    def fly() -> None:
        with throttle.in_flight(closed):
            second.set()

    waiting = threading.Thread(target=fly)
    with throttle.in_flight(closed):
        waiting.start()
        waiting.join(0.2)  # Let it come to wait.
        assert not second.is_set()
    waiting.join()
    assert second.is_set()


def test_a_refusal_of_the_very_moment_of_a_halving_counts(clock: StoppedClock) -> None:
    throttle = ConcurrencyLimit(8, clock)
    throttle.refused(clock.seconds)
    throttle.refused(clock.seconds)
    assert throttle.allowed() == 2


def test_two_in_flight_become_one(clock: StoppedClock) -> None:
    throttle = ConcurrencyLimit(2, clock)
    throttle.refused(clock.seconds)
    assert throttle.allowed() == 1
    clock.seconds += CALM_SECONDS
    assert throttle.allowed() == 2


def test_a_machine_that_has_just_begun_has_no_halving_behind_it(clock: StoppedClock) -> None:
    clock.seconds = 0
    assert ConcurrencyLimit(6, clock).allowed() == 6


def test_nothing_counts_as_in_flight_at_first(clock: StoppedClock) -> None:
    throttle, closed = ConcurrencyLimit(2, clock), threading.Event()
    with throttle.in_flight(closed), throttle.in_flight(closed):
        blocked = threading.Thread(target=lambda: throttle.in_flight(closed).__enter__())
        blocked.start()
        blocked.join(0.3)
        assert blocked.is_alive()
        closed.set()
    blocked.join()
