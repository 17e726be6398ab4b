"""A reading under way: what it waits for, and what it said that is not written yet."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from tap_daktela.sync.scheduling.steps import Fork, Get, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_daktela.daktela.http.retrying_transport import PendingRequest
    from tap_daktela.daktela.http.transport import RawResponse
    from tap_daktela.errors import TapError


class ResultHandler(Protocol):
    """Whoever takes the results of a reading."""

    def prepare(self, result: Any) -> Any:
        """Return `result` as it may wait for its turn; called as soon as it is there, in any order.

        A result that takes memory tells its bytes as `size`.
        """

    def put(self, result: Any) -> None:
        """Use a prepared result, whose turn has come. A TapError is thrown into the outermost reading of the owner."""


class SentRequest:
    """A request on its way: its `outcome` is an answer or an error, when it is `over`.

    Where the answer is `broken`, the request is to be sent again.
    """

    def __init__(self, get: Get, task: Task, pending: PendingRequest) -> None:
        """Take who waits for it."""
        self.get = get
        self.task = task
        self.pending = pending
        self.outcome: RawResponse | BaseException | None = None
        self.over = False
        self.broken = False


class Task:
    """A reading under way, with what it said that is not written yet: results and the tasks of its parts, in order."""

    def __init__(self, reading: Reading, owner: ResultHandler, parent: Task | None = None) -> None:
        """Begin nothing yet."""
        self.reading = reading
        self.owner = owner
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

    def unsent(self) -> Iterator[Get]:
        """Yield the requests that it waits for, or will, and that are not on their way."""
        if isinstance(self.waits, Get):
            sent = self.sent.get(self.waits)
            if sent is None or sent.broken:
                yield self.waits
        yield from (get for get in self.ahead if get is not self.waits)


def leaves_first(task: Task) -> Iterator[Task]:
    """Yield the tasks of a tree in the order in which they are due: a task comes behind its own parts.

    One that has not begun comes before them instead, since it has none until it has begun.
    """
    has_begun = task.begun
    if not has_begun:
        yield task
    for item in list(task.line):
        if isinstance(item, Task):
            yield from leaves_first(item)
    if has_begun:
        yield task
