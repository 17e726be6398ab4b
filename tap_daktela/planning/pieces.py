"""A range of time becomes windows of a bounded number of rows, found with few totals. Pure: whoever drives it asks."""

from bisect import bisect_left
from collections.abc import Generator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tap_daktela.planning.borders import borders, parts_for

SHARE = 0.85
"""Parts are cut to have this much of the limit, if rows are spread evenly. Few of them must then be cut again."""

MOVED = 1.1
"""Rows may move while totals are asked for. More than so many times the rows of the whole are a contradiction."""

Span = tuple[datetime, datetime]
"""A range of instants (UTC), from the first to before the second."""


class Piece(NamedTuple):
    """A range of instants (UTC), `end` excluded, and how many rows lie in it along each time axis.

    `rows` is None where that is not known.
    """

    start: datetime
    end: datetime
    rows: tuple[int, ...] | None

    @property
    def total(self) -> int | None:
        """The rows along all axes."""
        return None if self.rows is None else sum(self.rows)


Cutting = Generator[list[Span], Sequence[tuple[int, ...] | None], list[Piece]]
"""It yields ranges, is sent the rows of each along each axis (None: not known), and returns pieces."""


def cutting(whole: Piece, limit: int, zone: ZoneInfo) -> Cutting:
    """Cut `whole` into pieces of at most `limit` rows, in order, without gap or overlap.

    A piece stays larger if it has no place for a border, or if the rows of its parts are unknown or contradict it.
    """
    pieces, final = [whole], set[Piece]()
    while True:
        cuts = {piece: _spans(piece, limit, zone) for piece in pieces if piece not in final}
        cuts = {piece: spans for piece, spans in cuts.items() if len(spans) > 1}
        if not cuts:
            return pieces
        # The last part has what the others leave.
        counted = iter((yield [span for spans in cuts.values() for span in spans[:-1]]))
        now: list[Piece] = []
        for piece in pieces:
            spans = cuts.get(piece, [])
            parts = _parts(piece, spans, [next(counted) for _ in spans[:-1]])
            if spans and len(parts) == 1:
                final.add(piece)
            now += parts
        pieces = now


def _spans(piece: Piece, limit: int, zone: ZoneInfo) -> list[Span]:
    """Return the parts into which a piece is to be cut; one or none if it stays as it is."""
    if piece.total is None or piece.total <= limit:
        return []
    count = parts_for(piece.total, limit, SHARE)
    return list(pairwise([piece.start, *borders(piece.start, piece.end, count, zone), piece.end]))


def _parts(piece: Piece, spans: Sequence[Span], counted: Sequence[tuple[int, ...] | None]) -> list[Piece]:
    known = [rows for rows in counted if rows is not None]
    if piece.rows is None or not known or len(known) < len(counted):
        return [piece]
    sums = [sum(axis) for axis in zip(*known, strict=True)]
    if sum(sums) > MOVED * sum(piece.rows):
        return [piece]
    last = tuple(max(0, rows - found) for rows, found in zip(piece.rows, sums, strict=True))
    return [Piece(*span, rows) for span, rows in zip(spans, [*known, last], strict=True)]


def joined(pieces: Sequence[Piece], limit: int) -> list[Piece]:
    """Join neighbours into as few pieces of at most `limit` rows as possible, and these about equal.

    A piece that has more rows stays alone.
    """
    fewest = len(_joined(pieces, limit))
    small = [piece.total or 0 for piece in pieces if (piece.total or 0) <= limit]
    # The smallest bound that gives no more pieces leaves no nearly empty rest.
    bounds = range(max(small, default=limit), limit)
    place = bisect_left(bounds, True, key=lambda bound: len(_joined(pieces, bound)) <= fewest)
    return _joined(pieces, bounds[place] if place < len(bounds) else limit)


def _joined(pieces: Sequence[Piece], bound: int) -> list[Piece]:
    result: list[Piece] = []
    for piece in pieces:
        before = result[-1] if result else None
        if before is None or before.rows is None or piece.rows is None or sum(before.rows + piece.rows) > bound:
            result.append(piece)
        else:
            rows = tuple(one + other for one, other in zip(before.rows, piece.rows, strict=True))
            result[-1] = Piece(before.start, piece.end, rows)
    return result
