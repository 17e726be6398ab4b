"""What a catalog may change of a stream beside its selection. The tap follows FULL_TABLE, and tells what it ignores."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.schema import record_schema

FULL_TABLE, INCREMENTAL = "FULL_TABLE", "INCREMENTAL"

_KEYS = ("key-properties", "table-key-properties", "view-key-properties")
"""Marks under which a catalog may name the key of a stream."""


def followed(entry: Entry, item: Mapping[str, Any], marks: Mapping[str, Any]) -> Entry:
    """Return the entry with the replication method that the user chose in the catalog's `item` or in its `marks`.

    FULL_TABLE reads all rows in every run, whatever their times. A stream whose rows are found through a parent then
    reads those of all parents since `start_date`.
    """
    if not entry.incremental or entry.stream.ledger or FULL_TABLE not in _methods(item, marks):
        return entry
    stream = entry.stream
    if stream.child is not None:
        return replace(entry, stream=replace(stream, child=replace(stream.child, whole=True)))
    return replace(entry, stream=replace(stream, axes=(), erased_flag=None))


def ignored(entry: Entry, item: Mapping[str, Any], marks: Mapping[str, Any]) -> list[str]:
    """Return a sentence about each wish of the catalog that the tap does not follow."""
    name, methods = entry.name, _methods(item, marks)
    why = "is read by its times" if entry.incremental else "has no times by which to read"
    own = {FULL_TABLE, INCREMENTAL if entry.incremental else FULL_TABLE}
    if entry.stream.ledger:
        why, own = "gets new rows from each run", {INCREMENTAL}
    found = [
        f"{name}: the replication method {method} is not followed: the stream {why}"
        for method in methods
        if method not in own
    ]
    found += [
        f"{name}: the replication key '{by}' is not followed: it is '{entry.replication_key}'"
        for by in _both("replication-key", item, marks)
        if by not in ("", entry.replication_key) and FULL_TABLE not in methods
    ]
    keys = [key for mark in _KEYS for key in _both(mark, item, marks)]
    if any(key != list(entry.key) for key in keys):
        found.append(f"{name}: other key properties are not followed: they are {', '.join(entry.key) or 'none'}")
    changed = list(_changed(entry, (item.get("schema") or {}).get("properties") or {}))
    if changed:
        found.append(f"{name}: other types are not followed, of {', '.join(changed)}")
    return found


def _both(name: str, item: Mapping[str, Any], marks: Mapping[str, Any]) -> list[Any]:
    """Return a mark of a stream as its metadata have it, and as older catalogs have it beside them, once if equal.

    Discovery writes it into the metadata, so what differs beside them is somebody's wish.
    """
    metadata, beside = marks.get(name), item.get(name.replace("-", "_"))
    return [value for value in (metadata, None if beside == metadata else beside) if value is not None]


def _methods(item: Mapping[str, Any], marks: Mapping[str, Any]) -> list[str]:
    return [str(one).upper().replace("-", "_") for one in _both("replication-method", item, marks) if one]


def _changed(entry: Entry, properties: Mapping[str, Any]) -> Iterator[str]:
    """Yield the columns to which the catalog gives a type that the tap gives them under no setting."""
    forms = [
        record_schema(entry.columns, nested=nested, timestamps=timestamps)["properties"]
        for nested, timestamps in product(("native", "json"), ("utc", "local"))
    ]
    for column in entry.columns:
        wish = properties.get(column.name) or {}
        if "type" in wish and all(_type(wish) != _type(form[column.name]) for form in forms):
            yield column.name


def _type(schema: Mapping[str, Any]) -> tuple[frozenset[str], str | None]:
    types = schema["type"]
    return frozenset(map(str, types if isinstance(types, list) else [types])), schema.get("format")
