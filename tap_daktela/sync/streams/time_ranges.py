"""The time ranges that one run reads of a stream, the filters, and the bookmarks, which move as ranges are written."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from tap_daktela.catalog.fields import Axis, Stream
from tap_daktela.daktela import clock
from tap_daktela.daktela.query import Filter, any_of
from tap_daktela.errors import ClockError
from tap_daktela.sync.context import RunContext
from tap_daktela.sync.reading import windows
from tap_daktela.sync.reading.row_range import RowQuery
from tap_daktela.sync.reading.windows import Window
from tap_daktela.sync.streams.axis_queries import axis_query, window_between

LOGGER = logging.getLogger(__name__)

AHEAD = timedelta(days=1)
"""A range that begins this long after its end comes from a mistake in `start_date` or in the state."""


class TimeRanges:
    """The windows, filters and bookmarks for `stream`, whose time axes are those of `timed` (itself, or its parent).

    `names` are the streams that are made of its rows; each has bookmarks of its own.
    """

    def __init__(self, run: RunContext, stream: Stream, timed: Stream, names: Sequence[str]) -> None:
        self._run = run
        self._stream = stream
        self.axes = timed.axes
        self._timed = timed
        self._names = names
        self._log = logging.LoggerAdapter(LOGGER, {"stream_name": stream.name})
        self._windows: dict[Axis, Window] = {}
        self._read_to: dict[Axis, str] = {}

    def lower(self, axis: Axis) -> datetime:
        """Return the instant (UTC) at which reading along `axis` begins: the earliest bookmark, or `start_date`."""
        run = self._run
        start, marks = run.start, [self._bookmark(name, axis) for name in self._names]
        known = [mark for mark in marks if mark is not None]
        if not known:
            return start
        earliest = min(known)
        if axis.lookback:
            earliest = max(earliest - timedelta(days=run.settings.lookback_days), min(start, earliest))
        return earliest if len(known) == len(marks) else min(start, earliest)

    def _bookmark(self, name: str, axis: Axis) -> datetime | None:
        """Return where `name` goes on along `axis`; None for the beginning, which is also where FULL_TABLE starts."""
        child = self._stream.child
        return None if child is not None and child.whole else self._run.state.bookmark(name, axis.name)

    def window(self, axis: Axis) -> Window:
        """Return the window to read along `axis`. It stays the same during a run, although bookmarks move."""
        if axis not in self._windows:
            self._windows[axis] = window_between(self.lower(axis), self._run.bound, self._run.zone)
        return self._windows[axis]

    def query(self, axis: Axis) -> RowQuery:
        """Return the query for the rows along an axis."""
        wanted = self._run.settings.filters.get(self._timed.name)
        return axis_query(self._timed, axis, wanted, self._begun(axis))

    def _begun(self, axis: Axis) -> str:
        """Return the wall-clock time from which rows are read by their own time: in a unit, by all units together."""
        unit = self._run.unit
        if unit is not None:
            return clock.lower_text(unit.since, self._run.zone)
        first = next((other for other in self.axes if other.field == axis.started_before), axis)
        return self.window(first).lower

    def everything(self) -> Filter | None:
        """Return the filter for all axes together. One request then shows whether there is anything to read."""
        return any_of(*(self.query(axis).within(self.window(axis)) for axis in self.axes))

    def is_over(self, axis: Axis) -> bool:
        """Tell whether nothing is left to read along `axis`."""
        return self.window(axis).seconds <= 0

    def is_empty(self, axis: Axis) -> bool:
        """Tell whether the window is empty, and log it: as a warning if only a mistake can explain it."""
        lower, bound = self.lower(axis), self._run.bound
        if lower < bound:
            return False
        level = logging.WARNING if lower - bound > AHEAD else logging.INFO
        text = "%s: nothing to read along %s: it is to begin at %s, which is not before %s"
        self._log.log(level, text, self._stream.name, axis.name, clock.utc_text(lower), clock.utc_text(bound))
        return True

    def refuse_bookmarks_ahead(self) -> None:
        """Raise a ClockError if a bookmark is later than the server's clock: one of the two is wrong."""
        for name in self._names:
            for axis in self.axes:
                mark = self._run.state.bookmark(name, axis.name)
                now = self._run.server_now
                if mark is not None and mark > now + clock.TOLERANCE:
                    raise ClockError(
                        f"the bookmark '{axis.name}' of '{name}' is {clock.utc_text(mark)}, which is after the clock "
                        f"of the instance, {clock.utc_text(now)}: one of the two was wrong. If it was the clock in an "
                        "earlier run, set the bookmark back to before that run"
                    )

    def mark_written(self, axis: Axis, window: Window) -> bool:
        """Note that all rows of `window` are written. Tell whether bookmarks may move to its end.

        They may not while an earlier window is open, or if they are already further on.
        """
        reached = self._read_to.get(axis, self.window(axis).lower)
        may_move = window.lower <= reached < window.upper
        if may_move:
            self._read_to[axis] = window.upper
        return may_move

    def move_bookmarks(self, axis: Axis, upto: str | None) -> None:
        """Move the bookmarks of `axis` to the wall-clock time `upto` (None: the end of the run) and write the state."""
        bound = self._run.bound
        instant = bound if upto is None else min(bound, windows.instant_before(upto, self._run.zone))
        for name in self._names:
            self._run.state.advance(name, axis.name, instant)
        self._run.write_state()

    def goes_on(self, name: str) -> bool:
        """Tell whether `name` goes on from a bookmark, so that `start_date` does not count for it."""
        return any(self._bookmark(name, axis) is not None for axis in self.axes)

    def reached(self, name: str) -> datetime | None:
        """Return the instant (UTC) up to which `name` is written along every axis that has a bookmark."""
        marks = [self._run.state.bookmark(name, axis.name) for axis in self.axes]
        return min((mark for mark in marks if mark is not None), default=None)

    def description(self) -> str:
        """Return what is read, as the rest of a sentence."""
        if not self.axes:
            return "the whole table"
        return "by " + " and by ".join(map(self._described, self.axes))

    def _described(self, axis: Axis) -> str:
        mark, window = self._bookmark(self._names[0], axis), self.window(axis)
        begin = clock.utc_text(mark) if mark else "none"
        return f"{axis.name} from {window.lower} to {window.upper} (bookmark {begin})"
