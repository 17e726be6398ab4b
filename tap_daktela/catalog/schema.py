"""The JSON schema of a record, from its columns."""

from collections.abc import Sequence
from typing import Any

from tap_daktela.catalog.fields import EMBEDDED, NESTED, Column, FieldType

Schema = dict[str, Any]

INT64 = 2**63
"""The first integer that fits no common column type."""


def record_schema(columns: Sequence[Column], *, nested: str, timestamps: str) -> Schema:
    """Return the schema of a record of `columns`.

    `nested` is `native` (objects and lists as such) or `json` (as JSON text), `timestamps` is `utc` (RFC 3339) or
    `local` (the instance's wall clock, which no standard format describes).
    """
    properties = {column.name: _property(column, nested, timestamps) for column in columns}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def describe(column: Column) -> str:
    """Return the column's description with the values that it may take."""
    if not column.enum:
        return column.description
    values = ", ".join(str(value) if value != "" else "empty" for value in column.enum)
    return f"{column.description} One of: {values}."


def parts_of(column: Column) -> tuple[str, ...]:
    """Return the path within a stream's schema of the parts of embedded records."""
    of_list = ("items",) if column.type is FieldType.RECORDS else ()
    return ("properties", column.name, *of_list, "properties")


def _property(column: Column, nested: str, timestamps: str) -> Schema:
    text = describe(column)
    if column.type in NESTED:
        if nested == "json":
            return _typed(column, "string", text + " JSON text.")
        return _nested(column, text, timestamps)
    if column.type is not FieldType.DATETIME:
        return _typed(column, column.type.value, text)
    if timestamps == "utc":
        return {**_typed(column, "string", text), "format": "date-time"}
    return _typed(column, "string", text + " Wall clock of the instance.")


def _nested(column: Column, text: str, timestamps: str) -> Schema:
    if column.type in EMBEDDED:
        inner = record_schema(column.items, nested="native", timestamps=timestamps)
        if column.type is FieldType.RECORD:
            return {**inner, **_typed(column, "object", text)}
        return {**_typed(column, "array", text), "items": inner}
    if column.type is FieldType.ARRAY:
        return {**_typed(column, "array", text), "items": {}}
    values = {"type": ["null", "array"], "items": {"type": ["null", "string"]}}
    known = {name: {**values, "description": title} for name, title in column.definitions}
    others = True if column.type is FieldType.OBJECT else values
    return {**_typed(column, "object", text), "properties": known, "additionalProperties": others}


def _typed(column: Column, json_type: str, description: str) -> Schema:
    # Without bounds, targets take a column for numbers of any length, which are slow.
    bounds = {"minimum": -INT64, "maximum": INT64 - 1} if json_type == "integer" else {}
    return {"type": ["null", json_type] if column.nullable else json_type, **bounds, "description": description.strip()}
