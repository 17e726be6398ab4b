"""What reading costs, reckoned from rows and from one page."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from tap_daktela.planning.cost import Cost, Pace, sum_of
from tap_daktela.planning.pieces import Piece

START = datetime(2024, 1, 1, tzinfo=timezone.utc)
PACE = Pace(
    first_rows=1000,
    page_rows=1000,
    row_bytes=500.0,
    request_seconds=0.1,
    row_seconds=0.001,
    work_seconds=0.0001,
    days=30,
    concurrency=4,
)


def piece(*rows: int, days: float = 20) -> Piece:
    return Piece(START, START + timedelta(days), rows or None)


@pytest.mark.parametrize(
    ("rows", "days", "requests"),
    [
        (0, 20, 2),
        (1000, 20, 2),
        (5000, 20, 8),
        (50_000, 20, 56),
        (5000, 300, 12),
        (1010, 3000, 4),
        (2000, 3000, 59),
    ],
)
def test_requests_follow_the_rows_and_the_windows(rows: int, days: float, requests: int) -> None:
    assert PACE.cost(piece(rows, days=days)).requests == requests


def test_nothing_is_read_before_the_first_row() -> None:
    begun = replace(PACE, first=START + timedelta(2900))
    assert begun.cost(piece(5000, days=3000)).requests == PACE.cost(piece(5000, days=100)).requests


def test_a_whole_table_has_no_windows() -> None:
    assert replace(PACE, days=None).cost(piece(5000, days=3000)).requests == PACE.cost(piece(5000, days=1)).requests


def test_a_small_first_page_is_one_request_more() -> None:
    long = replace(PACE, first_rows=20, page_rows=200)
    assert long.cost(piece(20)).requests == 2
    assert long.cost(piece(1000)).requests == 9


def test_each_axis_is_read_for_itself() -> None:
    both = PACE.cost(piece(5000, 300))
    assert both.rows == 5300
    assert both.requests == PACE.cost(piece(5000)).requests + 2


def test_bytes_and_seconds_follow_the_page() -> None:
    # (8 requests of 0.1 s and 5000 rows of 0.001 s, four at a time) and 5000 rows of 0.0001 s.
    assert PACE.cost(piece(5000)) == Cost(5000, 8, 2_500_000, 1.95)


def test_a_cap_on_requests_counts() -> None:
    assert replace(PACE, per_second=0.5).cost(piece(5000)).seconds == 16.5


def test_what_is_not_known_is_none() -> None:
    assert PACE.cost(piece()) == Cost(None, 2, None, None)


def test_children_take_a_request_for_fifty_parents() -> None:
    assert PACE.children_cost(piece(5000)) == Cost(None, 8 + 100, None, None)
    assert PACE.children_cost(piece()) == Cost(None, 2, None, None)


def test_a_sum_with_something_unknown_is_unknown() -> None:
    one, unknown = Cost(5, 2, 50, 0.5), Cost(None, 3, None, None)
    assert sum_of([one, one]) == Cost(10, 4, 100, 1.0)
    assert sum_of([one, unknown]) == Cost(None, 5, None, None)
