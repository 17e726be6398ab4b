"""Requests that run ahead: whatever takes how long, the order of the line is the order of the output."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from harness import PATIENCE
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_daktela.errors import RemoteError, TapError
from tap_daktela.sync.prefetch import UNPACKED, Prefetcher, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

A_PAGE = 100
WORKERS = 4


class Lane:
    """A lane that remembers why it was closed."""

    def __init__(self) -> None:
        """Be open."""
        self.failures: list[TapError] = []

    @property
    def open(self) -> bool:
        """Whether nothing failed yet."""
        return not self.failures

    def fail(self, error: TapError) -> None:
        """Close."""
        self.failures.append(error)


def new(
    allowed: Callable[[], int] = lambda: 4,
    poll: Callable[[], None] = lambda: None,
    ahead: int = 8,
    bytes_ahead: int = 1_000_000,
) -> Prefetcher:
    return Prefetcher(WORKERS, allowed=allowed, poll=poll, ahead=ahead, bytes_ahead=bytes_ahead, weigh=lambda _: A_PAGE)


def prefetch(steps: Iterable[Step], *arguments: Any, **options: Any) -> None:
    new(*arguments, **options).run(steps)


@dataclass
class Node:
    """A step to be: how long its answer takes (None: it asks nothing), and the steps that it calls for."""

    delay: float | None
    after_answer: list[Node] = field(default_factory=list)
    after_turn: list[Node] = field(default_factory=list)


def expected(nodes: Iterable[Node]) -> list[int]:
    """Return the nodes in the order of delivery, each by its identity."""
    order: list[int] = []
    for node in nodes:
        order += [id(node), *expected(node.after_turn)]
        order += expected(node.after_answer) if node.delay is not None else []
    return order


def step_of(node: Node, lane: Lane, seen: list[int], wait_for_turn: Callable[[], None]) -> Step:
    def fetch() -> int:
        time.sleep(node.delay or 0)
        wait_for_turn()
        return id(node)

    def follow(answer: int) -> Iterator[Step]:
        assert answer == id(node)
        return (step_of(child, lane, seen, wait_for_turn) for child in node.after_answer)

    def deliver(answer: int | None) -> Iterator[Step]:
        assert answer == (None if node.delay is None else id(node))
        assert threading.current_thread() is threading.main_thread()
        seen.append(id(node))
        return (step_of(child, lane, seen, wait_for_turn) for child in node.after_turn)

    return Step(lane, None if node.delay is None else fetch, follow if node.after_answer else None, deliver)


delays = st.none() | st.sampled_from([0.0, 0.0, 0.001, 0.003])
nodes = st.recursive(
    st.builds(Node, delays),
    lambda inner: st.builds(Node, delays, st.lists(inner, max_size=3), st.lists(inner, max_size=2)),
    max_leaves=12,
)


@settings(max_examples=60)
@given(st.lists(nodes, max_size=8), st.integers(1, 4), st.integers(1, 8))
def test_steps_are_delivered_in_the_order_of_the_line(tree: list[Node], allowed: int, ahead: int) -> None:
    lane, seen = Lane(), list[int]()
    prefetcher = new(lambda: allowed, ahead=ahead)
    prefetcher.run(step_of(node, lane, seen, prefetcher.wait_for_turn) for node in tree)
    assert seen == expected(tree)


class Gauge:
    """Counts steps that are fetched, and that were fetched and not yet delivered."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self.running: set[int] = set()
        self.held: set[int] = set()
        self.most_running = self.most_held = 0
        self.delivered: list[int] = []

    def step(self, lane: Lane, number: int, deliver: Callable[[int], Any] = lambda _: None) -> Step:
        """Return the step with a number, which is its answer too."""

        def fetch() -> int:
            with self._lock:
                self.running.add(number)
                self.held.add(number)
                self.most_running = max(self.most_running, len(self.running))
                self.most_held = max(self.most_held, len(self.held))
            time.sleep(0.001 * (number % 3))
            with self._lock:
                self.running.remove(number)
            return number

        def done(answer: int) -> None:
            with self._lock:
                self.held.remove(answer)
            self.delivered.append(answer)
            deliver(answer)

        return Step(lane, fetch, deliver=done)


@settings(max_examples=30)
@given(st.integers(1, 4), st.integers(1, 8))
def test_what_is_under_way_and_what_is_held_are_bounded(allowed: int, ahead: int) -> None:
    gauge, lane = Gauge(), Lane()
    prefetch((gauge.step(lane, number) for number in range(40)), lambda: allowed, ahead=ahead)
    assert gauge.delivered == list(range(40))
    assert gauge.most_running <= allowed
    assert gauge.most_held <= ahead


def test_only_answers_near_their_turn_are_unpacked() -> None:
    lane, lock = Lane(), threading.Lock()
    unpacked, most, delivered = set[int](), [0], list[int]()
    prefetcher = new()

    def fetch(number: int) -> int:
        prefetcher.wait_for_turn()
        with lock:
            unpacked.add(number)
            most[0] = max(most[0], len(unpacked))
        return number

    def deliver(number: int) -> None:
        time.sleep(0.002)
        unpacked.remove(number)
        delivered.append(number)

    prefetcher.run(Step(lane, lambda number=number: fetch(number), deliver=deliver) for number in range(30))
    assert delivered == list(range(30))
    assert most[0] <= UNPACKED + 1  # the one in use beside those that wait


