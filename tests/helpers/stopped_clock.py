"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from tap_daktela.runtime.clock import Clock

if TYPE_CHECKING:
    import threading

BEGUN = datetime(2024, 11, 5, 12, 0, 0, tzinfo=timezone.utc)


class StoppedClock(Clock):
    """`seconds` is the time now, `waited` the seconds of each wait so far: nobody really waits."""

    def __init__(self, begun: datetime = BEGUN) -> None:
        """Begin at an instant."""
        self._begun = begun
        self.seconds = 1000.0
        self.waited: list[float] = []

    def monotonic(self) -> float:
        """Return the time."""
        return self.seconds

    def now(self) -> datetime:
        """Return the time as an instant."""
        return self._begun + timedelta(seconds=self.seconds - 1000.0)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Note the wait; tell whether the event is set."""
        self.waited.append(seconds)
        return event.is_set()
