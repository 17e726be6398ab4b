"""How much waits in memory for its turn: a number of things and of bytes, each with a limit."""

from typing import Any

from tap_daktela.sync.scheduling.amount import NOTHING, Amount
from tap_daktela.sync.scheduling.task import ResultHandler, SentRequest, Task

SMALL_BYTES = 2**16
"""A result with fewer bytes is small. Else a few streams with nothing new would keep those behind them waiting."""

SMALL_SHARE = 1 / 16
"""What a small result, or a reading that has ended, counts for in a number of things."""

_ENDED = Amount(SMALL_SHARE, 0)


class Backlog:
    """Counts requests whose response is not used yet, results that are not written, and readings that ended early.

    They should be at most `max_held`, with at most `max_bytes` bytes together. What is due behind the first half of
    that is not requested: the other half is for windows near the front, whose number of pages shows late. A response
    that has not come yet is counted with the size of the handler's largest response when it was requested.

    Nothing is counted twice: each amount is added to its task and to those that the task is a part of, and taken off
    again, so that no question makes a walk over all that is held.
    """

    def __init__(self, max_held: int, max_bytes: int) -> None:
        self.held = NOTHING
        self._max_held = max_held
        self._max_bytes = max_bytes
        self._largest: dict[ResultHandler, int] = {}

    def has_room(self, before: Amount = NOTHING) -> bool:
        """Tell whether one more may be held, if the amount `before` of what is held is due before it."""
        held = self.held
        is_near = 2 * before.things < self._max_held and 2 * before.size < self._max_bytes
        return is_near and held.things < self._max_held and held.size < self._max_bytes

    def sent(self, sent: SentRequest) -> None:
        """Hold a request, from its start until its response is used."""
        self._count(sent, Amount(1, self._largest.get(sent.task.handler, 0)))

    def answered(self, sent: SentRequest, size: int) -> None:
        """Note the bytes of a response. Its request may have been released while it was under way."""
        handler = sent.task.handler
        self._largest[handler] = max(size, self._largest.get(handler, 0))
        if sent.held is not NOTHING:
            self._count(sent, Amount(1, size))

    def used(self, sent: SentRequest) -> None:
        """Release a request whose response is used, or no longer wanted."""
        self._count(sent, NOTHING)

    def result(self, task: Task, result: Any) -> None:
        """Hold a result of a task, if it takes memory."""
        self._add(task, amount_of(result))

    def written(self, task: Task, result: Any) -> None:
        """Release a result that is written, or dropped."""
        self._add(task, NOTHING.minus(amount_of(result)))

    def ended(self, task: Task) -> None:
        """Hold a reading that has ended."""
        self._add(task, _ENDED)

    def left(self, task: Task) -> None:
        """Release a reading that had ended."""
        self._add(task, NOTHING.minus(_ENDED))

    def _count(self, sent: SentRequest, amount: Amount) -> None:
        self._add(sent.task, amount.minus(sent.held))
        sent.held = amount

    def _add(self, task: Task, amount: Amount) -> None:
        if amount != NOTHING:
            self.held = self.held.plus(amount)
            task.own = task.own.plus(amount)
            for one in task.with_parents():
                one.held = one.held.plus(amount)


def amount_of(result: Any) -> Amount:
    """Return what a result counts for: nothing if it takes no memory."""
    size = getattr(result, "size", 0)
    if not size:
        return NOTHING
    return Amount(1 if size >= SMALL_BYTES else SMALL_SHARE, size)
