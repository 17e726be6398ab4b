"""The command line of the sandbox: from flags to `SandboxOptions`, and changes to them while the server runs."""

import argparse
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from tap_daktela.sandbox.clock import parse_instant, parse_jump
from tap_daktela.sandbox.faults.schedule import FAULT_KINDS, parse_fault
from tap_daktela.sandbox.options import FIXED, SandboxOptions
from tap_daktela.sandbox.storage.tables import TABLES, ColumnType


def parse(arguments: Sequence[str]) -> SandboxOptions:
    """Read a command line. ValueError with a sentence if it is wrong; `--help` prints and raises SystemExit."""
    return SandboxOptions(**_values(build_parser().parse_args(arguments)))


def change(options: SandboxOptions, changes: Mapping[str, Any]) -> SandboxOptions:
    """The options with some of them changed. Null and false mean the default. ValueError with a sentence."""
    changeable = {field.name: field.default for field in dataclasses.fields(SandboxOptions) if field.name not in FIXED}
    if unknown := sorted(set(changes) - set(changeable)):
        raise ValueError(f"cannot be changed at run time: {', '.join(unknown)}")
    arguments: list[str] = []
    for name, value in changes.items():
        flag = "--" + name.replace("_", "-")
        if value is True:
            arguments.append(flag)
        elif value is not None and value is not False:
            arguments += [f"{flag}={one}" for one in (value if isinstance(value, list) else [value])]
    defaults = {name: changeable[name] for name in changes}
    return dataclasses.replace(options, **{**defaults, **_values(build_parser().parse_args(arguments))})


def build_parser() -> argparse.ArgumentParser:
    """The parser of the command, also for the documentation. It raises ValueError for a wrong command line."""
    parser = _CommandParser(
        prog="tap-daktela-sandbox",
        description="A small Daktela server with invented data, on 127.0.0.1. Prints one JSON line when it is ready.",
        allow_abbrev=False,
    )
    _add_world(parser)
    _add_troubles(parser)
    _add_shapes(parser)
    return parser


