"""From a row of the API to a record of the tap's schema, as anyone would write it."""

from __future__ import annotations

from typing import Any

_NEVER = "0000-00-00 00:00:00"


def flat(row: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
    """Return the record of a row; each column has the first of its paths that leads to a value."""
    record = {}
    for name, paths in job["columns"].items():
        for path in paths:
            value: Any = row
            for step in path:
                if isinstance(value, list):
                    value = value[0] if value else None
                value = value.get(step) if value else None
            if value is not None:
                break
        record[name] = value
    for name in job["objects"]:
        record[name] = record[name] or {}
    for name in job["moments"]:
        if record[name] == _NEVER:
            record[name] = None
    return record
