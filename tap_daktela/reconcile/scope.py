"""What of a stream is compared: along which axes, from when to when, and what a later run brings by itself. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tap_daktela.reconcile import cuts
from tap_daktela.reconcile.warehouse.questions import Slice

Times = Mapping[str, datetime | None]
"""The values of a row in the axis columns of its stream, by column: instants in UTC, None where it has none."""


@dataclass(frozen=True)
class AxisScope:
    """The rows that are compared along the axis column `name`: those in [`lower`, `upper`).

    `only_where_unset` and `started_before` are columns, as the axis declares them. `next_from` is the instant from
    which the next run reads.
    """

    name: str
    lower: datetime
    upper: datetime
    next_from: datetime
    only_where_unset: str | None = None
    started_before: str | None = None

    def has(self, times: Times) -> bool:
        """Tell whether a row with these times is compared along this axis."""
        time = times.get(self.name)
        return time is not None and self.lower <= time < self.upper and self._is_one(times)

    def comes_again(self, times: Times) -> bool:
        """Tell whether the next run reads a row with these times along this axis."""
        time = times.get(self.name)
        return time is not None and time >= self.next_from and self._is_one(times, next_run=True)

    def _is_one(self, times: Times, *, next_run: bool = False) -> bool:
        """Tell whether a row meets the conditions of the axis, apart from the time."""
        if self.only_where_unset is not None and times.get(self.only_where_unset) is not None:
            return False
        started = times.get(self.started_before) if self.started_before is not None else None
        return self.started_before is None or next_run or (started is not None and started < self.lower)


@dataclass(frozen=True)
class StreamScope:
    """One stream that is compared, along `axes`; a whole table has none. `zone` is that of the instance's clock."""

    stream: str
    axes: tuple[AxisScope, ...]
    zone: ZoneInfo

    def slices(self) -> list[Slice]:
        """Return what the warehouse counts first: months of each axis, or the whole table."""
        return [
            Slice(self.stream, axis.name, *month)
            for axis in self.axes
            for month in cuts.months(axis.lower, axis.upper, self.zone)
        ] or [Slice(self.stream)]

    def place(self, times: Times) -> AxisScope | None:
        """Return the axis along which a row with these times is compared, if there is one."""
        return next((axis for axis in self.axes if axis.has(times)), None)

    def is_same(self, one: Times, other: Times) -> bool:
        """Tell whether two versions of a row have the same times. A wall clock may show both instants of a time."""
        return all(self.is_same_on(axis.name, one, other) for axis in self.axes)

    def is_same_on(self, axis: str, one: Times, other: Times) -> bool:
        """Tell whether two versions of a row have the same time on one axis."""
        there, here = one.get(axis), other.get(axis)
        if there == here or there is None or here is None:
            return there == here
        # Where the clock is put back, warehouses disagree about which of two instants a wall clock means.
        return abs(there - here) <= cuts.AWAY and self._shown(there) == self._shown(here)

    def _shown(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone).replace(tzinfo=None, fold=0)
