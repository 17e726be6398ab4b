"""What is measured: who reads how many rows from which server, in the order in which one round runs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from benchmarks import ENDPOINT

DAYS = 30
FIVE_YEARS = 5 * 365 + 1
SLOW_MS = 200
IN_FLIGHT = (1, 4, 8, 16)
SKIP_COST_US = 2.0
WIDE = ("activities", "tickets")
DIRTY_EVERY = 100

FEW = 3
"""Rounds of the longest runs."""

CHECKED_ROWS = 2345
"""Rows of the run before all others, which shows that everybody delivers every one of them."""


@dataclass(frozen=True)
class Case:
    """One line of the table.

    `who` is a command of `runs`, `server` are options of the server beside its rows and days, `settings` those of the
    tap, and `stream` is what it reads: activities with the columns that are selected by default, any other with all.
    The case is left out of later rounds than `rounds`.
    """

    name: str
    who: str
    rows: int
    days: int = DAYS
    server: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    rounds: int = 99
    stream: str = ENDPOINT


def tap(milliseconds: int, in_flight: int) -> str:
    """Return the name of the case in which the tap alone reads from a server of that latency."""
    return f"tap, {milliseconds} ms, {in_flight} in flight"


def yardstick(who: str, milliseconds: int) -> str:
    """Return the name of the case in which a yardstick does."""
    return f"{who}, {milliseconds} ms"


def wide(stream: str, dirty_every: int) -> str:
    """Return the name of the case in which the tap reads wide rows, of which so many have a bad character (0: none)."""
    return f"tap, wide rows of {stream}, {f'one in {dirty_every} dirty' if dirty_every else 'clean'}"


FLOOR = "floor (orjson)"
CANONICAL = "singer-python loop"
SDK = "Meltano SDK tap"
PIPE = "tap into target-csv"
KEBOOLA = "Keboola run"
TAP_LARGE = "tap, 0 ms, 4 in flight, 10 times the rows"
KEBOOLA_LARGE = "Keboola run, 10 times the rows"
DAY = "one day, skipping costs"
YEARS = "five years, skipping costs"
COMPRESSED = "tap, 100 Mbit/s, gzip"
UNCOMPRESSED = "tap, 100 Mbit/s, plain"


def all_cases(rows: int) -> list[Case]:
    """Return all cases, for so many rows."""
    slow = {"latency_ms": SLOW_MS}
    costly = {"latency_ms": 20, "skip_cost_us": SKIP_COST_US}
    narrow = {"latency_ms": 20, "megabits": 100}
    return [
        Case(FLOOR, "floor", rows),
        *(Case(tap(0, count), "tap", rows, settings={"concurrency": count}) for count in IN_FLIGHT),
        Case(yardstick(SDK, 0), "sdk", rows),
        Case(yardstick(CANONICAL, 0), "canonical", rows),
        Case(PIPE, "pipe", rows, settings={"nested": "json"}),
        Case(KEBOOLA, "keboola", rows),
        *(Case(tap(SLOW_MS, n), "tap", rows, server=slow, settings={"concurrency": n}) for n in IN_FLIGHT),
        Case(yardstick(SDK, SLOW_MS), "sdk", rows, server=slow, rounds=FEW),
        Case(yardstick(CANONICAL, SLOW_MS), "canonical", rows, server=slow, rounds=FEW),
        Case(UNCOMPRESSED, "tap", rows, server=narrow),
        Case(COMPRESSED, "tap", rows, server={**narrow, "gzip": True}),
        Case(DAY, "tap", 10 * rows, days=1, server=costly, rounds=FEW),
        Case(YEARS, "tap", 10 * rows, days=FIVE_YEARS, server=costly, rounds=FEW),
        *(
            Case(wide(stream, every), "tap", rows, server={"dirty_every": every}, stream=stream)
            for stream in WIDE
            for every in (0, DIRTY_EVERY)
        ),
        Case(TAP_LARGE, "tap", 10 * rows, days=10 * DAYS),
        Case(KEBOOLA_LARGE, "keboola", 10 * rows, days=10 * DAYS, rounds=FEW),
    ]
