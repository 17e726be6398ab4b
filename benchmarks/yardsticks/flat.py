"""From a row of the API to a record of the tap's schema, as anyone would write it."""

from __future__ import annotations

from typing import Any


def flat(row: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
    """Return the record of a row; each column has the first of its paths that leads to a value."""
    record = {}
    for name, paths in job["columns"].items():
        for path in paths:
            value: Any = row
            for step in path:
                value = value.get(step) if value else None
            if value is not None:
                break
        record[name] = value
    for name in job["objects"]:
        # PHP writes an object without members as an empty list.
        record[name] = record[name] or {}
    return record
