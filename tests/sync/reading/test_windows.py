"""Windows: no gap, no overlap, small enough."""

# ruff: noqa: DTZ001 - a wall clock has no zone

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.sync.reading.windows import Window, cut, fits, instant_before, next_second, pieces

DAY = Window("2024-01-01 00:00:00", "2024-01-02 00:00:00")
moments = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda moment: moment.replace(microsecond=0))
lengths = st.integers(1, 10**8)


def window(start: datetime, seconds: int) -> Window:
    return Window(start.isoformat(" "), (start + timedelta(seconds=seconds)).isoformat(" "))


def check(whole: Window, parts: list[Window]) -> None:
    """Check that `parts` are `whole`, cut."""
    assert parts[0].lower == whole.lower
    assert parts[-1].upper == whole.upper
    assert all(one.upper == other.lower for one, other in pairwise(parts))
    assert all(part.lower < part.upper for part in parts)


@given(moments, lengths, st.integers(1, 50))
def test_pieces_are_the_whole(start: datetime, seconds: int, count: int) -> None:
    whole = window(start, seconds)
    parts = pieces(whole, count)
    check(whole, parts)
    assert len(parts) == min(count, seconds)
    sizes = [part.seconds for part in parts]
    assert max(sizes) - min(sizes) <= 1


@given(moments, st.integers(1, 10**6), st.sampled_from([0.001, 0.01, 1.0, 30.0]), st.integers(0, 10**5))
def test_a_plan_is_the_whole_in_windows_that_are_short_enough(
    start: datetime, seconds: int, days: float, rows: int
) -> None:
    whole = window(start, seconds)
    parts = cut(whole, days, rows, 8000)
    check(whole, parts)
    assert all(fits(part, days) for part in parts)
    assert len(parts) <= max(math.ceil(seconds / math.ceil(days * 86_400)), math.ceil(rows / 8000), 1)


@pytest.mark.parametrize(
    ("days", "rows", "count"),
    [
        (30, 0, 1),
        (1, 0, 1),
        (0.5, 0, 2),
        (0.1, 0, 10),
        (30, 8000, 1),
        (30, 8001, 2),
        (30, 80_000, 10),
        (0.5, 80_000, 10),
        (0.1, 16_000, 10),
    ],
)
def test_how_many_windows(days: float, rows: int, count: int) -> None:
    assert len(cut(DAY, days, rows, 8000)) == count


@pytest.mark.parametrize("upper", ["2024-01-01 00:00:00", "2023-12-31 00:00:00"])
def test_an_empty_window_has_no_pieces(upper: str) -> None:
    empty = Window("2024-01-01 00:00:00", upper)
    assert empty.seconds <= 0
    assert pieces(empty, 3) == cut(empty, 30, 5000, 1000) == []


def test_no_window_is_shorter_than_a_second() -> None:
    assert pieces(Window("2024-01-01 00:00:00", "2024-01-01 00:00:02"), 10) == [
        Window("2024-01-01 00:00:00", "2024-01-01 00:00:01"),
        Window("2024-01-01 00:00:01", "2024-01-01 00:00:02"),
    ]


@pytest.mark.parametrize(
    ("text", "following"),
    [("2024-12-31 23:59:59", "2025-01-01 00:00:00"), ("2024-02-28 23:59:59", "2024-02-29 00:00:00")],
)
def test_the_next_second(text: str, following: str) -> None:
    assert next_second(text) == following


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-01-01 12:00:00", "2024-01-01 11:00:00"),
        ("2024-10-27 02:30:00", "2024-10-27 00:30:00"),  # read twice
        ("2024-03-31 02:30:00", "2024-03-31 00:30:00"),  # left out
        ("2024-03-31 03:00:00", "2024-03-31 01:00:00"),
    ],
)
def test_the_instant_before_which_no_clock_shows_a_text(text: str, utc: str) -> None:
    found = instant_before(text, ZoneInfo("Europe/Prague"))
    assert found == datetime.fromisoformat(utc).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(("seconds", "days", "good"), [(86_400, 1, True), (86_401, 1, False), (43_200, 0.5, True)])
def test_a_day_has_86_400_seconds(seconds: int, days: float, good: bool) -> None:
    upper = (datetime(2024, 1, 1) + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S")
    window = Window("2024-01-01 00:00:00", upper)
    assert fits(window, days) is good
    assert len(cut(window, days, 0, 1)) == (1 if good else 2)
