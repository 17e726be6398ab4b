"""The SQL of questions: one query after the other, or a script that people can read. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from tap_daktela.reconcile.warehouse.dialects import Dialect
from tap_daktela.reconcile.warehouse.queries import QueryWriter, SqlQuery
from tap_daktela.reconcile.warehouse.questions import Question, What
from tap_daktela.reconcile.warehouse.tables import Tables

MOST_WINDOWS, MOST_KEYS = 500, 1000
"""Windows and keys in one query. More of them become several queries."""

LONGEST = 400_000
"""Characters of a statement that has several queries. Snowflake and BigQuery take about a million."""

T = TypeVar("T")


def queries(questions: Iterable[Question], tables: Tables, dialect: Dialect) -> Iterator[SqlQuery]:
    """Yield the queries that together give every answer to `questions`."""
    for question in questions:
        for (stream, axis), slices in groupby(question.slices, lambda one: (one.stream, one.axis)):
            writer = QueryWriter(tables, dialect, stream, tables.axis(stream, axis))
            if question.what is What.HELD:
                yield from map(writer.about_keys, _portions(question.keys, MOST_KEYS))
            else:
                for some in _portions(list(slices), MOST_WINDOWS):
                    yield writer.about_slices(question.what, some)


def statements(questions: Iterable[Question], tables: Tables, dialect: Dialect) -> str:
    """Return the SQL that asks `questions`; "" if there are none. Every result has the same columns.

    Each query is a statement of its own. For clients that give only one result, as many as possible are one statement.
    """
    together: list[list[SqlQuery]] = []
    for query in queries(questions, tables, dialect):
        size = len(query.sql) + sum(len(other.sql) for other in together[-1]) if together else 0
        if together and dialect.one_result and size <= LONGEST:
            together[-1].append(query)
        else:
            together.append([query])
    return "\n".join(map(_statement, together))


def _statement(parts: Sequence[SqlQuery]) -> str:
    if len(parts) == 1:
        return f"{parts[0].comment}\n{parts[0].sql};\n"
    return "\nUNION ALL\n".join(f"{part.comment}\n({part.sql})" for part in parts) + ";\n"


def _portions(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (things[begin : begin + size] for begin in range(0, len(things), size))
