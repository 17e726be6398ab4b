"""The end of a run, told: what was odd in each stream, and how all of it went."""

import logging
from collections.abc import Sequence
from typing import Any

import orjson

from tap_daktela.daktela import clock
from tap_daktela.sync.context import RunContext
from tap_daktela.sync.records.stream_output import StreamOutput
from tap_daktela.sync.streams.rights import missing_elements
from tap_daktela.sync.streams.stream_sync import StreamSync
from tap_daktela.sync.telling.closing_words import Brought, Ending, closing_words, tell
from tap_daktela.sync.telling.signs import signs

LOGGER = logging.getLogger(__name__)


def tell_end(run: RunContext, streams: Sequence[StreamSync], *, is_whole: bool, left_out: int) -> None:
    """Log what every stream brought, and what could not be used. `is_whole` says whether all was read and written.

    `left_out` is how many streams were skipped.
    """
    for stream in streams:
        _tell_odd_values(stream)
    tell(LOGGER, closing_words(_ending(run, streams, is_whole=is_whole, left_out=left_out), signs()))


def _tell_odd_values(stream: StreamSync) -> None:
    """Warn of values that could not be used, and tell what else was odd."""
    for output in stream.outputs:
        log = logging.LoggerAdapter(LOGGER, {"stream_name": output.name})
        for column, found in output.bad.values.items():
            what = "values were invalid, and were written as null or empty"
            log.warning("%s.%s: %d %s (such as in %s)", output.name, column, found.count, what, found.example)
        for column, found in output.bad.unwrapped.items():
            what = "values came as a list with one element, and were written without the list"
            log.info("%s.%s: %d %s (such as in %s)", output.name, column, found.count, what, found.example)
        trimmed = output.bad.trimmed
        if trimmed.count and output.entry.derived is not None:
            what = missing_elements(stream.stream, output.entry.derived.api)
            log.warning("%s: in %s and others, %d %s", output.name, trimmed.example, trimmed.count, what)
    log = logging.LoggerAdapter(LOGGER, {"stream_name": stream.stream.name})
    repaired = stream.endpoint.stats.repaired
    if repaired:
        log.warning("%s: %d characters that no target can store were replaced", stream.stream.name, repaired)
    if stream.row_counts.orphans:
        log.info("%s: %d rows without their item (orphans)", stream.stream.name, stream.row_counts.orphans)


def _ending(run: RunContext, streams: Sequence[StreamSync], *, is_whole: bool, left_out: int) -> Ending:
    written = orjson.loads(run.last_state)["bookmarks"] if run.last_state else {}
    failed = [stream for stream in streams if stream.failure is not None]
    brought = [_brought(stream, output, written) for stream in streams for output in stream.outputs]
    if run.ledger is not None:
        brought.append(Brought(run.ledger.name, run.ledger.rows, 0, None, None, is_whole))
    return Ending(
        brought=brought,
        reasons=[stream.reason for stream in failed],
        failed=sum(len(stream.outputs) for stream in failed),
        seconds=run.progress.seconds,
        requests=sum(stream.endpoint.stats.requests for stream in streams),
        retries=sum(stream.endpoint.stats.retries for stream in streams),
        is_whole=is_whole,
        left_out=left_out,
        unit=_unit(run),
    )


def _unit(run: RunContext) -> str:
    """Return which unit was read, and up to where; "" if none was."""
    unit = run.unit
    return "" if unit is None else f"unit {unit.id}, {clock.utc_text(run.start)} to {clock.utc_text(run.bound)}"


def _brought(stream: StreamSync, output: StreamOutput, written: dict[str, Any]) -> Brought:
    marks = [written.get(output.name, {}).get(axis.name) for axis in stream.timed.axes]
    return Brought(
        output.name,
        output.rows,
        sum(one.count for one in output.bad.values.values()),
        stream.seconds if output is stream.outputs[0] else None,
        min((mark for mark in marks if mark), default=None),
        stream.complete,
    )
