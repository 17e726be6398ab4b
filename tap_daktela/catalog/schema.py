"""The JSON schema of a record, from its columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tap_daktela.catalog.fields import NESTED, Column, Kind

Schema = dict[str, Any]


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


def _property(column: Column, nested: str, timestamps: str) -> Schema:
    if column.kind in NESTED and nested == "json":
        return _typed(column, "string", describe(column) + " JSON text.")
    text = describe(column)
    if column.kind is Kind.DATETIME:
        if timestamps == "utc":
            return {**_typed(column, "string", text), "format": "date-time"}
        return _typed(column, "string", text + " Wall clock of the instance.")
    if column.kind is Kind.RECORDS:
        items = record_schema(column.items, nested=nested, timestamps=timestamps)
        return {**_typed(column, "array", text), "items": items}
    if column.kind is Kind.ARRAY:
        return {**_typed(column, "array", text), "items": {}}
    if column.kind is Kind.OBJECT:
        return {**_typed(column, "object", text), "properties": {}, "additionalProperties": True}
    if column.kind is Kind.CUSTOM_FIELDS:
        return {**_typed(column, "object", text), **_custom_fields(column)}
    return _typed(column, column.kind.value, text)


def _custom_fields(column: Column) -> Schema:
    values = {"type": ["null", "array"], "items": {"type": ["null", "string"]}}
    known = {name: {**values, "description": title} for name, title in column.definitions}
    return {"properties": known, "additionalProperties": values}


def _typed(column: Column, json_type: str, description: str) -> Schema:
    return {"type": ["null", json_type] if column.nullable else json_type, "description": description.strip()}
