"""What a finished table looks like: its columns, their sources, and its rules. A format makes one for each table."""

from collections.abc import Callable
from dataclasses import dataclass

from tap_daktela.catalog.fields import FieldType

SERVER = "@server"
"""The source of a column that holds the name of the server."""

ID = "@id"
"""The source of a column that holds the hash of the row's key."""


@dataclass(frozen=True)
class ColumnSpec:
    """One column of a finished table.

    - `source`: the column of the stream that the values come from, SERVER, ID, or None for a column that stays empty.
    - `key`: whether values get the server's prefix.
    - `part`: the custom field within the source that the values are; None for the whole source.
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

    - `table`: its name without the server's prefix; `stream`: where its rows come from, None if Daktela has no such
      rows.
    - `columns`: its columns in order; `primary_key`: the names of those that identify a row.
    - `hashed`: the columns of the stream that the id is made of: prefixed, then joined by `separator`. If there are
      none, the id is made of the whole row.
    - `required`: columns of the stream without which a row is left out, and counted.
    - `booleans`: the words for true and false.
    - `clean`: the function that is applied to the columns of the stream in `cleaned`, before anything else.
    - `spread`: the column of the stream whose custom fields become columns of their own, behind all others.
    - `asked`: the columns that the tap is asked for, if these are not the ones that the table is made of.
    - `whole`: whether the stream is always read from its beginning, whatever the job's dates are.
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
    def custom_fields_column(self) -> str | None:
        """The column of the stream that holds the custom fields of which columns are made; None if there are none."""
        return self.spread or next((column.source for column in self.columns if column.part is not None), None)

    @property
    def column_names(self) -> list[str]:
        """The names of the columns, in order."""
        return [column.name for column in self.columns]
