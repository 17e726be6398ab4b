"""What becomes of somebody who calls a line: how long it takes until an agent answers, or why nobody does."""

from typing import NamedTuple

from tap_daktela.sandbox.storage.tables import Key
from tap_daktela.sandbox.world.activities.duty import Duty
from tap_daktela.sandbox.world.company.queues import INBOUND, InboundQueue, number_of
from tap_daktela.sandbox.world.invented.dice import Shares
from tap_daktela.sandbox.world.row_maker import RowMaker

_MORNING = Shares({queue: queue.morning for queue in INBOUND})
_AFTERNOON = Shares({queue: queue.afternoon for queue in INBOUND})
_NOON = 14
_NUMBERS = {queue: number_of(queue.title) for queue in INBOUND}
_BUSY = {8: 16, 9: 30, 10: 40, 11: 30, 12: 18, 13: 26, 14: 28, 15: 20, 16: 14, 17: 18}
_QUIET = 10
"""Mean seconds until an agent is free, by the hour, for those who must wait at all."""

_AT_ONCE = 0.5
_PATIENCE = (6, 130)
"""The least and the mean seconds that callers wait beyond it."""

_BY_KEY = 0.015
_NOT_PICKED_UP = 0.012
_RINGS_OUT = 25
_RING = (2, 12)
_CLOSED = (1, 8)
_STAYS_WHEN_CLOSED = 0.2
_PATIENT_AT_NIGHT = (5, 25)


class Attempt(NamedTuple):
    """How a call to a queue went. Times are seconds. Without an agent there is the cause why."""

    agent: Key | None
    waiting: int
    ringing: int = 0
    cause: str = ""
    key: str = ""


class Waiting:
    """Callers in queues."""

    def __init__(self, maker: RowMaker, duty: Duty) -> None:
        self._maker = maker
        self._rng = maker.rng
        self._duty = duty

    def line(self, epoch: int) -> tuple[InboundQueue, Key]:
        """The line that somebody calls at a moment, and its key."""
        shares = _MORNING if self._hour(epoch) < _NOON else _AFTERNOON
        queue = shares.draw(self._rng)
        return queue, _NUMBERS[queue]

    def attempt(self, epoch: int, queue: InboundQueue, number: Key) -> Attempt:
        """Wait for an agent."""
        if not self._duty.present(epoch, number):
            return self._at_night()
        rng = self._rng
        until_free = 0 if rng.chance(_AT_ONCE) else rng.seconds(_BUSY.get(self._hour(epoch), _QUIET) * queue.busy)
        if rng.chance(_BY_KEY):
            return Attempt(None, rng.span(*_RING) + until_free, cause="exitwithkey", key="1")
        if rng.chance(_NOT_PICKED_UP):
            return Attempt(None, until_free + _RINGS_OUT, _RINGS_OUT, "noanswer")
        ringing, patience = rng.span(*_RING), _PATIENCE[0] + rng.seconds(_PATIENCE[1])
        waiting = until_free + ringing
        agent = self._duty.take(epoch + until_free, number) if waiting <= min(patience, queue.timeout) else None
        if agent is not None:
            return Attempt(agent, waiting, ringing)
        cause = "abandon" if patience <= queue.timeout else "exitwithtimeout"
        return Attempt(None, min(patience, queue.timeout), cause=cause)

    def _at_night(self) -> Attempt:
        """Nobody works. The queue tells most callers so, and some stay on the line."""
        if self._rng.chance(_STAYS_WHEN_CLOSED):
            return Attempt(None, self._rng.span(*_PATIENT_AT_NIGHT), cause="abandon")
        return Attempt(None, self._rng.span(*_CLOSED), cause="exitempty")

    def _hour(self, epoch: int) -> int:
        return int(self._maker.calendar.text(epoch)[11:13])