class _CommandParser(argparse.ArgumentParser):
    """Raises ValueError instead of ending the process, since the control API uses it too."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def _values(namespace: argparse.Namespace) -> dict[str, Any]:
    """The options that were given, lists as tuples."""
    given = {name: value for name, value in vars(namespace).items() if value is not None and value is not False}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def _checked(check: Any) -> Any:
    """An argparse type that keeps the text as it is, and reports the ValueError that `check` raises for it."""

    def keep(text: str) -> str:
        try:
            check(text)
        except (ValueError, KeyError, OSError) as error:
            raise argparse.ArgumentTypeError(str(error)) from None
        return text

    return keep


def _check_deny(text: str) -> None:
    _, separator, status = text.partition("=")
    if not separator or status not in {"400", "403", "404", "500"}:
        raise ValueError(f"{text!r} is not ENDPOINT=403, 404, 400 or 500")


def _check_total(text: str) -> None:
    if text not in {"number", "text", "absent", "null", "own"}:
        int(text)


def _check_endpoint(text: str) -> None:
    if text not in TABLES or not TABLES[text].listed:
        raise ValueError(f"there is no endpoint {text!r}")


def _check_list(text: str) -> None:
    columns = (column for table in TABLES.values() for column in table.columns.values())
    if text not in {column.name for column in columns if column.type is ColumnType.RELATIONS and not column.hidden}:
        raise ValueError(f"no table has a list {text!r}")


def _add_world(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the world and the process").add_argument
    add("--port", type=int, help="default: a free one")
    add("--rows", type=int, help="number of activities; other tables grow with it (default 2000)")
    add("--days", type=int, help="length of the history (default 60)")
    add("--seed", type=int, help="the same --seed and --now give the same rows and credentials (default 1)")
    add("--timezone", type=_checked(ZoneInfo), help="time zone of the instance (default Europe/Prague)")
    add("--now", type=_checked(parse_instant), help="RFC 3339: the clock starts there (default: real time)")
    add("--freeze", action="store_true", help="the clock stands still")
    add("--clock-skew", type=float, metavar="SECONDS", help="the clock is wrong by this much")
    add("--clean", action="store_true", help="nothing untidy: no broken texts, zero dates, odd types or orphans")
    add("--with-parent", action="store_true", help="stop when the parent process has ended")
    add("--tls", nargs=2, metavar=("CERT", "KEY"), help="serve HTTPS with these PEM files")


def _add_troubles(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("troubles").add_argument
    add("--latency-ms", type=float, help="added to each API request")
    add("--skip-cost-us", type=float, help="added for each row that a list skips")
    add("--token-seconds", type=float, help="how long a login token is valid (default 7200)")
    add("--login-shape", choices=("string", "object", "sys"), help="where the reply to a login has the token")
    add(
        "--fault",
        action="append",
        type=_checked(parse_fault),
        metavar="KIND=RATE|KIND@N",
        help=f"break requests at random, or the Nth one; kinds: {', '.join(FAULT_KINDS)}; repeatable",
    )
    add("--retry-after", type=int, metavar="SECONDS", help="what a 429 asks for (default 1)")
    denied = "refuse an endpoint with 400, 403, 404 or 500; repeatable"
    add("--deny", action="append", type=_checked(_check_deny), metavar="ENDPOINT=STATUS", help=denied)
    add("--redirect", metavar="URL", help="redirect all API requests to this base with 302")
    add("--churn", choices=("", "edit", "delete", "mixed"), help="change rows before each list request")
    add("--churn-rows", type=int, help="how many rows --churn changes (default 1)")
    add("--churn-add", action="store_true", help="add a row before each list request")
    hot = "edit the oldest row of this endpoint before each request"
    add("--hot", type=_checked(_check_endpoint), metavar="ENDPOINT", help=hot)
    jump = "from the Nth request on, the time in Date and in the replies is wrong by this much; repeatable"
    add("--clock-jump", action="append", type=_checked(parse_jump), metavar="SECONDS@N", help=jump)
    add("--time-skew", type=float, metavar="SECONDS", help="the time in the replies is wrong by this much, Date is not")


def _add_shapes(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("shapes of the replies").add_argument
    add("--old-server", action="store_true", help="activitiesChat, files, no _serverTime and _timezone")
    total = "number, text, absent, null, own (the number of rows on the page), or wrong by +N or -N (default number)"
    add("--total", type=_checked(_check_total), help=total)
    add("--serve-at-most", type=int, metavar="N", help="no page has more rows than this; no error says so")
    add("--serve-ragged", action="store_true", help="each page has a random number of rows, up to those asked for")
    add("--literal-dots", action="store_true", help='dotted fields come back under dotted keys such as "queue.name"')
    add("--bare-lists", action="store_true", help="dotted fields into a list do not work")
    bare = "dotted fields into the lists of this name, such as statuses, do not work; repeatable"
    add("--bare-list", action="append", type=_checked(_check_list), metavar="NAME", help=bare)
    instead = "what --bare-lists and --bare-list send in place of such a list (default absent)"
    add("--bare-as", choices=("absent", "null", "empty"), help=instead)
    add("--null-lists", action="store_true", help="an empty list is null, not []")
    add("--one-as-object", action="store_true", help="a list of one element is that element, without the list")
    keys = "a list asked for with one dotted field holds keys, not objects"
    add("--bare-elements", action="store_true", help=keys)
    add("--ignore-fields", action="store_true", help="always send whole rows")
    add("--ignore-skip", action="store_true", help="every page is the first one")
    add("--data-object", action="store_true", help="data is an object by key, not a list")
    add("--no-key-sort", action="store_true", help="the key is an unknown sort field")
    add(
        "--first-sort-only", action="store_true", help="ignore all but the first sort field; equal rows in random order"
    )
    flags = "what becomes of filters by yes-or-no fields (default applied)"
    add("--flag-filters", choices=("applied", "ignored", "refused"), help=flags)
    add("--trim-relations", action="store_true", help="embedded users and queues come without name")
