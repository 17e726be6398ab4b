"""What the value of a state says, stream by stream."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tap_daktela.daktela import clock
from tap_daktela.errors import ConfigError
from tap_daktela.units.ranges import Range
from tap_daktela.units.stream_parts import StreamPart


@dataclass(frozen=True)
class StateParts:
    """The state in the file `source`: the instance that it is of, if it says so, and what it says of each stream."""

    source: str
    url: str | None
    streams: Mapping[str, StreamPart]

    @classmethod
    def parse(cls, value: Mapping[str, Any], source: str) -> "StateParts":
        """Return what a state says. ConfigError names `source`, and the stream that cannot be used."""
        backfill = _object(value.get("backfill"), f"{source}: 'backfill'")
        entries = _object(backfill.get("streams"), f"{source}: the streams of 'backfill'")
        bookmarks = _object(value.get("bookmarks"), f"{source}: 'bookmarks'")
        url = backfill.get("url")
        if url is not None and not isinstance(url, str):
            raise ConfigError(f"merge-state: {source}: the url of 'backfill' is not text")
        streams = {
            name: _part(bookmarks.get(name), entries.get(name), f"{source}: '{name}'")
            for name in {**entries, **bookmarks}
        }
        return cls(source, url, streams)


def _part(marks: object, entry: object, what: str) -> StreamPart:
    """Return what a state says of one stream in its bookmarks and in `backfill`; `what` names both."""
    found = {name: value for name, value in _object(marks, f"the bookmarks of {what}").items() if value is not None}
    texts = {name: value for name, value in found.items() if isinstance(value, str)}
    counts = {name: value for name, value in found.items() if isinstance(value, Mapping)}
    numbers = {name: value for name, value in found.items() if type(value) is int}
    strange = [name for name in found if name not in {**texts, **counts, **numbers}]
    if strange:
        raise _unusable(what, strange[0])
    said = _object(entry, what)
    windows = _object(said.get("windows"), f"the windows of {what}")
    return StreamPart(
        _instant(said.get("since"), what, "since") if said else None,
        {axis: _ranges(ranges, what, axis) for axis, ranges in windows.items()},
        {axis: _instant(text, what, axis) for axis, text in texts.items()},
        {
            flag: {month: count for month, count in months.items() if type(count) is int}
            for flag, months in counts.items()
        },
        numbers,
    )


def _ranges(value: object, what: str, axis: str) -> list[Range]:
    found = []
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, list) or len(each) != 2:  # noqa: PLR2004 - a beginning and an end
            raise _unusable(what, axis)
        found.append((_instant(each[0], what, axis), _instant(each[1], what, axis)))
    return found


def _instant(value: object, what: str, name: str) -> datetime:
    try:
        return clock.parse_instant(str(value))
    except ValueError as error:
        raise _unusable(what, name, f": {error}") from error


def _object(value: object, what: str) -> Mapping[str, Any]:
    """Return an object. PHP may have made an empty object an empty list."""
    if value is None or value == []:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigError(f"merge-state: {what} is not an object; hand over the state as the target printed it")
    return value


def _unusable(what: str, name: str, why: str = "") -> ConfigError:
    return ConfigError(f"merge-state: {what} has a value of '{name}' that is not usable{why}; run it again")
