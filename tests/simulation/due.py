"""Which rows of an instance a run has to write, by the range of time that it reads."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from tests.simulation.model.clock import reading
from tests.simulation.truth import instants

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_daktela.catalog.fields import Axis, Stream
    from tests.simulation.model.rows import Row

__all__ = ["Range", "children", "lower", "which"]

_FIRST_REAL_TIME = "1000-01-01"


class Range(NamedTuple):
    """Instants from `lower` up to, but without, `upper`."""

    lower: datetime
    upper: datetime


def lower(axis: Axis, bookmark: datetime | None, start: datetime, lookback_days: float) -> datetime:
    """Return where a run begins along `axis`: at `start` or its bookmark, and where rows change later, days before it.

    Looking back does not go behind `start`, unless the bookmark lies there itself.
    """
    if bookmark is None:
        return start
    if not axis.lookback:
        return bookmark
    return max(bookmark - timedelta(days=lookback_days), min(start, bookmark))


def which(stream: Stream, rows: Mapping[int, Row], ranges: Mapping[str, Range], zone: str) -> set[int]:
    """Return the ids of the rows that a run over `ranges` (by the field of each axis) has to write; `rows` are by id.

    A stream without axes is read whole. A time that occurs twice counts by either of its instants, so that what is
    returned has to come, and a row beside may come: times in the hour that occurs twice may repeat.
    """
    if not stream.axes:
        return set(rows)
    return {
        number
        for axis in stream.axes
        if axis.field in ranges
        for number, row in rows.items()
        if _is_due(row, axis, ranges, zone)
    }


def _is_due(row: Row, axis: Axis, ranges: Mapping[str, Range], zone: str) -> bool:
    """Tell whether `axis` brings a row."""
    begin, end = ranges[axis.field]
    if not any(begin <= instant < end for instant in instants(row[axis.field], zone)):
        return False
    if axis.only_where_unset is not None:
        return row[axis.only_where_unset] is None or row[axis.only_where_unset] < _FIRST_REAL_TIME
    if axis.started_before is not None:
        started = row[axis.started_before]
        return started is not None and started < reading(ranges[axis.started_before].lower, ZoneInfo(zone))
    return True


def children(stream: Stream, rows: Mapping[int, Row], parents: Stream, parent_rows: list[Row]) -> set[int]:
    """Return the ids of the rows of a child stream that belong to `parent_rows`, which a run has to read."""
    child = stream.child
    if child is None:
        raise ValueError(f"{stream.name} has no parent")
    field, part = next(column for column in parents.columns if column.name == child.column).paths[0]
    keys = {one[part] for row in parent_rows for one in row[field] if one is not None and part in one}
    return {number for number, row in rows.items() if _key(row[child.filter_field]) in keys}


def _key(relation: object) -> object:
    """Return the key of an embedded record, which may be sent as its bare key."""
    return relation.get("name") if isinstance(relation, dict) else relation
