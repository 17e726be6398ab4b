"""The report as one JSON document: what a run read, counted by endpoint and window."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tap_daktela.catalog.fields import Axis
from tap_daktela.daktela import clock
from tap_daktela.errors import sentence
from tap_daktela.redaction import redactor
from tap_daktela.settings import Settings
from tap_daktela.sync.context import RunContext
from tap_daktela.sync.reading.results import Counted
from tap_daktela.sync.records.stream_output import StreamOutput
from tap_daktela.sync.streams.stream_sync import StreamSync

SETTINGS = (
    "start_date", "end_date", "settle_minutes", "lookback_days", "date_window_size", "page_size", "requests_per_second",
    "request_timeout", "max_retries", "timestamps", "nested", "orphans", "on_denied", "select",
    "emit_activate_version_messages",
)  # fmt: skip
"""Settings that change what is read, or how fast. None of them is secret."""


def about_run(run: RunContext, streams: Sequence[StreamSync], skipped: Mapping[str, str]) -> dict[str, Any]:
    """Return what a report says of `run`. `skipped` are streams that were left out, and why."""
    return {
        "instance": redactor.line(run.settings.base_url),
        "from": clock.utc_text(run.start),
        "to": clock.utc_text(run.bound),
        "timezone": run.zone.key,
        "settings": _settings(run.settings),
        "skipped": {name: redactor.line(reason) for name, reason in skipped.items()},
        "endpoints": [_endpoint(run, stream) for stream in streams],
    }


NO_RUN: dict[str, Any] = {
    "instance": None, "from": None, "to": None, "timezone": None, "settings": {}, "skipped": {}, "endpoints": [],
}  # fmt: skip
"""What a report says before a run has begun."""


def _settings(settings: Settings) -> dict[str, Any]:
    """Return the settings that matter, without values of filters: these are about customers."""
    values = {name: getattr(settings, name) for name in SETTINGS}
    shown = {
        name: value if value is None or isinstance(value, int | float) else _shown(value)
        for name, value in values.items()
    }
    return {**shown, "concurrency": settings.connection.concurrency, "filters": sorted(settings.filters)}


def _shown(value: Any) -> Any:
    return list(map(_shown, value)) if isinstance(value, tuple) else redactor.line(str(value))


def _endpoint(run: RunContext, stream: StreamSync) -> dict[str, Any]:
    counts, stats = stream.row_counts, stream.endpoint.stats
    return {
        "stream": stream.stream.name,
        "endpoint": stream.stream.endpoint,
        "complete": stream.complete,
        "failure": redactor.line(sentence(stream.failure)) if stream.failure else None,
        "streams": {output.name: _output(run, stream, output) for output in stream.outputs},
        **asdict(counts.counts),
        "left_out": counts.left_out(stream.own),
        "orphans": counts.orphans,
        "parents": asdict(counts.parents) if counts.parents else None,
        "requests": stats.requests,
        "retries": stats.retries,
        "bytes": stats.received,
        "seconds": round(stream.seconds, 3),
        "ranges": [_range(stream, axis) for axis in stream.timed.axes],
        "windows": [window_entry(counted) for counted in counts.windows or ()],
    }


def _range(stream: StreamSync, axis: Axis) -> dict[str, Any]:
    """Return what is to be read along an axis."""
    window = stream.ranges.window(axis)
    return {"by": axis.field, "from": window.lower, "to": window.upper, "lookback": axis.lookback}


def _output(run: RunContext, stream: StreamSync, output: StreamOutput) -> dict[str, Any]:
    marks = {axis.name: run.state.bookmark(output.name, axis.name) for axis in stream.timed.axes}
    return {
        "records": output.rows,
        "without_key": output.bad.refused.count + output.bad.trimmed.count,
        "invalid_values": {column: found.count for column, found in output.bad.values.items()},
        "invalid_examples": {
            column: redactor.from_outside(found.example) for column, found in output.bad.values.items()
        },
        "unwrapped_values": {column: found.count for column, found in output.bad.unwrapped.items()},
        "bookmarks": {axis: clock.utc_text(mark) if mark else None for axis, mark in marks.items()},
    }


def window_entry(counted: Counted) -> dict[str, Any]:
    """Return what the report says of one range. Keys are shown without secrets."""
    window, after, upto = counted.range
    return {
        "by": counted.by,
        "from": window.lower if window else None,
        "to": window.upper if window else None,
        "after": None if after is None else redactor.from_outside(after),
        "up_to": None if upto is None else redactor.from_outside(upto),
        **asdict(counted.counts),
    }
