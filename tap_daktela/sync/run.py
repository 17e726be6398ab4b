"""A whole run: from the selection to the last state."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from itertools import chain, groupby
from typing import TYPE_CHECKING

from tap_daktela.daktela import clock
from tap_daktela.errors import ConfigError, TapError, TargetGone
from tap_daktela.sync.child import ChildLane
from tap_daktela.sync.context import Run
from tap_daktela.sync.lane import Lane
from tap_daktela.sync.output import Output
from tap_daktela.sync.prefetch import Prefetcher
from tap_daktela.sync.progress import Progress, log_table
from tap_daktela.sync.request import request_for
from tap_daktela.sync.source import Source, Traffic
from tap_daktela.sync.values import Values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tap_daktela.catalog.entries import Entry
    from tap_daktela.catalog.fields import Stream
    from tap_daktela.catalog.selection import Selected
    from tap_daktela.daktela.client import Client, Instance
    from tap_daktela.settings import Settings
    from tap_daktela.sync.messages import Writer
    from tap_daktela.sync.report import Report
    from tap_daktela.sync.state import State

LOGGER = logging.getLogger(__name__)

PAGES_AHEAD = 4
"""Pages that may wait for their turn, beside those that are under way."""

BYTES_AHEAD = 8 * 2**20
"""Bytes of bodies that these pages may have together: pages of long e-mails would take all memory otherwise."""


class IncompleteError(TapError):
    """Some streams failed; the others were read to their end and their state was kept."""


def begin(
    settings: Settings,
    client: Client,
    instance: Instance,
    *,
    state: State,
    writer: Writer,
    poll: Callable[[], None],
) -> Run:
    """Fix what a run reads: from `start_date` up to the server's clock less `settle_minutes`, or to `end_date`."""
    bound = instance.now - timedelta(minutes=settings.settle_minutes)
    if settings.end_date is not None:
        bound = min(bound, clock.resolve(settings.end_date, instance.zone))
    bound = bound.replace(microsecond=0)
    start = clock.resolve(settings.start_date, instance.zone)
    if settings.end_date is not None and clock.resolve(settings.end_date, instance.zone) <= start:
        raise ConfigError(f"end_date must be after start_date, and is not in the time zone {instance.zone.key}")
    LOGGER.info(
        "Reading %s as %s, up to %s (time zone %s)",
        settings.base_url, instance.user, clock.utc_text(bound), instance.zone.key,
    )  # fmt: skip
    version = int(time.time() * 1000)
    return Run(client, settings, instance.zone, start, bound, state, writer, Progress(), poll, version)


def sync(run: Run, selection: Sequence[Selected], known: Mapping[str, Entry], report: Report | None = None) -> None:
    """Read and write everything that is selected. IncompleteError if a stream failed, after all others are done."""
    lanes = _rotated(_lanes(run, selection, known), run.state.currently_syncing)
    if report is not None:
        report.follow(run, lanes)
    if run.state.is_foreign([one.entry.name for one in selection]):
        LOGGER.warning("The state has no bookmark for any selected stream: it may be another tap's.")
    ahead = run.settings.concurrency + PAGES_AHEAD
    prefetcher = Prefetcher(
        ahead,
        allowed=run.client.allowed,
        poll=run.poll,
        ahead=ahead,
        bytes_ahead=BYTES_AHEAD,
        weigh=lambda answer: answer.size if answer else 0,
    )
    run.client.before_unpacking(prefetcher.wait_for_turn)
    try:
        prefetcher.run(chain.from_iterable(lane.steps() for lane in lanes))
    except TargetGone:
        raise
    except TapError:
        run.write_state(at_once=True)
        raise
    finally:
        run.progress.close()
        _summarise(run, lanes)
    failed = [lane for lane in lanes if lane.failure is not None]
    run.state.currently_syncing = failed[0].outputs[0].name if failed else None
    run.write_state(at_once=True)
    if failed:
        reasons = "; ".join(lane.reason for lane in failed)
        raise IncompleteError(f"{len(failed)} of {len(lanes)} streams failed: {reasons}")


def _lanes(run: Run, selection: Sequence[Selected], known: Mapping[str, Entry]) -> list[Lane]:
    """Return one lane for each endpoint that the selection needs."""
    return [
        _lane(run, stream, list(selected), known)
        for stream, selected in groupby(selection, key=lambda selected: selected.entry.stream)
    ]


def _lane(run: Run, stream: Stream, selected: Sequence[Selected], known: Mapping[str, Entry]) -> Lane:
    settings, traffic = run.settings, Traffic()
    zone = None if settings.timezone else run.zone.key
    local = settings.timestamps == "local"
    outputs = [Output(one, Values(run.zone, local=local), settings) for one in selected]
    request = request_for(stream, selected, settings.page_size, zone, also=_columns_of_item(stream))
    source = Source(run.client, request, run.dialect, traffic)
    child = stream.child
    if child is None:
        return Lane(run, stream, outputs, source)
    parent = known[child.parent].stream
    parent_request = request_for(parent, (), settings.page_size, zone, also=(child.column,))
    parent_source = Source(run.client, parent_request, run.dialect, traffic)
    return ChildLane(run, stream, outputs, source, child=child, parent=(parent, parent_source))


def _columns_of_item(stream: Stream) -> list[str]:
    """Return the columns that tell whether a row is an orphan, which is counted whatever is selected."""
    rule = stream.item
    if rule is None:
        return []
    return [
        column.name for field in stream.fields if field.api in (rule.field, rule.type_field) for column in field.columns
    ]


def _rotated(lanes: list[Lane], interrupted: str | None) -> list[Lane]:
    """Put the lane in which the last run was interrupted first, and keep all others."""
    place = next(
        (number for number, lane in enumerate(lanes) for output in lane.outputs if output.name == interrupted), 0
    )
    return lanes[place:] + lanes[:place]


def _summarise(run: Run, lanes: Sequence[Lane]) -> None:
    """Tell what every stream brought, and which values could not be used."""
    rows = []
    for lane in (lane for lane in lanes if lane.begun):
        traffic = lane.source.traffic
        for output in lane.outputs:
            _tell_dirt(output)
            marks = [run.state.bookmark(output.name, axis.name) for axis in lane.timed.axes]
            bookmark = min((mark for mark in marks if mark), default=None)
            shared = (traffic.requests, traffic.retries) if output is lane.outputs[0] else (None, None)
            dirty = sum(one.count for one in output.values.dirt.values())
            until = clock.utc_text(bookmark) if bookmark else None
            rows.append((output.name, output.rows, *shared, dirty, lane.seconds, until))
        if traffic.repaired:
            LOGGER.warning(
                "%s: %d characters that no target can store were replaced", lane.stream.name, traffic.repaired
            )
        if lane.account.orphans:
            LOGGER.info("%s: %d rows without their item (orphans)", lane.stream.name, lane.account.orphans)
    log_table(rows)


def _tell_dirt(output: Output) -> None:
    for column, dirt in output.values.dirt.items():
        what = "values were not what the field is declared as, and were written as null or empty"
        LOGGER.warning("%s.%s: %d %s (such as in %s)", output.name, column, dirt.count, what, dirt.example)
    trimmed = output.values.trimmed
    if trimmed.count:
        what = "elements came without their key, as happens where a right is missing, and were left out"
        LOGGER.warning("%s: %d %s (such as in %s)", output.name, trimmed.count, what, trimmed.example)
