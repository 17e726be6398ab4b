"""The Singer catalog, written from entries."""

from collections.abc import Iterable, Mapping
from typing import Any

from singer import metadata

from tap_daktela.catalog.entries import Entry, Selected
from tap_daktela.catalog.overrides import FULL_TABLE, INCREMENTAL
from tap_daktela.catalog.schema import parts_of, record_schema


def catalog(known: Mapping[str, Entry], *, nested: str, timestamps: str) -> dict[str, Any]:
    """Return the Singer catalog of the `known` entries. The options are those of `record_schema`."""
    streams = [
        {
            "tap_stream_id": entry.name,
            "stream": entry.name,
            "key_properties": list(entry.key),
            "schema": {
                **record_schema(entry.columns, nested=nested, timestamps=timestamps),
                "description": entry.description,
            },
            "metadata": metadata.to_list(_metadata(entry)),
        }
        for entry in known.values()
    ]
    return {"streams": streams}


def mark_selected(document: dict[str, Any], selection: Iterable[Selected]) -> None:
    """Mark in a catalog what `selection` has as selected, and all else as not selected."""
    by_name = {one.entry.name: one for one in selection}
    for item in document["streams"]:
        selected = by_name.get(item["tap_stream_id"])
        places = _places(selected) if selected else ()
        for node in item["metadata"]:
            if node["metadata"]["inclusion"] != "automatic":
                node["metadata"]["selected"] = tuple(node["breadcrumb"]) in places
        for column in selected.columns if selected else ():
            if column.wanted is not None:  # Else custom fields that nobody knows yet would come, too.
                item["schema"]["properties"][column.name]["additionalProperties"] = False


def _places(selected: Selected) -> set[tuple[str, ...]]:
    """Return the breadcrumbs of all that is selected."""
    places: set[tuple[str, ...]] = {()}
    for column in selected.columns:
        path = ("properties", column.name)
        places.add(path)
        places.update((*parts_of(column), item.name) for item in column.items)
        places.update((*path, "properties", name) for name, _ in column.definitions)
    return places


def _metadata(entry: Entry) -> dict[tuple[str, ...], dict[str, Any]]:
    stream_marks: dict[str, Any] = {
        "inclusion": "available",
        "selected-by-default": entry.selected,
        "table-key-properties": list(entry.key),
        "valid-replication-keys": [entry.replication_key] if entry.replication_key else [],
        **_replication(entry),
    }
    if not entry.stream.ledger:
        stream_marks["daktela-endpoint"] = entry.stream.endpoint
    if entry.replication_key:
        stream_marks["replication-key"] = entry.replication_key
    if entry.parent:
        stream_marks["parent-tap-stream-id"] = entry.parent
    if entry.refusal:
        stream_marks["daktela-refused"] = entry.refusal
    marks: dict[tuple[str, ...], dict[str, Any]] = {(): stream_marks}
    for column in entry.columns:
        path = ("properties", column.name)
        automatic = column.name in entry.automatic
        marks[path] = {"inclusion": "automatic" if automatic else "available"}
        if not entry.stream.ledger:
            marks[path]["daktela-field"] = column.api_name
        if not automatic:
            marks[path]["selected-by-default"] = column.selected
        # Also where the schema shows JSON text only: parts can be left out of it, too.
        marks |= {(*parts_of(column), item.name): {"inclusion": "available"} for item in column.items}
        marks |= {(*path, "properties", name): {"inclusion": "available"} for name, _ in column.definitions}
    return marks


def _replication(entry: Entry) -> dict[str, str]:
    """Return how a stream is read. An incremental list may be read whole, if the user wants that; all else is fixed."""
    if entry.stream.ledger:
        return {"forced-replication-method": INCREMENTAL}
    return {"replication-method": INCREMENTAL} if entry.incremental else {"forced-replication-method": FULL_TABLE}
