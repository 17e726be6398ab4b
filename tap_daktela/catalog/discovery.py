"""The Singer catalog, written from entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from singer import metadata

from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.fields import NESTED, Column
from tap_daktela.catalog.schema import record_schema


def catalog(known: Mapping[str, Entry], *, nested: str, timestamps: str) -> dict[str, Any]:
    """Return the Singer catalog of the `known` entries. The options are those of `record_schema`."""
    return {"streams": [_catalog_entry(entry, nested, timestamps) for entry in known.values()]}


def _catalog_entry(entry: Entry, nested: str, timestamps: str) -> dict[str, Any]:
    schema = record_schema(entry.columns, nested=nested, timestamps=timestamps)
    return {
        "tap_stream_id": entry.name,
        "stream": entry.name,
        "key_properties": list(entry.key),
        "schema": {**schema, "description": entry.description},
        "metadata": metadata.to_list(_metadata(entry, native=nested == "native")),
    }


def _metadata(entry: Entry, *, native: bool) -> dict[tuple[str, ...], dict[str, Any]]:
    marks: dict[tuple[str, ...], dict[str, Any]] = {(): _stream_marks(entry)}
    for column in entry.columns:
        path: tuple[str, ...] = ("properties", column.name)
        automatic = column.name in entry.automatic
        marks[path] = {"inclusion": "automatic" if automatic else "available", "daktela-field": column.api_name}
        if not automatic:
            marks[path]["selected-by-default"] = column.selected
        if column.type in NESTED and native:
            for part in _parts(column):
                marks[path + part] = {"inclusion": "available"}
    return marks


def _parts(column: Column) -> list[tuple[str, ...]]:
    items = [("items", "properties", item.name) for item in column.items]
    return items + [("properties", name) for name, _ in column.definitions]


def _stream_marks(entry: Entry) -> dict[str, Any]:
    marks: dict[str, Any] = {
        "inclusion": "available",
        "selected-by-default": entry.selected,
        "table-key-properties": list(entry.key),
        "valid-replication-keys": [entry.replication_key] if entry.replication_key else [],
        "forced-replication-method": "INCREMENTAL" if entry.incremental else "FULL_TABLE",
        "daktela-endpoint": entry.stream.endpoint,
    }
    if entry.replication_key:
        marks["replication-key"] = entry.replication_key
    if entry.parent:
        marks["parent-tap-stream-id"] = entry.parent
    return marks
