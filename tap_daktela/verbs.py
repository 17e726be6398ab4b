"""The words of the command line: its verbs, the options of each, and what somebody wrote who meant another."""

import argparse
from itertools import groupby
from typing import Any, NamedTuple, NoReturn

from tap_daktela import logs
from tap_daktela.errors import ConfigError


class Verb(NamedTuple):
    """What the command can be told to do.

    - `does`: a line of the help; `usage`: what follows it on the command line; `more`: the end of its own help.
    """

    name: str
    does: str
    usage: str
    more: str


_SYNC = f"""\
examples:
  see what there is, and choose:
    tap-daktela discover -c config.json > catalog.json
  the first run, into a target:
    tap-daktela -c config.json --catalog catalog.json |
      target-csv -c target.json > states.jsonl
    tail -n 1 states.jsonl > state.json
  the next run, from where the last one ended:
    tap-daktela -c config.json --catalog catalog.json -s state.json |
      target-csv -c target.json > states.jsonl

{logs.LEVEL_VARIABLES[0]}=DEBUG tells of every request.
{logs.FORMAT_VARIABLE}=json makes JSON of the lines of the log."""

_PLAN = """\
It asks for totals and a page of each stream, and writes no rows. A table on
stderr says what the backfill costs. Any unit may be read on any machine:
  tap-daktela plan -c config.json > units.jsonl
  head -n 1 units.jsonl | tap-daktela -c config.json --unit - |
    target-csv -c target.json > states/1.jsonl
  tap-daktela merge-state states/*.jsonl > state.json"""

_MERGE = """\
FILE is a state, or what a target printed (its last line counts). The result is
the state for the next run. It is never ahead of what was read: where a unit is
missing or failed, the next run reads on from there. No instance is asked.
  tap-daktela merge-state states/*.jsonl > state.json"""

_RECONCILE = """\
Without a warehouse_url in the settings it writes SQL, and takes the answers of
all rounds so far, until it knows enough:
  tap-daktela reconcile -c c.json -s state.json --sql postgres > 1.sql
  psql --csv --quiet -f 1.sql > 1.csv
  tap-daktela reconcile -c c.json -s state.json --sql postgres --answers 1.csv

exit codes:
  0  nothing differs, but for what the next run brings by itself
  3  something is missing here: in the warehouse
  4  nothing is missing here, but rows are gone there: in the instance
  5  the warehouse has to be asked more: the SQL is on stdout"""

VERBS = {
    one.name: one
    for one in (
        Verb("sync", "read, and write messages for a target; meant if there is no verb",
             "--config FILE [options] | target", _SYNC),
        Verb("discover", "write the catalog", "--config FILE [options] > catalog.json", ""),
        Verb("list", "show the streams: rows, newest row, rights", "--config FILE [options]", ""),
        Verb("test", "check settings, instance and rights; say how to mend them",
             "--config FILE [options]", ""),
        Verb("about", "describe the tap, its settings and its streams", "[options]", ""),
        Verb("plan", "say what a backfill costs; write its units, one JSON a line",
             "--config FILE [options] > units.jsonl", _PLAN),
        Verb("merge-state", "join the states of units and runs into one", "[options] FILE... > state.json", _MERGE),
        Verb("reconcile", "hold a warehouse against the instance: missing, gone, late",
             "--config FILE [options]", _RECONCILE),
    )
}  # fmt: skip
"""Every verb by its name, which is a first word or an option: `plan` or `--plan`."""


class _Option(NamedTuple):
    """An option, for argparse, and the verbs that take it.

    `ignored_by` are verbs that take it and do not use it: runners such as Meltano add it to every command.
    """

    group: str
    verbs: str
    flags: tuple[str, ...]
    details: dict[str, Any]
    ignored_by: str = ""

    @property
    def name(self) -> str:
        """The attribute of the arguments that has its value."""
        long = next(flag for flag in self.flags if flag.startswith("--"))
        return long[2:].replace("-", "_")


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError("it is a whole number from 1")
    return int(text)


