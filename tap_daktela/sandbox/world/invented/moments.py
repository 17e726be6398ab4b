"""When things happen: most in office hours, little at night and on weekends, some whenever clocks change."""

from bisect import bisect
from datetime import date
from functools import cache, cached_property
from itertools import accumulate

from tap_daktela.sandbox.clock import SandboxClock
from tap_daktela.sandbox.world.invented.dice import Dice

_HOUR = 3600
_DAY = 24 * _HOUR
_SATURDAY = 5
_OFFICE = {8: 6, 9: 10, 10: 11, 11: 9, 12: 6, 13: 8, 14: 9, 15: 7, 16: 5, 17: 3}
_EVENING = {7: 1, 18: 1.2, 19: 0.8, 20: 0.4}
_NIGHT = 0.04
_WEEKEND = 0.012
_WEEKDAYS = (1.3, 1.1, 1.0, 0.95, 0.75)
"""Monday is the busiest day, Friday the quietest."""

_AROUND_CHANGE = range(-2 * _HOUR, 2 * _HOUR, 900)


class Calendar:
    """Draws random moments from the history, which begins at `start` and ends `now`: seconds since the epoch.

    `text` makes wall-clock text of a moment.
    """

    def __init__(self, rng: Dice, clock: SandboxClock, now: float, days: int) -> None:
        self._rng = rng
        self._clock = clock
        self.text = clock.text
        self.now = int(now)
        self.start = self.now - days * _DAY
        self._hours = list(range(self.start, self.now, _HOUR))
        self._weights = list(accumulate(self._weight(hour) for hour in self._hours))

    def moment(self) -> int:
        """A random moment, not after now."""
        weights, random = self._weights, self._rng.random
        hour = self._hours[bisect(weights, random() * weights[-1], 0, len(weights) - 1)]
        return min(hour + int(random() * _HOUR), self.now)

    def moments(self, count: int) -> list[int]:
        """So many moments in ascending order. Up to a quarter of them lie around changes of the clocks."""
        special = [change + step for change in self.changes for step in _AROUND_CHANGE]
        special = [moment for moment in special if self.start <= moment <= self.now][: count // 4]
        return sorted(special + [self.moment() for _ in range(count - len(special))])

    @cached_property
    def changes(self) -> list[int]:
        """The hours of the history in which the clocks change."""
        offsets = [self._clock.local(hour).utcoffset() for hour in self._hours]
        pairs = zip(self._hours[1:], offsets, offsets[1:], strict=False)
        return [hour - hour % _HOUR for hour, before, after in pairs if before != after]

    def between(self, low: float, high: float) -> int:
        """A random moment of an interval, more likely early in it; its start if it is empty."""
        return int(low + max(high - low, 0) * self._rng.random() ** 2)

    def _weight(self, epoch: int) -> float:
        local = self._clock.local(epoch)
        if local.weekday() >= _SATURDAY:
            return _WEEKEND * _OFFICE[local.hour] if local.hour in _OFFICE else _NIGHT / 2
        return _WEEKDAYS[local.weekday()] * (_OFFICE.get(local.hour) or _EVENING.get(local.hour) or _NIGHT)


@cache
def is_weekend(day: str) -> bool:
    """Whether a day such as 2024-03-01 is a Saturday or a Sunday."""
    return date.fromisoformat(day).weekday() >= _SATURDAY
