"""How many rows a stream has: asked for in advance, or told by the first page of each time axis."""

from tap_daktela.daktela.query import Filter, Query
from tap_daktela.sync.reading.endpoint import Endpoint
from tap_daktela.sync.reading.results import Expected
from tap_daktela.sync.streams.time_ranges import TimeRanges
from tap_daktela.sync.telling.how_far import StreamProgress
from tap_daktela.sync.telling.totals import TotalQuestion


class StreamTotals:
    """Finds out the total of `progress`, of what is read from `endpoint` along the axes of `ranges`.

    `wanted` is the filter of a stream without axes.
    """

    def __init__(self, progress: StreamProgress, endpoint: Endpoint, ranges: TimeRanges, wanted: Filter | None) -> None:
        self._progress = progress
        self._request = endpoint.request
        self._ranges = ranges
        self._wanted = wanted
        self._told: dict[str | None, int | None] = {}  # By axis.

    def question(self, any_field: str) -> TotalQuestion:
        """Return what to ask for the total. `any_field` is requested of rows that have no key."""
        ranges = self._ranges
        wanted = [ranges.query(axis).within(ranges.window(axis)) for axis in ranges.axes if not ranges.is_over(axis)]
        if not ranges.axes:
            wanted = [self._wanted]
        fields = (self._request.key or any_field,)
        return TotalQuestion(self._progress, self._request.names, [Query(one, (), fields, 1) for one in wanted])

    def note(self, expected: Expected) -> None:
        """Note the total of one axis. The total of the stream is known once every axis has one."""
        self._told[expected.by] = expected.total
        axes = [axis for axis in self._ranges.axes if not self._ranges.is_over(axis)]
        known = [total for total in self._told.values() if total is not None]
        if self._progress.total is None and len(known) == max(1, len(axes)):
            self._progress.total = sum(known)
