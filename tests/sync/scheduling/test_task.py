"""Tasks: which come first, and which of their requests are still to be sent."""

from __future__ import annotations

from typing import Any

from tap_daktela.daktela.query import Query
from tap_daktela.sync.scheduling.steps import Fork, Get
from tap_daktela.sync.scheduling.task import SentRequest, Task, leaves_first


def task(*parts: Task, begun: bool = True) -> Task:
    """Return a task with parts and a result in its line."""
    made = Task(iter(()), object())  # type: ignore[arg-type]
    made.line.extend(["a result", *parts])
    made.begun = begun
    return made


def get(name: str) -> Get:
    return Get(name, Query(None, (), (), 10))


def sent(one: Task, what: Get, **state: Any) -> None:
    """Let a request of a task be in flight."""
    request = one.sent[what] = SentRequest(what, one, None)  # type: ignore[arg-type]
    for name, value in state.items():
        setattr(request, name, value)


def test_parts_come_before_their_task() -> None:
    leaf, other = task(), task()
    middle = task(leaf)
    root = task(middle, other)
    assert list(leaves_first(root)) == [leaf, middle, other, root]


def test_a_task_that_has_not_begun_comes_first_since_beginning_may_add_parts() -> None:
    fresh = task(begun=False)
    root = task(fresh)
    found = []
    for one in leaves_first(root):
        found.append(one)
        if one is fresh:
            part = task()
            one.line.append(part)
            one.begun = True
    assert found == [fresh, part, root]


def test_parts_that_have_ended_are_looked_at_once_until_their_task_is_resumed() -> None:
    """Else each step would look at all that waits for its turn."""
    leaves = [task(), task()]
    middle, other = task(*leaves), task()
    root = task(middle, other)
    for fork in (root, middle):
        fork.waits = Fork(())
    for leaf in leaves:
        leaf.ended = True
    assert list(leaves_first(root)) == [*leaves, middle, other, root]
    assert [one.settled for one in (*leaves, middle, other, root)] == [True, True, True, False, False]
    assert list(leaves_first(root)) == [middle, other, root]
    other.ended = True
    assert list(leaves_first(root)) == [middle, other, root]
    assert list(leaves_first(root)) == [root]
    # A request that is to be sent ahead is no part of that.
    root.settled, root.ahead = False, [get("ahead")]
    assert list(leaves_first(root)) == [middle, other, root]
    assert not root.settled


def test_a_task_is_not_settled_yet_where_its_parts_are_looked_at() -> None:
    """It would count for them, and they for themselves."""
    leaf = task()
    middle = task(leaf)
    root = task(middle)
    leaf.ended, middle.waits, root.waits = True, Fork(()), Fork(())
    assert [(one, one.settled) for one in leaves_first(root)] == [(leaf, False), (middle, False), (root, False)]
    assert [(one, one.settled) for one in leaves_first(root)] == [(root, True)]


def test_requests_that_are_not_sent_yet() -> None:
    one, due, ahead = task(), get("due"), get("ahead")
    assert list(one.unsent()) == []
    one.waits, one.ahead = due, [due, ahead]
    assert list(one.unsent()) == [due, ahead]
    sent(one, due)
    assert list(one.unsent()) == [ahead]
    # A broken response means that the request is sent again.
    sent(one, due, broken=True)
    assert list(one.unsent()) == [due, ahead]
