"""A whole run, from the selection to the last state."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import groupby

from tap_daktela.catalog.entries import Entry, Selected
from tap_daktela.catalog.fields import NESTED, Stream
from tap_daktela.daktela import clock
from tap_daktela.daktela.client import Client
from tap_daktela.daktela.instance import Instance
from tap_daktela.daktela.server_clock import ServerClock, refuse_impossible_start
from tap_daktela.errors import ConfigError, IncompleteError, OutputError, TapError
from tap_daktela.settings import Settings
from tap_daktela.sync.context import RunContext
from tap_daktela.sync.progress import Progress, log_table
from tap_daktela.sync.reading.endpoint import Endpoint
from tap_daktela.sync.reading.request import request_for
from tap_daktela.sync.records.coercion import Coercer
from tap_daktela.sync.records.moments import Moments
from tap_daktela.sync.records.stream_output import StreamOutput
from tap_daktela.sync.report.report import Report
from tap_daktela.sync.scheduling.scheduler import Scheduler
from tap_daktela.sync.scheduling.task import NOBODY
from tap_daktela.sync.scheduling.workers import ThreadWorkers, Workers
from tap_daktela.sync.singer.state import State
from tap_daktela.sync.singer.writer import Writer
from tap_daktela.sync.streams.child_sync import ChildStreamSync
from tap_daktela.sync.streams.rights import missing_elements, refused_remedy
from tap_daktela.sync.streams.stream_sync import StreamSync

LOGGER = logging.getLogger(__name__)

PAGES_AHEAD = 8
"""Things (see `Backlog`) that may wait for their turn, in addition to twice the `concurrency`. Pages, mostly."""

BYTES_AHEAD = 18 * 2**20
"""Bytes of all that waits together. Else pages of long e-mails would take all memory."""


def begin(
    settings: Settings,
    client: Client,
    instance: Instance,
    *,
    state: State,
    writer: Writer,
    poll: Callable[[], None],
) -> RunContext:
    """Return a run from `start_date` to the server's clock minus `settle_minutes`, or to `end_date`."""
    bound = instance.now - timedelta(minutes=settings.settle_minutes)
    start = clock.resolve(settings.start_date, instance.zone)
    if settings.end_date is not None:
        end = clock.resolve(settings.end_date, instance.zone)
        if end <= start:
            raise ConfigError(f"end_date must be after start_date, and is not in the time zone {instance.zone.key}")
        bound = min(bound, end)
    bound = bound.replace(microsecond=0)
    LOGGER.info(
        "Reading %s as %s, up to %s (time zone %s)",
        settings.base_url, instance.user, clock.utc_text(bound), instance.zone.key,
    )  # fmt: skip
    machine = client.clock.now()
    refuse_impossible_start(instance, start, ends=settings.end_date is not None, machine=machine)
    server_clock = ServerClock(instance, None if settings.timezone else instance.zone.key)
    version = int(machine.timestamp() * 1000)
    return RunContext(
        client,
        settings,
        instance.zone,
        instance.latest,
        start,
        bound,
        state,
        writer,
        Progress(),
        poll,
        version,
        server_clock,
    )


def sync(
    run: RunContext,
    selection: Sequence[Selected],
    known: Mapping[str, Entry],
    report: Report | None = None,
    workers: Workers | None = None,
) -> None:
    """Read and write everything that is selected. IncompleteError if a stream failed; the others are read first."""
    by_endpoint = groupby(selection, key=lambda selected: selected.entry.stream)
    moments = Moments(run.zone, local=run.settings.timestamps == "local")
    streams = [_stream_sync(run, stream, list(selected), known, moments) for stream, selected in by_endpoint]
    streams = _rotated(streams, run.state.currently_syncing)
    watch = NOBODY if report is None else report.follow(run, streams)
    if run.state.is_foreign([one.entry.name for one in selection]):
        LOGGER.warning("The state has no bookmark for any selected stream: it may be another tap's.")
    concurrency = run.settings.connection.concurrency
    scheduler = Scheduler(
        run.client,
        workers or ThreadWorkers(run.client, concurrency),
        poll=run.poll,
        max_held=2 * concurrency + PAGES_AHEAD,
        max_bytes=BYTES_AHEAD,
        watch=watch,
    )
    try:
        for stream in streams:
            stream.ranges.refuse_bookmarks_ahead()
        scheduler.run((stream, stream.reading()) for stream in streams)
    except OutputError:
        raise
    except TapError:
        run.write_state(at_once=True)
        raise
    finally:
        run.progress.close()
        _summarise(run, streams)
    failed = [stream for stream in streams if stream.failure is not None]
    run.state.currently_syncing = failed[0].outputs[0].name if failed else None
    run.write_state(at_once=True)
    if failed:
        reasons = "; ".join(stream.reason for stream in failed)
        remedy = refused_remedy([stream.failure for stream in failed], run.settings.on_denied)
        raise IncompleteError(f"{len(failed)} of {len(streams)} streams failed: {reasons}{remedy}")


def _stream_sync(
    run: RunContext, stream: Stream, selected: Sequence[Selected], known: Mapping[str, Entry], moments: Moments
) -> StreamSync:
    """Return the sync of an endpoint of which streams are selected."""
    settings = run.settings
    outputs = [StreamOutput(one, Coercer(moments), settings) for one in selected]
    # Orphans are counted whatever is selected.
    tell_orphans = (stream.item.field, stream.item.type_field) if stream.item else ()
    also = [
        column.name for column in stream.columns if column.paths[0][0] in tell_orphans and column.type not in NESTED
    ]
    request = request_for(stream, selected, settings.page_size, also)
    endpoint = Endpoint(request, run.server_clock)
    child = stream.child
    if child is None:
        return StreamSync(run, stream, outputs, endpoint)
    parent = known[child.parent].stream
    parent_request = request_for(parent, (), settings.page_size, also=(child.column,))
    parent_endpoint = Endpoint(parent_request, run.server_clock, endpoint.stats)
    return ChildStreamSync(run, stream, outputs, endpoint, child=child, parent=(parent, parent_endpoint))


def _rotated(streams: list[StreamSync], interrupted: str | None) -> list[StreamSync]:
    """Return all streams, beginning with the one in which the last run was interrupted."""
    place = next(
        (number for number, stream in enumerate(streams) for output in stream.outputs if output.name == interrupted), 0
    )
    return streams[place:] + streams[:place]


def _summarise(run: RunContext, streams: Sequence[StreamSync]) -> None:
    """Log what every stream brought, and what could not be used."""
    rows = []
    for stream in (stream for stream in streams if stream.begun is not None):
        stats = stream.endpoint.stats
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
            marks = [run.state.bookmark(output.name, axis.name) for axis in stream.timed.axes]
            bookmark = min((mark for mark in marks if mark), default=None)
            shared = (stats.requests, stats.retries) if output is stream.outputs[0] else (None, None)
            invalid = sum(one.count for one in output.bad.values.values())
            until = clock.utc_text(bookmark) if bookmark else None
            rows.append((output.name, output.rows, *shared, invalid, stream.seconds, until))
        log = logging.LoggerAdapter(LOGGER, {"stream_name": stream.stream.name})
        if stats.repaired:
            log.warning("%s: %d characters that no target can store were replaced", stream.stream.name, stats.repaired)
        if stream.row_counts.orphans:
            log.info("%s: %d rows without their item (orphans)", stream.stream.name, stream.row_counts.orphans)
    log_table(rows)
