"""How much is held in memory while it waits for its turn: a count and bytes, each with a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_daktela.daktela.transport import Answer

if TYPE_CHECKING:
    from tap_daktela.sync.reading.task import Owner, Sent


class Held:
    """Counts requests whose answer is not used yet, results that are not written, and readings that ended early.

    They are to be at most `most`, of `most_bytes` bytes together. The size of an answer that is still to come is
    guessed to be that of the largest one of the same owner.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        """Hold nothing yet."""
        self._most = most
        self._most_bytes = most_bytes
        self._unused: set[Sent] = set()
        self._largest: dict[Owner, int] = {}
        self._results = 0
        self._result_bytes = 0
        self._ended = 0

    def has_room(self) -> bool:
        """Tell whether one more may be held."""
        count = len(self._unused) + self._results + self._ended
        return count < self._most and self._result_bytes + sum(map(self._size, self._unused)) < self._most_bytes

    def sent(self, sent: Sent) -> None:
        """Hold a request, from its start until its answer is used."""
        self._unused.add(sent)

    def answered(self, sent: Sent) -> None:
        """Take note of the size of an answer."""
        owner = sent.task.owner
        self._largest[owner] = max(self._size(sent), self._largest.get(owner, 0))

    def used(self, sent: Sent) -> None:
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

    def _size(self, sent: Sent) -> int:
        return len(sent.outcome.body) if isinstance(sent.outcome, Answer) else self._largest.get(sent.task.owner, 0)
