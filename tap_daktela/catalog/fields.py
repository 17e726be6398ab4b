"""What a stream declaration is made of: fields as Daktela names them, and the columns that they become.

A *field* is what the API calls by one name (`queue`, `customFields`). A *column* is one property of the record that
leaves the tap (`queue_name`, `queue_title`). Most fields become one column; a relation becomes two.
"""

import re
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property, partial
from typing import Any


def snake(api_name: str) -> str:
    """Return `api_name` in snake_case: `customFields` → `custom_fields`, `contactsCFScheme` → `contacts_cf_scheme`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", api_name).lower()


class FieldType(Enum):
    """What a column holds."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATETIME = "date-time"
    RECORDS = "a list of embedded records"
    RECORD = "an embedded record"
    OBJECT = "object"
    ARRAY = "array"
    CUSTOM_FIELDS = "custom fields"


EMBEDDED = frozenset({FieldType.RECORDS, FieldType.RECORD})
NESTED = EMBEDDED.union({FieldType.OBJECT, FieldType.ARRAY, FieldType.CUSTOM_FIELDS})


@dataclass(frozen=True)
class Column:
    """One property of a record.

    `paths` are the places in Daktela's row to look for the value, in order: the first that is not null wins. `items`
    are the parts of embedded records; of custom fields, `definitions` are the known ones (name and title) and `wanted`
    those that are selected, or None for all. `long` says that the value may be a whole e-mail or the like.
    """

    name: str
    type: FieldType
    paths: tuple[tuple[str, ...], ...]
    description: str = ""
    nullable: bool = True
    enum: tuple[str | int, ...] = ()
    selected: bool = True
    items: "tuple[Column, ...]" = ()
    definitions: tuple[tuple[str, str], ...] = ()
    wanted: frozenset[str] | None = None
    long: bool = False

    @property
    def api_name(self) -> str:
        """The name by which Daktela knows the value, dotted where it lies in a relation."""
        return ".".join(self.paths[0])


@dataclass(frozen=True)
class Field:
    """One field of an endpoint, its columns, the endpoint that a relation leads `to`, and whether `many` rows come."""

    api: str
    columns: tuple[Column, ...]
    to: str | None = None
    many: bool = False


def _scalar(field_type: FieldType, api: str, description: str, *, to: str | None = None, **options: Any) -> Field:
    """Declare a field of one column; `to` is as in `Field`, `options` are other attributes of `Column`."""
    return Field(api, (Column(snake(api), field_type, ((api,),), description, **options),), to)


string = partial(_scalar, FieldType.STRING)
"""Declare a text field; `to` names the endpoint whose key it is, if it is one."""

integer = partial(_scalar, FieldType.INTEGER)
"""Declare a whole number of at most 64 bits."""

number = partial(_scalar, FieldType.NUMBER)
"""Declare a number that may have a fraction."""

boolean = partial(_scalar, FieldType.BOOLEAN)
"""Declare a yes-or-no field."""

moment = partial(_scalar, FieldType.DATETIME)
"""Declare a point in time (Daktela V6 API: wall-clock text without offset)."""

obj = partial(_scalar, FieldType.OBJECT)
"""Declare an open object (Daktela V6 API: `[]` when empty)."""

array = partial(_scalar, FieldType.ARRAY)
"""Declare a list of anything."""

custom_fields = partial(
    _scalar, FieldType.CUSTOM_FIELDS, "customFields", "Custom fields of the instance, each a list of values."
)
"""Declare the custom fields of a record: an object of lists, defined by each instance for itself."""


def relation(
    api: str,
    to: str | None,
    description: str,
    *,
    name: str | None = None,
    keys: tuple[str, ...] = ("name",),
    key_type: FieldType = FieldType.STRING,
    title: bool = True,
    many: bool = False,
    selected: bool = True,
) -> Field:
    """Declare an embedded record as `<name>_name` and `<name>_title`.

    `name` is the prefix of the columns if it is not the API's own. The key, of the type `key_type`, is the first of the
    record's fields `keys` that is not null. Where Daktela sends a list (`many`), the first element counts.
    """
    prefix = name or snake(api)
    paths = tuple((api, key) for key in keys)
    title_text = f"{description} (title)."
    key_column = Column(f"{prefix}_name", key_type, paths, f"{description} (key).", selected=selected)
    title_column = Column(f"{prefix}_title", FieldType.STRING, ((api, "title"),), title_text, selected=selected)
    return Field(api, (key_column, title_column) if title else (key_column,), to, many)