_MANY: dict[str, Any] = {"action": "append", "default": []}
_FLAG: dict[str, Any] = {"action": "store_true", "default": False}
_READING = "sync discover list test plan reconcile"
_CHOOSING = "sync list test plan reconcile"
_OPTIONS = (
    _Option("files", _READING, ("-c", "--config"), {**_MANY, "metavar": "FILE",
            "help": "settings; ENV for the variables TAP_DAKTELA_URL, …; repeatable, the last wins"}, "about"),
    _Option("files", _CHOOSING, ("--catalog", "--properties"), {"metavar": "FILE",
            "help": "what to read, as written by discover"}, "discover about"),
    _Option("files", "sync", ("-s", "--state"), {"metavar": "FILE",
            "help": "where the last run ended; left out in the first run"}, "discover list test about"),
    _Option("files", "reconcile", ("-s", "--state"), {"metavar": "FILE",
            "help": "up to where the warehouse was loaded: the state after its last run"}),
    _Option("files", "sync", ("--unit",), {"metavar": "FILE",
            "help": "read this unit of a plan, one line of it; - for stdin"}),
    _Option("files", "sync", ("--report",), {**_MANY, "metavar": "FILE",
            "help": "what came of the run: a page if FILE ends with .html, else JSON; repeatable"}),
    _Option("files", "reconcile", ("--answers",), {**_MANY, "metavar": "FILE",
            "help": "what the warehouse answered, as CSV or JSON; repeatable"}),
    _Option("what is read", _READING, ("--streams",), {"action": "append", "metavar": "A,B",
            "help": "these streams, of what the catalog selects"}),
    _Option("what is read", "sync discover list test plan", ("--select",), {"action": "append", "metavar": "PATTERN",
            "help": "these fields: tickets.*, !*.description; repeatable"}),
    _Option("what is read", "sync test plan reconcile", ("--start-date",), {"metavar": "DATE",
            "help": "overrides the setting start_date"}),
    _Option("what is read", "sync test plan reconcile", ("--end-date",), {"metavar": "DATE",
            "help": "overrides the setting end_date"}),
    _Option("the units", "plan", ("--unit-rows",), {"type": _positive, "default": 50_000, "metavar": "N",
            "help": "about so many rows in each; 50000 by default"}),
    _Option("the units", "plan", ("--newest-first",), {**_FLAG, "help": "begin with the newest windows"}),
    _Option("the result", "merge-state", ("--since",), {"metavar": "DATE",
            "help": "where the loads of states began that do not say so themselves"}),
    _Option("the warehouse", "reconcile", ("--sql",), {"metavar": "DIALECT",
            "choices": ("postgres", "duckdb", "snowflake", "bigquery"),
            "help": "its SQL: postgres, duckdb, snowflake or bigquery"}),
    _Option("the warehouse", "reconcile", ("--schema",), {"metavar": "NAME", "help": "where its tables are"}),
    _Option("what is done", "reconcile", ("--digests",), {**_FLAG,
            "help": "compare keys, too, where the numbers of rows agree"}),
    _Option("what is done", "reconcile", ("--repair",), {**_FLAG,
            "help": "write the missing rows for a target, instead of the findings"}),
    _Option("form", "about", ("--format",), {"choices": ("json", "markdown", "meltano"),
            "help": "markdown by default"}),
)  # fmt: skip


class Parser(argparse.ArgumentParser):
    """Reports wrong arguments like other mistakes in the configuration."""

    def error(self, message: str) -> NoReturn:
        """Raise a ConfigError."""
        raise ConfigError(f"arguments: {message}; see {self.prog} --help")

    @property
    def flags(self) -> list[str]:
        """What options begin with, such as `-c` and `--config`."""
        return list(self._option_string_actions)


def parser(word: str) -> Parser:
    """Return what parses the options of every verb, to tell the options of another one. `word` is the first one."""
    result = Parser(
        prog=f"tap-daktela {word}" if word in VERBS else "tap-daktela",
        argument_default=argparse.SUPPRESS,
        add_help=False,
        allow_abbrev=False,
    )
    add = result.add_argument
    for name in VERBS:
        flags = ("-d", "--discover") if name == "discover" else (f"--{name}",)
        add(*flags, dest="verbs", action="append_const", const=name)
    for flags in (("-h", "--help"), ("--version",)):
        add(*flags, action="store_true")
    # What has two meanings is one option here.
    for one in {one.name: one for one in _OPTIONS}.values():
        add(*one.flags, **{**one.details, "default": argparse.SUPPRESS})
    return result


def defaults() -> dict[str, Any]:
    """Return the value of each option that is not given, by its attribute."""
    return {one.name: one.details.get("default") for one in _OPTIONS}


def takers(name: str) -> str:
    """Return in words the verbs that take the option with the attribute `name`."""
    taken = " ".join(one.verbs for one in _OPTIONS if one.name == name).split()
    found = [verb for verb in VERBS if verb in taken]
    return " and ".join(filter(None, [", ".join(found[:-1]), found[-1]]))


def tolerated(name: str, verb: str) -> bool:
    """Tell whether a verb takes an option, or ignores it."""
    return any(verb in f"{one.verbs} {one.ignored_by}".split() for one in _OPTIONS if one.name == name)


def help_of(name: str = "") -> str:
    """Return the help of a verb; without a name the one of the command, with all verbs and the options of a run."""
    verb = VERBS[name or "sync"]
    begin = "%(prog)s" if name else "%(prog)s [VERB]"
    about = f"{verb.does[0].upper()}{verb.does[1:]}."
    if not name:
        verbs = "\n".join(f"  {one.name:<12} {one.does}" for one in VERBS.values())
        about = (
            "Reads a Daktela V6 contact centre and writes Singer messages.\n\n"
            f"verbs, each a first word or an option (plan, --plan); -d is discover:\n{verbs}"
        )
    result = Parser(
        prog=f"tap-daktela {name}".rstrip(),
        usage=f"{begin} {verb.usage}",
        description=about,
        epilog=verb.more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
    mine = [one for one in _OPTIONS if verb.name in one.verbs.split()]
    for title, options in groupby(mine, lambda one: one.group):
        group = result.add_argument_group(title)
        for one in options:
            group.add_argument(*one.flags, **one.details)
    group = result.add_argument_group("help")
    if not name:
        group.add_argument("--version", action="store_true", help="show the version")
    group.add_argument("-h", "--help", action="store_true", help="show this help, or that of a verb")
    return result.format_help()
