"""What the command does: write a catalog, list the streams, or read."""

import logging
import os
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from tap_daktela import probing
from tap_daktela.catalog import discovery
from tap_daktela.catalog.entries import Entry, Selected
from tap_daktela.choosing import allowed, chosen_streams, default_streams, known_streams, tell_refused
from tap_daktela.daktela.client import Client
from tap_daktela.daktela.http.retry import Retry
from tap_daktela.errors import RemoteError, UnknownHostError
from tap_daktela.listing import listing
from tap_daktela.runtime.pipes import ended_without_reader
from tap_daktela.runtime.signals import Stop
from tap_daktela.settings import Settings
from tap_daktela.settings.sources import ANY_DATE, settings_without_start
from tap_daktela.sync import run
from tap_daktela.sync.report.report import Report
from tap_daktela.sync.singer.state import State
from tap_daktela.sync.singer.writer import Writer
from tap_daktela.sync.telling.progress import Progress
from tap_daktela.units.unit import Unit

LOGGER = logging.getLogger(__name__)

DISCOVERY_RETRIES = Retry(tries=2, seconds=20.0)
"""Who waits for a catalog would rather know soon."""


# --- discovery ------------------------------------------------------------------------------------------------------


def discover(raw: Mapping[str, Any], variables: Mapping[str, str], output: int) -> dict[str, Any]:
    """Return the catalog: of the instance if there is one that can be reached, else of all that the tap knows.

    It is for the descriptor `output`. TargetGone if nobody reads that any more. `variables` as in `Settings.parse`.
    """
    given = {name: value for name, value in raw.items() if value}
    if not {"url", "server"}.intersection(given) or not {"access_token", "username", "password"}.intersection(given):
        LOGGER.warning("No instance and credentials are set: this is the catalog of all streams that the tap knows.")
        nobody: dict[str, Any] = {"server": "nobody", "access_token": "none", "start_date": ANY_DATE}
        shape = ("nested", "timestamps", "extra_streams", "streams", "select")
        settings = Settings.parse(nobody | {name: given[name] for name in shape if name in given}, variables)
        return _catalog(settings, known_streams(settings))
    settings = settings_without_start(raw, variables)
    known = known_streams(settings)
    client = Client(settings.connection, DISCOVERY_RETRIES)
    with Stop(client.close) as stop, closing(client), ended_without_reader(output, stop):
        try:
            client.connect()
            known = probing.probed(client, known, known)
            tell_refused(known, "In the catalog, but not selected by default")
        except (RemoteError, UnknownHostError) as error:
            LOGGER.warning("%s. This is the catalog of all streams that the tap knows.", error)
    return _catalog(settings, known)


def _catalog(settings: Settings, known: Mapping[str, Entry]) -> dict[str, Any]:
    """Return the catalog of what is `known`, marked as the settings `streams` and `select` choose, if they are set."""
    document = discovery.catalog(known, nested=settings.nested, timestamps=settings.timestamps)
    if settings.streams is not None or settings.select:
        chosen = chosen_streams(settings, known, None)
        discovery.mark_selected(document, default_streams(settings, known) if chosen is None else chosen)
    return document


def listed(settings: Settings, known: Mapping[str, Entry], chosen: list[Selected] | None, output: int) -> str:
    """Return the table of what is chosen, or of all that is known, for the descriptor `output`, as in `discover`."""
    if chosen is None and settings.select:
        chosen = default_streams(settings, known)
    wanted = known if chosen is None else {one.entry.name: one.entry for one in chosen}
    client = Client(settings.connection, DISCOVERY_RETRIES)
    with Stop(client.close) as stop, closing(client), ended_without_reader(output, stop):
        instance = client.connect()
        return listing(client, wanted, known, zone=instance.zone, timestamps=settings.timestamps)


# --- reading --------------------------------------------------------------------------------------------------------


def sync(
    settings: Settings,
    known: Mapping[str, Entry],
    chosen: list[Selected] | None,
    *,
    unit: Unit | None = None,
    state: State,
    writer: Writer,
    report: Report | None,
) -> None:
    """Read and write what is chosen, or the default streams; of that only the `unit`, if one is given."""
    if os.isatty(writer.descriptor):
        LOGGER.warning("Records go to this terminal; put a target behind it (| target-csv), or a file (> rows.jsonl)")
    client = Client(settings.connection)
    with (
        Progress() as progress,
        Stop(client.close) as stop,
        closing(client),
        ended_without_reader(writer.descriptor, stop),
    ):
        progress.say(f"connecting to {settings.base_url}…")
        instance = client.connect()
        progress.say("asking which streams may be read…")
        chosen, refused = allowed(client, settings, chosen, known, unit)
        if report is not None:
            report.skipped(refused)
        with stop.deferred():
            begun = run.begin(
                settings, client, instance, state=state, writer=writer, poll=stop.poll, progress=progress, unit=unit
            )
            run.sync(begun, chosen, known, report, left_out=len(refused))