def records(api: str, to: str | None, description: str, *, items: tuple[Field, ...] = (), **options: Any) -> Field:
    """Declare a list of embedded records, of which `items` (by default name and title) are kept."""
    fields = items or (string("name", "Key."), string("title", "Title."))
    parts = tuple(column for field in fields for column in field.columns)
    return replace(_scalar(FieldType.RECORDS, api, description, to=to, items=parts, **options), many=True)


@dataclass(frozen=True)
class Axis:
    """A time field along which a stream is read in windows.

    - `only_where_unset`: the axis covers only rows in which that other time field was never set.
    - `started_before`: the axis covers only rows whose value in that other time field is before the run's own range.
    - `lookback`: rows change without changing the time field, so each run reads `lookback_days` again.
    """

    field: str
    only_where_unset: str | None = None
    started_before: str | None = None
    lookback: bool = False

    @property
    def name(self) -> str:
        """The column that holds the axis, and the name of its bookmark."""
        return snake(self.field)


@dataclass(frozen=True)
class Derived:
    """A stream made of the elements of a list in another stream's rows, without requests of its own.

    - `api`: the list field; `older_api`: its name on older servers.
    - `parent_key`: the column with the parent's key.
    - `column_prefix`: the prefix of the columns made of an element; empty if the list is an object of custom fields.
    """

    name: str
    api: str
    description: str
    parent_key: str
    column_prefix: str = ""
    older_api: str = ""


@dataclass(frozen=True)
class OrphanRule:
    """A row is an orphan if its `type_field` is one of `types`, whose rows embed an item, and its `field` is null."""

    field: str
    type_field: str
    types: frozenset[str]


@dataclass(frozen=True)
class Child:
    """How the rows of a child stream are found: `filter_field` is one of the keys in the parent's rows.

    `parent` is the name of the parent's stream, `column` the column of its rows that holds the key. `whole`: every run
    reads the rows of all parents since `start_date`.
    """

    parent: str
    column: str
    filter_field: str
    whole: bool = False


@dataclass(frozen=True)
class Stream:
    """One list endpoint of Daktela as a Singer stream.

    - `key`: the columns that identify a row. A stream without one is off by default: targets refuse or repeat its rows.
    - `axes`: the time fields by which it is read (none: it is read whole).
    - `evidence`: how sure we are. A: recorded, or documented by Daktela. B: seen only in the code of other clients.
    - `costly`: it takes many requests, so it is not selected by default.
    - `purged`: the instance may remove old rows by itself, by retention or since it shows only the present. A row that
      no longer comes is then history, and targets are never told to delete it (ACTIVATE_VERSION).
    - `erased_flag`: the field that says that a row's personal data was removed, which may change no time of the row.
    - `ledger`: no list of the instance. The rows are what the tap counted in its own runs; each run adds some.
    - `aliases`: names of the endpoint on older servers.
    - `derived`: streams made of its lists. `child`: how its rows are found through a parent. `item`: which rows are
      orphans.
    """

    endpoint: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ("name",)
    axes: tuple[Axis, ...] = ()
    evidence: str = "A"
    costly: bool = False
    purged: bool = False
    erased_flag: str | None = None
    ledger: bool = False
    aliases: tuple[str, ...] = ()
    derived: tuple[Derived, ...] = ()
    child: Child | None = None
    item: OrphanRule | None = None

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns of all fields, in the order of declaration."""
        return tuple(column for field in self.fields for column in field.columns)

    @property
    def name(self) -> str:
        """The stream's name in the catalog."""
        return snake(self.endpoint)

    @property
    def key_field(self) -> str | None:
        """The API's name of the field that identifies a row; None if the rows have no known key."""
        return next((column.api_name for column in self.columns if column.name in self.key), None)

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The names under which a server may know the endpoint: today's, then the older ones."""
        return (self.endpoint, *self.aliases)

    @property
    def selected(self) -> bool:
        """Whether the stream is selected by default."""
        return self.evidence == "A" and not (self.costly or self.ledger) and bool(self.key)
