"""The command line: arguments, logging, signals, and the one place where an error becomes an exit code."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import singer

from tap_daktela import __version__
from tap_daktela.about import about
from tap_daktela.catalog import discovery, selection
from tap_daktela.catalog.entries import Entry, entries
from tap_daktela.catalog.extra import with_extra
from tap_daktela.catalog.selection import Selected
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.daktela.client import Client, Patience
from tap_daktela.errors import AccessError, ConfigError, Interrupted, RemoteError, TapError, TargetGone, UnknownHostError
from tap_daktela.files import read_catalog, read_config, read_json
from tap_daktela.redaction import redactor
from tap_daktela.settings import Settings
from tap_daktela.signals import Stop
from tap_daktela.sync.messages import Writer
from tap_daktela.sync.run import begin, sync
from tap_daktela.sync.state import State

LOGGER = logging.getLogger(__name__)

BUG = 2
"""What the command ends with when the tap itself is at fault."""

DISCOVERY_PATIENCE = Patience(tries=2, seconds=20.0)


class _Parser(argparse.ArgumentParser):
    """Reports wrong arguments like all other mistakes of configuration."""

    def error(self, message: str) -> NoReturn:
        """Raise a ConfigError."""
        raise ConfigError(f"arguments: {message}; see tap-daktela --help")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = _Parser(prog="tap-daktela", description="Reads a Daktela V6 contact centre and writes Singer messages.")
    add = result.add_argument
    add("-c", "--config", action="append", default=[], metavar="FILE", help="settings; of several files the last wins")
    add("--catalog", "--properties", metavar="FILE", help="what to read, as written by --discover")
    add("-s", "--state", metavar="FILE", help="where the last run ended")
    add("-d", "--discover", action="store_true", help="write the catalog and read nothing")
    add("--test", action="store_true", help="log in, read one row of each selected stream, and tell what is refused")
    add("--streams", metavar="A,B", help="read these streams (overrides the setting, and a catalog)")
    add("--start-date", metavar="DATE", help="overrides the setting start_date")
    add("--end-date", metavar="DATE", help="overrides the setting end_date")
    add("--about", action="store_true", help="describe the tap, its settings and its streams")
    add("--format", choices=("json", "markdown"), default="markdown", help="form of --about")
    add("--version", action="version", version=f"tap-daktela {__version__}")
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the result is its exit code."""
    singer.get_logger()
    for handler in logging.getLogger().handlers:
        redactor.install(handler)
    try:
        _run(parser().parse_args(argv))
    except TapError as error:
        LOGGER.log(logging.INFO if isinstance(error, TargetGone) else logging.CRITICAL, "%s", error)
        if isinstance(error, TargetGone | Interrupted):
            _leave(error.exit_code)
        return error.exit_code
    except Exception as error:
        LOGGER.exception("This is a mistake in tap-daktela; please report it with the lines above.")
        LOGGER.critical("%s: %s", type(error).__name__, error)
        return BUG
    return 0


def _leave(exit_code: int) -> NoReturn:
    """End the process at once: requests may be under way that nobody wants to wait for any more."""
    logging.shutdown()
    sys.stderr.flush()
    os._exit(exit_code)


def _run(arguments: argparse.Namespace) -> None:
    if arguments.about:
        sys.stdout.write(about(arguments.format, entries(STREAMS)) + "\n")
        return
    raw = read_config(arguments.config)
    for name in ("streams", "start_date", "end_date"):
        if getattr(arguments, name) is not None:
            raw[name] = getattr(arguments, name)
    if arguments.discover:
        sys.stdout.write(json.dumps(_discover(raw), indent=2, ensure_ascii=False) + "\n")
        return
    if not arguments.config:
        raise ConfigError("arguments: --config is missing; see tap-daktela --help")
    settings = Settings.parse(raw)
    catalog = read_catalog(arguments.catalog) if arguments.catalog and arguments.streams is None else None
    known = _known(settings)
    if arguments.test:
        _test(settings, known, catalog)
    else:
        _sync(settings, known, catalog, State(read_json(arguments.state, "state") if arguments.state else {}))


def _known(settings: Settings) -> dict[str, Entry]:
    """Return every stream; ConfigError if a filter is for one that does not exist."""
    streams = with_extra(STREAMS, settings.extra_streams)
    names = {stream.name for stream in streams}
    strange = [name for name in settings.filters if name not in names]
    if strange:
        raise ConfigError(*(f"filters: there is no stream '{name}' that is read by itself" for name in strange))
    return entries(streams)


