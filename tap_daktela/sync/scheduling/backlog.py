"""How much waits in memory for its turn: a number of things and of bytes, each with a limit."""

from typing import Any, NamedTuple

from tap_daktela.daktela.http.transport import RawResponse
from tap_daktela.sync.scheduling.task import ResultHandler, SentRequest, Task

SMALL_BYTES = 2**16
"""A result with fewer bytes is small. Else a few streams with nothing new would keep those behind them waiting."""

SMALL_SHARE = 1 / 16
"""What a small result, or a reading that has ended, counts for in a number of things."""


class Amount(NamedTuple):
    """A number of things, of which small ones count as `SMALL_SHARE`, and their bytes together."""

    things: float
    size: int

    def plus(self, other: "Amount") -> "Amount":
        """Return the sum of both."""
        return Amount(self.things + other.things, self.size + other.size)


NOTHING = Amount(0, 0)


class Backlog:
    """Counts requests whose response is not used yet, results that are not written, and readings that ended early.

    They should be at most `max_held`, with at most `max_bytes` bytes together. What is due behind the first half of
    that is not requested: the other half is for windows near the front, whose number of pages shows late. A response
    that has not come yet is counted with the size of the handler's largest response so far.
    """

    def __init__(self, max_held: int, max_bytes: int) -> None:
        self._max_held = max_held
        self._max_bytes = max_bytes
        self._unused: set[SentRequest] = set()
        self._largest: dict[ResultHandler, int] = {}
        self._results = NOTHING
        self._ended = 0

    @property
    def held(self) -> Amount:
        """All that is held."""
        unused = Amount(len(self._unused) + self._ended * SMALL_SHARE, sum(map(self._size, self._unused)))
        return self._results.plus(unused)

    def has_room(self, before: Amount = NOTHING) -> bool:
        """Tell whether one more may be held, if the amount `before` of what is held is due before it."""
        held = self.held
        is_near = 2 * before.things < self._max_held and 2 * before.size < self._max_bytes
        return is_near and held.things < self._max_held and held.size < self._max_bytes

    def by(self, task: Task) -> Amount:
        """Return what is held for a task itself, without its parts."""
        amount = Amount(len(task.sent) + task.ended * SMALL_SHARE, sum(map(self._size, task.sent.values())))
        for item in task.line:
            if not isinstance(item, Task):
                amount = amount.plus(amount_of(item))
        return amount

    def sent(self, sent: SentRequest) -> None:
        """Hold a request, from its start until its response is used."""
        self._unused.add(sent)

    def answered(self, sent: SentRequest) -> None:
        """Note the size of a response."""
        handler = sent.task.handler
        self._largest[handler] = max(self._size(sent), self._largest.get(handler, 0))

    def used(self, sent: SentRequest) -> None:
        """Release a request whose response is used, or no longer wanted."""
        self._unused.discard(sent)

    def result(self, result: Any, sign: int) -> None:
        """Hold a result that takes memory (sign 1), or release it (sign -1)."""
        things, size = amount_of(result)
        self._results = self._results.plus(Amount(sign * things, sign * size))

    def ended(self, sign: int) -> None:
        """Hold a reading that has ended (sign 1), or release it (sign -1)."""
        self._ended += sign

    def _size(self, sent: SentRequest) -> int:
        outcome = sent.outcome
        return len(outcome.body) if isinstance(outcome, RawResponse) else self._largest.get(sent.task.handler, 0)


def amount_of(result: Any) -> Amount:
    """Return what a result counts for: nothing if it takes no memory."""
    size = getattr(result, "size", 0)
    if not size:
        return NOTHING
    return Amount(1 if size >= SMALL_BYTES else SMALL_SHARE, size)
