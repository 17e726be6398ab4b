"""The command line: arguments, logging, exit codes."""

import argparse
import logging
import os
import signal
from collections.abc import Sequence
from typing import NoReturn

from tap_daktela import __version__, logs
from tap_daktela.errors import ConfigError, Interrupted, TapError, TargetGone, sentence
from tap_daktela.runtime.memory import collect_rarely, share_one_heap
from tap_daktela.runtime.standard_streams import show, take_over

LOGGER = logging.getLogger(__name__)

BUG = 2
"""The exit code for a mistake in the tap itself."""

_CONFIG = "settings: a file, or ENV for the variables TAP_DAKTELA_URL, …; of several the last wins"


class _Parser(argparse.ArgumentParser):
    """Reports wrong arguments like other mistakes in the configuration."""

    def error(self, message: str) -> NoReturn:
        """Raise a ConfigError."""
        raise ConfigError(f"arguments: {message}; see tap-daktela --help")

    def print_help(self, _file: object = None) -> None:
        """Write the help to stdout; OutputError if that is not possible."""
        show(self.format_help())


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
        if arguments.version:
            show(f"tap-daktela {__version__}")
        else:
            from tap_daktela.dispatch import dispatch  # noqa: PLC0415 - --version and --help start without all this

            dispatch(arguments)
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
