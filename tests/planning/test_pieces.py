"""A range becomes windows of a bounded number of rows, with few totals."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from tap_daktela.planning.borders import borders
from tap_daktela.planning.pieces import Piece, Span, cutting, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PRAGUE = ZoneInfo("Europe/Prague")
START = datetime(2024, 10, 1, tzinfo=timezone.utc)
"""The hour that comes twice lies 26 days behind it."""


class Axes:
    """Counts rows whose times along two axes are seconds after START; `asked` are the ranges, each a round."""

    def __init__(self, *axes: Sequence[int]) -> None:
        self.axes = [sorted(axis) for axis in axes]
        self.asked: list[list[Span]] = []

    def count(self, span: Span) -> tuple[int, ...]:
        """Return the rows of a range along each axis."""
        begin, end = ((one - START).total_seconds() for one in span)
        return tuple(bisect_left(axis, end) - bisect_left(axis, begin) for axis in self.axes)

    def cut(
        self, seconds: int, limit: int, answer: Callable[[Span], tuple[int, ...] | None] | None = None
    ) -> list[Piece]:
        """Return the pieces of the first `seconds`."""
        span = START, START + timedelta(seconds=seconds)
        reading = cutting(Piece(*span, self.count(span)), limit, PRAGUE)
        try:
            spans = next(reading)
            while True:
                self.asked.append(spans)
                spans = reading.send([(answer or self.count)(one) for one in spans])
        except StopIteration as end:
            found: list[Piece] = end.value
            return found


def check(pieces: Sequence[Piece], seconds: int) -> None:
    """Check that `pieces` are the first `seconds`, without gap or overlap."""
    assert pieces[0].start == START
    assert pieces[-1].end == START + timedelta(seconds=seconds)
    assert all(one.end == other.start for one, other in pairwise(pieces))
    assert all(one.start < one.end for one in pieces)


times = st.lists(st.one_of(st.integers(0, 5_000_000), st.integers(2_246_000, 2_254_000)), max_size=150)


@given(times, times, st.integers(1, 40), st.integers(1, 5_100_000))
def test_pieces_tile_the_range_and_are_small(one: list[int], other: list[int], limit: int, seconds: int) -> None:
    axes = Axes(one, other)
    cut = axes.cut(seconds, limit)
    for pieces in (cut, joined(cut, limit)):
        check(pieces, seconds)
        assert [piece.rows for piece in pieces] == [axes.count((piece.start, piece.end)) for piece in pieces]
        large = [piece for piece in pieces if (piece.total or 0) > limit]
        # What is too large has no place for a border: a second, or the hours that the clock shows twice.
        assert all(borders(piece.start, piece.end, 2, PRAGUE) == [] for piece in large)


@example([50, 50], 100)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=40), st.integers(1, 80))
def test_joined_pieces_are_few_and_even(sizes: list[int], limit: int) -> None:
    pieces = [
        Piece(START + timedelta(number), START + timedelta(number + 1), (size,)) for number, size in enumerate(sizes)
    ]
    result = joined(pieces, limit)
    check(result, len(sizes) * 86_400)
    assert sum(piece.total or 0 for piece in result) == sum(sizes)
    # From left to right, as full as possible: nobody needs fewer.
    fewest, room = 0, -1
    for size in sizes:
        if size > room:
            fewest, room = fewest + 1, limit
        room -= size
    assert len(result) == fewest
    # A smaller bound would give more pieces.
    small = [piece.total or 0 for piece in result if (piece.total or 0) <= limit]
    largest = max(small, default=0)
    if largest > max((size for size in sizes if size <= limit), default=0):
        assert len(joined(pieces, largest - 1)) > fewest


def test_even_rows_take_one_round_and_less_than_one_total_a_piece() -> None:
    axes = Axes(range(0, 86_400 * 365, 60))
    pieces = joined(axes.cut(86_400 * 365, 50_000), 50_000)
    assert len(axes.asked) == 1
    assert len(axes.asked[0]) + 1 == len(pieces) == 13
    assert all(piece.start.astimezone(PRAGUE).hour == 0 for piece in pieces[1:])


def test_growing_rows_take_about_two_totals_a_piece_and_pieces_are_about_equal() -> None:
    axes = Axes([int(86_400 * 730 * (number / 200_000) ** 0.5) for number in range(200_000)])
    pieces = joined(axes.cut(86_400 * 730, 10_000), 10_000)
    assert sum(map(len, axes.asked)) <= 2 * len(pieces)
    sizes = [piece.total or 0 for piece in pieces]
    assert len(pieces) <= 30
    assert min(sizes) > 0.45 * max(sizes)


def test_a_second_with_too_many_rows_stays_alone() -> None:
    axes = Axes([*range(0, 1000, 10), *[500] * 400])
    pieces = joined(axes.cut(1000, 50), 50)
    [large] = [piece for piece in pieces if (piece.total or 0) > 50]
    assert (large.start, large.end) == (START + timedelta(seconds=500), START + timedelta(seconds=501))


def test_the_hours_that_come_twice_stay_whole() -> None:
    autumn = int((datetime(2024, 10, 27, 0, tzinfo=timezone.utc) - START).total_seconds())
    axes = Axes([autumn + 36 * number for number in range(200)])
    pieces = axes.cut(autumn + 86_400, 20)
    [large] = [piece for piece in pieces if (piece.total or 0) > 20]
    assert large.start == START + timedelta(seconds=autumn)
    assert large.end == large.start + timedelta(hours=2)


def test_a_stream_that_fits_is_not_asked_about() -> None:
    axes = Axes(range(100))
    assert axes.cut(100, 100) == [Piece(START, START + timedelta(seconds=100), (100,))]
    assert axes.asked == []


def test_parts_without_a_total_stay_together() -> None:
    axes = Axes(range(1000))
    assert [piece.total for piece in axes.cut(1000, 100, lambda _: None)] == [1000]
    assert len(axes.asked) == 1


def test_a_server_that_tells_the_same_total_always_is_not_asked_for_ever() -> None:
    axes = Axes(range(100_000))
    assert [piece.total for piece in axes.cut(100_000, 100, lambda _: (100_000,))] == [100_000]
    assert len(axes.asked) == 1


def test_rows_that_move_meanwhile_leave_no_negative_rest() -> None:
    axes = Axes(range(1000))
    pieces = axes.cut(1000, 600, lambda _: (520,))
    assert [piece.total for piece in pieces] == [520, 480]
    assert [piece.total for piece in axes.cut(1000, 600, lambda _: (1001,))][-1] == 0
