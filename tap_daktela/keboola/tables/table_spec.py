"""What a finished table looks like: its columns, their sources, and its rules. A format makes one for each table."""

from collections.abc import Callable
from dataclasses import dataclass

from tap_daktela.catalog.fields import FieldType

SERVER = "@server"
"""The source of a column that holds the name of the server."""

NOT_READ = "Not read in this run."
"""The end of the description of a column that stays empty because the user did not choose it."""

ID = "@id"
"""The source of a column that holds the hash of the row's key."""


@dataclass(frozen=True)
class ColumnSpec:
    """One column of a finished table.

    - `source`: the column of the stream that the values come from, SERVER, ID, or None for a column that stays empty.
    - `key`: whether values get the server's prefix.
    - `part`: the value within the source: a custom field, a part of a record, or of the first record of a list. None
      for the whole source.
    - `when`: a column of the stream and the word that it must hold (in any case); in other rows the cell is empty.
    - `instead`: the column of the stream that is taken where the value is empty.
    """

    name: str
    source: str | None
    type: FieldType = FieldType.STRING
    description: str = ""
    key: bool = False
    part: str | None = None
    when: tuple[str, str] | None = None
    instead: str | None = None


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
    - `chosen`: the custom fields that are read; None for all of them.
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
    chosen: frozenset[str] | None = None
    asked: frozenset[str] | None = None
    whole: bool = False

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the stream that the table is made of."""
        sources = {column.source for column in self.columns if column.source not in (None, SERVER, ID)}
        sources |= {column.when[0] for column in self.columns if column.when}
        sources |= {column.instead for column in self.columns if column.instead}
        return frozenset({*sources, *self.hashed, *self.required, *self.parts})

    @property
    def parts(self) -> dict[str, set[str]]:
        """The columns of the stream of whose parts columns are made, each with these parts."""
        found: dict[str, set[str]] = {self.spread: set()} if self.spread and self.chosen != frozenset() else {}
        for column in self.columns:
            if column.source is not None and column.part is not None:
                found.setdefault(column.source, set()).add(column.part)
        return found

    @property
    def column_names(self) -> list[str]:
        """The names of the columns, in order."""
        return [column.name for column in self.columns]
