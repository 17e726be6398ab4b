"""The pace, and the number of requests in flight."""

from __future__ import annotations

import threading

import pytest

from tap_daktela.daktela.limits import CALM_SECONDS, Pace, Throttle


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        """Begin somewhere."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_without_cap_nobody_waits(clock: Clock) -> None:
    pace = Pace(None, clock)
    assert [pace.reserve() for _ in range(3)] == [0, 0, 0]


def test_a_cap_spreads_requests(clock: Clock) -> None:
    pace = Pace(4, clock)
    assert [pace.reserve() for _ in range(3)] == [0, 0.25, 0.5]
    clock.now += 10
    assert pace.reserve() == 0, "an idle time is not saved up"
    assert pace.reserve() == 0.25


def test_a_cap_holds_over_threads(clock: Clock) -> None:
    pace, waits = Pace(10, clock), []
    threads = [threading.Thread(target=lambda: waits.append(pace.reserve())) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == pytest.approx([n / 10 for n in range(20)])


def test_a_pause_holds_for_everybody_and_is_never_shortened(clock: Clock) -> None:
    pace = Pace(None, clock)
    pace.hold(5)
    pace.hold(1)
    assert [pace.reserve(), pace.reserve()] == [5, 5]
    clock.now += 6
    assert pace.reserve() == 0


def test_refusals_halve_down_to_one_and_calm_doubles(clock: Clock) -> None:
    throttle = Throttle(6, clock)
    assert throttle.allowed() == 6
    seen = []
    for _ in range(4):
        clock.now += 1
        throttle.refused(sent=clock.now)
        seen.append(throttle.allowed())
    assert seen == [3, 1, 1, 1]
    clock.now += CALM_SECONDS - 1
    assert throttle.allowed() == 1
    clock.now += 1
    assert throttle.allowed() == 3
    clock.now += CALM_SECONDS
    assert throttle.allowed() == 6
    clock.now += 10 * CALM_SECONDS
    throttle.refused(sent=clock.now)
    assert throttle.allowed() == 3


def test_requests_that_were_refused_together_count_once(clock: Clock) -> None:
    throttle = Throttle(8, clock)
    sent = clock.now
    clock.now += 1
    for _ in range(8):
        throttle.refused(sent)
    assert throttle.allowed() == 4


def answer(throttle: Throttle, clock: Clock, kind: str, seconds: float, count: int) -> None:
    for _ in range(count):
        clock.now += seconds
        throttle.answered(kind, sent=clock.now - seconds / 2, seconds=seconds)


def test_a_round_of_slow_answers_halves(clock: Clock) -> None:
    throttle = Throttle(8, clock)
    answer(throttle, clock, "page", 0.1, 20)
    answer(throttle, clock, "page", 0.45, 7)
    assert throttle.allowed() == 8
    answer(throttle, clock, "page", 0.45, 1)
    assert throttle.allowed() == 4
    answer(throttle, clock, "page", 0.45, 4)
    assert throttle.allowed() == 2
    clock.now += CALM_SECONDS
    assert throttle.allowed() == 4


@pytest.mark.parametrize("seconds", [0.39, 0.1])
def test_answers_of_a_usual_pace_leave_it(clock: Clock, seconds: float) -> None:
    throttle = Throttle(8, clock)
    answer(throttle, clock, "page", 0.1, 1)
    answer(throttle, clock, "page", seconds, 100)
    assert throttle.allowed() == 8


def test_answers_of_another_kind_and_single_slow_ones_say_nothing(clock: Clock) -> None:
    throttle = Throttle(8, clock)
    answer(throttle, clock, "count", 0.06, 1)
    answer(throttle, clock, "page", 0.9, 50)
    for _ in range(10):
        answer(throttle, clock, "page", 9.0, 7)
        answer(throttle, clock, "page", 0.9, 1)
    assert throttle.allowed() == 8


def test_what_the_line_itself_takes_is_not_slow(clock: Clock) -> None:
    throttle = Throttle(8, clock)
    answer(throttle, clock, "page", 0.001, 1)
    answer(throttle, clock, "page", 0.19, 50)
    assert throttle.allowed() == 8
