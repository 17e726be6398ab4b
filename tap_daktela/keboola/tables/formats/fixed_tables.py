"""A table of an older component: how it is declared, and the columns that it becomes.

The older components had columns that Daktela does not have. They stay, and stay empty, so that whatever reads the
tables keeps working.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.fields import EMBEDDED, Column, FieldType
from tap_daktela.keboola.tables.table_spec import ColumnSpec

CUSTOM = "custom_fields."
"""The beginning of a source that is one custom field."""


class Source(NamedTuple):
    """Where a column of an older component comes from.

    `path` is a column of the stream, or with a dot a part of it: a custom field, or a part of a record (of a list, the
    first one). It is "" for nowhere. `when` and `instead` are as in `ColumnSpec`.
    """

    path: str
    when: tuple[str, str] | None = None
    instead: str | None = None


@dataclass(frozen=True)
class FixedTable:
    """One table of an older component.

    - `stream`: where its rows come from today, None if Daktela has no such rows.
    - `columns`: its columns in order; `keys`: those of them that get the server's prefix.
    - `hashed`: the columns of the stream that the row's id is made of.
    - `sources`: for a column, where it comes from: a `Source` or its path alone. Other columns come from the stream's
      column of the same name.
    """

    stream: str | None
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    hashed: tuple[str, ...]
    sources: Mapping[str, str | Source] = field(default_factory=dict)


def column_specs(table: FixedTable, entry: Entry | None) -> list[ColumnSpec]:
    """Return the columns of a table, each with its source in `entry`."""
    known: dict[str, Column] = {column.name: column for column in entry.columns} if entry is not None else {}
    result = []
    for name in table.columns:
        declared = table.sources.get(name, name)
        source = declared if isinstance(declared, Source) else Source(declared)
        key = name in table.keys
        column, _, part = source.path.partition(".")
        if column in known:
            value = _part(known[column], part) if part else known[column]
            one = ColumnSpec(
                name, column, value.type, value.description, key, part or None, source.when, source.instead
            )
            result.append(one)
        else:
            result.append(ColumnSpec(name, None, description="Daktela does not have it: always empty.", key=key))
    return result


def _part(column: Column, name: str) -> Column:
    """Return what a part of a column is: a custom field, or a part of an embedded record."""
    if column.type in EMBEDDED:
        return next(item for item in column.items if item.name == name)
    return Column(name, FieldType.STRING, ((name,),), "Custom field of the instance.")
