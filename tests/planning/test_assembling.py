"""Pieces of streams become units."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.planning.assembling import Range, Work, packed, units_of
from tap_daktela.planning.cost import Cost
from tap_daktela.planning.pieces import Piece
from tap_daktela.units.unit import Unit

UTC = timezone.utc
WHOLE = Range(
    "https://x.daktela.com",
    datetime(2023, 12, 31, 23, tzinfo=UTC),
    datetime(2024, 6, 1, 10, 30, tzinfo=UTC),
    ZoneInfo("Europe/Prague"),
)
SECONDS = int((WHOLE.end - WHOLE.start).total_seconds())
LIMIT = 100


def work(name: str, *pieces: tuple[int | None, int], more: tuple[str, ...] = ()) -> Work:
    """Return a stream with pieces, each of so many rows that begins so many seconds after the range."""
    starts = [WHOLE.start + timedelta(seconds=begin) for _, begin in pieces]
    costs = [
        (Piece(start, end, None if rows is None else (rows,)), Cost(rows, 3, None if rows is None else 10 * rows, None))
        for (rows, _), start, end in zip(pieces, starts, [*starts[1:], WHOLE.end], strict=True)
    ]
    return Work((name, *more), costs)


def units(*works: Work, newest_first: bool = False) -> list[Unit]:
    return units_of(works, WHOLE, LIMIT, newest_first=newest_first)


sizes = st.one_of(st.none(), st.integers(0, 3 * LIMIT))


@st.composite
def many_works(draw: st.DrawFn) -> list[Work]:
    """Return streams with one piece, or with several of at most LIMIT rows."""
    result = []
    for number in range(draw(st.integers(1, 12))):
        begins = draw(st.sets(st.integers(1, SECONDS - 1), max_size=4))
        if begins:
            rows = draw(st.lists(st.integers(0, LIMIT), min_size=len(begins) + 1, max_size=len(begins) + 1))
            pieces = list(zip(rows, [0, *sorted(begins)], strict=True))
        else:
            pieces = [(draw(sizes), 0)]
        result.append(work(f"stream_{number}", *pieces, more=(f"stream_{number}_statuses",) * (number % 2)))
    return result


@given(many_works(), st.booleans())
def test_the_units_are_all_of_the_work(works: list[Work], newest_first: bool) -> None:
    found = units(*works, newest_first=newest_first)
    ids = [unit.id for unit in found]
    assert len(set(map(str.lower, ids))) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,200}", name) for name in ids)
    spans = defaultdict(list)
    for unit in found:
        assert (unit.url, unit.since) == (WHOLE.url, WHOLE.start)
        for name in unit.streams:
            spans[name].append((unit.start_date, unit.end_date))
        assert Unit.parse(unit.line(), "plan") == unit
    assert set(spans) == {name for one in works for name in one.streams}
    for one in works:
        for name in one.streams:
            tiles = sorted(spans[name])
            assert len(tiles) == len(one.pieces)
            assert tiles[0][0] == WHOLE.start
            assert tiles[-1][1] == WHOLE.end
            assert all(before[1] == behind[0] for before, behind in pairwise(tiles))
    assert sum(unit.rows or 0 for unit in found) == sum(cost.rows or 0 for one in works for _, cost in one.pieces)
    assert sum(unit.requests or 0 for unit in found) == sum(3 for one in works for _ in one.pieces)


@given(st.lists(sizes, max_size=30))
def test_groups_are_few_and_fit(rows: list[int | None]) -> None:
    works = [work(f"stream_{number}", (one, 0)) for number, one in enumerate(rows)]
    groups = packed(works, LIMIT)
    assert sorted(one.streams for group in groups for one in group) == sorted(one.streams for one in works)
    totals = []
    for group in groups:
        found = [one.pieces[0][1].rows for one in group]
        if len(group) > 1:
            assert sum(one or 0 for one in found) <= LIMIT
            assert None not in found
        if None not in found:
            totals.append(sum(one or 0 for one in found))
    # No two groups would fit into one.
    assert all(one + other > LIMIT for one, other in pairwise(sorted(totals)))


def test_what_is_small_comes_first_and_then_the_oldest() -> None:
    works = [
        work("activities", (90, 0), (80, 86_400 * 30), (70, 86_400 * 91), more=("activities_statuses",)),
        work("users", (12, 0)),
        work("tickets", (60, 0), (60, 86_400 * 60 + 3_661)),
        work("queues", (3, 0)),
        work("campaigns", (None, 0)),
    ]
    assert [unit.id for unit in units(*works)] == [
        "small-1",
        "campaigns-all",
        "activities_2024-01-01_2024-01-31",
        "tickets_2024-01-01_2024-03-01T010101",
        "activities_2024-01-31_2024-04-01T010000",
        "tickets_2024-03-01T010101_2024-06-01T123000",
        "activities_2024-04-01T010000_2024-06-01T123000",
    ]
    small, unknown, *_ = units(*works)
    assert small.streams == ("users", "queues")
    assert (small.rows, small.requests, small.bytes) == (15, 6, 150)
    assert (unknown.rows, unknown.requests, unknown.bytes) == (None, 3, None)
    assert [unit.id for unit in units(*works, newest_first=True)] == [
        "small-1",
        "campaigns-all",
        "activities_2024-04-01T010000_2024-06-01T123000",
        "tickets_2024-03-01T010101_2024-06-01T123000",
        "activities_2024-01-31_2024-04-01T010000",
        "tickets_2024-01-01_2024-03-01T010101",
        "activities_2024-01-01_2024-01-31",
    ]


def test_nothing_is_no_unit() -> None:
    assert units() == []
