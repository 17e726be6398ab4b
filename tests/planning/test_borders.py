"""Where a range of time may be cut."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.daktela import clock
from tap_daktela.planning.borders import borders, is_clean

PRAGUE = ZoneInfo("Europe/Prague")
AUTUMN = datetime(2024, 10, 27, 0, 0, tzinfo=timezone.utc)
"""02:00 in Prague for the first time; an hour later the clock shows it again."""
HOUR = timedelta(hours=1)

zones = st.sampled_from([PRAGUE, *map(ZoneInfo, ("UTC", "America/Havana", "Australia/Lord_Howe", "Asia/Beirut"))])
instants = st.one_of(
    st.datetimes(datetime(2015, 1, 1), datetime(2026, 1, 1), timezones=st.just(timezone.utc)),  # noqa: DTZ001
    st.integers(-4 * 3600, 4 * 3600).map(lambda seconds: AUTUMN + timedelta(seconds=seconds)),
).map(lambda instant: instant.replace(microsecond=0))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[arg-type,misc]


@given(instants, st.one_of(st.integers(1, 20_000), st.integers(1, 10**8)), st.integers(1, 40), zones)
def test_borders_separate_rows_by_their_text(start: datetime, seconds: int, count: int, zone: ZoneInfo) -> None:
    end = start + timedelta(seconds=seconds)
    found = borders(start, end, count, zone)
    assert len(found) <= min(count, seconds) - 1
    assert all(one < other for one, other in pairwise([start, *found, end]))
    for border in found:
        assert border.microsecond == 0
        before, behind = clock.upper_text(border, zone), clock.lower_text(border, zone)
        assert before == behind, f"{border} lies in time that the clock shows twice"


def test_long_parts_begin_at_midnights() -> None:
    found = borders(utc(2024, 1, 1, 5), utc(2024, 12, 31, 7), 4, PRAGUE)
    assert [one.astimezone(PRAGUE).strftime("%Y-%m-%d %H:%M:%S") for one in found] == [
        "2024-04-02 00:00:00",
        "2024-07-02 00:00:00",
        "2024-10-01 00:00:00",
    ]


def test_short_parts_are_even() -> None:
    assert borders(utc(2024, 1, 1), utc(2024, 1, 3), 4, PRAGUE) == [
        utc(2024, 1, 1, 12),
        utc(2024, 1, 2),
        utc(2024, 1, 2, 12),
    ]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param(AUTUMN - HOUR, AUTUMN + 3 * HOUR, [AUTUMN + 2 * HOUR], id="the middle is 02:00 again: 03:00"),
        pytest.param(AUTUMN - HOUR, AUTUMN + 2 * HOUR, [AUTUMN], id="it ends at 03:00: 02:00 is left"),
        pytest.param(AUTUMN, AUTUMN + 2 * HOUR, [], id="nothing else: it stays whole"),
    ],
)
def test_no_border_lies_in_the_hour_that_comes_twice(start: datetime, end: datetime, expected: list[datetime]) -> None:
    assert borders(start, end, 2, PRAGUE) == expected


def test_a_time_that_comes_once_is_clean() -> None:
    assert [is_clean(AUTUMN + number * HOUR / 2, PRAGUE) for number in range(-1, 6)] == [
        *(True, True),
        *(False, False, False),
        *(True, True),
    ]


def test_a_second_is_not_cut() -> None:
    assert borders(utc(2024, 1, 1), utc(2024, 1, 1, 0, 0, 1), 5, PRAGUE) == []
