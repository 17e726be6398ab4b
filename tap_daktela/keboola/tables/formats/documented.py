"""How a table of an older component is written down, and what it becomes.

The older components named columns that Daktela does not have; they stay, and stay empty, so that what is built on the
tables keeps working.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_daktela.catalog.fields import Column, FieldType
from tap_daktela.keboola.tables.table_spec import ColumnSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_daktela.catalog.entries import Entry

__all__ = ["CUSTOM", "Documented", "cells"]

CUSTOM = "custom_fields."
"""Begins a source that is one custom field."""


@dataclass(frozen=True)
class Documented:
    """One table of an older component.

    `stream` is where its rows come from today, None if Daktela has no such rows; `columns` are its columns in order;
    `keys` those that get the server's prefix. `sources` tells of a column where it comes from (a column of the stream,
    or CUSTOM and the name of a custom field; empty for nowhere); any other one comes from the column of its own name.
    `hashed` are the columns of the stream that the row's id is made of.
    """

    stream: str | None
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    hashed: tuple[str, ...]
    sources: Mapping[str, str] = field(default_factory=dict)


def cells(table: Documented, entry: Entry | None) -> list[ColumnSpec]:
    """Return the columns of a table, each with where it comes from in `entry`."""
    known: dict[str, Column] = {column.name: column for column in entry.columns} if entry is not None else {}
    custom = next((column.name for column in known.values() if column.type is FieldType.CUSTOM_FIELDS), None)
    result = []
    for name in table.columns:
        source = table.sources.get(name, name)
        key = name in table.keys
        if source.startswith(CUSTOM) and custom is not None:
            result.append(
                ColumnSpec(name, custom, description="Custom field of the instance.", part=source.removeprefix(CUSTOM))
            )
        elif source in known:
            column = known[source]
            result.append(ColumnSpec(name, source, column.type, column.description, key))
        else:
            result.append(ColumnSpec(name, None, description="Daktela does not have it: always empty.", key=key))
    return result
