"""The command line: arguments, logging, exit codes."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from tap_daktela import __version__, logs
from tap_daktela.errors import ConfigError, Interrupted, TapError, TargetGone, sentence
from tap_daktela.runtime.memory import collect_rarely, share_one_heap
from tap_daktela.runtime.standard_streams import show, take_over

LOGGER = logging.getLogger(__name__)

BUG = 2
"""The exit code for a mistake in the tap itself."""

_EXAMPLES = f"""\
examples:
  see what there is, and choose:
    tap-daktela -c config.json --discover > catalog.json
  the first run, into a target:
    tap-daktela -c config.json --catalog catalog.json |
      target-csv -c target.json > states.jsonl
    tail -n 1 states.jsonl > state.json
  the next run, from where the last one ended:
    tap-daktela -c config.json --catalog catalog.json -s state.json |
      target-csv -c target.json > states.jsonl

{logs.LEVEL_VARIABLES[0]}=DEBUG tells of every request.
{logs.FORMAT_VARIABLE}=json makes JSON of the lines of the log."""


class _Parser(argparse.ArgumentParser):
    """Reports wrong arguments like other mistakes in the configuration."""

    def error(self, message: str) -> NoReturn:
        """Raise a ConfigError."""
        raise ConfigError(f"arguments: {message}; see tap-daktela --help")

    def print_help(self, _file: object = None) -> None:
        """Write the help to stdout; OutputError if that is not possible."""
        show(self.format_help())

    def read(self, argv: Sequence[str]) -> argparse.Namespace:
        """Return the arguments. ConfigError with all that mean nothing, and with what was probably meant."""
        known = self._option_string_actions
        for one in argv:
            if one.startswith("-") and f"-{one}" in known:
                self.error(f"write -{one}, with two dashes")
        arguments, strange = self.parse_known_args(argv)
        # Without a value: it may be a password.
        options = [one.partition("=")[0] if one.startswith("--") else one[:2] for one in strange if one[:1] == "-"]
        if options:
            from tap_daktela.nearest import hint  # noqa: PLC0415 - only mistakes need it

            self.error("; ".join(f"there is no option {one}{hint(one, known)}" for one in options))
        if strange:
            lists = "a list has commas and no spaces (--streams tickets,users), other values with spaces have quotes"
            self.error(f"no option takes {' '.join(map(repr, strange))}: {lists}")
        return arguments


def parser() -> _Parser:
    """Return the parser of the command line."""
    result = _Parser(
        prog="tap-daktela",
        usage="%(prog)s --config FILE [options] | target",
        description="Reads a Daktela V6 contact centre and writes Singer messages.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    add = result.add_argument_group("files").add_argument
    add("-c", "--config", action="append", default=[], metavar="FILE",
        help="settings; ENV for the variables TAP_DAKTELA_URL, …; repeatable, the last wins")  # fmt: skip
    add("--catalog", "--properties", metavar="FILE", help="what to read, as written by --discover")
    add("-s", "--state", metavar="FILE", help="where the last run ended; left out in the first run")
    add("--report", action="append", default=[], metavar="FILE",
        help="what came of the run: a page if FILE ends with .html, else JSON; repeatable")  # fmt: skip
    add = result.add_argument_group("what is read").add_argument
    add("--streams", action="append", metavar="A,B", help="these streams, of what the catalog selects")
    add("--select", action="append", metavar="PATTERN", help="these fields: tickets.*, !*.description; repeatable")
    add("--start-date", metavar="DATE", help="overrides the setting start_date")
    add("--end-date", metavar="DATE", help="overrides the setting end_date")
    group = result.add_argument_group("instead of reading")
    mode = group.add_mutually_exclusive_group().add_argument
    mode("-d", "--discover", action="store_true", help="write the catalog")
    mode("--list", action="store_true", help="show the streams: rows, newest row, rights")
    mode("--test", action="store_true", help="check settings, instance and rights; say how to mend what is wrong")
    add = group.add_argument
    add("--about", action="store_true", help="describe the tap, its settings and its streams")
    add("--format", choices=("json", "markdown", "meltano"), help="form of --about, markdown by default")
    add("--version", action="store_true", help="show the version")
    add("-h", "--help", action="help", help="show this help")
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the result is its exit code."""
    take_over()
    try:
        share_one_heap()
        collect_rarely()
        logs.start()
        given = sys.argv[1:] if argv is None else argv
        if not given:
            # Not to stdout: a target may read it.
            sys.stderr.write(parser().format_help())
        arguments = parser().read(given)
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
