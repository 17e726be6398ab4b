"""The command line of the sandbox as one frozen object, and changes to it at run time."""

from __future__ import annotations

import argparse
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn
from zoneinfo import ZoneInfo

from tap_daktela.sandbox import faults
from tap_daktela.sandbox.clock import instant, jump
from tap_daktela.sandbox.tables import TABLES, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIXED = frozenset({"port", "rows", "days", "seed", "timezone", "now", "freeze", "clock_skew", "with_parent", "tls"})
"""Options that shape the world or the process; all others can be changed while the server runs."""


@dataclass(frozen=True)
class Options:
    """What the server was asked to be. The command line says the same under the same names."""

    port: int = 0
    rows: int = 2000
    days: int = 60
    seed: int = 1
    timezone: str = "Europe/Prague"
    now: str | None = None
    freeze: bool = False
    clock_skew: float = 0.0
    with_parent: bool = False
    tls: tuple[str, str] | None = None

    latency_ms: float = 0.0
    skip_cost_us: float = 0.0
    token_seconds: float = 7200.0
    login_shape: str = "string"
    fault: tuple[str, ...] = ()
    retry_after: int = 1
    deny: tuple[str, ...] = ()
    old_server: bool = False
    total: str = "number"
    serve_at_most: int = 0
    serve_ragged: bool = False
    churn: str = ""
    churn_rows: int = 1
    churn_add: bool = False
    hot: str = ""
    clock_jump: tuple[str, ...] = ()
    time_skew: float = 0.0
    literal_dots: bool = False
    bare_lists: bool = False
    bare_list: tuple[str, ...] = ()
    bare_as: str = "absent"
    null_lists: bool = False
    one_as_object: bool = False
    bare_elements: bool = False
    ignore_fields: bool = False
    ignore_skip: bool = False
    data_object: bool = False
    no_key_sort: bool = False
    first_sort_only: bool = False
    trim_relations: bool = False
    redirect: str = ""


class _Parser(argparse.ArgumentParser):
    """An argument parser that raises instead of leaving the process, so that the control API can use it."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def _checked(check: Any) -> Any:
    """An argparse type that keeps the text and reports `check`'s ValueError."""

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
    if text not in {column.name for column in columns if column.kind is Kind.RELATIONS and not column.hidden}:
        raise ValueError(f"no table has a list {text!r}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="tap-daktela-sandbox",
        description="A small Daktela server with invented data, on 127.0.0.1. Prints one JSON line when it is ready.",
        allow_abbrev=False,
    )
    _add_world(parser)
    _add_troubles(parser)
    _add_answers(parser)
    return parser


def _add_world(parser: argparse.ArgumentParser) -> None:
    world = parser.add_argument_group("the world and the process")
    world.add_argument("--port", type=int, help="default: a free one")
    world.add_argument("--rows", type=int, help="number of activities; the rest in proportion (default 2000)")
    world.add_argument("--days", type=int, help="length of the history (default 60)")
    world.add_argument("--seed", type=int, help="same seed and same --now: same world and credentials (default 1)")
    world.add_argument("--timezone", type=_checked(ZoneInfo), help="zone of the instance (default Europe/Prague)")
    world.add_argument("--now", type=_checked(instant), help="RFC 3339: the clock starts there (default: real time)")
    world.add_argument("--freeze", action="store_true", help="the clock stands still")
    world.add_argument("--clock-skew", type=float, metavar="SECONDS", help="the clock is off by so much")
    world.add_argument("--with-parent", action="store_true", help="stop when the parent process is gone")
    world.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help="serve HTTPS with these PEM files")


