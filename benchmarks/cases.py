"""What is measured: who reads which rows from which server, in the order in which one round runs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks import ENDPOINT

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOW_MS = 200
FEW = 3
"""Rounds of the longest runs."""

KINDS = {
    "activities": ("activities",),
    "tickets": ("tickets",),
    "contacts": ("contacts",),
    "e-mails": ("activities_email",),
    "all default streams": None,
}
"""The streams of each kind of rows: one with all its columns, or those that are selected by default."""

WIDE = ("activities", "tickets")
ALL = "all default streams"
SMALL = "small runs"
GROWTH = "growth"
LINE = "latency and bandwidth"
GROUPS = (*KINDS, SMALL, GROWTH, LINE)

FLOOR = "floor (orjson)"
TAP = "tap"
DIRTY = "tap, dirty rows"
SLOW = "tap, 200 ms, 8 in flight"
SLOWEST = "tap, 200 ms, 1 in flight"
SDK = "Meltano SDK tap"
LOOP = "singer-python loop"
COMPONENT = "component"
COMPONENT_DIRTY = "component, dirty rows"
COMPONENT_SLOW = "component, 200 ms"
TARGET = "target-csv alone, the same records"

VERSION = "--version"
START = "a run without rows"
DISCOVER = "--discover"
NOTHING = "nothing new"
NOTHING_BARE = "nothing new, without a catalog"

GRID = "25 columns"
GRID_LARGE = "25 columns, 10 times the rows"
GRID_COMPONENT = "component, 25 columns"
GRID_COMPONENT_LARGE = "component, 25 columns, 10 times the rows"
DAY = "25 columns in a day, skipping costs"
YEARS = "25 columns in five years, skipping costs"
FEW_FIELDS = "contacts with 50 custom fields"
MANY_FIELDS = "contacts with 500 custom fields"
LINE_SLOW = "25 columns, 200 ms, 8 in flight"
LINE_SLOWEST = "25 columns, 200 ms, 1 in flight"
UNCOMPRESSED = "25 columns, 100 Mbit/s, plain"
COMPRESSED = "25 columns, 100 Mbit/s, gzip"

_FIVE_YEARS = 5 * 365 + 1
_DAYS = 30
_SINCE_DAYS = 60


@dataclass(frozen=True)
class Case:
    """One line of a table.

    - `who`: a command of `commands`. `server`: options of the server. `settings`: those of the tap.
    - `streams`: what it reads: one stream with all its columns, several with those that are selected by default, or
      None for the streams that are. `since_days`: from how many days ago.
    - `rounds`: the case is left out of later ones.
    """

    group: str
    title: str
    who: str
    server: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    streams: tuple[str, ...] | None = None
    since_days: int = _SINCE_DAYS
    rounds: int = 99

    @property
    def name(self) -> str:
        """The title with its group."""
        return name(self.group, self.title)

    @property
    def answers(self) -> dict[str, Any]:
        """The options of the server that say what it answers, without those that say how slowly."""
        return {option: self.server[option] for option in ("grid", "world", "gzip") if option in self.server}


def name(group: str, title: str) -> str:
    """Return the name of a case."""
    return f"{group}: {title}"


def slow_title(title: str) -> str:
    """Return the title of a small run against a slow server."""
    return f"{title}, {SLOW_MS} ms"


def all_cases(rows: int) -> list[Case]:
    """Return all cases. `rows` are the activities of the large instance; other tables are in proportion."""
    return [
        *(case for kind in KINDS if kind != ALL for case in _of_kind(kind, rows)),
        *_of_kind(ALL, rows // 5),
        *_small(rows // 5),
        *_growth(rows // 2),
        *_line(rows),
    ]


def _of_kind(kind: str, rows: int) -> Iterator[Case]:
    streams = KINDS[kind]
    clean = {"world": {"activities": rows}}
    dirty = {"world": {"activities": rows, "dirty": True}}
    slow = {**clean, "latency_ms": SLOW_MS}
    if streams:
        yield Case(kind, FLOOR, "floor", clean, streams=streams)
    yield Case(kind, TAP, "tap", clean, streams=streams)
    yield Case(kind, DIRTY, "tap", dirty, streams=streams)
    if streams:
        yield Case(kind, SDK, "sdk", clean, streams=streams)
        yield Case(kind, LOOP, "canonical", clean, streams=streams, rounds=FEW)
    yield Case(kind, COMPONENT, "component", clean, streams=streams)
    yield Case(kind, TARGET, "target", clean, streams=streams)
    if kind == ENDPOINT:
        yield Case(kind, COMPONENT_DIRTY, "component", dirty, streams=streams)
    if kind in (*WIDE, ALL):
        yield Case(kind, COMPONENT_SLOW, "component", slow, streams=streams)
        yield Case(kind, SLOW, "tap", slow, {"concurrency": 8}, streams)
    if kind in WIDE:
        yield Case(kind, SLOWEST, "tap", slow, {"concurrency": 1}, streams, rounds=FEW)


def _small(rows: int) -> Iterator[Case]:
    here = {"world": {"activities": rows}}
    later = {"world": {"activities": rows, "later": 1}}
    yield Case(SMALL, VERSION, "version", here)
    yield Case(SMALL, START, "tap-default", here, streams=(ENDPOINT,), since_days=0)
    for title, who, server in (
        (DISCOVER, "discover", here),
        (NOTHING, "nothing", later),
        (NOTHING_BARE, "nothing-bare", later),
    ):
        yield Case(SMALL, title, who, server)
        yield Case(SMALL, slow_title(title), who, {**server, "latency_ms": SLOW_MS})


def _growth(rows: int) -> Iterator[Case]:
    costly = {"latency_ms": 20, "skip_cost_us": 2.0}
    contacts = ("contacts", "contacts_custom_fields")
    few, many = ({"world": {"activities": rows // 10, "custom_fields": count}} for count in (50, 500))
    yield _grid(GROWTH, GRID, rows)
    yield _grid(GROWTH, GRID_LARGE, 10 * rows, days=10 * _DAYS)
    yield _grid(GROWTH, GRID_COMPONENT, rows, "component")
    yield _grid(GROWTH, GRID_COMPONENT_LARGE, 10 * rows, "component", days=10 * _DAYS)
    yield _grid(GROWTH, DAY, 10 * rows, days=1, server=costly)
    yield _grid(GROWTH, YEARS, 10 * rows, days=_FIVE_YEARS, server=costly)
    yield Case(GROWTH, FEW_FIELDS, "tap-default", few, streams=contacts, rounds=FEW)
    yield Case(GROWTH, MANY_FIELDS, "tap-default", many, streams=contacts, rounds=FEW)


def _line(rows: int) -> Iterator[Case]:
    slow = {"latency_ms": SLOW_MS}
    narrow = {"latency_ms": 20, "megabits": 100}
    yield _grid(LINE, LINE_SLOW, rows, server=slow, concurrency=8)
    yield _grid(LINE, LINE_SLOWEST, rows, server=slow, concurrency=1)
    yield _grid(LINE, UNCOMPRESSED, rows, server=narrow)
    yield _grid(LINE, COMPRESSED, rows, server={**narrow, "gzip": True})


def _grid(
    group: str,
    title: str,
    rows: int,
    who: str = "tap-default",
    *,
    days: int = _DAYS,
    server: dict[str, Any] | None = None,
    **settings: Any,
) -> Case:
    """Return a case of synthetic activities on an even grid of time."""
    return Case(group, title, who, {"grid": (rows, days), **(server or {})}, settings, (ENDPOINT,), days, FEW)
