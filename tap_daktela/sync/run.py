"""A whole run, from the selection to the last state."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from tap_daktela.catalog.entries import Entry, Selected
from tap_daktela.catalog.fields import Stream
from tap_daktela.catalog.selection import parted
from tap_daktela.daktela import clock
from tap_daktela.daktela.client import Client
from tap_daktela.daktela.instance import Instance
from tap_daktela.daktela.server_clock import ServerClock, refuse_impossible_start
from tap_daktela.errors import ConfigError, IncompleteError, Interrupted, OutputError, TapError, TargetGone
from tap_daktela.settings import Settings
from tap_daktela.sync.closing import tell_end
from tap_daktela.sync.context import RunContext
from tap_daktela.sync.ledger import Ledger
from tap_daktela.sync.reading.endpoint import Endpoint
from tap_daktela.sync.reading.request import orphan_columns, request_for
from tap_daktela.sync.records.coercion import Coercer
from tap_daktela.sync.records.moments import Moments
from tap_daktela.sync.records.stream_output import StreamOutput
from tap_daktela.sync.report.report import Report
from tap_daktela.sync.scheduling.scheduler import Scheduler
from tap_daktela.sync.scheduling.task import NOBODY, RequestWatch
from tap_daktela.sync.scheduling.workers import ThreadWorkers, Workers
from tap_daktela.sync.singer.state import State
from tap_daktela.sync.singer.writer import Writer
from tap_daktela.sync.streams.child_sync import ChildStreamSync
from tap_daktela.sync.streams.rights import refused_remedy
from tap_daktela.sync.streams.stream_sync import StreamSync
from tap_daktela.sync.telling.lines import plural
from tap_daktela.sync.telling.progress import Progress
from tap_daktela.sync.telling.totals import ask_totals
from tap_daktela.units.unit import Unit

LOGGER = logging.getLogger(__name__)

PAGES_AHEAD = 8
"""Things (see `Backlog`) that may wait for their turn, in addition to twice the `concurrency`. Pages, mostly."""

BYTES_AHEAD = 18 * 2**20
"""Bytes of all that waits together. Else pages of long e-mails would take all memory."""


def run_range(settings: Settings, instance: Instance) -> tuple[datetime, datetime]:
    """Return the instants (UTC) of `start_date`, and of the server's clock minus `settle_minutes` or `end_date`."""
    bound = _settled(settings, instance)
    start = clock.resolve(settings.start_date, instance.zone)
    if settings.end_date is not None:
        end = clock.resolve(settings.end_date, instance.zone)
        if end <= start:
            raise ConfigError(f"end_date must be after start_date, and is not in the time zone {instance.zone.key}")
        bound = min(bound, end)
    return start, bound.replace(microsecond=0)


def _settled(settings: Settings, instance: Instance) -> datetime:
    """Return the instant (UTC) after which rows still change."""
    return (instance.now - timedelta(minutes=settings.settle_minutes)).replace(microsecond=0)


def begin(
    settings: Settings,
    client: Client,
    instance: Instance,
    *,
    state: State,
    writer: Writer,
    poll: Callable[[], None],
    progress: Progress | None = None,
    unit: Unit | None = None,
) -> RunContext:
    """Return a run from `start_date` to the server's clock minus `settle_minutes`, or to `end_date`.

    Where a `unit` is given, both dates are those of the unit.
    """
    if unit is not None:
        settings = replace(settings, start_date=unit.start_date, end_date=unit.end_date)
    start, bound = run_range(settings, instance)
    machine = client.clock.now()
    LOGGER.info(
        "Reading %s as %s, up to %s (time zone %s)",
        settings.base_url, instance.user, clock.utc_text(bound), instance.zone.key,
    )  # fmt: skip
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
        _settled(settings, instance),
        state,
        writer,
        progress or Progress(),
        poll,
        version,
        server_clock,
        unit,
    )


def sync(
    run: RunContext,
    selection: Sequence[Selected],
    known: Mapping[str, Entry],
    report: Report | None = None,
    workers: Workers | None = None,
    *,
    left_out: int = 0,
) -> None:
    """Read and write everything that is selected. IncompleteError if a stream failed; the others are read first.

    `left_out` is how many streams are not in the selection because the user may not read them.
    """
    read, ledger = parted(selection)
    if ledger:
        run.ledger = Ledger(ledger[0], run.settings, run.zone, run.client.clock.now(), run.writer)
    by_endpoint = groupby(read, key=lambda selected: selected.entry.stream)
    moments = Moments(run.zone, local=run.settings.timestamps == "local")
    streams = [_stream_sync(run, stream, list(selected), known, moments) for stream, selected in by_endpoint]
    streams = _rotated(streams, run.state.currently_syncing)
    watch = NOBODY if report is None else report.follow(run, streams)
    if run.state.is_foreign([one.entry.name for one in read]):
        LOGGER.warning("The state has no bookmark for any selected stream: it may be another tap's.")
    is_whole = False
    try:
        _read(run, streams, workers or ThreadWorkers(run.client, run.settings.connection.concurrency), watch)
        is_whole = not any(stream.failure for stream in streams)
    except Interrupted as stopped:
        raise _stopped(run, stopped) from None
    except OutputError:
        raise
    except TapError:
        run.write_state(at_once=True)
        raise
    finally:
        run.progress.close()
        tell_end(run, streams, is_whole=is_whole, left_out=left_out)
    if not is_whole:
        raise _incomplete(run, streams)