def _add_troubles(parser: argparse.ArgumentParser) -> None:
    troubles = parser.add_argument_group("troubles")
    troubles.add_argument("--latency-ms", type=float, help="added to each API request")
    troubles.add_argument("--skip-cost-us", type=float, help="added for each skipped row of a list")
    troubles.add_argument("--token-seconds", type=float, help="life of a login token (default 7200)")
    troubles.add_argument("--login-shape", choices=("string", "object", "sys"), help="where login puts the token")
    troubles.add_argument(
        "--fault",
        action="append",
        type=_checked(faults.parse),
        metavar="KIND=RATE|KIND@N",
        help=f"break requests at random or the Nth one; kinds: {', '.join(faults.KINDS)}; repeatable",
    )
    troubles.add_argument("--retry-after", type=int, metavar="SECONDS", help="asked for by a 429 (default 1)")
    troubles.add_argument(
        "--deny", action="append", type=_checked(_check_deny), metavar="ENDPOINT=STATUS", help="repeatable"
    )
    troubles.add_argument("--redirect", metavar="URL", help="answer all API requests with 302 to this base")
    troubles.add_argument("--churn", choices=("", "edit", "delete", "mixed"), help="change rows between list requests")
    troubles.add_argument("--churn-rows", type=int, help="how many rows (default 1)")
    troubles.add_argument("--churn-add", action="store_true", help="also add a row before each list request")
    troubles.add_argument(
        "--hot", type=_checked(_check_endpoint), metavar="ENDPOINT", help="edit its oldest row before each request"
    )
    troubles.add_argument(
        "--clock-jump",
        action="append",
        type=_checked(jump),
        metavar="SECONDS@N",
        help="from the Nth request on, the time in Date and in the answers is off by so much; repeatable",
    )
    troubles.add_argument(
        "--time-skew", type=float, metavar="SECONDS", help="the time in the answers is off by so much, Date is not"
    )


def _add_answers(parser: argparse.ArgumentParser) -> None:
    answers = parser.add_argument_group("shapes of the answers")
    answers.add_argument("--old-server", action="store_true", help="activitiesChat, files, no _timezone")
    answers.add_argument(
        "--total",
        type=_checked(_check_total),
        help="number, text, absent, null, own (the number of rows on the page), or off by +N or -N",
    )
    answers.add_argument("--serve-at-most", type=int, metavar="N", help="never more rows than this, without an error")
    answers.add_argument("--serve-ragged", action="store_true", help="pages of a random, smaller size")
    answers.add_argument("--literal-dots", action="store_true", help='dotted fields come back as "queue.name" keys')
    answers.add_argument("--bare-lists", action="store_true", help="dotted fields into lists pick nothing there")
    answers.add_argument(
        "--bare-list",
        action="append",
        type=_checked(_check_list),
        metavar="NAME",
        help="dotted fields pick nothing in the lists of this name, such as statuses; repeatable",
    )
    answers.add_argument(
        "--bare-as",
        choices=("absent", "null", "empty"),
        help="what a row has in place of a list in which nothing is picked (default absent)",
    )
    answers.add_argument("--null-lists", action="store_true", help="a list without elements is null, not []")
    answers.add_argument("--one-as-object", action="store_true", help="a list of one element is that element alone")
    answers.add_argument(
        "--bare-elements",
        action="store_true",
        help="a list asked for with one dotted field has keys as its elements, not objects",
    )
    answers.add_argument("--ignore-fields", action="store_true", help="always send whole rows")
    answers.add_argument("--ignore-skip", action="store_true", help="every page is the first one")
    answers.add_argument("--data-object", action="store_true", help="data is an object keyed by name")
    answers.add_argument("--no-key-sort", action="store_true", help="the key is an unknown sort field")
    answers.add_argument("--first-sort-only", action="store_true", help="ignore sort[1]; ties in random order")
    answers.add_argument("--trim-relations", action="store_true", help="embedded users and queues without name")


def _values(namespace: argparse.Namespace) -> dict[str, Any]:
    """The options that were given, lists as tuples."""
    given = {name: value for name, value in vars(namespace).items() if value is not None and value is not False}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def parse(arguments: Sequence[str]) -> Options:
    """Read a command line. Raises ValueError with a sentence; `--help` prints and leaves through SystemExit."""
    return Options(**_values(_parser().parse_args(arguments)))


def change(options: Options, changes: Mapping[str, Any]) -> Options:
    """The options with some of them changed; null and false mean the default. Raises ValueError with a sentence."""
    known = {field.name for field in dataclasses.fields(Options)} - FIXED
    if unknown := sorted(set(changes) - known):
        raise ValueError(f"cannot be changed at run time: {', '.join(unknown)}")
    arguments: list[str] = []
    for name, value in changes.items():
        flag = "--" + name.replace("_", "-")
        if value is True:
            arguments.append(flag)
        elif value is not None and value is not False:
            arguments += [f"{flag}={one}" for one in (value if isinstance(value, list) else [value])]
    defaults = {field.name: field.default for field in dataclasses.fields(Options) if field.name in changes}
    return dataclasses.replace(options, **{**defaults, **_values(_parser().parse_args(arguments))})
