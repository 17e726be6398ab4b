"""A table of an older component: how it is declared, and the columns that it becomes.

The older components had columns that Daktela does not have. They stay, and stay empty, so that whatever reads the
tables keeps working.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.fields import Column, FieldType
from tap_daktela.keboola.tables.table_spec import ColumnSpec

CUSTOM = "custom_fields."
"""The beginning of a source that is one custom field."""


@dataclass(frozen=True)
class FixedTable:
    """One table of an older component.

    - `stream`: where its rows come from today, None if Daktela has no such rows.
    - `columns`: its columns in order; `keys`: those of them that get the server's prefix.
    - `hashed`: the columns of the stream that the row's id is made of.
    - `sources`: for a column, where it comes from: a column of the stream, CUSTOM and the name of a custom field, or
      "" for nowhere. Other columns come from the stream's column of the same name.
    """

    stream: str | None
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    hashed: tuple[str, ...]
    sources: Mapping[str, str] = field(default_factory=dict)


def column_specs(table: FixedTable, entry: Entry | None) -> list[ColumnSpec]:
    """Return the columns of a table, each with its source in `entry`."""
    known: dict[str, Column] = {column.name: column for column in entry.columns} if entry is not None else {}
    custom = next((column.name for column in known.values() if column.type is FieldType.CUSTOM_FIELDS), None)
    result = []
    for name in table.columns:
        source = table.sources.get(name, name)
        key = name in table.keys
        if source.startswith(CUSTOM) and custom is not None:
            part = source.removeprefix(CUSTOM)
            result.append(ColumnSpec(name, custom, description="Custom field of the instance.", part=part))
        elif source in known:
            result.append(ColumnSpec(name, source, known[source].type, known[source].description, key))
        else:
            result.append(ColumnSpec(name, None, description="Daktela does not have it: always empty.", key=key))
    return result
