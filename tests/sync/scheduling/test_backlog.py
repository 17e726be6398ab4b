"""How much waits for its turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tap_daktela.daktela.query import Query
from tap_daktela.sync.scheduling.amount import NOTHING, Amount
from tap_daktela.sync.scheduling.backlog import SMALL_BYTES, SMALL_SHARE, Backlog
from tap_daktela.sync.scheduling.steps import Get
from tap_daktela.sync.scheduling.task import SentRequest, Task

ROOM = 1000 * SMALL_BYTES
PAGE = SMALL_BYTES
SMALL = int(1 / SMALL_SHARE)
"""So many small things take the room of one that is not small."""


def reading(handler: Any = "a", parent: Task | None = None) -> Task:
    """Return a task of a handler."""
    return Task(iter(()), handler, parent)  # type: ignore[arg-type]


def sent(handler: Any, task: Task | None = None) -> SentRequest:
    """Return a request of a handler."""
    return SentRequest(Get("tickets", Query(None, (), (), 10)), task or reading(handler), None)  # type: ignore[arg-type]


@dataclass
class PageLines:
    """What a page becomes, of so many bytes."""

    size: int


TASK = reading()


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
    held.result(TASK, PageLines(PAGE))
    held.result(TASK, PageLines(PAGE))
    assert not held.has_room()
    held.written(TASK, PageLines(PAGE))
    assert held.has_room()
    held.sent(sent("a"))
    assert not held.has_room()


def test_small_results_and_readings_that_ended_take_a_share_of_that_room() -> None:
    held = Backlog(2, ROOM)
    for _ in range(SMALL):
        held.result(TASK, PageLines(PAGE - 1))
        assert held.has_room()
        held.ended(TASK)
    assert not held.has_room()
    assert held.held == Amount(2, SMALL * (PAGE - 1))
    held.left(TASK)
    assert held.has_room()
    held.ended(TASK)
    held.written(TASK, PageLines(PAGE - 1))
    assert held.has_room()


def test_nothing_is_held_behind_half_of_what_may_be() -> None:
    held = Backlog(5, ROOM)
    below = ROOM // 2 - 1
    assert held.has_room(Amount(2, below))
    assert not held.has_room(Amount(3, below))
    assert not held.has_room(Amount(2, below + 1))
    assert not Backlog(4, ROOM).has_room(Amount(2, below))


def test_what_is_held_of_a_task_is_told_with_and_without_its_parts() -> None:
    held = Backlog(5, ROOM)
    task = reading()
    part = reading(parent=task)
    other = reading(parent=task)
    answered = sent("a", part)
    held.sent(answered)
    held.answered(answered, 50)
    for result in (PageLines(30), "counted", PageLines(0), PageLines(PAGE)):
        held.result(task, result)
    held.result(other, PageLines(7))
    held.ended(other)
    assert (task.own, part.own, other.own) == (
        Amount(1 + SMALL_SHARE, 30 + PAGE), Amount(1, 50), Amount(2 * SMALL_SHARE, 7),
    )  # fmt: skip
    assert (part.held, other.held) == (part.own, other.own)
    assert task.held == held.held == task.own.plus(part.own).plus(other.own)
    held.used(answered)
    held.written(other, PageLines(7))
    held.left(other)
    assert part.held == other.held == NOTHING
    assert task.held == held.held == task.own


def test_an_answer_that_nobody_waits_for_any_more_takes_no_room() -> None:
    held = Backlog(5, ROOM)
    dropped = sent("a")
    held.sent(dropped)
    held.used(dropped)
    held.answered(dropped, 50)
    assert held.held == NOTHING
    # But it shows how large others may be.
    held.sent(sent("a"))
    assert held.held == Amount(1, 50)


def test_a_result_that_takes_no_memory_takes_no_room() -> None:
    held = Backlog(1, ROOM)
    held.result(TASK, "counted")
    held.result(TASK, PageLines(0))
    assert held.held == NOTHING
    held.result(TASK, PageLines(PAGE))
    assert not held.has_room()


def test_bytes_of_results_and_answers_together_are_bounded() -> None:
    held = Backlog(100, 1000)
    held.result(TASK, PageLines(600))
    held.answered(one := sent("a"), 399)
    held.sent(one)
    assert held.has_room()
    held.result(TASK, PageLines(1))
    assert not held.has_room()
    held.written(TASK, PageLines(600))
    assert held.has_room()
    held.answered(other := sent("b"), 598)
    held.sent(other)
    assert held.has_room()
    held.result(TASK, PageLines(2))
    assert not held.has_room()


def test_an_answer_to_come_counts_as_the_largest_one_of_its_handler() -> None:
    held = Backlog(100, 1000)
    for size in (300, 500, 200):
        answered = sent("a")
        held.sent(answered)
        held.answered(answered, size)
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
    held.result(TASK, object())
    held.written(TASK, object())
    held.result(TASK, object())
    assert held.has_room()
    held.result(TASK, PageLines(1))
    assert not held.has_room()


def test_an_answer_is_no_guess_before_there_is_one() -> None:
    held = Backlog(2, 1)
    held.sent(sent("a"))
    assert held.has_room()
