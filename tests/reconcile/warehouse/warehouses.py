"""Rows of four streams in a warehouse, what is asked about them, and what Python answers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from hashlib import md5
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.daktela.clock import parse_instant
from tap_daktela.reconcile.warehouse.answer_rows import COLUMNS, answer_of
from tap_daktela.reconcile.warehouse.questions import Answer, Question, Slice, What
from tap_daktela.reconcile.warehouse.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from tests.helpers.postgres_cluster import Cluster

Row = tuple[str, dict[str, datetime | None]]
Run = Callable[[str], list[tuple[Any, ...]]]

START = parse_instant("2024-10-01T00:00:00Z")

BORDERS = [
    parse_instant(text)
    for text in ("2024-10-26T22:00:00Z", "2024-10-27T01:00:00Z", "2024-11-03T06:00:00Z", "2024-11-30T23:00:00Z")
]
"""Clocks are put back in Prague at the second one, and in New York at the third."""

SECOND = timedelta(seconds=1)
_AROUND = [border + shift for border in BORDERS for shift in (-SECOND, timedelta(), SECOND)]

ROWS: dict[str, list[Row]] = {
    "tickets": [
        *((str(1000 + number), {"edited": time}) for number, time in enumerate(_AROUND)),
        ("1", {"edited": None}),
        # Two versions of a row, of which the first one lies in another window.
        ("2", {"edited": BORDERS[0]}),
        ("2", {"edited": BORDERS[2]}),
    ],
    "activities": [
        ("told", {"time": START - SECOND, "time_close": BORDERS[1]}),
        ("it's new", {"time": START, "time_close": BORDERS[1]}),
        ("open", {"time": START - SECOND, "time_close": None}),
    ],
    "crm_records": [
        ("1793004678.10", {"created": BORDERS[0], "edited": None}),
        ("1793004678.1", {"created": BORDERS[0], "edited": BORDERS[1]}),
        ("\\ž\n", {"created": BORDERS[0], "edited": None}),
    ],
    "users": [("a", {}), ("b", {}), ("b", {})],
}

BELONGS = {
    ("tickets", "edited"): lambda _: True,
    ("activities", "time_close"): lambda row: row["time"] < START,
    ("crm_records", "created"): lambda row: row["edited"] is None,
    ("users", ""): lambda _: True,
}
"""The axes that are asked for, and which rows belong to them."""

WINDOWS = [Slice(stream, axis, lower, upper) for stream, axis in BELONGS if axis for lower, upper in pairwise(BORDERS)]
WHOLE = Slice("users")
KEYS = {"tickets": ["1", "2", "3", "1001"], "users": ["a", "b", "it's"]}

QUESTIONS = [
    *(Question(what, [*WINDOWS, WHOLE]) for what in (What.COUNTS, What.DIGESTS, What.KEYS)),
    Question(What.HELD, [Slice("tickets", "edited")], KEYS["tickets"]),
    Question(What.HELD, [WHOLE], KEYS["users"]),
]


def tables(zone: ZoneInfo | None = None) -> Tables:
    """Return where the rows are."""
    return Tables(entries(STREAMS), START, "raw", zone)


def expected() -> set[Answer]:
    """Return the answers to all questions."""
    answers = set()
    for one in (*WINDOWS, WHOLE):
        times = _newest(one.stream, one.axis, BELONGS[one.stream, one.axis])
        keys = {
            key: time for key, time in times.items() if one.lower is None or (time and one.lower <= time < one.upper)
        }
        digest = sum(int(md5(key.encode()).hexdigest()[:8], 16) for key in keys)  # noqa: S324
        answers |= {
            Answer(What.COUNTS, one, rows=len(keys)),
            Answer(What.DIGESTS, one, rows=len(keys), digest=digest),
            Answer(What.KEYS, one, rows=len(keys)),
            *(Answer(What.KEYS, one, key, time) for key, time in keys.items()),
        }
    for stream, axis in (("tickets", "edited"), ("users", "")):
        times = _newest(stream, axis, lambda _: True)
        for key in KEYS[stream]:
            rows = sum(key == other for other, _ in ROWS[stream])
            answers.add(Answer(What.HELD, Slice(stream, axis), key, times.get(key), rows))
    return answers


def _newest(stream: str, axis: str, belongs: Any) -> dict[str, datetime | None]:
    """Return the keys of the rows that belong to an axis, each with its newest time there."""
    newest: dict[str, datetime | None] = {}
    for key, times in ROWS[stream]:
        if belongs(times):
            newest[key] = max(filter(None, (newest.get(key), times.get(axis))), default=None)
    return newest


def answered(rows: Iterable[tuple[Any, ...]], zone: ZoneInfo | None = None) -> list[Answer]:
    """Return the answers in the rows of results."""
    return [answer_of(dict(zip(COLUMNS, row, strict=True)), zone) for row in rows]


@contextmanager
def connected(name: str, postgres: Cluster) -> Iterator[Run]:
    """Give a function that runs SQL in PostgreSQL or DuckDB, and returns the rows of all results. Nothing stays."""
    if name == "duckdb":
        with duckdb.connect() as duck:
            yield lambda script: [
                row for one in duck.extract_statements(script) for row in duck.execute(one).fetchall()
            ]
        return
    login = postgres.login
    with closing(psycopg.connect(dbname=login.pop("database"), **login)) as connection:
        yield lambda script: [
            row for result in connection.execute(script).results() if result.description for row in result.fetchall()
        ]


@contextmanager
def made(postgres: Cluster, time_type: str) -> Iterator[psycopg.Connection[Any]]:
    """Make the tables for others to see, too, and remove them in the end."""
    login = postgres.login
    with psycopg.connect(dbname=login.pop("database"), autocommit=True, **login) as connection:
        try:
            connection.execute(filling(time_type, "bigint"))
            yield connection
        finally:
            connection.execute("DROP SCHEMA IF EXISTS raw CASCADE")


def filling(time_type: str, key_type: str, session: str = "", wall: ZoneInfo | None = None) -> str:
    """Return the SQL of tables with the rows, where times have the type `time_type` and the keys of tickets `key_type`.

    `session` are the settings of the session that asks. With `wall`, times are as they read on a clock there.
    """
    script = ["SET TimeZone = 'UTC'", "CREATE SCHEMA raw"]
    for stream, rows in ROWS.items():
        names = list(rows[0][1])
        columns = [
            f'"name" {key_type if stream == "tickets" else "varchar"}',
            *(f'"{name}" {time_type}' for name in names),
        ]
        script.append(f'CREATE TABLE raw."{stream}" ({", ".join(columns)})')
        for key, times in rows:
            values = [_literal(key), *(_literal(_text(times[name], wall)) for name in names)]
            script.append(f'INSERT INTO raw."{stream}" VALUES ({", ".join(values)})')  # noqa: S608 - the tests' own
    return ";\n".join([*script, session])


def _text(time: datetime | None, wall: ZoneInfo | None) -> str | None:
    if time is None or wall is None:
        return time and f"{time:%Y-%m-%dT%H:%M:%SZ}"
    return f"{time.astimezone(wall):%Y-%m-%d %H:%M:%S}"


def _literal(text: str | None) -> str:
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"
