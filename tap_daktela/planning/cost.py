"""What reading costs, reckoned from the number of rows and from one page. docs/scale.md explains the formula."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from tap_daktela.planning.pieces import Piece
from tap_daktela.sync.reading.pieces import WINDOWS_TOGETHER
from tap_daktela.sync.reading.windows import PAGES_AIMED_AT
from tap_daktela.sync.streams.keyed_rows import KEYS_AT_A_TIME

DAY = 86_400
"""Seconds."""

TOTALS = 2
"""Totals that confirm a list of more than a page: of its first page, and of the whole."""


ONE_BY_ONE = 4
"""Answers of a unit that come one after another: the login, the clock, a first page, and a total at the end."""


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


@dataclass(frozen=True)
class Pace:
    """How fast an endpoint is, by one page of it.

    - `first_rows`: rows on the first page of a list; `page_rows`: on a full one behind it.
    - `row_bytes`: bytes of the body for each row.
    - `request_seconds`: what the instance needs for a request without rows, `row_seconds` for each row beside that.
    - `work_seconds`: what the tap itself needs for a row.
    - `first`: the time of the first row along each axis, as far as it is known: nothing is read before.
    - `days`: the days of a window at most; None for a whole table.
    - `concurrency`: requests in flight; `per_second`: the cap on requests.
    """

    first_rows: int
    page_rows: int
    row_bytes: float
    request_seconds: float
    row_seconds: float
    work_seconds: float
    days: float | None
    concurrency: int
    per_second: float | None = None
    first: datetime | None = None

    def cost(self, piece: Piece) -> Cost:
        """Return what a piece costs."""
        if piece.rows is None:
            return Cost(None, self._requests(1, piece), None, None)
        rows, requests = sum(piece.rows), sum(self._requests(one, piece) for one in piece.rows)
        seconds = self._waiting(rows, requests) + rows * self.work_seconds
        return Cost(rows, requests, round(rows * self.row_bytes), round(seconds, 2))

    def children_cost(self, piece: Piece) -> Cost:
        """Return what the children of the rows of a piece cost: nobody knows how many there are."""
        parents = piece.rows or (0,)
        batches = math.ceil(sum(parents) / KEYS_AT_A_TIME)
        return Cost(None, sum(self._requests(one, piece) for one in parents) + batches, None, None)

    def _requests(self, rows: int, piece: Piece) -> int:
        """Return the requests for `rows` along one axis of a piece, spread evenly."""
        behind = rows - self.first_rows
        if behind <= 0:
            return 2  # The page, and one look behind it.
        days = (piece.end - max(piece.start, self.first or piece.start)).total_seconds() / DAY
        by_length = math.ceil(days * behind / rows / self.days) if self.days else 1
        windows = max(1, by_length, math.ceil(behind / (PAGES_AIMED_AT * self.page_rows)))
        # Each page begins with the last row of the page before, and the last one of a window is half empty.
        pages = max(1.0, behind / windows / max(1, self.page_rows - 1) + 0.5)
        # Windows of one page are confirmed in groups.
        groups = windows // WINDOWS_TOGETHER if pages == 1 else 0
        return 1 + math.ceil(windows * pages) + groups + TOTALS

    def _waiting(self, rows: int, requests: int) -> float:
        """Return the seconds that the instance needs for all of it."""
        seconds = (requests * self.request_seconds + rows * self.row_seconds) / self.concurrency
        return max(seconds, requests / self.per_second) if self.per_second else seconds


def _sum(parts: Sequence[float | None]) -> "int | None":
    known = [one for one in parts if one is not None]
    return sum(known) if len(known) == len(parts) else None  # type: ignore[return-value]
