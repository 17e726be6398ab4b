"""JSON files that are handed over: on the command line, or in a data folder."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_daktela.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable


_DEEPEST = 100  # Levels of lists and objects; what comes after reading is recursive, and nobody needs more.
_BITS_64 = range(-(2**63), 2**64)
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def parse_json(text: str) -> Any:
    """Return the value of JSON text; ValueError ends a sentence that begins with where the text is from.

    Refused is also what cannot be handed on, to the instance in a request or to the target in a state: halves of
    characters, integers beyond 64 bits, and hundreds of lists in lists.
    """
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ValueError(f"is not JSON: {error}") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    _check_can_be_written(value, _DEEPEST)
    return value


def _check_can_be_written(value: Any, levels: int) -> None:
    """Raise ValueError with the end of a sentence unless `value`, of at most `levels` levels, can be written again."""
    if not levels:
        raise ValueError("is nested too deeply")
    if isinstance(value, str) and _HALF_CHARACTER.search(value):
        raise ValueError("holds half a character (a lone surrogate, written as \\ud800 to \\udfff)")
    if isinstance(value, int) and value not in _BITS_64:
        raise ValueError("holds a whole number of more than 64 bits")
    members = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    for member in members:
        _check_can_be_written(member, levels - 1)


def read_json(path: str, what: str) -> Any:
    """Return what the file at `path` holds; ConfigError says which file cannot be read, and why."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{what}: cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{what}: {path} is not text in UTF-8") from error
    if not text.strip():
        raise ConfigError(f"{what}: {path} is empty; leave the argument out or hand over a JSON object")
    try:
        return parse_json(text)
    except ValueError as error:
        raise ConfigError(f"{what}: {path} {error}") from error


def read_config(paths: Iterable[str]) -> dict[str, Any]:
    """Return the settings of all files, later ones winning."""
    merged: dict[str, Any] = {}
    for path in paths:
        content = read_json(path, "config")
        if not isinstance(content, dict):
            raise ConfigError(f"config: {path} does not hold a JSON object")
        merged.update(content)
    return merged


def read_catalog(path: str) -> dict[str, Any]:
    """Return a catalog; ConfigError if the file holds something else."""
    content = read_json(path, "catalog")
    streams = content.get("streams") if isinstance(content, dict) else None
    if not isinstance(streams, list):
        raise ConfigError(f"catalog: {path} has no list of 'streams'; make a new one with --discover")
    for number, stream in enumerate(streams):
        if not _is_entry(stream):
            raise ConfigError(f"catalog: stream {number} of {path} is not what --discover writes; make a new catalog")
    return {"streams": [{**stream, "tap_stream_id": _identity(stream)} for stream in streams]}


def _identity(stream: dict[str, Any]) -> Any:
    """Return the name of an entry, which older catalogs have in one place only."""
    return stream.get("tap_stream_id") or stream.get("stream")


def _is_entry(stream: Any) -> bool:
    """Tell whether `stream` is built like an entry of a catalog, of which parts may be missing."""
    if not isinstance(stream, dict) or not isinstance(_identity(stream), str):
        return False
    schema = stream.get("schema") or {}
    properties = (schema.get("properties") or {}) if isinstance(schema, dict) else None
    nodes = stream.get("metadata") or []
    return (
        isinstance(properties, dict)
        and all(_is_part(part) for part in properties.values())
        and isinstance(nodes, list)
        and all(_is_node(node) for node in nodes)
    )


def _is_part(part: Any) -> bool:
    """Tell whether `part` describes a column, whose own parts are those of custom fields."""
    return isinstance(part, dict) and isinstance(part.get("properties") or {}, dict)


def _is_node(node: Any) -> bool:
    if not isinstance(node, dict) or not isinstance(node.get("metadata"), dict):
        return False
    breadcrumb = node.get("breadcrumb")
    return isinstance(breadcrumb, list) and all(isinstance(step, str) for step in breadcrumb)
