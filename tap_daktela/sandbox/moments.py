"""When things happen: office hours with peaks, few nights and weekends, something whenever clocks change."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from tap_daktela.sandbox.clock import Clock

_HOUR = 3600
_DAY = 24 * _HOUR
_SATURDAY = 5
_OFFICE = {8: 6, 9: 10, 10: 11, 11: 9, 12: 6, 13: 8, 14: 9, 15: 7, 16: 5, 17: 3}
_EVENING = {7: 1, 18: 1.2, 19: 0.8, 20: 0.4}
_NIGHT = 0.06
_WEEKEND = 0.08
_AROUND_CHANGE = range(-2 * _HOUR, 2 * _HOUR, 900)


class Calendar:
    """Draws moments from the history of the instance."""

    def __init__(self, dice: random.Random, clock: Clock, now: float, days: int) -> None:
        self._dice = dice
        self._clock = clock
        self.now = int(now)
        self.start = self.now - days * _DAY
        self._hours = list(range(self.start, self.now, _HOUR))
        self._weights = list(accumulate(self._weight(hour) for hour in self._hours))

    def text(self, epoch: float) -> str:
        """Wall-clock text of a moment."""
        return self._clock.text(epoch)

    def moment(self) -> int:
        """Seconds since the epoch, not after now."""
        chosen = bisect(self._weights, self._dice.random() * self._weights[-1])
        hour = self._hours[min(chosen, len(self._hours) - 1)]
        return min(hour + self._dice.randrange(_HOUR), self.now)

    def moments(self, count: int) -> list[int]:
        """Ascending moments; when there are enough, the nights when clocks change get some of them."""
        special = [change + step for change in self.changes() for step in _AROUND_CHANGE]
        special = [moment for moment in special if self.start <= moment <= self.now][: count // 4]
        return sorted(special + [self.moment() for _ in range(count - len(special))])

    def changes(self) -> list[int]:
        """The hours of the history that begin with another offset than the hour before."""
        offsets = [self._clock.local(hour).utcoffset() for hour in self._hours]
        pairs = zip(self._hours[1:], offsets, offsets[1:], strict=False)
        return [hour - hour % _HOUR for hour, before, after in pairs if before != after]

    def between(self, low: float, high: float) -> int:
        """A moment of an interval, more likely early in it; its start when it is empty."""
        return int(low + max(high - low, 0) * self._dice.random() ** 2)

    def _weight(self, epoch: int) -> float:
        local = self._clock.local(epoch)
        if local.weekday() >= _SATURDAY:
            return _WEEKEND if local.hour in _OFFICE else _NIGHT / 2
        return _OFFICE.get(local.hour) or _EVENING.get(local.hour) or _NIGHT
