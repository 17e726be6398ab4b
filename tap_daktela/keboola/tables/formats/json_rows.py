"""The format `json`: one table for each stream, with the keys and the whole record as JSON in one column.

The table never changes, whatever Daktela adds. The record is as the tap sends it: its keys have no prefix.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.fields import Column, FieldType
from tap_daktela.keboola.job import Job, TableRequest
from tap_daktela.keboola.tables.formats.table import FIRST_COLUMNS, columns_read, custom_fields_read, texts
from tap_daktela.keboola.tables.html import plain_text
from tap_daktela.keboola.tables.table_spec import ColumnSpec, TableSpec

DATA = "data"


def spec(request: TableRequest, entry: Entry) -> TableSpec:
    """Return the spec of one stream's table."""
    columns: dict[str, Column] = {column.name: column for column in entry.columns}
    keys = [ColumnSpec(name, name, FieldType.STRING, columns[name].description, key=True) for name in entry.key]
    data = ColumnSpec(DATA, DATA, FieldType.OBJECT, "The whole record, JSON text.")
    return TableSpec(
        request.table,
        entry.name,
        entry.description,
        (*FIRST_COLUMNS, *keys, data),
        ("id",),
        hashed=entry.key,
        asked=frozenset(column.name for column in _columns(request, entry)),
        chosen=custom_fields_read(request, entry),
    )


def _columns(request: TableRequest, entry: Entry) -> list[Column]:
    """Return the columns of the record: with the item of an activity, unless the request names its fields."""
    read = columns_read(request, entry)
    more = [column for column in entry.columns if column.type is FieldType.RECORD and column not in read]
    return read if request.fields is not None else [*read, *more]


def rewriter(job: Job, known: Mapping[str, Entry]) -> "Rewriter":
    """Return the rewriter of a job's messages."""
    found: dict[str, frozenset[str]] = {}
    for request in job.tables if job.strip_html else ():
        entry = known[request.stream]
        # A stream may be asked for under two names, each with its own fields.
        found[entry.name] = texts(entry, columns_read(request, entry)).union(found.get(entry.name, ()))
    return Rewriter(found)


class Rewriter:
    """Folds each record into one column beside its keys, on its way to the target.

    It learns the keys from the schemas. `texts` are the columns, by stream, in which HTML becomes plain text.
    """

    def __init__(self, texts: Mapping[str, frozenset[str]]) -> None:
        self._texts = texts
        self._keys: dict[str, list[str]] = {}

    def __call__(self, message: dict[str, Any]) -> dict[str, Any]:
        """Return the SCHEMA or RECORD message that the target gets."""
        stream = message["stream"]
        if message["type"] == "SCHEMA":
            keys = self._keys[stream] = list(message["key_properties"])
            properties = {name: {"type": ["null", "string"]} for name in (*keys, DATA)}
            schema = {"type": "object", "properties": properties}
            return {**message, "schema": schema, "bookmark_properties": None}
        record = message["record"]
        for name in self._texts.get(stream, ()):
            if record[name]:
                record[name] = plain_text(record[name])
        folded = {name: record[name] for name in self._keys[stream]}
        folded[DATA] = orjson.dumps(record).decode()
        return {**message, "record": folded}
