"""Pieces of streams become units: small streams together, large ones window by window, in a useful order. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tap_daktela.planning.cost import Cost, sum_of
from tap_daktela.planning.pieces import Piece
from tap_daktela.units.unit import Unit


class Work(NamedTuple):
    """What is read of one endpoint: the `streams` made of its rows, and its pieces, each with its cost.

    A single piece is the whole range, or a whole table.
    """

    streams: tuple[str, ...]
    pieces: Sequence[tuple[Piece, Cost]]


class Range(NamedTuple):
    """The whole backfill: of the instance at the base URL `url`, from `start` to `end` (UTC); `zone` is its clock's."""

    url: str
    start: datetime
    end: datetime
    zone: ZoneInfo


def units_of(
    works: Sequence[Work], whole: Range, limit: int, *, newest_first: bool, begin_seconds: float = 0.0
) -> list[Unit]:
    """Return all `works` as units of at most `limit` rows: whole tables and small streams first, then by time.

    Each takes `begin_seconds` besides its rows.
    """
    small = [work for work in works if len(work.pieces) == 1]
    together = [_together(group, number, whole) for number, group in enumerate(packed(small, limit), start=1)]
    windows = [
        _unit(f"{work.streams[0]}_{_span(piece, whole.zone)}", work.streams, piece, cost, whole)
        for work in works
        if len(work.pieces) > 1
        for piece, cost in work.pieces
    ]
    if newest_first:
        windows.sort(key=lambda unit: unit.end_date, reverse=True)
    else:
        windows.sort(key=lambda unit: unit.start_date)
    return [
        replace(unit, seconds=None if unit.seconds is None else round(unit.seconds + begin_seconds, 2))
        for unit in [*together, *windows]
    ]


def packed(works: Sequence[Work], limit: int) -> list[list[Work]]:
    """Return groups of `works` with at most `limit` rows together, each in their order. Unknown ones stand alone."""
    rows = [work.pieces[0][1].rows for work in works]
    groups: list[list[int]] = []
    room: list[int] = []
    for place in sorted(range(len(works)), key=lambda place: -(rows[place] or 0)):
        size = limit if rows[place] is None else rows[place] or 0
        fitting = next((number for number, left in enumerate(room) if size <= left), None)
        if rows[place] is None or fitting is None:
            groups.append([place])
            room.append(-1 if rows[place] is None else limit - size)
        else:
            groups[fitting].append(place)
            room[fitting] -= size
    return [[works[place] for place in sorted(group)] for group in sorted(groups, key=min)]


def _together(group: Sequence[Work], number: int, whole: Range) -> Unit:
    streams = tuple(name for work in group for name in work.streams)
    piece = Piece(whole.start, whole.end, None)
    # No stream has a hyphen in its name.
    name = f"{group[0].streams[0]}-all" if len(group) == 1 else f"small-{number}"
    return _unit(name, streams, piece, sum_of([cost for work in group for _, cost in work.pieces]), whole)


def _unit(name: str, streams: tuple[str, ...], piece: Piece, cost: Cost, whole: Range) -> Unit:
    return Unit(name, whole.url, streams, whole.start, piece.start, piece.end, *cost)


def _span(piece: Piece, zone: ZoneInfo) -> str:
    """Return a range by the instance's clock, as `2024-01-01_2024-03-01`, with times where they are no midnights."""
    return "_".join(_text(instant.astimezone(zone)) for instant in piece[:2])


def _text(local: datetime) -> str:
    text = local.strftime("%Y-%m-%dT%H%M%S")
    return text.removesuffix("T000000")
