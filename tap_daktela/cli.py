"""The command line: arguments, logging, exit codes."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from typing import NoReturn

from tap_daktela import __version__, logs, verbs
from tap_daktela.errors import Interrupted, TapError, TargetGone, sentence
from tap_daktela.runtime.memory import collect_rarely, share_one_heap
from tap_daktela.runtime.standard_streams import show, take_over

LOGGER = logging.getLogger(__name__)

BUG = 2
"""The exit code for a mistake in the tap itself."""


def read(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments: `verb`, `named` (whether it was written), `files`, and each option of any verb.

    ConfigError with all that mean nothing, with what was probably meant, or with the verb that takes an option.
    """
    first = argv[0] if argv and argv[0][:1] not in ("", "-") else ""
    parser = verbs.parser(first)
    if first and first not in verbs.VERBS:
        parser.error(f"there is no verb '{first}'{_hint(first, verbs.VERBS)}")
    for one in argv:
        if one.startswith("-") and f"-{one}" in parser.flags:
            parser.error(f"write -{one}, with two dashes")
    found, strange = parser.parse_known_args(argv[1:] if first else argv)
    given = vars(found)
    named = list(dict.fromkeys([*([first] if first else []), *given.pop("verbs", [])]))
    if len(named) == 1:
        parser.prog = f"tap-daktela {named[0]}"
    words = [one for one in strange if one[:1] != "-"]
    more = {"verb": named[0] if named else "sync", "named": bool(named), "files": words}
    arguments = argparse.Namespace(**{"help": False, "version": False, **verbs.defaults(), **given, **more})
    if not (arguments.help or arguments.version):
        _refuse_strange(parser, [one for one in strange if one not in words])
        _refuse_words(parser, named, words)
        _refuse_options_of_others(parser, arguments.verb, given)
    return arguments


def _refuse_strange(parser: verbs.Parser, strange: Iterable[str]) -> None:
    """Raise ConfigError if there are options that no verb has."""
    # Without a value: it may be a password.
    options = [one.partition("=")[0] if one.startswith("--") else one[:2] for one in strange]
    known = [flag[2:] for flag in parser.flags if flag.startswith("--")]
    if options:
        parser.error("; ".join(f"there is no option {one}{_hint(one.strip('-'), known, '--')}" for one in options))


def _refuse_words(parser: verbs.Parser, named: Sequence[str], words: Sequence[str]) -> None:
    """Raise ConfigError if there is more than one verb, or one in a wrong place, or words that no option takes."""
    if named == ["merge-state"]:
        return
    several = [*named, *[one for one in words if one in verbs.VERBS]]
    if several[1:]:
        parser.error(f"{several[0]} and {several[1]} are two verbs; leave out one of them")
    if several[len(named) :]:
        parser.error(f"write {several[0]} as the first word, or --{several[0]}")
    if words:
        lists = "a list has commas and no spaces (--streams tickets,users), other values with spaces have quotes"
        parser.error(f"no option takes {' '.join(map(repr, words))}: {lists}")


def _refuse_options_of_others(parser: verbs.Parser, verb: str, given: Iterable[str]) -> None:
    """Raise ConfigError if options are `given` that only other verbs take."""
    foreign = [name for name in given if not verbs.tolerated(name, verb)]
    if foreign:
        sentences = [f"--{name.replace('_', '-')} is an option of {verbs.takers(name)}" for name in foreign]
        parser.error("; ".join(f"{sentence}, not of {verb}" for sentence in sentences))


def _hint(name: str, known: Iterable[str], dashes: str = "") -> str:
    from tap_daktela.nearest import nearest  # noqa: PLC0415 - only mistakes need it

    near = nearest(name, known)
    return f"; the nearest is '{dashes}{near}'" if near else ""


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
            sys.stderr.write(verbs.help_of())
        arguments = read(given)
        if arguments.help:
            show(verbs.help_of(arguments.verb if arguments.named else ""))
        elif arguments.version:
            show(f"tap-daktela {__version__}")
        else:
            from tap_daktela.dispatch import dispatch  # noqa: PLC0415 - --version and --help start without all this

            return dispatch(arguments)
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
