"""The command line: arguments, logging, exit codes."""

import argparse
import fcntl
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any, NoReturn

from tap_daktela import __version__, commands, logs
from tap_daktela.about import about
from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.choosing import chosen_streams
from tap_daktela.errors import ConfigError, Interrupted, OutputError, TapError, TargetGone
from tap_daktela.printable import printable_json
from tap_daktela.runtime.files import read_catalog, read_json
from tap_daktela.runtime.memory import collect_rarely, share_one_heap
from tap_daktela.runtime.standard_streams import take_over
from tap_daktela.settings import Settings
from tap_daktela.settings.sources import DOTENV, ENVIRONMENT, read_config
from tap_daktela.sync.report import Report, sentence
from tap_daktela.sync.singer.state import State, axes_of
from tap_daktela.sync.singer.writer import Writer

LOGGER = logging.getLogger(__name__)

BUG = 2
"""The exit code for a mistake in the tap itself."""

OPTIONS = ("streams", "select", "start_date", "end_date")
"""Settings that are options of the command line, too."""

_CONFIG = "settings: a file, or ENV for the variables TAP_DAKTELA_URL, …; of several the last wins"


class _Parser(argparse.ArgumentParser):
    """Reports wrong arguments like other mistakes in the configuration."""

    def error(self, message: str) -> NoReturn:
        """Raise a ConfigError."""
        raise ConfigError(f"arguments: {message}; see tap-daktela --help")

    def print_help(self, _file: object = None) -> None:
        """Write the help to stdout; OutputError if that is not possible."""
        _show(self.format_help())


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = _Parser(
        prog="tap-daktela",
        description="Reads a Daktela V6 contact centre and writes Singer messages.",
        epilog=f"The environment variable {logs.LEVEL_VARIABLES[0]}=DEBUG makes it tell of every request, "
        f"{logs.FORMAT_VARIABLE}=json makes JSON of the lines of the log.",
        allow_abbrev=False,
    )
    add = result.add_argument
    add("-c", "--config", action="append", default=[], metavar="FILE", help=_CONFIG)
    add("--catalog", "--properties", metavar="FILE", help="what to read, as written by --discover")
    add("-s", "--state", metavar="FILE", help="where the last run ended")
    mode = result.add_mutually_exclusive_group().add_argument
    mode("-d", "--discover", action="store_true", help="write the catalog and read nothing")
    mode("--list", action="store_true", help="show the streams as a table: rows, newest row, rights")
    mode("--test", action="store_true", help="log in, read one row of each selected stream, and tell what is refused")
    add("--streams", metavar="A,B", help="read these streams, of what the catalog selects; overrides the setting")
    add("--select", action="append", metavar="PATTERN", help="read these fields: tickets.*, !*.description; repeatable")
    add("--start-date", metavar="DATE", help="overrides the setting start_date")
    add("--end-date", metavar="DATE", help="overrides the setting end_date")
    add("--report", metavar="FILE", help="write what came of the run, for machines: JSON with counts for each window")
    add("--about", action="store_true", help="describe the tap, its settings and its streams")
    add("--format", choices=("json", "markdown", "meltano"), default="markdown", help="form of --about")
    add("--version", action="store_true", help="show the version")
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the result is its exit code."""
    take_over()
    try:
        share_one_heap()
        collect_rarely()
        logs.start()
        arguments = parser().parse_args(argv)
        with _report(arguments) or nullcontext() as report:
            _run(arguments, report)
    except TapError as error:
        _fail(error, error.exit_code)
    except KeyboardInterrupt:
        stop = Interrupted(signal.SIGINT)
        _fail(stop, stop.exit_code)
    except Exception as error:
        LOGGER.exception("This is a mistake in tap-daktela; please report it with the lines above.")
        _fail(error, BUG)
    return 0


def _fail(error: Exception, exit_code: int) -> NoReturn:
    """Log the last line of a run and end the process at once, without waiting for requests in flight."""
    quiet = isinstance(error, TargetGone)
    LOGGER.log(logging.INFO if quiet else logging.CRITICAL, "%s", sentence(error))
    os._exit(exit_code)


def _report(arguments: argparse.Namespace) -> Report | None:
    """Return the report, if one is requested. ConfigError if it would replace a file that the run needs."""
    if arguments.report is None:
        return None
    for mode in ("about", "discover", "list", "test"):
        if getattr(arguments, mode):
            raise ConfigError(f"arguments: --report tells of a run that reads; leave it out with --{mode}")
    configs = [DOTENV if source == ENVIRONMENT else source for source in arguments.config]
    ours = [path for path in (*configs, arguments.catalog, arguments.state) if path is not None]
    if os.path.realpath(arguments.report) in map(os.path.realpath, ours):
        raise ConfigError(f"arguments: --report: {arguments.report} is a file that the run needs")
    return Report(arguments.report)


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
    if arguments.version or arguments.about:
        _show(f"tap-daktela {__version__}" if arguments.version else about(arguments.format, entries(STREAMS)))
        return
    raw, variables = _configuration(arguments)
    if arguments.discover:
        if arguments.catalog:
            raise ConfigError("arguments: --discover reads no catalog; leave out one of the two")
        document = commands.discover(raw, variables, _stdout().descriptor)
        _show(printable_json(json.dumps(document, indent=2, ensure_ascii=False)))
        return
    if not arguments.config:
        raise ConfigError("arguments: --config is missing: a file, or ENV for the environment; see tap-daktela --help")
    parse = commands.settings_without_start if arguments.list else Settings.parse
    settings = parse(raw, variables)
    catalog = read_catalog(arguments.catalog) if arguments.catalog else None
    known = commands.known_streams(settings)
    chosen = chosen_streams(settings, known, catalog)
    if arguments.list:
        _show(commands.listed(settings, known, chosen, _stdout().descriptor))
    elif arguments.test:
        commands.test(settings, known, chosen)
    else:
        state = State(read_json(arguments.state, "state") if arguments.state else {}, axes_of(known))
        commands.sync(settings, known, chosen, state=state, writer=_stdout(), report=report)


def _stdout() -> Writer:
    """Return the writer to stdout. OutputError if the caller has closed stdout."""
    if fcntl.fcntl(sys.stdout.fileno(), fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise OutputError("stdout is closed")
    return Writer(sys.stdout.fileno())


def _show(text: str) -> None:
    """Write a document to stdout, in UTF-8 whatever the locale."""
    _stdout().write(f"{text.rstrip()}\n".encode())
