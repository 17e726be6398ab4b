"""The state of a run: for each stream and axis the instant up to which everything has been written."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import singer.state

from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.schema import INT64
from tap_daktela.daktela import clock
from tap_daktela.errors import ConfigError


def axes_of(known: Mapping[str, Entry]) -> dict[str, list[str]]:
    """Return the names of the bookmarks of each stream: its own time axes, or those of its parent."""
    timed = {
        name: known[entry.stream.child.parent].stream if entry.stream.child else entry.stream
        for name, entry in known.items()
    }
    return {name: [axis.name for axis in stream.axes] for name, stream in timed.items()}


class State:
    """A Singer state: `{"bookmarks": {stream: {axis: RFC 3339}}, "currently_syncing": stream}`.

    Parts that the tap does not know are kept. Bookmarks never move back. `axes` are the names of each stream's
    bookmarks (see `axes_of`); other bookmarks are not checked. ConfigError names what cannot be used.
    """

    def __init__(self, raw: object, axes: Mapping[str, Collection[str]]) -> None:
        value = _as_object(raw)
        if value is None or value.get("type") == "STATE":
            raise ConfigError("state: it is not the value of a state; hand over the last line that the target printed")
        if found := _found_instead(value):
            raise ConfigError(f"state: {found}")
        self.value: dict[str, Any] = dict(_storable(value))
        bookmarks = _as_object(self.value.get("bookmarks"))
        if bookmarks is None:
            raise ConfigError("state: 'bookmarks' is not an object")
        self.value["bookmarks"] = {name: _checked(name, marks, axes.get(name, ())) for name, marks in bookmarks.items()}

    def bookmark(self, stream: str, axis: str) -> datetime | None:
        """Return the instant (UTC) up to which `stream` was written along `axis`; None if there is no bookmark."""
        text = singer.state.get_bookmark(self.value, stream, axis)
        return None if text is None else _instant(text, f"the bookmark '{axis}' of '{stream}'")

    def counts(self, stream: str, name: str) -> dict[str, int]:
        """Return the numbers of rows that `stream` keeps under `name`; those that are no numbers are left out."""
        found = _as_object(singer.state.get_bookmark(self.value, stream, name)) or {}
        return {key: count for key, count in found.items() if type(count) is int}

    def set_counts(self, stream: str, name: str, counts: Mapping[str, int]) -> None:
        """Remember numbers of rows of `stream` under `name`. Zeros are not kept."""
        kept = {key: count for key, count in sorted(counts.items()) if count}
        if kept or singer.state.get_bookmark(self.value, stream, name) is not None:
            singer.state.set_bookmark(self.value, stream, name, kept)

    def knows(self, stream: str) -> bool:
        """Tell whether `stream` was loaded before, by its times or with a table version."""
        marks = self.value["bookmarks"].get(stream, {}).values()
        return isinstance(singer.state.get_version(self.value, stream), int) or any(mark is not None for mark in marks)

    def is_foreign(self, streams: Iterable[str]) -> bool:
        """Tell whether there are bookmarks, but none of `streams`."""
        names = self.value["bookmarks"]
        return bool(names) and not any(stream in names for stream in streams)

    def advance(self, stream: str, axis: str, instant: datetime) -> None:
        """Move a bookmark forward to `instant`. A later bookmark stays."""
        before = self.bookmark(stream, axis)
        if before is None or before < instant:
            singer.state.set_bookmark(self.value, stream, axis, clock.utc_text(instant))

    def complete(self, stream: str) -> None:
        """Note that `stream` was read to its end. Bookmarks say so already."""

    @property
    def currently_syncing(self) -> str | None:
        """The stream that an interrupted run was in."""
        name = singer.state.get_currently_syncing(self.value)
        return name if isinstance(name, str) else None

    @currently_syncing.setter
    def currently_syncing(self, stream: str | None) -> None:
        if stream is None:
            self.value.pop("currently_syncing", None)
        else:
            singer.state.set_currently_syncing(self.value, stream)

    def set_version(self, stream: str, version: int) -> None:
        """Remember the table version that `stream` is written with."""
        singer.state.set_version(self.value, stream, version)


def _found_instead(value: Mapping[str, Any]) -> str:
    """Return what is there instead of a state, from which all would be read again, and what to do; "" for a state."""
    if "bookmarks" in value:
        return ""
    if "singer_state" in value:
        return "it is what Meltano keeps; hand over only the object within singer_state"
    if "since" in value:
        return "it is a unit of a plan: hand it over with --unit"
    if "access_token" in value or "start_date" in value:
        return "it is a configuration: hand it over with --config"
    return "it is a catalog: hand it over with --catalog" if isinstance(value.get("streams"), list) else ""


def _as_object(raw: object) -> Mapping[str, Any] | None:
    """Return an object; None for any other value. PHP may have made an empty object an empty list."""
    if raw is None or raw == []:
        return {}
    return raw if isinstance(raw, Mapping) else None


def _storable(value: Any) -> Any:
    """Return a copy of `value` without fractions, which break most targets."""
    if isinstance(value, Mapping):
        return {name: _storable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_storable(inner) for inner in value]
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < INT64 else str(value)
    return value


def _checked(stream: str, raw: object, axes: Collection[str]) -> dict[str, Any]:
    marks = _as_object(raw)
    if marks is None:
        raise ConfigError(
            f"state: the bookmarks of '{stream}' are not an object; remove them to read it from start_date"
        )
    for axis in axes:
        if marks.get(axis) is not None:
            _instant(marks[axis], f"the bookmark '{axis}' of '{stream}'")
    return dict(marks)


def _instant(text: object, what: str) -> datetime:
    try:
        return clock.parse_instant(str(text))
    except ValueError as error:
        raise ConfigError(f"state: {what} is not usable: {error}; remove it to read from start_date") from error
