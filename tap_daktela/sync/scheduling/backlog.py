"""How much is held in memory while it waits for its turn: a count and bytes, each with a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tap_daktela.daktela.http.transport import RawResponse
from tap_daktela.sync.scheduling.task import Task

if TYPE_CHECKING:
    from tap_daktela.sync.scheduling.task import ResultHandler, SentRequest


class Amount(NamedTuple):
    """How many things are held, and the bytes that they have together."""

    things: int
    size: int

    def plus(self, other: Amount) -> Amount:
        """Return both together."""
        return Amount(self.things + other.things, self.size + other.size)


NOTHING = Amount(0, 0)


class Backlog:
    """Counts requests whose answer is not used yet, results that are not written, and readings that ended early.

    They are to be at most `most`, of `max_bytes` bytes together. Nothing is fetched behind the first half of that: a
    window near the front, whose number of pages shows late, finds room in the other half. The size of an answer that
    is still to come is guessed to be that of the largest one of the same owner.
    """

    def __init__(self, most: int, max_bytes: int) -> None:
        """Hold nothing yet."""
        self._most = most
        self._most_bytes = max_bytes
        self._unused: set[SentRequest] = set()
        self._largest: dict[ResultHandler, int] = {}
        self._results = 0
        self._result_bytes = 0
        self._ended = 0

    def has_room(self, before: Amount = NOTHING) -> bool:
        """Tell whether one more may be held, if so much of what is held is due before it."""
        things = len(self._unused) + self._results + self._ended
        size = self._result_bytes + sum(map(self._size, self._unused))
        is_near = 2 * before.things < self._most and 2 * before.size < self._most_bytes
        return is_near and things < self._most and size < self._most_bytes

    def by(self, task: Task) -> Amount:
        """Return what is held of a task itself, without its parts."""
        sizes = [getattr(item, "size", 0) for item in task.line if not isinstance(item, Task)]
        sizes = [*filter(None, sizes), *map(self._size, task.sent.values())]
        return Amount(len(sizes) + task.ended, sum(sizes))

    def sent(self, sent: SentRequest) -> None:
        """Hold a request, from its start until its answer is used."""
        self._unused.add(sent)

    def answered(self, sent: SentRequest) -> None:
        """Take note of the size of an answer."""
        owner = sent.task.owner
        self._largest[owner] = max(self._size(sent), self._largest.get(owner, 0))

    def used(self, sent: SentRequest) -> None:
        """Let go of a request whose answer is used, or wanted no more."""
        self._unused.discard(sent)

    def result(self, result: Any, sign: int) -> None:
        """Hold a result that takes memory (sign 1), or let go of it (sign -1)."""
        size = getattr(result, "size", 0)
        self._results += sign * (size > 0)
        self._result_bytes += sign * size

    def ended(self, sign: int) -> None:
        """Hold a reading that has ended (sign 1), or let go of it (sign -1)."""
        self._ended += sign

    def _size(self, sent: SentRequest) -> int:
        return (
            len(sent.outcome.body) if isinstance(sent.outcome, RawResponse) else self._largest.get(sent.task.owner, 0)
        )
