"""The names by which a user may ask for a table, and the stream that each of them means."""

from collections.abc import Collection, Mapping

from tap_daktela.catalog.fields import snake
from tap_daktela.catalog.names import OLDER_NAMES
from tap_daktela.catalog.streams import ALL_STREAMS
from tap_daktela.nearest import hint

NEAREST = {
    "devices": "users",
    "fields": "contacts_custom_fields",
    "forms": "qaforms",
    "holidays": "timegroups",
    "notes": "activities",
    "skills": "groups",
    "users_queues": "queues",
}
"""Tables that older components promised and Daktela does not have, and the streams to look at instead."""

LEDGERS = frozenset(stream.name for stream in ALL_STREAMS if stream.ledger)
"""Streams about runs of the tap. They need other streams beside them, and a row of a configuration has one table."""


def stream_of(table: str, known: Mapping[str, object]) -> str:
    """Return the stream that a table is made of; ValueError names the nearest stream if there is none."""
    for name in (table, snake(table)):
        stream = OLDER_NAMES.get(name, name)
        if stream in known:
            return stream
        if name in LEDGERS:
            raise ValueError(f"names '{name}', which only the tap writes by itself; this component has no such table")
    nearest = hint(snake(table), [*known, *OLDER_NAMES], NEAREST)
    raise ValueError(f"names '{table}', which Daktela does not have{nearest}")


def fixed_table_name(table: str, fixed: Collection[str], known: Mapping[str, object]) -> str:
    """Return the name that a format with `fixed` tables has for `table`; ValueError if it has none."""
    if table in fixed:
        return table
    stream = stream_of(table, known)
    for name in fixed:
        if snake(name) == snake(table):
            return name
    for name in fixed:
        if OLDER_NAMES.get(snake(name), snake(name)) == stream:
            return name
    raise ValueError(f"names '{table}', which this output_format does not have{hint(table, fixed)}")