def test_a_step_at_the_front_finds_a_worker_although_all_wait_for_their_turn() -> None:
    lane, delivered = Lane(), list[int]()
    prefetcher = new()

    def step(number: int, *more: int) -> Step:
        def fetch() -> int:
            prefetcher.wait_for_turn()
            return number

        def deliver(answer: int) -> list[Step]:
            delivered.append(answer)
            time.sleep(0.01)  # Meanwhile all workers come to wait.
            return [step(one) for one in more]

        return Step(lane, fetch, deliver=deliver)

    prefetcher.run(iter([step(0, 100, 101), *(step(number) for number in range(1, 12))]))
    assert delivered == [0, 100, 101, *range(1, 12)]


def test_what_waits_for_its_turn_lets_others_be_fetched() -> None:
    lane, delivered = Lane(), list[int]()
    prefetcher = new(allowed=lambda: 2)
    last_came = threading.Event()

    def fetch(number: int) -> int:
        if number == 0:
            assert last_came.wait(PATIENCE)
        if number == WORKERS - 1:
            last_came.set()
        prefetcher.wait_for_turn()
        return number

    prefetcher.run(Step(lane, lambda n=number: fetch(n), deliver=delivered.append) for number in range(WORKERS))
    assert delivered == list(range(WORKERS))


def test_of_large_answers_fewer_are_held() -> None:
    gauge, lane = Gauge(), Lane()
    # How large they are is known from the first one on.
    steps = (gauge.step(lane, number) for number in range(40))
    prefetch(steps, lambda: 4 if gauge.delivered else 1, bytes_ahead=2 * A_PAGE + 1)
    assert gauge.delivered == list(range(40))
    assert 1 < gauge.most_held <= 3


def test_requests_do_overlap() -> None:
    barrier = threading.Barrier(3, timeout=PATIENCE)  # passes only if three requests are under way together
    prefetch(Step(Lane(), barrier.wait) for _ in range(3))


def test_fewer_requests_once_fewer_are_allowed() -> None:
    gauge, late, lane = Gauge(), Gauge(), Lane()
    limit = [4]

    def shrink(number: int) -> None:
        if number == 9:
            limit[0] = 1

    early = (gauge.step(lane, number, shrink) for number in range(10))
    # What was begun before may still be under way; what comes much later may not.
    between = (gauge.step(lane, number) for number in range(10, 30))
    last = (late.step(lane, number) for number in range(30, 50))
    prefetch(itertools.chain(early, between, last), lambda: limit[0])
    assert gauge.delivered + late.delivered == list(range(50))
    assert gauge.most_running > 1
    assert late.most_running == 1


def test_steps_are_drawn_only_as_far_ahead_as_needed() -> None:
    drawn = itertools.count()
    lane, gauge = Lane(), Gauge()
    last = [0]

    def enough() -> None:
        if len(gauge.delivered) >= 20:
            raise RemoteError("enough")

    def endless() -> Iterator[Step]:
        while True:
            last[0] = next(drawn)
            yield gauge.step(lane, last[0])

    with pytest.raises(RemoteError, match="enough"):
        prefetch(endless(), poll=enough)
    assert last[0] <= 20 + 8 + 1


@pytest.mark.parametrize("where", ["fetch", "deliver", "follow"])
def test_a_failing_lane_drops_only_its_own_steps(where: str) -> None:
    good, bad, seen = Lane(), Lane(), list[str]()

    def fail(*_: object) -> Any:
        raise RemoteError("failed")

    def failing_follow(_: object) -> Iterator[Step]:
        yield Step(bad, fail)

    def step(lane: Lane, name: str) -> Step:
        return Step(lane, lambda: name, deliver=seen.append)

    broken = {
        "fetch": Step(bad, fail, deliver=seen.append),
        "deliver": Step(bad, lambda: "x", deliver=fail),
        "follow": Step(bad, lambda: "x", follow=failing_follow),
    }[where]
    steps = [step(bad, "b0"), step(good, "g0"), broken, step(bad, "b1"), step(good, "g1"), step(bad, "b2")]
    prefetch([*steps, step(good, "g2")])
    assert seen == ["b0", "g0", "g1", "g2"]
    assert [str(error) for error in bad.failures] == ["failed"]
    assert not good.failures


def test_an_error_that_concerns_all_ends_the_run() -> None:
    class Strict(Lane):
        def fail(self, error: TapError) -> None:
            raise error

    seen: list[str] = []

    def refuse() -> str:
        raise RemoteError("for all")

    with pytest.raises(RemoteError, match="for all"):
        prefetch([Step(Strict(), refuse), Step(Lane(), lambda: "x", deliver=seen.append)])
    assert not seen


def test_a_mistake_of_our_own_is_no_failure_of_a_lane() -> None:
    lane = Lane()
    with pytest.raises(ZeroDivisionError):
        prefetch([Step(lane, lambda: 1 // 0)])
    assert lane.open


def test_a_signal_ends_the_run_although_an_answer_is_missing() -> None:
    come, polls = threading.Event(), itertools.count()

    def poll() -> None:
        if next(polls) == 3:
            raise RemoteError("stopped")

    with pytest.raises(RemoteError, match="stopped"):
        prefetch([Step(Lane(), come.wait)], poll=poll)
    come.set()
