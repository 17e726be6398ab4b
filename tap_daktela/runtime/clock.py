"""The machine's clock. A simulation passes its own in its place: an object with the same three methods."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading

__all__ = ["Clock"]


class Clock:
    """Tells the time and waits."""

    def monotonic(self) -> float:
        """Return seconds that only grow, from a beginning that means nothing."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the instant by this machine's clock, aware, in UTC."""
        return datetime.now(timezone.utc)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until `event` is set or `seconds` are over; tell whether it is set."""
        return event.wait(seconds)
