"""What a right tap writes of an instance's rows: computed from the catalog's declarations, apart from the tap's code.

Values are worth what docs/ and docs/streams.md say: times are RFC 3339 in UTC, a list of a relation counts by its
first element, what names a secret is left out of open values, what cannot be stored is U+FFFD or null.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tap_daktela.catalog.entries import KEY, STAMP, Entry
from tap_daktela.catalog.fields import Column, FieldType

if TYPE_CHECKING:
    from tests.simulation.model.rows import Row

__all__ = ["Record", "Truth", "comparable", "instants", "utc"]

Record = dict[str, Any]
Getter = Callable[["Row"], Any]

_MOST_REMEMBERED = 5000

_SECRETS = ("apiToken", "password", "client_secret", "accessToken")
"""The names under which the model hides secrets in open values."""


class Truth:
    """The records that rows of the API become in the stream `entry`, for `columns` (by default all of them).

    Times are read in `zone`. Values are `native` and `utc` in the words of the tap's settings. It remembers what it
    worked out by the content of rows, so it is worth keeping from run to run.
    """

    def __init__(self, entry: Entry, zone: str, columns: Sequence[Column] | None = None) -> None:
        self._entry = entry
        self._zone = zone
        self._getters = _getters(tuple(columns or entry.columns), zone, frozenset(entry.key))
        # An element of a list may have a field of the same name as an axis; in a derived stream only the stamp is one.
        axes = {axis.field: axis.field for axis in entry.stream.axes}
        sources = axes if entry.derived is None else dict(zip([STAMP], axes, strict=False))
        chosen = [(column.name, column.api_name) for column in columns or entry.columns]
        self._axes = [(name, sources[source]) for name, source in chosen if source in sources]
        self._known: dict[str, list[Record]] = {}

    def records(self, row: Row) -> list[Record]:
        """Return what `row` becomes.

        A stream of its own has one record of a row, or none where the row has no key that can be written; a derived
        stream has one for each element of the row's list that has a key.
        """
        content = row.get("_sys", {}).get("hash")
        if content is None:
            return self._worked_out(row)
        if content not in self._known:
            if len(self._known) > _MOST_REMEMBERED:
                self._known.clear()
            self._known[content] = self._worked_out(row)
        axes = {name: utc(row[field], self._zone) for name, field in self._axes}
        return [record | axes for record in self._known[content]]

    def _worked_out(self, row: Row) -> list[Record]:
        rows = [row] if self._entry.derived is None else _elements(self._entry, row)
        records = [{name: get(one) for name, get in self._getters} for one in rows]
        return [record for record in records if all(record.get(name) is not None for name in self._entry.key)]


def comparable(record: Record) -> Record:
    """Return a record in which empty lists are null: where a list has no elements, the server may send either."""
    return {name: None if value == [] else value for name, value in record.items()}


def _getters(columns: tuple[Column, ...], zone: str, key: frozenset[str] = frozenset()) -> list[tuple[str, Getter]]:
    """Return the function for the value of each column, by name; a missing `key` is null, never an empty text."""
    return [
        (column.name, _getter(column, text if _is_key_text(column, key) else _converter(column, zone)))
        for column in columns
    ]


def _is_key_text(column: Column, key: frozenset[str]) -> bool:
    return column.name in key and column.type is FieldType.STRING


def _getter(column: Column, convert: Callable[[Any], Any]) -> Getter:
    """Return the function from a row of the API to the value of one column."""
    if len(column.paths) == 1 and len(column.paths[0]) == 1:
        field = column.paths[0][0]
        return lambda row: convert(row.get(field))

    def get(row: Row) -> Any:
        values = (_at(row, path) for path in column.paths)
        return convert(next((value for value in values if value is not None), None))

    return get


def _at(row: Row, path: tuple[str, ...]) -> Any:
    """Return the value at `path`; a relation that is sent as its bare key has a key and no title."""
    value: Any = row
    for name in path:
        if isinstance(value, list):
            value = next((one for one in value if one is not None), None)
        if isinstance(value, dict):
            value = value.get(name)
        elif value in (None, "", False):
            return None
        else:
            return None if name == "title" else value
    return value


def _elements(entry: Entry, row: Row) -> list[Row]:
    """Return the elements of the list that a derived stream is made of, as rows of it."""
    derived, stream = entry.derived, entry.stream
    fields = {column.name: column.api_name for column in stream.columns}
    outer = {KEY: row.get(fields[stream.key[0]]), STAMP: row.get(stream.axes[0].field) if stream.axes else None}
    value = row.get(derived.api) if row.get(derived.api) is not None else row.get(derived.older_api)
    if not derived.column_prefix:
        fields_of = value.items() if isinstance(value, dict) else ()
        return [
            {"name": name, "position": position, "value": one, **outer}
            for name, values in fields_of
            for position, one in enumerate(values if isinstance(values, list) else [values])
        ]
    identity = next(column.api_name for column in entry.columns if column.name == entry.key[1])
    found = [one if isinstance(one, dict) else {identity: one} for one in value or () if one is not None]
    return [{**one, **outer} for one in found if one.get(identity) is not None]


# --- values -----------------------------------------------------------------------------------------------------------


def _converter(column: Column, zone: str) -> Callable[[Any], Any]:
    """Return the function from a value of the API to that of a record."""
    if column.type is FieldType.DATETIME:
        return lambda value: utc(_plain(value), zone)
    if column.type is FieldType.RECORDS:
        getters = _getters(column.items, zone)
        return lambda value: _records(value, getters)
    if column.type is FieldType.RECORD:
        parts = _getters(column.items, zone)
        return lambda value: _record(value, parts)
    if column.type is FieldType.CUSTOM_FIELDS:
        return lambda value: _custom_fields(value, column.wanted)
    if column.type is FieldType.STRING and not column.nullable:
        return lambda value: text(value) or ""
    return _SIMPLE[column.type]


def _record(value: Any, parts: list[tuple[str, Getter]]) -> Record | None:
    """Return one embedded record without its nulls."""
    if not isinstance(value, dict):
        return None
    return {name: found for name, get in parts if (found := get(value)) is not None}


def _plain(value: Any) -> Any:
    """Return a value as it is once JSON is read: without NUL, half a surrogate pair, and NaN.

    A list of one stands for its element.
    """
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str):
        return value if value.isascii() and "\x00" not in value else "".join(map(_storable, value))
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _storable(character: str) -> str:
    return "\ufffd" if character == "\x00" or "\ud800" <= character <= "\udfff" else character


def text(value: Any) -> str | None:
    """Return a value as text; an embedded record is its key."""
    if isinstance(value, dict):
        value = value.get("name")
    value = _plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, str | int | float) else None


def _number(value: Any) -> float | None:
    value = _plain(value)
    if isinstance(value, str):
        try:
            return int(value) if value.lstrip("-").isdecimal() else float(value)
        except ValueError:
            return None  # a text in the place of a number is worth nothing
    return value if isinstance(value, int | float) else None


def _integer(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _boolean(value: Any) -> bool | None:
    return {"1": True, "0": False, 1: True, 0: False}.get(_plain(value))


def _object(value: Any) -> Any:
    return {} if value == [] else _without_secrets(value)


def _array(value: Any) -> Any:
    return None if value is None else [one for one in _without_secrets(value) if one is not None]


def _without_secrets(value: Any) -> Any:
    """Return an open value without what names a secret, at any depth."""
    if isinstance(value, dict):
        return {name: _without_secrets(inner) for name, inner in value.items() if name not in _SECRETS}
    if isinstance(value, list):
        return [_without_secrets(inner) for inner in value]
    return _plain(value)


def _records(value: Any, getters: Sequence[tuple[str, Getter]]) -> list[Record] | None:
    if value is None:
        return None
    rows = [one if isinstance(one, dict) else {"name": one} for one in value if one is not None]
    return [{name: get(row) for name, get in getters} for row in rows]


def _custom_fields(value: Any, wanted: frozenset[str] | None) -> dict[str, list[str | None]] | None:
    if value is None:
        return None
    return {
        name: [text(one) for one in (values if isinstance(values, list) else [values])]
        for name, values in (value.items() if isinstance(value, dict) else ())
        if wanted is None or name in wanted
    }


_SIMPLE: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.STRING: text,
    FieldType.INTEGER: _integer,
    FieldType.NUMBER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.OBJECT: _object,
    FieldType.ARRAY: _array,
}


# --- times ------------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=100_000)
def instants(reading: str | None, zone: str) -> tuple[datetime, ...]:
    """Return the instants at which a clock in `zone` shows `reading`: one, two, or none for what is no time."""
    try:
        moment = datetime.fromisoformat(reading or "").replace(tzinfo=ZoneInfo(zone))
        both = [moment.replace(fold=fold).astimezone(timezone.utc) for fold in (0, 1)]
    except (ValueError, OverflowError):
        return ()
    return tuple(sorted(set(both)))


def utc(reading: str | None, zone: str) -> str | None:
    """Return RFC 3339 in UTC: of a reading that occurs twice the earlier instant, and null for what is no time.

    A reading that the clock skips counts with the offset before that change.
    """
    both = instants(reading, zone)
    if not both:
        return None
    skipped = both[0].astimezone(ZoneInfo(zone)).replace(tzinfo=None) != datetime.fromisoformat(reading or "")
    return both[-1 if skipped else 0].strftime("%Y-%m-%dT%H:%M:%SZ")
