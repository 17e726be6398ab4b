"""The bookmarks of one endpoint: they move past windows whose rows are all written."""

from __future__ import annotations

from collections.abc import Sequence

from tap_daktela.catalog.fields import Axis
from tap_daktela.sync.context import RunContext
from tap_daktela.sync.reading import windows
from tap_daktela.sync.reading.windows import Window
from tap_daktela.sync.streams.time_ranges import TimeRanges


class Bookmarks:
    """Moves the bookmarks of the streams `names`, which are made of the rows of one endpoint."""

    def __init__(self, run: RunContext, ranges: TimeRanges, names: Sequence[str]) -> None:
        self._run = run
        self._ranges = ranges
        self._names = names
        self._read_to: dict[Axis, str] = {}

    def reach(self, axis: Axis, window: Window) -> bool:
        """Note that all rows of `window` are written. Tell whether bookmarks may move to its end.

        They may not while an earlier window is open, or if they are already further on.
        """
        reached = self._read_to.get(axis, self._ranges.window(axis).lower)
        may_move = window.lower <= reached < window.upper
        if may_move:
            self._read_to[axis] = window.upper
        return may_move

    def move(self, axis: Axis, upto: str | None) -> None:
        """Move the bookmarks of `axis` to the wall-clock time `upto` (None: the end of the run) and write the state."""
        bound = self._run.bound
        instant = bound if upto is None else min(bound, windows.instant_before(upto, self._run.zone))
        for name in self._names:
            self._run.state.advance(name, axis.name, instant)
        self._run.write_state()
