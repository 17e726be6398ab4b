"""What the arguments of the command line ask for."""

import argparse
import json
import os
import shlex
from contextlib import nullcontext
from typing import Any

from tap_daktela import commands
from tap_daktela.about import about
from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import ALL_STREAMS
from tap_daktela.choosing import chosen_streams, known_streams, selected_in
from tap_daktela.errors import ConfigError
from tap_daktela.printable import printable_json
from tap_daktela.runtime.files import read_catalog, read_state, read_text
from tap_daktela.runtime.standard_streams import open_stdout, show
from tap_daktela.settings import Settings
from tap_daktela.settings.sources import DOTENV, ENVIRONMENT, read_config, settings_without_start
from tap_daktela.sync.report.report import Report
from tap_daktela.sync.singer.state import State, axes_of
from tap_daktela.sync.singer.unit_state import UnitState
from tap_daktela.sync.singer.writer import Writer
from tap_daktela.units.unit import Unit

OPTIONS = ("streams", "select", "start_date", "end_date")
"""Settings that are options of the command line, too."""

_STDOUT = ("-", "/dev/stdout", "/dev/fd/1")


def dispatch(arguments: argparse.Namespace) -> int:
    """Do what the arguments ask for, all but --help and --version. Return the exit code."""
    with _report(arguments) or nullcontext() as report:
        if arguments.verb == "about":
            show(about(arguments.format or "markdown", entries(ALL_STREAMS)))
        elif arguments.verb == "merge-state":
            _merge(arguments)
        elif arguments.verb == "discover":
            _discover(arguments)
        elif not arguments.config:
            word = f" {arguments.verb}" if arguments.named else ""
            sources = f"a file, or {ENVIRONMENT} for the environment"
            raise ConfigError(f"arguments: --config is missing: {sources}; see tap-daktela{word} --help")
        elif arguments.verb == "test":
            _test(arguments)
        else:
            return _with_streams(arguments, report)
    return 0


def _report(arguments: argparse.Namespace) -> Report | None:
    """Return the report, if one is requested. ConfigError if it would replace a file that the run needs."""
    if not arguments.report:
        return None
    configs = [DOTENV if source == ENVIRONMENT else source for source in arguments.config]
    ours = [path for path in (*configs, arguments.catalog, arguments.state, arguments.unit) if path is not None]
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


def _unit(arguments: argparse.Namespace) -> Unit:
    """Return the unit that is read. ConfigError if other arguments say from when to when, too."""
    for name in ("state", "start_date", "end_date"):
        if getattr(arguments, name) is not None:
            option = f"--{name.replace('_', '-')}"
            raise ConfigError(f"arguments: the unit says from when to when it is read; leave out {option} or --unit")
    path = "/dev/stdin" if arguments.unit == "-" else arguments.unit
    return Unit.parse(read_text(path, "unit"), f"unit: {path}")


def _merge(arguments: argparse.Namespace) -> None:
    from tap_daktela.units.merging import merge_files  # noqa: PLC0415 - runs start without it

    if not arguments.files:
        example = "tap-daktela merge-state states/*.jsonl > state.json"
        raise ConfigError(f"arguments: merge-state needs the files of states: {example}")
    show(merge_files(arguments.files, since=arguments.since))


def _discover(arguments: argparse.Namespace) -> None:
    if arguments.catalog:
        raise ConfigError("arguments: discover reads no catalog; leave out --catalog")
    raw, variables = _configuration(arguments)
    document = commands.discover(raw, variables, open_stdout())
    show(printable_json(json.dumps(document, indent=2, ensure_ascii=False)))


def _test(arguments: argparse.Namespace) -> None:
    from tap_daktela.doctor.examination import examine  # noqa: PLC0415 - runs start without it

    raw, variables = _configuration(arguments)
    files = [DOTENV if source == ENVIRONMENT else source for source in arguments.config]
    examine(raw, variables, files=files, catalog=arguments.catalog, show=show)


def _with_streams(arguments: argparse.Namespace, report: Report | None) -> int:
    """Do what is done with chosen streams. Return the exit code."""
    unit = _unit(arguments) if arguments.unit is not None else None
    needs_start = arguments.verb != "list" and unit is None
    parse = Settings.parse if needs_start else settings_without_start
    settings = parse(*_configuration(arguments))
    catalog = read_catalog(arguments.catalog) if arguments.catalog else None
    known = known_streams(settings)
    chosen = chosen_streams(settings, known, catalog)
    if arguments.verb == "list":
        show(commands.listed(settings, known, chosen, open_stdout()))
        return 0
    if arguments.verb == "plan":
        from tap_daktela.planning.command import plan  # noqa: PLC0415 - runs start without it

        plan(settings, known, chosen, output=open_stdout(), unit_rows=arguments.unit_rows,
             newest_first=arguments.newest_first)  # fmt: skip
        return 0
    state = State(read_state(arguments.state) if arguments.state else {}, axes_of(known))
    if arguments.verb == "reconcile":
        from tap_daktela.reconcile.command import Options, reconcile  # noqa: PLC0415 - runs start without it

        files = [("--config", path) for path in arguments.config] + [("--catalog", arguments.catalog)]
        source = shlex.join(word for option, path in files if path for word in (option, path))
        options = Options(
            arguments.sql, arguments.schema, arguments.answers, arguments.digests, arguments.repair, source
        )
        return reconcile(settings, known, chosen, state=state, output=open_stdout(), options=options)
    if unit is not None:
        selected = selected_in(unit, f"unit: {arguments.unit}", settings, known, chosen)
        state = UnitState(unit, axes_of(known | selected))
    commands.sync(settings, known, chosen, unit=unit, state=state, writer=Writer(open_stdout()), report=report)
    return 0
