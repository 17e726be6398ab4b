"""What the state of a unit says while it is read."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tap_daktela.sync.singer.unit_state import UnitState
from tap_daktela.units.unit import Unit

BEGIN = datetime(2024, 10, 27, 0, 30, tzinfo=timezone.utc)
AXES = {"tickets": ("edited",), "users": (), "calls": ("time",)}


def at(minutes: int) -> datetime:
    return BEGIN + timedelta(minutes=minutes)


@pytest.fixture
def state() -> UnitState:
    since = datetime(2020, 1, 1, tzinfo=timezone.utc)
    return UnitState(Unit("u", "https://x", ("tickets", "users"), since, BEGIN, at(60)), AXES)


def windows(state: UnitState, stream: str = "tickets") -> Any:
    return state.value["backfill"]["streams"][stream]["windows"]


def test_nothing_is_written_at_first(state: UnitState) -> None:
    begun = {"since": "2020-01-01T00:00:00Z", "windows": {"edited": []}}
    assert state.value == {"bookmarks": {}, "backfill": {"url": "https://x", "streams": {"tickets": begun}}}


@pytest.mark.parametrize(
    ("minutes", "end"),
    [
        ((20,), "2024-10-27T00:50:00Z"),
        ((20, 40), "2024-10-27T01:10:00Z"),
        # In the hour that clocks show twice, a time may be taken for its first instant, which is earlier.
        ((-30,), None),
        ((0,), None),
        ((20, -30), "2024-10-27T00:50:00Z"),
        ((40, 20), "2024-10-27T01:10:00Z"),
    ],
)
def test_a_window_only_grows(state: UnitState, minutes: tuple[int, ...], end: str | None) -> None:
    for each in minutes:
        state.advance("tickets", "edited", at(each))
    assert windows(state) == {"edited": [["2024-10-27T00:30:00Z", end]] if end else []}
    assert state.bookmark("tickets", "edited") is None


def test_a_whole_table_is_there_when_it_is_complete(state: UnitState) -> None:
    state.complete("users")
    state.complete("tickets")
    assert windows(state, "users") == {}
    assert windows(state) == {"edited": []}


def test_months_without_flagged_rows_are_kept(state: UnitState) -> None:
    state.set_counts("tickets", "anonymized", {"2024-10": 0, "2024-09": 3})
    assert state.counts("tickets", "anonymized") == {"2024-09": 3, "2024-10": 0}
