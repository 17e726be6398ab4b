"""Which rows of a stream belong to a time axis, and which of them to a range of instants. Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tap_daktela.catalog.fields import Axis, Stream
from tap_daktela.daktela import clock
from tap_daktela.daktela.query import Filter, all_of, any_of, where
from tap_daktela.sync.reading.row_range import RowQuery
from tap_daktela.sync.reading.windows import Window

ZERO_DATE_END = "1000-01-01 00:00:00"
"""Daktela V6 API: a date that was never set may be null or `0000-00-00 00:00:00`. Real dates are later than this."""


def axis_query(stream: Stream, axis: Axis, wanted: Filter | None, begun: str) -> RowQuery:
    """Return the query for the rows of `stream` that pass `wanted` and belong to `axis`, at any time.

    `begun` is the wall-clock time from which rows are read by their own time: an axis with `started_before` has only
    rows that are older.
    """
    if axis.only_where_unset is not None:
        never = any_of(where(axis.only_where_unset, "isnull"), where(axis.only_where_unset, "lt", ZERO_DATE_END))
        wanted = all_of(wanted, never)
    if axis.started_before is not None:
        wanted = all_of(wanted, where(axis.started_before, "lt", begun))
    return RowQuery(stream.name, axis.field, stream.key_field, wanted)


def window_between(start: datetime, end: datetime, zone: ZoneInfo) -> Window:
    """Return the window that holds every reading of a clock in `zone` from `start` to `end` (aware, exclusive)."""
    return Window(clock.lower_text(start, zone), clock.upper_text(end, zone))
