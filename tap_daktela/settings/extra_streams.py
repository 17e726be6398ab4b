"""The setting `extra_streams`: endpoints that the tap does not know and the user declares."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tap_daktela.settings.types import NAMES, SettingType, inside

_ENDPOINT = re.compile(r"[a-z][A-Za-z0-9]*", re.ASCII)
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*", re.ASCII)
_FIELD_TYPES = ("string", "integer", "number", "boolean", "date-time", "object", "array")
_PARTS = {
    "endpoint": {"type": "string"},
    "key": {"type": ["array", "string"], "items": {"type": "string"}},
    "axis": {"type": "string"},
    "fields": {"type": "object", "additionalProperties": {"enum": list(_FIELD_TYPES)}},
}


@dataclass(frozen=True)
class ExtraStream:
    """An endpoint that the user declares; `fields` are (name, type) in order, `axis` is the time field to read by."""

    endpoint: str
    key: tuple[str, ...]
    axis: str | None
    fields: tuple[tuple[str, str], ...]


def _extra_streams(raw: object) -> tuple[ExtraStream, ...]:
    if not isinstance(raw, (list, tuple)):
        raise ValueError("must be a list of objects with endpoint, key, axis and fields")
    streams = tuple(inside(f"number {number}", _extra_stream, one) for number, one in enumerate(raw, start=1))
    if len({stream.endpoint for stream in streams}) < len(streams):
        raise ValueError("names an endpoint twice")
    return streams


def _extra_stream(raw: object) -> ExtraStream:
    if not isinstance(raw, Mapping):
        raise ValueError("must be an object with endpoint, key, axis and fields")
    unknown = [str(name) for name in raw if name not in _PARTS]
    if unknown:
        raise ValueError(f"has the unknown part {unknown[0]!r}; there are endpoint, key, axis and fields")
    endpoint, axis, fields = raw.get("endpoint"), raw.get("axis") or None, raw.get("fields")
    if not isinstance(endpoint, str) or not _ENDPOINT.fullmatch(endpoint):
        raise ValueError("needs an endpoint as the API spells it, such as crmRecords")
    if not isinstance(fields, Mapping) or not fields:
        raise ValueError("needs fields: an object from their names to their types")
    for name, field_type in fields.items():
        if not isinstance(name, str) or not _FIELD_NAME.fullmatch(name):
            raise ValueError(f"has a field with the impossible name {name!r}")
        if field_type not in _FIELD_TYPES:
            raise ValueError(f"has the field {name} of an unknown type; there are {', '.join(_FIELD_TYPES)}")
    # Daktela V6 API: the key of nearly every endpoint is called `name`.
    key = NAMES.read(raw.get("key") or "name")
    declared = {**({} if "key" in raw else {"name": "string"}), **fields}
    missing = [name for name in key if name not in declared]
    if missing:
        raise ValueError(f"has the key {missing[0]}, which is not among its fields")
    if axis is not None and (not isinstance(axis, str) or declared.get(axis) != "date-time"):
        raise ValueError("has an axis that is not among its fields of type date-time")
    return ExtraStream(endpoint, key, axis, tuple(declared.items()))


EXTRA_STREAMS = SettingType(
    {"type": "array", "items": {"type": "object", "properties": _PARTS, "required": ["endpoint", "fields"]}},
    _extra_streams,
)
"""Declarations of endpoints."""
