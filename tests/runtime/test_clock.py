"""The machine's clock."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone

from tap_daktela.runtime.clock import Clock


def test_the_time() -> None:
    clock = Clock()
    before, now, after = time.monotonic(), clock.monotonic(), time.monotonic()
    assert before <= now <= after
    assert clock.now().tzinfo is timezone.utc
    assert abs(clock.now() - datetime.now(timezone.utc)) < timedelta(minutes=1)


def test_waiting() -> None:
    event = threading.Event()
    begun = time.monotonic()
    assert Clock().wait(event, 0.05) is False
    assert time.monotonic() - begun >= 0.05
    event.set()
    assert Clock().wait(event, 3600) is True
