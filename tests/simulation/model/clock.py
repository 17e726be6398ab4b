"""Time that passes only where somebody waits, and the nights in which clocks change."""

from __future__ import annotations

import functools
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import threading

    from tests.simulation.cases.oddities import Oddities

__all__ = ["VirtualClock", "changes", "reading", "start_of"]

ORDINARY = datetime(2024, 6, 12, 9, 41, 7, tzinfo=timezone.utc)
"""When a run begins that has no night to meet."""

_AROUND_A_CHANGE = (-50, -10, 20, 40, 70, 200)
"""Minutes from a change of the clock to the beginning of the run."""


class VirtualClock:
    """A clock that starts at `start` (UTC) and moves by `advance` alone."""

    def __init__(self, start: datetime = ORDINARY) -> None:
        self._start = start
        self._passed = 0.0

    def monotonic(self) -> float:
        """Return the seconds since the start."""
        return self._passed

    def now(self) -> datetime:
        """Return the machine's time in UTC."""
        return self._start + timedelta(seconds=self._passed)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._passed += max(0.0, seconds)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Let time pass, and return whether the event is set."""
        self.advance(seconds)
        return event.is_set()


def start_of(oddities: Oddities, seed: int) -> datetime:
    """Return when the first run begins: at an ordinary time, or some minutes around the night that is wanted."""
    change = changes(oddities.zone).get(oddities.night)
    if change is None:
        return ORDINARY
    return change + timedelta(minutes=_AROUND_A_CHANGE[seed % len(_AROUND_A_CHANGE)])


@functools.cache
def changes(zone: str) -> dict[str, datetime]:
    """Return the instants in 2024 at which clocks go back (`autumn`) and forward (`spring`); empty without any.

    A zone that had none in 2024 is looked at in 2011 too: Samoa skipped a whole day that December.
    """
    return _changes(zone, 2024) or _changes(zone, 2011)


def _changes(zone: str, year: int) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    at = datetime(year, 1, 2, tzinfo=timezone.utc)
    step = timedelta(minutes=30)
    before = at.astimezone(ZoneInfo(zone)).utcoffset()
    while at.year == year:
        after = at.astimezone(ZoneInfo(zone)).utcoffset()
        if before is not None and after is not None and after != before:
            found["spring" if after > before else "autumn"] = at
        before, at = after, at + step
    return found


def reading(instant: datetime, zone: ZoneInfo) -> str:
    """Return what a clock on the wall shows in `zone`, as the API writes it."""
    return instant.astimezone(zone).isoformat(" ", "seconds")[:19]
