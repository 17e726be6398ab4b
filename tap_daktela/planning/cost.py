"""What reading costs, reckoned from the number of rows and from one page. docs/scale.md explains the formula."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tap_daktela.planning.pieces import Piece
from tap_daktela.sync.reading.windows import PAGES_AIMED_AT
from tap_daktela.sync.streams.child_sync import PARENTS_AT_A_TIME

DAY = 86_400
"""Seconds."""

OF_EACH_LIST = 3
"""Requests that confirm what was read of a list that has more than a page: the end of the first page, and the whole."""


class Cost(NamedTuple):
    """What reading takes: rows and bytes received, requests, and seconds. None where a total is not known.

    Then `requests` are only those that are certain.
    """

    rows: int | None
    requests: int
    bytes: int | None
    seconds: float | None


def sum_of(costs: Sequence[Cost]) -> Cost:
    """Return what all of `costs` are together; a part of it is None if it is None in one of them."""
    rows, sizes, seconds = ([getattr(one, name) for one in costs] for name in ("rows", "bytes", "seconds"))
    return Cost(_sum(rows), sum(one.requests for one in costs), _sum(sizes), _sum(seconds))


def known_part(costs: Iterable[Cost]) -> Cost:
    """Return the sum of what is known of `costs`."""
    return sum_of([Cost(one.rows or 0, one.requests, one.bytes or 0, one.seconds or 0.0) for one in costs])


@dataclass(frozen=True)
class Pace:
    """How fast an endpoint is, by one page of it.

    - `page_rows`: rows on a full page of the run; `row_bytes`: bytes of the body for each row.
    - `request_seconds`: what the instance needs for a request without rows, `row_seconds` for each row beside that.
    - `work_seconds`: what the tap itself needs for a row.
    - `days`: the days of a window at most; `concurrency`: requests in flight; `per_second`: the cap on requests.
    """

    page_rows: int
    row_bytes: float
    request_seconds: float
    row_seconds: float
    work_seconds: float
    days: float
    concurrency: int
    per_second: float | None = None

    def cost(self, piece: Piece, *, is_whole: bool) -> Cost:
        """Return what a piece costs; `is_whole` for a table without time axes."""
        days = 0.0 if is_whole else (piece.end - piece.start).total_seconds() / DAY
        if piece.rows is None:
            return Cost(None, self.requests(1, days), None, None)
        rows, requests = sum(piece.rows), sum(self.requests(one, days) for one in piece.rows)
        seconds = max(self._waiting(rows, requests), rows * self.work_seconds)
        return Cost(rows, requests, round(rows * self.row_bytes), round(seconds, 2))

    def children_cost(self, piece: Piece) -> Cost:
        """Return what the children of the rows of a piece cost: nobody knows how many there are."""
        days = (piece.end - piece.start).total_seconds() / DAY
        parents = piece.rows or (0,)
        batches = math.ceil(sum(parents) / PARENTS_AT_A_TIME)
        return Cost(None, sum(self.requests(one, days) for one in parents) + batches, None, None)

    def requests(self, rows: int, days: float) -> int:
        """Return the requests for `rows` of one list within `days`, spread evenly."""
        if rows <= self.page_rows:
            return 2
        windows = max(1, math.ceil(days / self.days), math.ceil(rows / (PAGES_AIMED_AT * self.page_rows)))
        # Each page but the first begins with the last row of the page before; the last one is half empty.
        pages = max(1.0, rows / windows / max(1, self.page_rows - 1) + 0.5)
        return math.ceil(windows * pages) + OF_EACH_LIST

    def _waiting(self, rows: int, requests: int) -> float:
        """Return the seconds that the instance needs for all of it."""
        seconds = (requests * self.request_seconds + rows * self.row_seconds) / self.concurrency
        return max(seconds, requests / self.per_second) if self.per_second else seconds


def _sum(parts: Sequence[float | None]) -> "int | None":
    known = [one for one in parts if one is not None]
    return sum(known) if len(known) == len(parts) else None  # type: ignore[return-value]
