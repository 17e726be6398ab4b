"""The machine's clock. A simulation passes its own instead: an object with the same three methods."""

import threading
import time
from datetime import datetime, timezone


class Clock:
    """Tells the time and waits."""

    def monotonic(self) -> float:
        """Return the seconds since an arbitrary moment; they never go back."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the instant by this machine's clock, in UTC (aware)."""
        return datetime.now(timezone.utc)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until `event` is set, at most `seconds`; tell whether it is set."""
        return event.wait(seconds)
