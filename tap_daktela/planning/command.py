"""The verb plan: what a backfill costs before it starts, and the work as units."""

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import closing

from tap_daktela.catalog.entries import Entry, Selected
from tap_daktela.catalog.selection import parted
from tap_daktela.choosing import allowed
from tap_daktela.daktela import clock
from tap_daktela.daktela.client import Client
from tap_daktela.daktela.instance import Instance
from tap_daktela.daktela.server_clock import refuse_impossible_start
from tap_daktela.errors import ConfigError, IncompleteError, TapError
from tap_daktela.planning.assembling import Range, Work, units_of
from tap_daktela.planning.estimate import Estimate, estimated
from tap_daktela.planning.lists import lists_of
from tap_daktela.planning.telling import Planned, Told, words
from tap_daktela.runtime.pipes import ended_without_reader, write_whole
from tap_daktela.runtime.signals import Stop
from tap_daktela.settings import Settings
from tap_daktela.sync.run import run_range
from tap_daktela.sync.streams.rights import refused_remedy
from tap_daktela.sync.telling.closing_words import tell
from tap_daktela.sync.telling.progress import Progress
from tap_daktela.sync.telling.signs import signs
from tap_daktela.units.unit import Unit

LOGGER = logging.getLogger(__name__)


def plan(
    settings: Settings,
    known: Mapping[str, Entry],
    chosen: list[Selected] | None,
    *,
    output: int,
    unit_rows: int,
    newest_first: bool,
) -> None:
    """Write the units of what is chosen, or of the default streams, to the descriptor `output`, one JSON a line.

    A unit has at most `unit_rows` rows, if possible. IncompleteError if a stream cannot be read; the units of the
    others are written first.
    """
    began = time.monotonic()
    client = Client(settings.connection)
    with Progress() as progress, Stop(client.close) as stop, closing(client), ended_without_reader(output, stop):
        progress.say(f"connecting to {settings.base_url}…")
        instance = client.connect()
        progress.say("asking which streams may be read…")
        chosen, _ = parted(allowed(client, settings, chosen, known)[0])
        whole = _range(settings, client, instance)
        lists = lists_of(chosen, known, settings)
        estimate = estimated(client, settings, lists, whole, instance.seconds, limit=unit_rows, say=progress.say)
        units = units_of(
            estimate.works, whole, unit_rows, newest_first=newest_first, begin_seconds=estimate.begin_seconds
        )
        write_whole(output, "".join(f"{unit.line()}\n" for unit in units).encode())
    _tell(estimate, units, time.monotonic() - began)
    if estimate.failures:
        raise _incomplete(estimate, chosen, settings)


def _range(settings: Settings, client: Client, instance: Instance) -> Range:
    """Return what a run would read. ConfigError if it is nothing."""
    start, end = run_range(settings, instance)
    start = start.replace(microsecond=0)  # Units have whole seconds.
    refuse_impossible_start(instance, start, ends=settings.end_date is not None, machine=client.clock.now())
    begin, until = clock.utc_text(start), clock.utc_text(end)
    if start >= end:
        raise ConfigError(f"start_date is {begin}, and a run reads up to {until}: there is nothing to plan")
    url, zone = settings.base_url, instance.zone
    LOGGER.info("Planning %s as %s, from %s to %s (time zone %s)", url, instance.user, begin, until, zone.key)
    return Range(url, start, end, zone)


def _tell(estimate: Estimate, units: Sequence[Unit], seconds: float) -> None:
    """Log what the plan says."""
    planned = [_planned(work, estimate, units) for work in estimate.works]
    told = Told(planned, units, estimate.unknown, estimate.large, estimate.stats, seconds)
    tell(LOGGER, words(told, signs()))


def _planned(work: Work, estimate: Estimate, units: Sequence[Unit]) -> Planned:
    name = work.streams[0]
    return Planned(work.streams, estimate.costs[name], sum(name in unit.streams for unit in units))


def _incomplete(estimate: Estimate, chosen: Sequence[Selected], settings: Settings) -> TapError:
    reasons = "; ".join(map(str, estimate.failures.values()))
    remedy = refused_remedy(estimate.failures.values(), settings.on_denied)
    count = f"{len(estimate.failures)} of {len(chosen)} streams"
    return IncompleteError(f"{count} cannot be planned: {reasons}{remedy}")
