"""Rows on an even grid of time, of which a filter picks ranges of numbers: nothing is searched, whatever is asked.

Row `i` of `rows` lies at second `i * seconds // rows` of a period. Its key grows with its number, and its other time
lies a fixed while after the first, so that every order that can be asked for is the order of the numbers.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from benchmarks import since
from tap_daktela.sandbox.api.list_request import BadRequestError, FilterCondition, FilterNode

DELAYS = {"time": 0, "time_close": 600}
"""The time fields that can be asked for, with their seconds after the first one."""

_DELAYS = [(field.encode(), delay) for field, delay in DELAYS.items()]
_ZERO = datetime(1970, 1, 1, tzinfo=timezone.utc)
_DAY = 86_400
_CLOCK = [b" %02d:%02d:%02d" % (s // 3600, s // 60 % 60, s % 60) for s in range(_DAY)]
_DAYS = [(_ZERO + timedelta(days=day)).strftime("%Y-%m-%d").encode() for day in range(366 * 60)]

Ranges = list[tuple[int, int]]
"""Half-open ranges of row numbers, in order and apart from each other."""


class Grid:
    """So many rows in so many days."""

    def __init__(self, rows: int, days: int) -> None:
        self.rows = rows
        self._seconds = days * _DAY
        self._start = (since(days) - _ZERO.date()).days * _DAY

    def values(self, number: int) -> dict[bytes, bytes]:
        """Return what makes a row itself: its key and its times."""
        second = self._start + number * self._seconds // self.rows
        result = {b"name": b"activities_%022d" % number}
        for field, delay in _DELAYS:
            day, clock = divmod(second + delay, _DAY)
            result[field] = _DAYS[day] + _CLOCK[clock]
        return result

    def ranges(self, node: FilterNode | None) -> Ranges:
        """Return the rows that pass a filter. BadRequestError if it asks for what this server does not know."""
        if node is None:
            return [(0, self.rows)]
        if isinstance(node, FilterCondition):
            return self._passing(node)
        parts = [self.ranges(part) for part in node.parts]
        return _union(parts) if node.logic == "or" else _common(parts)

    def _passing(self, condition: FilterCondition) -> Ranges:
        if condition.operator == "isnull":
            return []
        if condition.operator == "in":
            return _union([self._passing(FilterCondition(condition.field, "eq", (one,))) for one in condition.values])
        [value] = condition.values or ("",)
        below, upto = self._first(condition.field, value)
        bounds = {
            "lt": (0, below), "lte": (0, upto), "gte": (below, self.rows), "gt": (upto, self.rows), "eq": (below, upto),
        }  # fmt: skip
        if condition.operator not in bounds:
            raise BadRequestError(f"the benchmark's server has no operator {condition.operator}")
        low, high = bounds[condition.operator]
        return [(low, high)] if low < high else []

    def _first(self, field: str, value: str) -> tuple[int, int]:
        """Return how many rows lie below `value`, and how many at or below it."""
        if field == "name":
            number = int(value.rpartition("_")[2])
            return self._within(number), self._within(number + 1)
        if field not in DELAYS:
            raise BadRequestError(f"the benchmark's server cannot filter by {field}")
        moment = datetime.fromisoformat(value).replace(tzinfo=timezone.utc)
        second = int((moment - _ZERO).total_seconds()) - self._start - DELAYS[field]
        # The first number whose second is not below: the next whole one of second * rows / seconds.
        below, upto = (self._within(-(-one * self.rows // self._seconds)) for one in (second, second + 1))
        return below, upto

    def _within(self, number: int) -> int:
        return min(max(number, 0), self.rows)


def cut(ranges: Ranges, skip: int, take: int) -> list[int]:
    """Return the numbers of a slice of the rows."""
    numbers: list[int] = []
    for low, high in ranges:
        first = low + skip
        numbers += range(first, min(high, first + take - len(numbers)))
        skip = max(0, skip - (high - low))
    return numbers


def _union(parts: list[Ranges]) -> Ranges:
    result: Ranges = []
    for low, high in sorted(one for part in parts for one in part):
        if result and low <= result[-1][1]:
            result[-1] = result[-1][0], max(high, result[-1][1])
        else:
            result.append((low, high))
    return result


def _common(parts: list[Ranges]) -> Ranges:
    result, *others = parts
    for other in others:
        overlaps = [(max(a, c), min(b, d)) for a, b in result for c, d in other]
        result = [(low, high) for low, high in overlaps if low < high]
    return result
