"""The setting `extra_streams`: endpoints that the tap does not know, as the user declares them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tap_daktela.settings.types import Names, inside

__all__ = ["ExtraStream", "ExtraStreams"]

_ENDPOINT = re.compile(r"[a-z][A-Za-z0-9]*", re.ASCII)
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*", re.ASCII)
_FIELD_TYPES = ("string", "integer", "number", "boolean", "date-time", "object", "array")


@dataclass(frozen=True)
class ExtraStream:
    """An endpoint that the tap does not know, as the user declares it; `fields` are (name, type) in order."""

    endpoint: str
    key: tuple[str, ...]
    axis: str | None
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ExtraStreams:
    """Declarations of endpoints."""

    @property
    def schema(self) -> dict[str, Any]:
        """A list of objects."""
        names = {"type": "array", "items": {"type": "string"}}
        properties = {
            "endpoint": {"type": "string"},
            "key": {**names, "type": ["array", "string"]},
            "axis": {"type": "string"},
            "fields": {"type": "object", "additionalProperties": {"enum": list(_FIELD_TYPES)}},
        }
        required = ["endpoint", "fields"]
        return {"type": "array", "items": {"type": "object", "properties": properties, "required": required}}

    def read(self, raw: object) -> tuple[ExtraStream, ...]:
        """Return the declarations in order."""
        if not isinstance(raw, (list, tuple)):
            raise ValueError("must be a list of objects with endpoint, key, axis and fields")
        streams = tuple(inside(f"number {number}", _extra_stream, one) for number, one in enumerate(raw, start=1))
        if len({stream.endpoint for stream in streams}) < len(streams):
            raise ValueError("names an endpoint twice")
        return streams


def _extra_stream(raw: object) -> ExtraStream:
    """Return one declaration; ValueError with the end of a sentence."""
    if not isinstance(raw, Mapping):
        raise ValueError("must be an object with endpoint, key, axis and fields")
    strange = [str(name) for name in raw if name not in {"endpoint", "key", "axis", "fields"}]
    if strange:
        raise ValueError(f"has the unknown part {strange[0]!r}; there are endpoint, key, axis and fields")
    endpoint, axis, fields = raw.get("endpoint"), raw.get("axis") or None, raw.get("fields")
    if not isinstance(endpoint, str) or not _ENDPOINT.fullmatch(endpoint):
        raise ValueError("needs an endpoint as the API spells it, such as crmRecords")
    if not isinstance(fields, Mapping) or not fields:
        raise ValueError("needs fields: an object from their names to their types")
    for name, kind in fields.items():
        if not isinstance(name, str) or not _FIELD_NAME.fullmatch(name):
            raise ValueError(f"has a field with the impossible name {name!r}")
        if kind not in _FIELD_TYPES:
            raise ValueError(f"has the field {name} of an unknown type; there are {', '.join(_FIELD_TYPES)}")
    # Daktela V6 API: the key of nearly every endpoint is called `name`.
    key = Names().read(raw.get("key") or "name")
    declared = {**({} if "key" in raw else {"name": "string"}), **fields}
    missing = [name for name in key if name not in declared]
    if missing:
        raise ValueError(f"has the key {missing[0]}, which is not among its fields")
    if axis is not None and (not isinstance(axis, str) or declared.get(axis) != "date-time"):
        raise ValueError("has an axis that is not among its fields of type date-time")
    return ExtraStream(endpoint, key, axis, tuple(declared.items()))
