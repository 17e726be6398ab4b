"""What the arguments of the command line ask for."""

import argparse
import json
import os
from contextlib import nullcontext
from typing import Any

from tap_daktela import commands
from tap_daktela.about import about
from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.choosing import chosen_streams, known_streams
from tap_daktela.errors import ConfigError
from tap_daktela.printable import printable_json
from tap_daktela.runtime.files import read_catalog, read_state
from tap_daktela.runtime.standard_streams import open_stdout, show
from tap_daktela.settings import Settings
from tap_daktela.settings.sources import DOTENV, ENVIRONMENT, read_config, settings_without_start
from tap_daktela.sync.report.report import Report
from tap_daktela.sync.singer.state import State, axes_of
from tap_daktela.sync.singer.writer import Writer

OPTIONS = ("streams", "select", "start_date", "end_date")
"""Settings that are options of the command line, too."""

_STDOUT = ("-", "/dev/stdout", "/dev/fd/1")


def dispatch(arguments: argparse.Namespace) -> None:
    """Do what the arguments ask for, all but --version."""
    with _report(arguments) or nullcontext() as report:
        _run(arguments, report)


def _report(arguments: argparse.Namespace) -> Report | None:
    """Return the report, if one is requested. ConfigError if it would replace a file that the run needs."""
    if not arguments.report:
        return None
    for mode in ("about", "discover", "list", "test"):
        if getattr(arguments, mode):
            raise ConfigError(f"arguments: --report tells of a run that reads; leave it out with --{mode}")
    configs = [DOTENV if source == ENVIRONMENT else source for source in arguments.config]
    ours = [path for path in (*configs, arguments.catalog, arguments.state) if path is not None]
    files = list(map(os.path.realpath, arguments.report))
    for path, file in zip(arguments.report, files, strict=True):
        if path in _STDOUT:
            raise ConfigError(f"arguments: --report: {path} is for the records; name a file")
        if file in map(os.path.realpath, ours):
            raise ConfigError(f"arguments: --report: {path} is a file that the run needs")
        if files.count(file) > 1:
            raise ConfigError(f"arguments: --report: {path} is named twice")
    return Report(*arguments.report)


def _configuration(arguments: argparse.Namespace) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what files, environment and options set, as `read_config` does."""
    options = {}
    for name in OPTIONS:
        given = getattr(arguments, name)
        if given in ("", [""]):
            raise ConfigError(f"arguments: --{name.replace('_', '-')} is empty; leave it out or give it a value")
        if given is not None:
            options[name] = ",".join(given) if isinstance(given, list) else given
    return read_config(arguments.config, options)


def _run(arguments: argparse.Namespace, report: Report | None) -> None:
    if arguments.about:
        show(about(arguments.format or "markdown", entries(STREAMS)))
        return
    if arguments.format:
        raise ConfigError("arguments: --format is the form of --about; leave it out, or add --about")
    raw, variables = _configuration(arguments)
    if arguments.discover:
        if arguments.catalog:
            raise ConfigError("arguments: --discover reads no catalog; leave out one of the two")
        document = commands.discover(raw, variables, open_stdout())
        show(printable_json(json.dumps(document, indent=2, ensure_ascii=False)))
        return
    if not arguments.config:
        raise ConfigError("arguments: --config is missing: a file, or ENV for the environment; see tap-daktela --help")
    if arguments.test:
        from tap_daktela.doctor.examination import examine  # noqa: PLC0415 - runs start without it

        files = [DOTENV if source == ENVIRONMENT else source for source in arguments.config]
        examine(raw, variables, files=files, catalog=arguments.catalog, show=show)
        return
    parse = settings_without_start if arguments.list else Settings.parse
    settings = parse(raw, variables)
    catalog = read_catalog(arguments.catalog) if arguments.catalog else None
    known = known_streams(settings)
    chosen = chosen_streams(settings, known, catalog)
    if arguments.list:
        show(commands.listed(settings, known, chosen, open_stdout()))
    else:
        state = State(read_state(arguments.state) if arguments.state else {}, axes_of(known))
        commands.sync(settings, known, chosen, state=state, writer=Writer(open_stdout()), report=report)
