"""Joins states of units and of daily runs into one, which is never ahead of what was read."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from tap_daktela.daktela import clock
from tap_daktela.errors import ConfigError
from tap_daktela.runtime.files import parse_json, read_text
from tap_daktela.units.state_parts import StateParts
from tap_daktela.units.stream_parts import StreamPart, merged


class _Said(NamedTuple):
    """What the file `source` says of one stream."""

    source: str
    part: StreamPart


def merge_files(paths: Sequence[str], since: str | None = None) -> str:
    """Return the JSON of the state that joins those in the files `paths`, each a state or what a target printed.

    `since` is the instant from which on states were written that do not say so themselves. ConfigError names the file
    and the stream that cannot be used, and how to go on.
    """
    begun = None if since is None else _instant(since)
    return json.dumps(merge([StateParts.parse(_last_value(path), path) for path in paths], begun))


def merge(states: Sequence[StateParts], since: datetime | None = None) -> dict[str, Any]:
    """Return the value of the state that joins `states`."""
    bookmarks: dict[str, Any] = {}
    streams: dict[str, Any] = {}
    for name in sorted({name for state in states for name in state.streams}):
        said = [_Said(state.source, state.streams[name]) for state in states if name in state.streams]
        bookmarks[name], backfill = _merged_stream(name, said, since).as_state()
        if backfill is not None:
            streams[name] = backfill
    value = {"bookmarks": {name: marks for name, marks in bookmarks.items() if marks}}
    url = _url(states)
    return {**value, "backfill": {"url": url, "streams": streams}} if url or streams else value


def _merged_stream(name: str, said: Sequence[_Said], since: datetime | None) -> StreamPart:
    """Return what all say of the stream `name`. One of which nobody knows the beginning stays as it is."""
    begun = [replace(one.part, since=one.part.since or since) if one.part.bookmarks else one.part for one in said]
    without = [one.source for one, part in zip(said, begun, strict=True) if part.bookmarks and part.since is None]
    if not without:
        return merged(begun)
    if all(part == begun[0] for part in begun):
        return begun[0]
    what = f"merge-state: {without[0]}: the bookmarks of '{name}' do not say from when on it was read"
    remedy = "add --since with the start_date of that run, such as --since 2024-01-01T00:00:00+01:00"
    raise ConfigError(f"{what}, and other files have it, too; {remedy}")


def _url(states: Iterable[StateParts]) -> str | None:
    """Return the instance of the states; ConfigError if there are several."""
    sources = {state.url: state.source for state in states if state.url is not None}
    if len(sources) > 1:
        (one, its), (other, others), *_ = sources.items()
        remedy = "merge the states of each instance by themselves"
        raise ConfigError(f"merge-state: {its} is of {one}, and {others} of {other}; {remedy}")
    return next(iter(sources), None)


def _instant(text: str) -> datetime:
    try:
        return clock.parse_instant(text)
    except ValueError as error:
        example = "write the instant, such as 2024-01-01T00:00:00+01:00"
        raise ConfigError(f"merge-state: --since: {error}; {example}") from error


def _last_value(path: str) -> Mapping[str, Any]:
    """Return the state in a file, or in its last line; ConfigError if there is none."""
    text = read_text(path, "merge-state")
    lines = [line for line in text.split("\n") if line.strip()]
    try:
        value = parse_json(text if lines[0].strip() == "{" else lines[-1])
    except ValueError as error:
        remedy = "hand over what the target printed, or run the unit again"
        raise ConfigError(f"merge-state: {path} {error}; {remedy}") from error
    if not isinstance(value, dict) or value.get("type") == "STATE" or not {"bookmarks", "backfill"}.intersection(value):
        raise ConfigError(f"merge-state: {path} is not a state; hand over what the target printed")
    return value
