"""The state of a run that reads one unit of a backfill: what of it has been written."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import singer.state

from tap_daktela.daktela import clock
from tap_daktela.sync.singer.state import State
from tap_daktela.units.unit import Unit


class UnitState(State):
    """A state without bookmarks, in which `backfill` has the written windows of each stream and axis of `unit`.

        {"bookmarks": {}, "backfill": {
            "url": ..., "streams": {"tickets": {"since": S, "windows": {"edited": [[a, x]], "created": []}}}}}

    A stream without axes is there, without windows, once it was read to its end. Nothing goes on from such a state;
    `merge-state` makes a state with bookmarks of it. `axes` are the names of each stream's axes, as in `State`.
    """

    def __init__(self, unit: Unit, axes: Mapping[str, Collection[str]]) -> None:
        super().__init__({}, axes)
        self._unit = unit
        # An axis of which nothing is written must be known, too: the merged bookmark is not to pass it.
        self._streams = {name: self._windows(axes[name]) for name in unit.streams if axes.get(name)}
        self.value["backfill"] = {"url": unit.url, "streams": self._streams}

    def _windows(self, axes: Collection[str]) -> dict[str, Any]:
        return {"since": clock.utc_text(self._unit.since), "windows": {axis: [] for axis in axes}}

    def advance(self, stream: str, axis: str, instant: datetime) -> None:
        """Note that all is written from the unit's beginning to `instant`. What was written before stays."""
        start, windows = self._unit.start_date, self._streams[stream]["windows"]
        before = [clock.parse_instant(end) for _, end in windows[axis]]
        if instant > max(before, default=start):
            windows[axis] = [[clock.utc_text(start), clock.utc_text(instant)]]

    def complete(self, stream: str) -> None:
        """Note that `stream` was read to its end."""
        self._streams.setdefault(stream, self._windows(()))

    def set_counts(self, stream: str, name: str, counts: Mapping[str, int]) -> None:
        """Remember numbers of rows, zeros too: another unit may have counted the same month later."""
        singer.state.set_bookmark(self.value, stream, name, dict(sorted(counts.items())))