def _read(run: RunContext, streams: Sequence[StreamSync], workers: Workers, watch: RequestWatch) -> None:
    """Read all `streams` and write the last state. An error that concerns every stream ends it."""
    for stream in streams:
        stream.ranges.refuse_bookmarks_ahead()
    _tell_beginnings(run, streams)
    if run.ledger is not None:
        run.ledger.begin()
    run.progress.follow([stream.progress for stream in streams])
    # Where requests are rationed, all of them are for rows.
    if run.progress.is_live and run.settings.connection.requests_per_second is None:
        run.progress.say(f"asking for the totals of {plural(len(streams), 'list')}…")
        questions = filter(None, [stream.total_question() for stream in streams])
        ask_totals(run.client, list(questions), run.poll)

    def poll() -> None:
        run.progress.tick()
        run.poll()

    try:
        schedule(run, streams, workers, poll, watch)
    except TargetGone:
        run.poll()  # Ctrl-C reaches the whole pipe, and the target may have ended first.
        raise
    failed = [stream for stream in streams if stream.failure is not None]
    run.state.currently_syncing = failed[0].outputs[0].name if failed else None
    run.write_state(at_once=True)


def schedule(
    run: RunContext, streams: Sequence[StreamSync], workers: Workers, poll: Callable[[], None], watch: RequestWatch
) -> None:
    """Let `workers` read all `streams`, and write what comes. `poll` is called again and again."""
    held = 2 * run.settings.connection.concurrency + PAGES_AHEAD
    scheduler = Scheduler(run.client, workers, poll=poll, max_held=held, max_bytes=BYTES_AHEAD, watch=watch)
    scheduler.run((stream, stream.reading()) for stream in streams)


def _tell_beginnings(run: RunContext, streams: Sequence[StreamSync]) -> None:
    """Tell in one line how many streams go on from bookmarks: there, `start_date` does not count."""
    timed = [(stream, output.name) for stream in streams for output in stream.outputs if stream.timed.axes]
    going_on = sum(stream.ranges.goes_on(name) for stream, name in timed)
    count = sum(len(stream.outputs) for stream in streams)
    start_date = run.settings.start_date.isoformat().replace("+00:00", "Z")
    parts = [
        (going_on, "from their bookmarks"),
        (len(timed) - going_on, f"from start_date {start_date}"),
        (count - len(timed), "as whole tables"),
    ]
    today = run.client.clock.now().astimezone().date()  # The other lines have only the time.
    LOGGER.info(
        "%s on %s: %s", plural(count, "stream"), today, ", ".join(f"{some} {what}" for some, what in parts if some)
    )


def _stopped(run: RunContext, stopped: Interrupted) -> Interrupted:
    """Write the last state, if the target still takes it, and return the error that says how to continue."""
    advice = "continue with --state state.json, where state.json holds the last line that the target printed"
    also = "; if it printed none, continue with the state that this run began with"
    if run.unit is not None:
        advice, also = "run the unit again, which begins anew", ""
    try:
        run.write_state(at_once=True)
    except TargetGone:
        advice = f"{advice} (the target has stopped as well{also})"
    return Interrupted(stopped.signal_number, advice)


def _incomplete(run: RunContext, streams: Sequence[StreamSync]) -> IncompleteError:
    failed = [stream for stream in streams if stream.failure is not None]
    reasons = "; ".join(stream.reason for stream in failed)
    remedy = refused_remedy([stream.failure for stream in failed], run.settings.on_denied)
    count, of = (sum(len(stream.outputs) for stream in some) for some in (failed, streams))
    return IncompleteError(f"{count} of {of} streams failed: {reasons}{remedy}")


def _stream_sync(
    run: RunContext, stream: Stream, selected: Sequence[Selected], known: Mapping[str, Entry], moments: Moments
) -> StreamSync:
    """Return the sync of an endpoint of which streams are selected."""
    settings = run.settings
    outputs = [StreamOutput(one, Coercer(moments), settings) for one in selected]
    request = request_for(stream, selected, settings.page_size, orphan_columns(stream))
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