# --- discovery ------------------------------------------------------------------------------------------------------


def _discover(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the catalog: of the instance if there is one that can be reached, else of all that the tap knows."""
    if not _names_an_instance(raw):
        LOGGER.info("No instance and credentials are set: this is the catalog of all streams that the tap knows.")
        return discovery.catalog(entries(STREAMS), **_forms(raw))
    settings = Settings.parse({"start_date": "2000-01-01", **{name: value for name, value in raw.items() if value}})
    known = _known(settings)
    client = Client(settings, DISCOVERY_PATIENCE)
    try:
        client.connect()
        known = _readable(client, known, known)
    except (RemoteError, UnknownHostError) as error:
        LOGGER.warning("%s. This is the catalog of all streams that the tap knows.", error)
    finally:
        client.close()
    return discovery.catalog(known, nested=settings.nested, timestamps=settings.timestamps)


def _names_an_instance(raw: Mapping[str, Any]) -> bool:
    given = {name for name, value in raw.items() if value}
    return bool(given & {"url", "server"}) and bool(given & {"access_token", "username", "password"})


def _forms(raw: Mapping[str, Any]) -> dict[str, str]:
    """Return the options of a catalog from settings that are not complete."""
    probe = {"server": "nobody", "access_token": "none", "start_date": "2000-01-01"}
    settings = Settings.parse({**probe, **{name: raw[name] for name in ("nested", "timestamps") if raw.get(name)}})
    return {"nested": settings.nested, "timestamps": settings.timestamps}


def _readable(client: Client, known: Mapping[str, Entry], wanted: Mapping[str, Entry]) -> dict[str, Entry]:
    """Return what of `wanted` the token may read; AccessError if that is nothing."""
    streams = {entry.stream.name: entry.stream for entry in wanted.values()}
    probes = discovery.probe_all(client, streams.values())
    refused = [probe for probe in probes if probe.refusal is not None]
    for probe in refused:
        LOGGER.warning("Left out: %s", probe.refusal)
    if len(refused) == len(probes):
        raise AccessError("the user may read none of the streams; ask for the rights of a role that reads them", 403)
    return discovery.readable({name: known[name] for name in wanted}, probes)


# --- reading --------------------------------------------------------------------------------------------------------


def _selected(
    settings: Settings, known: Mapping[str, Entry], catalog: Mapping[str, Any] | None, client: Client
) -> list[Selected]:
    """Return what to read: the catalog's choice, the settings', or the default streams that the token may read."""
    if catalog is not None:
        chosen, stale = selection.from_catalog(catalog, known)
        for what, names in (("streams", stale.streams), ("fields", stale.fields)):
            if names:
                LOGGER.warning("The catalog selects %s that the tap does not have: %s", what, ", ".join(names))
        return chosen
    if settings.streams is not None:
        return selection.by_default(known, settings.streams)
    wanted = {one.entry.name: one.entry for one in selection.by_default(known, None)}
    return selection.by_default(_readable(client, known, wanted), None)


def _sync(settings: Settings, known: Mapping[str, Entry], catalog: Mapping[str, Any] | None, state: State) -> None:
    client = Client(settings)
    with Stop(client.close) as stop:
        instance = client.connect()
        chosen = _selected(settings, known, catalog, client)
        if not chosen:
            LOGGER.warning("Nothing is selected.")
        with stop.deferred():
            sync(begin(settings, client, instance, state, Writer(sys.stdout.fileno()), stop.poll), chosen, known)
    client.close()


def _test(settings: Settings, known: Mapping[str, Entry], catalog: Mapping[str, Any] | None) -> None:
    """Read one row of each selected stream, and tell what is refused; AccessError if anything is."""
    client = Client(settings, DISCOVERY_PATIENCE)
    instance = client.connect()
    LOGGER.info("Logged in to %s as %s (time zone %s)", settings.base_url, instance.user, instance.zone.key)
    if catalog is not None or settings.streams is not None:
        chosen = _selected(settings, known, catalog, client)
    else:
        chosen = selection.by_default(known, None)
    probes = discovery.probe_all(client, {one.entry.stream.name: one.entry.stream for one in chosen}.values())
    for probe in probes:
        LOGGER.info("%s: %s", probe.stream.name, probe.refusal or "may be read")
    client.close()
    refused = [probe.stream.name for probe in probes if probe.refusal is not None]
    if refused:
        raise AccessError(f"{len(refused)} of {len(probes)} streams may not be read: {', '.join(refused)}", 403)
