"""Rules for JSON values that do not depend on the column."""

import re
from typing import Any

import orjson

from tap_daktela.catalog.schema import INT64
from tap_daktela.redaction.names import SECRET_NAME

DEEPEST = 200
"""Levels of lists and objects in an open value. orjson writes 254, some of which are around the value."""

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


def elements(value: Any) -> list[Any] | None:
    """Return the elements of a list, or of an object in its place, without nulls; None for any other value."""
    if isinstance(value, dict):
        value = list(value.values())
    return [item for item in value if item is not None] if isinstance(value, list) else None


def embedded(value: Any) -> list[Any] | None:
    """Return the elements of a list of records, as `elements` does. A single record is a list of one."""
    if isinstance(value, dict) and not all(
        name.isdecimal() or isinstance(inner, dict) for name, inner in value.items()
    ):
        return [value]
    return elements(value)


def listed(values: Any) -> list[Any]:
    """Return the values of one custom field, which nearly always is a list."""
    if isinstance(values, dict):
        return list(values.values())
    return values if isinstance(values, list) else [values]


def only_element(value: Any) -> Any:
    """Return the element of a list that has one; any other value, and a list around another list, as it is.

    Daktela V6 API: some values come as a list with one element.
    """
    return value[0] if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], list) else value


def from_text(text: str) -> float | str | None:
    """Return the number that `text` spells; None if it is blank; else `text` itself."""
    if not _NUMBER.fullmatch(text):
        return text if text.strip() else None
    try:
        return int(text)
    except ValueError:
        return float(text)


def is_int64(value: Any) -> bool:
    """Tell whether `value` is a whole number of at most 64 bits."""
    return isinstance(value, int) and -INT64 <= value < INT64


def record_key(value: Any) -> str | int | None:
    """Return the key of an embedded record; None if it has none, or is no record."""
    key = value.get("name") if isinstance(value, dict) else None
    return key if isinstance(key, str | int) and not isinstance(key, bool) else None


def scrub(value: Any, levels: int = DEEPEST) -> Any:
    """Return `value` without the parts whose names mean a secret. ValueError if it is deeper than `levels`."""
    if not levels:
        raise ValueError(f"it has more than {DEEPEST} levels")
    if isinstance(value, dict):
        return {
            name: inner if inner.__class__ is str else scrub(inner, levels - 1)  # most are text
            for name, inner in value.items()
            if not SECRET_NAME.search(name)
        }
    if isinstance(value, list):
        return [inner if inner.__class__ is str else scrub(inner, levels - 1) for inner in value]
    if isinstance(value, int) and not is_int64(value):
        return float(value)
    return value


def json_text(value: Any) -> str | None:
    """Return a nested value as JSON text."""
    return None if value is None else orjson.dumps(value).decode()
