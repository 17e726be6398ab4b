"""The catalog entries of a stream declaration: the stream itself, and the streams derived from its rows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tap_daktela.catalog.fields import Column, Derived, FieldType, Stream

KEY = "@key"
"""The path of a derived column that holds the key of the row with the list."""

STAMP = "@stamp"
"""The path of a derived column that holds the replication key of that row."""


@dataclass(frozen=True)
class Entry:
    """One stream of the catalog: what its records hold, and which declaration they come from.

    `refusal` is the sentence with which the instance refuses the rows; None if it does not, or was not asked.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    stream: Stream
    derived: Derived | None = None
    refusal: str | None = None

    @property
    def replication_key(self) -> str | None:
        """The column by which the stream is read first, if it is not read whole."""
        return self.stream.axes[0].name if self.stream.axes else None

    @property
    def selected(self) -> bool:
        """Whether the stream is selected by default."""
        return self.stream.selected and self.refusal is None

    @property
    def parent(self) -> str | None:
        """The stream through whose rows this stream is read, if there is one."""
        if self.derived is not None:
            return self.stream.name
        return self.stream.child.parent if self.stream.child else None

    @property
    def incremental(self) -> bool:
        """Whether a run brings only what is new: read by a time of its own or of the parent, or made by the run."""
        return self.replication_key is not None or self.stream.child is not None or self.stream.ledger

    @property
    def versioned(self) -> bool:
        """Whether a row that is missing in a run no longer exists, so a new version may take the place of all rows."""
        return not (self.incremental or self.stream.purged)

    @property
    def custom_fields(self) -> Column | None:
        """The column that holds the custom fields of a row, if the stream has one."""
        return next((column for column in self.columns if column.type is FieldType.CUSTOM_FIELDS), None)

    @property
    def automatic(self) -> frozenset[str]:
        """Columns that are always part of a record."""
        return frozenset({*self.key, *([self.replication_key] if self.replication_key else [])})


@dataclass(frozen=True)
class Selected:
    """One entry of the catalog with those of its columns that are read."""

    entry: Entry
    columns: tuple[Column, ...]

    @property
    def has_custom_fields(self) -> bool:
        """Whether custom fields are read."""
        return any(column.type is FieldType.CUSTOM_FIELDS for column in self.columns)


def entries(streams: Iterable[Stream]) -> dict[str, Entry]:
    """Return all entries of `streams` by name. Derived streams follow the stream that they come from."""
    result: dict[str, Entry] = {}
    for stream in streams:
        result[stream.name] = Entry(stream.name, stream.description, stream.columns, stream.key, stream)
        for derived in stream.derived:
            result[derived.name] = _derived(stream, derived)
    return result


def _derived(stream: Stream, derived: Derived) -> Entry:
    by_name = {column.name: column for column in stream.columns}
    row = f"row of {stream.name}"
    parent_key = replace(by_name[stream.key[0]], name=derived.parent_key, paths=((KEY,),), selected=True)
    elements = _element_columns(derived, next(column for column in stream.columns if column.api_name == derived.api))
    columns = [_said_of(row, parent_key), *elements]
    key = [derived.parent_key, elements[0].name]
    if not derived.column_prefix:
        key.append(elements[1].name)
    if stream.axes:
        stamp = replace(by_name[stream.axes[0].name], paths=((STAMP,),), selected=True)
        columns.append(_said_of(row, stamp))
    return Entry(derived.name, derived.description, tuple(columns), tuple(key), stream, derived)


def _element_columns(derived: Derived, source: Column) -> list[Column]:
    if derived.column_prefix:
        items = [replace(item, name=f"{derived.column_prefix}_{item.name}", selected=True) for item in source.items]
        return [_said_of(derived.column_prefix, item) for item in (replace(items[0], nullable=False), *items[1:])]
    return [
        Column("name", FieldType.STRING, (("name",),), "Name of the custom field.", nullable=False),
        Column(
            "position", FieldType.INTEGER, (("position",),), "Place of the value in its list, from 0.", nullable=False
        ),
        Column("value", FieldType.STRING, (("value",),), "One value of the field."),
    ]


def _said_of(what: str, column: Column) -> Column:
    """Return `column` with a description that says what it belongs to."""
    return replace(column, description=f"Of the {what}: {column.description[:1].lower()}{column.description[1:]}")
