"""How much waits for its turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tap_daktela.daktela.http.transport import RawResponse
from tap_daktela.daktela.query import Query
from tap_daktela.sync.scheduling.backlog import NOTHING, SMALL_BYTES, SMALL_SHARE, Amount, Backlog
from tap_daktela.sync.scheduling.steps import Get
from tap_daktela.sync.scheduling.task import SentRequest, Task
from tests.helpers.engine.reading_driver import READ_AT

ROOM = 1000 * SMALL_BYTES
PAGE = SMALL_BYTES
SMALL = int(1 / SMALL_SHARE)
"""So many small things take the room of one that is not small."""


def sent(handler: Any, size: int | None = None) -> Any:
    """Return a request of an handler, with an answer of `size` bytes where there is one."""
    request = SentRequest(Get("tickets", Query(None, (), (), 10)), Task(iter(()), handler), None)  # type: ignore[arg-type]
    request.outcome = None if size is None else RawResponse(200, {}, b"x" * size, READ_AT, 0.0, 0.0)
    return request


@dataclass
class PageLines:
    """What a page becomes, of so many bytes."""

    size: int


def test_requests_are_held_from_their_start_until_they_are_used() -> None:
    held = Backlog(2, ROOM)
    one, other = sent("a"), sent("a")
    held.sent(one)
    assert held.has_room()
    held.sent(other)
    held.sent(other)
    assert not held.has_room()
    held.used(one)
    assert held.has_room()
    held.used(one)
    held.sent(one)
    assert not held.has_room()


def test_results_take_room() -> None:
    held = Backlog(2, ROOM)
    held.result(PageLines(PAGE), 1)
    held.result(PageLines(PAGE), 1)
    assert not held.has_room()
    held.result(PageLines(PAGE), -1)
    assert held.has_room()
    held.sent(sent("a"))
    assert not held.has_room()


def test_small_results_and_readings_that_ended_take_a_share_of_that_room() -> None:
    held = Backlog(2, ROOM)
    for _ in range(SMALL):
        held.result(PageLines(PAGE - 1), 1)
        assert held.has_room()
        held.ended(1)
    assert not held.has_room()
    assert held.held == Amount(2, SMALL * (PAGE - 1))
    held.ended(-1)
    assert held.has_room()
    held.ended(1)
    held.result(PageLines(PAGE - 1), -1)
    assert held.has_room()


def test_nothing_is_held_behind_half_of_what_may_be() -> None:
    held = Backlog(5, ROOM)
    below = ROOM // 2 - 1
    assert held.has_room(Amount(2, below))
    assert not held.has_room(Amount(3, below))
    assert not held.has_room(Amount(2, below + 1))
    assert not Backlog(4, ROOM).has_room(Amount(2, below))


def test_what_is_held_of_a_task_is_told_without_its_parts() -> None:
    held = Backlog(5, ROOM)
    task = Task(iter(()), "a")  # type: ignore[arg-type]
    assert held.by(task) == Amount(0, 0)
    part = Task(iter(()), "a", task)  # type: ignore[arg-type]
    part.line.append(PageLines(7))
    answered, to_come = sent("a", 50), sent("a")
    task.line.extend([PageLines(30), "counted", PageLines(0), PageLines(PAGE), part])
    task.sent = {answered.get: answered, to_come.get: to_come}
    held.answered(answered)
    task.ended = True
    mine = Amount(3 + 2 * SMALL_SHARE, 130 + PAGE)
    assert held.by(task) == mine
    assert mine.plus(held.by(part)) == Amount(3 + 3 * SMALL_SHARE, 137 + PAGE)


def test_a_result_that_takes_no_memory_takes_no_room() -> None:
    held = Backlog(1, ROOM)
    held.result("counted", 1)
    held.result(PageLines(0), 1)
    assert held.held == NOTHING
    held.result(PageLines(PAGE), 1)
    assert not held.has_room()


def test_bytes_of_results_and_answers_together_are_bounded() -> None:
    held = Backlog(100, 1000)
    held.result(PageLines(600), 1)
    held.sent(sent("a", 399))
    assert held.has_room()
    held.result(PageLines(1), 1)
    assert not held.has_room()
    held.result(PageLines(600), -1)
    assert held.has_room()
    held.sent(sent("b", 598))
    assert held.has_room()
    held.sent(sent("b", 1))
    held.result(PageLines(1), 1)
    assert not held.has_room()


def test_an_answer_to_come_counts_as_the_largest_one_of_its_handler() -> None:
    held = Backlog(100, 1000)
    for size in (300, 500, 200):
        answered = sent("a", size)
        held.sent(answered)
        held.answered(answered)
        held.used(answered)
    held.sent(sent("b"))
    held.sent(sent("a"))
    assert held.has_room()
    held.sent(sent("b"))
    assert held.has_room()
    held.sent(sent("a"))
    assert not held.has_room()


def test_results_without_a_size_take_no_room() -> None:
    held = Backlog(5, 1)
    held.result(object(), 1)
    held.result(object(), -1)
    held.result(object(), 1)
    assert held.has_room()
    held.result(PageLines(1), 1)
    assert not held.has_room()


def test_an_answer_is_no_guess_before_there_is_one() -> None:
    held = Backlog(2, 1)
    held.sent(sent("a"))
    assert held.has_room()
