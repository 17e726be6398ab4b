"""A reading in progress: what it waits for, and its results that are not written yet."""

from collections import deque
from collections.abc import Iterator
from typing import Any, Protocol

from tap_daktela.daktela.http.retrying_transport import PendingRequest
from tap_daktela.daktela.http.transport import RawResponse
from tap_daktela.errors import TapError
from tap_daktela.sync.scheduling.amount import NOTHING, Amount
from tap_daktela.sync.scheduling.steps import Fork, Get, Reading


class ResultHandler(Protocol):
    """Whoever takes the results of a reading."""

    def prepare(self, result: Any) -> Any:
        """Return `result` in the form in which it waits for its turn. Called at once, in any order.

        A prepared result that takes memory has its bytes as `size`.
        """

    def put(self, result: Any) -> None:
        """Use a prepared result; its turn has come. A TapError is thrown into the handler's outermost reading."""


class SentRequest:
    """A request that was sent for `task`. Its `outcome` is a response or an error, once it is `over`.

    If the response is `broken`, the request must be sent again. `held` is what it counts for in the backlog.
    """

    def __init__(self, get: Get, task: "Task", pending: PendingRequest) -> None:
        self.get = get
        self.task = task
        self.pending = pending
        self.outcome: RawResponse | BaseException | None = None
        self.over = False
        self.broken = False
        self.held = NOTHING


class RequestWatch:
    """Is told of every request. This one forgets it; a report keeps it."""

    def sent(self, sent: SentRequest) -> None:
        """Take note that a request is sent."""

    def over(self, sent: SentRequest) -> None:
        """Take note that a request is over: its `outcome` is there."""


NOBODY = RequestWatch()
"""Watches requests for nobody."""


class Task:
    """A reading in progress.

    - `line`: its results that are not written yet, and the tasks of its parts, in order.
    - `waits`: what the reading waits for; `ahead`: requests to send ahead; `sent`: requests that were sent.
    - `returned`: what its parts returned; `value` and `error`: how the reading ended.
    - `settled`: whether it and its parts ask for nothing more, until it is resumed.
    - `own`: what is held of the reading itself; `held`: of its parts, too.
    """

    def __init__(self, reading: Reading, handler: ResultHandler, parent: "Task | None" = None) -> None:
        self.reading = reading
        self.handler = handler
        self.parent = parent
        self.line: deque[Any] = deque()
        self.begun = False
        self.ended = False
        self.waits: Get | Fork | None = None
        self.ahead: list[Get] = []
        self.sent: dict[Get, SentRequest] = {}
        self.returned: list[Any] = []
        self.value: Any = None
        self.error: TapError | None = None
        self.settled = False
        self.own: Amount = NOTHING
        self.held: Amount = NOTHING

    def with_parents(self) -> "Iterator[Task]":
        """Yield the task, the one that it is a part of, and so on."""
        task: Task | None = self
        while task is not None:
            yield task
            task = task.parent

    def unsent(self) -> Iterator[Get]:
        """Yield the requests that the reading waits for, now or later, and that are not in flight."""
        if isinstance(self.waits, Get):
            sent = self.sent.get(self.waits)
            if sent is None or sent.broken:
                yield self.waits
        yield from (get for get in self.ahead if get is not self.waits)


def leaves_first(task: Task) -> Iterator[Task]:
    """Yield the tasks of a tree in the order in which they are due: parts before the task itself.

    A task that has not begun is yielded first: beginning it may add parts. The parts of a settled task are left out.
    """
    if task.settled:
        yield task
        return
    has_begun = task.begun
    if not has_begun:
        yield task
    settled = True
    for item in task.line:
        if isinstance(item, Task):
            yield from leaves_first(item)
            settled = settled and item.settled
    if has_begun:
        yield task
    # Not earlier: a settled task stands for its parts, and here they were yielded themselves.
    task.settled = task.ended or (settled and isinstance(task.waits, Fork) and not task.ahead)
