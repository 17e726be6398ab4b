"""Whole rows of the API, made by arithmetic from a number and from the catalog's declaration of the endpoint."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from tap_daktela.catalog.fields import Column, Field, FieldType, Stream
from tap_daktela.catalog.streams import STREAMS
from tests.simulation.cases.oddities import Oddities

__all__ = ["ZERO_DATE", "Row", "RowMaker", "custom_field_names", "row_maker"]

Row = dict[str, Any]
"""A whole row; `_sys.hash` identifies its values but for its axes, in all instances."""

Maker = Callable[[int], Any]

ZERO_DATE = "0000-00-00 00:00:00"
_SYSTEM = {"model": "Model"}
_UNDECLARED = {"isFollowed": False, "options": [], "_access": {"read": True}}
"""What every row has and no reader should ask for."""


def reference(endpoint: str | None, kind: FieldType, number: int) -> str | int:
    """Return the plain key of row `number` of an endpoint."""
    return 1000 + number if kind is FieldType.INTEGER else f"{endpoint}_{number * 2_654_435_761 % 2**32:08x}"


def custom_field_names(oddities: Oddities, run: int) -> tuple[str, ...]:
    """Return the custom fields that the instance defines at the time of a run."""
    changing = oddities.custom_fields == "changing" and run > 1
    return ("email", "note", f"level{run}") if changing else ("email", "number", "note")


def row_maker(stream: Stream, oddities: Oddities) -> RowMaker:
    """Return the maker of the rows of an endpoint, one and the same for all instances that would make the same rows."""
    shaping = ("dirt", "values", "keys", "collation", "names", "custom_fields")
    return _row_maker(stream.endpoint, Oddities(**{name: getattr(oddities, name) for name in shaping}))


@functools.lru_cache(maxsize=64)
def _row_maker(endpoint: str, oddities: Oddities) -> RowMaker:
    return RowMaker(next(stream for stream in STREAMS if stream.endpoint == endpoint), oddities)


class RowMaker:
    """Makes the rows of one endpoint, but for their times. Nobody may change them in place.

    `key` is the field that identifies a row, if any; `text` and `amount` are fields of text and of numbers that carry
    edits and dirt; `lists` are the fields that hold a list of records, with the names of an element's parts.
    """

    def __init__(self, stream: Stream, oddities: Oddities) -> None:
        self._oddities = oddities
        self._rows: dict[tuple[int, int], Row] = {}
        by_name = {column.name: column for column in stream.columns}
        self.key = by_name[stream.key[0]].api_name if stream.key else None
        self._key_kind = by_name[stream.key[0]].type if stream.key else FieldType.STRING
        self._endpoint = stream.endpoint
        self._mark = hashlib.sha256(f"{stream.endpoint} {oddities.to_json()}".encode()).hexdigest()[:12]
        older = {derived.older_api: derived.api for derived in stream.derived if derived.older_api}
        gone = {*older.values()} if oddities.names == "old" else {*older}
        fields = [field for field in stream.fields if field.api not in gone]
        self._makers = [(field.api, _maker(field, salt, oddities)) for salt, field in enumerate(fields)]
        self.lists = {field.api: _parts(field) for field in fields if field.many}
        plain = [field.columns[0] for field in fields if len(field.columns[0].paths[0]) == 1 and field.api != self.key]
        self.text = next((c.api_name for c in plain if c.type is FieldType.STRING and not c.enum), None)
        self.amount = next((c.api_name for c in plain if c.type in (FieldType.INTEGER, FieldType.NUMBER)), None)
        self.has_custom_fields = any(c.type is FieldType.CUSTOM_FIELDS for c in plain)

    @property
    def key_is_number(self) -> bool:
        """Whether the server compares keys as numbers."""
        return self._key_kind is FieldType.INTEGER or self._oddities.keys in ("numbers", "mixed")

    def row(self, number: int, run: int) -> Row:
        """Return row `number` as it is made during a run; its axes are not set yet."""
        if (number, run) not in self._rows:
            self._rows[number, run] = self._new_row(number, run)
        return self._rows[number, run]

    def _new_row(self, number: int, run: int) -> Row:
        row = {api: make(number) for api, make in self._makers}
        row.update(_UNDECLARED)
        row["_sys"] = {**_SYSTEM, "hash": f"{self._mark}.{number}.{run}"}
        if self.key is not None:
            row[self.key] = self._own_key(number)
        if self.has_custom_fields:
            row["customFields"] = self._custom_fields(number, run)
            scheme = {name: {"title": name.title(), "type": "TEXT"} for name in custom_field_names(self._oddities, run)}
            row["_sys"]["cfScheme"] = scheme
        if self._oddities.dirt and number % 5 == 2:
            row.update(self._dirt(row))
        return row

    def _own_key(self, number: int) -> str | int | None:
        """Return the key of a row in the form that the instance has for it."""
        keys, odd_one = self._oddities.keys, number % 9 == 4
        if keys in ("numbers", "digits", "mixed"):
            digits = 7 + number * 13
            as_number = keys == "numbers" or (keys == "mixed" and number % 2 == 0)
            return digits if as_number else str(digits)
        if odd_one and keys in ("some null", "some empty"):
            return None if keys == "some null" else ""
        key = reference(self._endpoint, self._key_kind, number - (odd_one and keys == "some twice"))
        if isinstance(key, str) and self._oddities.collation == "case-insensitive":
            return f"{'aBcDeF'[number % 6]}{key}"
        return key

    def _custom_fields(self, number: int, run: int) -> dict[str, Any] | list[Any]:
        if number % 4 == 3:
            return []
        first, second, third = custom_field_names(self._oddities, run)
        if "scalar custom fields" in self._oddities.values and number % 4 == 2:
            return {first: f"{number}@example.com", second: number, third: None}
        return {first: [f"{number}@example.com"], second: [str(number), None][: number % 3], third: []}

    def _dirt(self, row: Row) -> Row:
        dirt: Row = {}
        text = str(row.get(self.text))
        for name, mark in (("nul", "\x00"), ("surrogate", "\ud83d")):
            if name in self._oddities.dirt and self.text:
                dirt[self.text] = text = f"{mark}{text}{mark}"
        if "nan" in self._oddities.dirt and self.amount:
            dirt[self.amount] = float("nan")
        return dirt


def _parts(field: Field) -> tuple[str, ...]:
    """Return the names of the declared parts of a list's elements."""
    first = field.columns[0]
    if first.type is FieldType.RECORDS:
        return tuple(item.api_name for item in first.items)
    return tuple(path[1] for column in field.columns for path in column.paths)


