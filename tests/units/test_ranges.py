"""Ranges of time that were read."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from tap_daktela.units.ranges import joined, months_near, reached


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def day(number: int) -> datetime:
    return datetime(2024, 3, number, tzinfo=timezone.utc)


def test_ranges_that_touch_become_one_and_empty_ones_none() -> None:
    some = [(day(9), day(12)), (day(2), day(4)), (day(4), day(6)), (day(7), day(7)), (day(3), day(5))]
    assert joined(some) == [(day(2), day(6)), (day(9), day(12))]


@pytest.mark.parametrize(("since", "end"), [(2, 6), (1, 1), (5, 6), (6, 6), (8, 8), (9, 12), (12, 12)])
def test_the_cover_ends_at_the_first_gap(since: int, end: int) -> None:
    assert reached([(day(9), day(12)), (day(2), day(4)), (day(4), day(6))], day(since)) == day(end)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2024-02-10", "2024-02-12", ["2024-02"]),
        ("2024-02-01 05:00", "2024-02-12", ["2024-01", "2024-02"]),  # New York: a midnight there.
        ("2024-02-10", "2024-02-29 12:00", ["2024-02", "2024-03"]),
        ("2023-12-31 23:00", "2024-02-28", ["2023-12", "2024-01", "2024-02"]),
        ("2024-01-31", "2024-04-30", ["2024-01", "2024-02", "2024-03", "2024-04"]),
    ],
)
def test_months_in_any_time_zone(start: str, end: str, months: list[str]) -> None:
    assert sorted(months_near([(at(start), at(end))])) == months
