"""Reading the rows of an endpoint along all of its time axes."""

from collections.abc import Callable
from typing import NamedTuple

from tap_daktela.catalog.fields import Axis
from tap_daktela.sync.reading.endpoint import Endpoint, ServerQuirks
from tap_daktela.sync.reading.found import ReadRange
from tap_daktela.sync.reading.reader import WindowReader
from tap_daktela.sync.scheduling.steps import Fork, Reading
from tap_daktela.sync.streams.time_ranges import TimeRanges


class AxisEnded(NamedTuple):
    """All windows of an axis were read."""

    axis: Axis


class AxesReader:
    """Reads all of `ranges`, in windows of at most `days`.

    `rows_from` returns a reading of the stream's own rows from a reading of the endpoint's.
    """

    def __init__(
        self, ranges: TimeRanges, endpoint: Endpoint, days: float, rows_from: Callable[[Reading], Reading]
    ) -> None:
        self._ranges = ranges
        self._endpoint = endpoint
        self._days = days
        self._rows_from = rows_from
        self._axes = [axis for axis in ranges.axes if not ranges.is_empty(axis)]
        self._unsure: dict[Axis, ServerQuirks] = {}  # The axes whose first answer was empty, in any order.

    def read(self) -> Reading:
        """Read every axis. If all first answers were empty, one request for all axes together confirms that."""
        are_empty = any((yield Fork([self._along(axis) for axis in self._axes])))
        unsure = [axis for axis in self._axes if axis in self._unsure]
        if are_empty:
            yield from map(AxisEnded, unsure)
        else:
            yield Fork([self._along_again(axis, self._unsure[axis]) for axis in unsure])

    def _along(self, axis: Axis) -> Reading:
        """Read an axis, or add it to the unsure ones. Tell whether a second answer shows that all axes are empty."""
        read: ReadRange = yield from self._rows_from(self._reader(axis).read_all(self._ranges.window(axis)))
        if read.rows:
            yield AxisEnded(axis)
        elif len(self._axes) == 1:
            yield from self._along_again(axis, read.quirks)
        else:
            self._unsure[axis] = read.quirks
            # The last axis asks for all of them. After the Fork, the request would wait for the stream's turn.
            if len(self._unsure) == len(self._axes):
                everything = self._endpoint.get(read.quirks, self._ranges.everything(), (), take=1)
                page = yield from self._endpoint.ask(everything)
                return not page.rows
        return False

    def _along_again(self, axis: Axis, quirks: ServerQuirks) -> Reading:
        yield from self._rows_from(self._reader(axis).confirm_empty(self._ranges.window(axis), quirks))
        yield AxisEnded(axis)

    def _reader(self, axis: Axis) -> WindowReader:
        return WindowReader(self._endpoint, self._ranges.query(axis), self._days)