def _maker(field: Field, salt: int, oddities: Oddities) -> Maker:
    """Return the function from a row's number to the value of `field`."""
    column = field.columns[0]
    if field.many:
        return _list_maker(field, salt, oddities.values)
    if len(column.paths[0]) > 1:
        return _relation_maker(field, salt, oddities.values)
    make = _SCALARS[column.type](column, salt, oddities.values)
    if not column.nullable:
        return make
    return lambda number: None if (number + salt) % 7 == 6 else make(number)


def _text(column: Column, salt: int, odd: Sequence[str]) -> Maker:
    enum, name, wrapped = column.enum, column.api_name, "wrapped texts" in odd and not column.enum and column.nullable
    if enum:
        return lambda number: enum[(number + salt) % len(enum)]
    if wrapped:
        return lambda number: [f"{name} {number}"] if number % 3 == 1 else f"{name} {number}"
    return lambda number: f"{name} {number}" if number % 11 else ""


def _integer(column: Column, salt: int, odd: Sequence[str]) -> Maker:
    if "numbers as text" in odd:
        return lambda number: str(number * 7 % 1000 + salt) if number % 3 else number * 7 % 1000 + salt
    return lambda number: number * 7 % 1000 + salt


def _number(column: Column, salt: int, odd: Sequence[str]) -> Maker:
    if "numbers as text" in odd:
        return lambda number: str(number / 8) if number % 3 else number / 8
    return lambda number: number / 8 + salt


def _boolean(column: Column, salt: int, odd: Sequence[str]) -> Maker:
    if "booleans as digits" in odd:
        return lambda number: ("0", "1", 0, 1)[(number + salt) % 4]
    return lambda number: (number + salt) % 2 == 0


def _moment(column: Column, salt: int, odd: Sequence[str]) -> Maker:
    day = f"2024-01-{1 + salt % 28:02}"
    odd_ones = [text for name, text in (("zero dates", ZERO_DATE), ("dates only", day)) if name in odd]
    forms = [*odd_ones, *(f"{day} {hour:02}:{hour:02}:07" for hour in (0, 9, 23))]
    return lambda number: forms[number % len(forms)]


def _object(column: Column, salt: int, odd: Sequence[str]) -> Maker:
    return lambda number: (
        {"number": number, "apiToken": "hidden", "inner": {"password": "hidden", "list": [1, None]}}
        if number % 3
        else []
    )


def _array(column: Column, salt: int, odd: Sequence[str]) -> Maker:
    return lambda number: [number, None, {"client_secret": "hidden", "name": "x"}] if number % 3 else []


_SCALARS: dict[FieldType, Callable[[Column, int, Sequence[str]], Maker]] = {
    FieldType.STRING: _text,
    FieldType.INTEGER: _integer,
    FieldType.NUMBER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATETIME: _moment,
    FieldType.OBJECT: _object,
    FieldType.ARRAY: _array,
    FieldType.CUSTOM_FIELDS: _array,  # made by RowMaker
}


def _relation_maker(field: Field, salt: int, odd: Sequence[str]) -> Maker:
    """Return the maker of one embedded record, whose key may lie under one of several names."""
    names, kind = [path[1] for path in field.columns[0].paths], field.columns[0].type
    bare, trimmed = "bare relations" in odd, "trimmed relations" in odd

    def make(number: int) -> Any:
        if (number + salt) % 5 == 4:
            return None
        key = reference(field.to, kind, (number + salt) % 23)
        if bare and number % 3 == 0:
            return key
        if trimmed and number % 3 == 1:
            return {"title": f"{field.api} {number}", "alias": None}
        return {names[number % len(names)]: key, "title": f"{field.api} {number}", "_sys": _SYSTEM}

    return make


def _list_maker(field: Field, salt: int, odd: Sequence[str]) -> Maker:
    """Return the maker of a list of none to three embedded records."""
    first = field.columns[0]
    nulls, keyless = "null elements" in odd, "keyless elements" in odd
    items = first.items if first.type is FieldType.RECORDS else [Column("name", first.type, (("name",),)), _TITLE]
    makers = [(item.api_name, _SCALARS[item.type](item, salt, ())) for item in items]
    identity, kind = items[0].api_name, items[0].type

    def make(number: int) -> list[Any]:
        elements: list[Any] = []
        for place in range((number + salt) % 4):
            key = reference(field.to, kind, number * 3 + place)
            elements.append({**{api: make(number) for api, make in makers}, identity: key, "_sys": _SYSTEM})
        if keyless and number % 4 == 1 and elements:
            del elements[0][identity]
        return [None, *elements] if nulls and number % 5 == 1 else elements

    return make


_TITLE = Column("title", FieldType.STRING, (("title",),))
