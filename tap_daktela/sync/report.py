"""The report of a run, as JSON for machines."""

import logging
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

from tap_daktela import __version__
from tap_daktela.daktela import clock
from tap_daktela.errors import ConfigError, sentence
from tap_daktela.redaction import redactor
from tap_daktela.sync.context import RunContext
from tap_daktela.sync.reading.results import Counted
from tap_daktela.sync.records.stream_output import StreamOutput
from tap_daktela.sync.streams.stream_sync import StreamSync

LOGGER = logging.getLogger(__name__)


class Report(AbstractContextManager["Report"]):
    """The report of one run, written to `path`; a context manager around the run.

    From the start, the file says that the run has not ended. At the end it is replaced atomically by the whole report,
    which says why the run failed, if it did. ConfigError if the file cannot be written.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = _file(path)
        self._began = datetime.now(timezone.utc)
        self._run: RunContext | None = None
        self._streams: Sequence[StreamSync] = ()
        self._write({"complete": False, "failure": "the run has not ended", "ended": None})

    def follow(self, run: RunContext, streams: Sequence[StreamSync]) -> None:
        """Report on `streams`, which keep the counts of every window from now on."""
        self._run, self._streams = run, streams
        for stream in streams:
            stream.row_counts.windows = []

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Write the last report. ConfigError if that is impossible, unless the run has failed already."""
        end = {
            "complete": error is None,
            "failure": None if error is None else redactor.line(sentence(error)),
            "ended": clock.utc_text(datetime.now(timezone.utc)),
        }
        try:
            self._write(end)
        except ConfigError as problem:
            if error is None:
                raise
            LOGGER.error("%s", problem)  # noqa: TRY400 - a stack trace would not help

    def _write(self, end: dict[str, Any]) -> None:
        run = self._run
        document = {
            "tap": "tap-daktela",
            "version": __version__,
            "began": clock.utc_text(self._began),
            **end,
            "from": clock.utc_text(run.start) if run else None,
            "to": clock.utc_text(run.bound) if run else None,
            "timezone": run.zone.key if run else None,
            "endpoints": [_stream(run, stream) for stream in self._streams] if run else [],
        }
        content = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        beside = self._file.with_name(f"{self._file.name}.new")
        try:
            beside.unlink(missing_ok=True)  # What a killed run left.
            with beside.open("xb") as file:
                file.write(content)
            beside.replace(self._file)
        except OSError as error:
            raise ConfigError(f"arguments: --report: cannot write {self._path}: {error.strerror}") from error


def _file(path: str) -> Path:
    """Return the file that `path` leads to. ConfigError if it must not be replaced."""
    file = Path(os.path.realpath(path))
    try:
        there = file.stat() if file.exists() else None
    except OSError as error:
        raise ConfigError(f"arguments: --report: cannot write {path}: {error.strerror}") from error
    if there is not None and not file.is_file():
        raise ConfigError(f"arguments: --report: '{path}' is no file")
    ours = [os.fstat(stream.fileno()) for stream in (sys.stdout, sys.stderr) if stream is not None]
    if there is not None and any(os.path.samestat(there, one) for one in ours):
        raise ConfigError(f"arguments: --report: records or log go to {path} already")
    return file


def _stream(run: RunContext, stream: StreamSync) -> dict[str, Any]:
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
        "windows": [window_entry(counted) for counted in counts.windows or ()],
    }


def _output(run: RunContext, stream: StreamSync, output: StreamOutput) -> dict[str, Any]:
    marks = {axis.name: run.state.bookmark(output.name, axis.name) for axis in stream.timed.axes}
    return {
        "records": output.rows,
        "without_key": output.bad.refused.count + output.bad.trimmed.count,
        "invalid_values": {column: found.count for column, found in output.bad.values.items()},
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
