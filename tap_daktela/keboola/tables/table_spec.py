"""The plan of one finished table: which columns, made of what, by which rules. Formats make plans, `tables` follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_daktela.catalog.fields import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable

SERVER = "@server"
"""Stands, as the source of a cell, for the name of the server."""

ID = "@id"
"""Likewise for the hash of the row's key."""


@dataclass(frozen=True)
class ColumnSpec:
    """One column of a finished table.

    `source` is the column of the stream that its values come from, SERVER, ID, or None for a column that stays empty;
    `part` is one custom field within that source. `key` says that values get the server's prefix.
    """

    name: str
    source: str | None
    type: FieldType = FieldType.STRING
    description: str = ""
    key: bool = False
    part: str | None = None


@dataclass(frozen=True)
class TableSpec:
    """One finished table.

    - `table`: its name without the server's prefix; `stream`: where its rows come from, None for a table that Daktela
      has no rows for.
    - `columns`: its columns in order; `primary_key`: their names that identify a row.
    - `hashed`: the columns of the stream that the id is made of, joined by `separator` after prefixing; if empty, all
      of the row counts.
    - `required`: columns of the stream without which a row is left out, and counted.
    - `booleans`: the words for true and false.
    - `clean`: what happens to the columns of the stream named in `cleaned`, before anything else.
    - `spread`: the column of the stream whose custom fields become columns of their own, behind all others.
    - `asked`: the columns that the tap is asked for, where those are not the ones that cells are made of.
    - `whole`: the stream is read from its beginning, whatever the job's dates are.
    """

    table: str
    stream: str | None
    description: str
    columns: tuple[ColumnSpec, ...]
    primary_key: tuple[str, ...]
    hashed: tuple[str, ...] = ()
    separator: str = ""
    required: tuple[str, ...] = ()
    booleans: tuple[str, str] = ("true", "false")
    clean: Callable[[str], str] | None = None
    cleaned: frozenset[str] = frozenset()
    spread: str | None = None
    asked: frozenset[str] | None = None
    whole: bool = False

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the stream that the table is made of."""
        sources = {column.source for column in self.columns if column.source not in (None, SERVER, ID)}
        return frozenset({*sources, *self.hashed, *self.required, *([self.spread] if self.spread else [])})

    @property
    def column_names(self) -> list[str]:
        """The names of the columns in order."""
        return [column.name for column in self.columns]
