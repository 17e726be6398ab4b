"""Which streams are compared, up to where, and which are not, and why. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tap_daktela.catalog.entries import Selected
from tap_daktela.catalog.fields import Axis, snake
from tap_daktela.reconcile import cuts
from tap_daktela.reconcile.scope import AxisScope, StreamScope
from tap_daktela.settings import Settings
from tap_daktela.sync.singer.state import State


class NotCompared(NamedTuple):
    """A stream, or what is read along one of its axes, that is not compared, and why."""

    what: str
    reason: str


@dataclass(frozen=True)
class ComparedScopes:
    """What is compared: `scopes` and their `selections` by stream; and `left_out`, what is not."""

    scopes: Sequence[StreamScope]
    selections: Mapping[str, Selected]
    left_out: Sequence[NotCompared]


def chosen_scopes(
    selection: Sequence[Selected], settings: Settings, state: State, zone: ZoneInfo, *, start: datetime, bound: datetime
) -> ComparedScopes:
    """Return what is compared of a selection: from `start` to the bookmarks, and to `bound` at most (UTC).

    Without any bookmark, the warehouse is taken to be loaded up to `bound`.
    """
    scopes: list[StreamScope] = []
    left_out: list[NotCompared] = []
    for selected in selection:
        name, reason = selected.entry.name, _reason(selected, settings)
        ranges = _Ranges(selected, settings, state, zone, start, bound)
        axes = list(ranges.axes(left_out)) if reason is None else []
        if reason is not None:
            left_out.append(NotCompared(name, reason))
        elif axes or not selected.entry.stream.axes:
            scopes.append(StreamScope(name, tuple(axes), zone))
    return ComparedScopes(scopes, {one.entry.name: one for one in selection}, left_out)


def _reason(selected: Selected, settings: Settings) -> str | None:
    """Return why a stream is not compared; None if it is."""
    entry, stream = selected.entry, selected.entry.stream
    if stream.ledger:
        return "it is no list of the instance: the tap writes it"
    if entry.derived is not None:
        return f"it is made of lists in the rows of {stream.name}, which the instance does not count"
    if stream.child is not None:
        return f"its rows are found through those of {stream.child.parent}, so no total has all of them"
    if not stream.key or stream.key_field is None:
        return "its rows have no key"
    if stream.item is not None and settings.orphans == "drop":
        return "the instance counts the orphans, too, which are dropped here (orphans: drop)"
    return None


@dataclass(frozen=True)
class _Ranges:
    """What is compared of one stream; the attributes are as in `chosen_scopes`."""

    selected: Selected
    settings: Settings
    state: State
    zone: ZoneInfo
    start: datetime
    bound: datetime

    def axes(self, left_out: list[NotCompared]) -> Iterator[AxisScope]:
        """Yield the axes along which the stream is compared, and note those along which it is not."""
        for axis in self.selected.entry.stream.axes:
            found = self._axis(axis)
            if isinstance(found, AxisScope):
                yield found
            else:
                left_out.append(NotCompared(f"{self.selected.entry.name} by {axis.name}", found))

    def _axis(self, axis: Axis) -> AxisScope | str:
        """Return what is compared along an axis, or why nothing is."""
        columns = {column.name for column in self.selected.columns}
        unset, begun = (other and snake(other) for other in (axis.only_where_unset, axis.started_before))
        lacking = [name for name in (axis.name, unset, begun) if name and name not in columns]
        if lacking:
            return f"{lacking[0]} is not selected, so the warehouse has no such column"
        bookmark = self.state.bookmark(self.selected.entry.name, axis.name)
        if bookmark is None and self.state.value["bookmarks"]:
            return "the state has no bookmark for it"
        loaded = bookmark or self.bound
        lower, upper = cuts.clean_from(self.start, self.zone), cuts.clean_until(min(loaded, self.bound), self.zone)
        if upper <= lower:
            return f"nothing lies between start_date and {'its bookmark' if bookmark else 'end_date'}"
        lookback = timedelta(days=self.settings.lookback_days if axis.lookback and bookmark else 0)
        next_from = max(loaded - lookback, min(lower, loaded))
        return AxisScope(axis.name, lower, upper, next_from, unset, begun)
