"""Values of relations and lists, embedded in a row or under literal dotted names.

Daktela V6 API: fields requested as `queue.name` come back inside an object `queue`, or under that very name.
"""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from tap_daktela.sync.records.json_values import listed

Row = dict[str, Any]
"""A row as the instance sends it."""


def dig(row: Row, path: Sequence[str]) -> Any:
    """Return the value at a path of several relations, or under its literal dotted name."""
    value: Any = row.get(".".join(path))
    if value is None:
        value = row
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
    return value


def lift(row: Row, value: Any, root: str, fields: list[str]) -> Row:
    """Return the embedded record where Daktela sent something else in its place.

    Daktela V6 API: a relation may come as its bare key, or its fields under literal dotted names. In a list, or an
    object of numbered elements, the first element counts. `""`, `[]` and false mean that there is no record.
    """
    if isinstance(value, dict) and value and all(map(str.isdecimal, value)):
        value = list(value.values())
    if isinstance(value, list):
        value = next((item for item in value if item is not None), None)
    if isinstance(value, dict):
        return value
    if value is not None and value != "" and not isinstance(value, bool):
        return {field: value for field in fields if field != "title"}
    found = gathered(row, root, fields) or {}
    if any(isinstance(inner, list) for inner in found.values()):
        return next(iter(zipped(row, root, fields) or ()), {})
    return found


def gathered(row: Row, root: str, fields: list[str]) -> Row | None:
    """Return the object whose fields came under literal dotted names; None if there are none."""
    return {field: row[f"{root}.{field}"] for field in fields if f"{root}.{field}" in row} or None


def zipped(row: Row, root: str, fields: list[str]) -> list[Row] | None:
    """Return the records whose fields came as one list each, under literal dotted names; None if there are none.

    A record without any value is left out, like null among the elements of a list.
    """
    columns = {field: listed(values) for field, values in (gathered(row, root, fields) or {}).items()}
    if not columns:
        return None
    elements = (values for values in zip_longest(*columns.values()) if values.count(None) < len(values))
    return [dict(zip(columns, values, strict=True)) for values in elements]
