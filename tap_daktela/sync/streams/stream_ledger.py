"""What is noted in the ledger of a run about one endpoint."""

from tap_daktela.catalog.fields import Axis, snake
from tap_daktela.sync.context import RunContext
from tap_daktela.sync.ledger import LedgerLine
from tap_daktela.sync.reading.results import Counted, Expected
from tap_daktela.sync.reading.row_range import WindowCounts
from tap_daktela.sync.streams.time_ranges import TimeRanges


class StreamLedger:
    """Notes what is counted of the rows of `stream`, of which `ranges` are read, if the run has a ledger.

    The sum of all lines is what was written, whatever happens but the end of the process.
    """

    def __init__(self, run: RunContext, stream: str, ranges: TimeRanges) -> None:
        self._ledger = run.ledger
        self._now = run.client.clock.now
        self._stream = stream
        self._ranges = ranges
        self._noted = 0  # Rows in all lines.
        self._axes: set[str | None] = set()  # Those with lines that are about all of their rows.
        self._totals: dict[str | None, int | None] = {}  # By the field of the axis.

    def expect(self, expected: Expected) -> None:
        """Keep a total for the case that no range of it is counted, since there are no rows."""
        self._totals[expected.by] = expected.total

    def note(self, counted: Counted, counts: WindowCounts) -> None:
        """Note the `counts` of the rows that were found through the range that was `counted`."""
        window = counted.range.window
        axis = snake(counted.by) if window and counted.by else None
        flag = snake(counted.flag) if counted.flag else None
        if flag is None:
            self._axes.add(axis)
        read_at = counted.read_at or self._now()
        self._add(LedgerLine(self._stream, axis, window, flag, counts, read_at, counted.consistent))

    def end_axis(self, axis: Axis) -> None:
        """Note that there were no rows along an axis, unless some were noted."""
        if axis.name not in self._axes:
            counts, window = WindowCounts(self._totals.get(axis.field)), self._ranges.window(axis)
            self._add(LedgerLine(self._stream, axis.name, window, None, counts, self._now(), settled=True))

    def end(self, written: int, *, is_whole: bool) -> None:
        """Note that the stream ended, and how many of its `written` rows no line has."""
        if written > self._noted or not is_whole:
            rest = WindowCounts(None, written - self._noted)
            self._add(LedgerLine(self._stream, None, None, None, rest, self._now(), settled=False))
        elif not self._ranges.axes and not self._axes:
            counts = WindowCounts(next(iter(self._totals.values()), None))
            self._add(LedgerLine(self._stream, None, None, None, counts, self._now(), settled=True))

    def _add(self, line: LedgerLine) -> None:
        self._noted += line.counts.written
        if self._ledger is not None:
            self._ledger.add(line)
