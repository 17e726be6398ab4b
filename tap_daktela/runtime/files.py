"""JSON files that the user names on the command line, or that lie in Keboola's data folder."""

import json
import re
from pathlib import Path
from typing import Any

from tap_daktela.errors import ConfigError

_DEEPEST = 100  # Levels of lists and objects. Nobody needs more, and the code that uses the values is recursive.
_BITS_64 = range(-(2**63), 2**64)
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def parse_json(text: str) -> Any:
    """Return the value of JSON text; ValueError with the end of a sentence that begins with the name of its source.

    It also refuses values that cannot be passed on, in a request to the instance or in a state to the target: lone
    surrogates, integers beyond 64 bits, and more than 100 levels of lists and objects.
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
    """Raise ValueError unless `value` can be written as JSON again and has at most `levels` levels."""
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
    """Return the JSON value in the file at `path`. `what` is its role, for the ConfigError that says why not."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{what}: cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{what}: {path} is not text in UTF-8") from error
    if not text.strip():
        raise ConfigError(f"{what}: {path} is empty; leave the argument out or give a JSON object")
    try:
        return parse_json(text)
    except ValueError as error:
        raise ConfigError(f"{what}: {path} {error}") from error


def read_catalog(path: str) -> dict[str, Any]:
    """Return the catalog in a file, each stream with a `tap_stream_id`; ConfigError if it holds something else."""
    content = read_json(path, "catalog")
    streams = content.get("streams") if isinstance(content, dict) else None
    if not isinstance(streams, list):
        raise ConfigError(f"catalog: {path} has no list of 'streams'; make a new one with --discover")
    for number, stream in enumerate(streams):
        if not _is_entry(stream):
            raise ConfigError(f"catalog: stream {number} of {path} is not what --discover writes; make a new catalog")
    return {"streams": [{**stream, "tap_stream_id": _identity(stream)} for stream in streams]}


def _identity(stream: dict[str, Any]) -> Any:
    """Return the name of a stream, which older catalogs have in one of two places only."""
    return stream.get("tap_stream_id") or stream.get("stream")


def _is_entry(stream: Any) -> bool:
    """Tell whether `stream` has the form of a stream in a catalog, of which parts may be missing."""
    if not isinstance(stream, dict) or not isinstance(_identity(stream), str):
        return False
    schema = stream.get("schema") or {}
    properties = (schema.get("properties") or {}) if isinstance(schema, dict) else None
    nodes = stream.get("metadata") or []
    return (
        isinstance(properties, dict)
        # The schema of a column may have properties for custom fields.
        and all(
            isinstance(part, dict) and isinstance(part.get("properties") or {}, dict) for part in properties.values()
        )
        and isinstance(nodes, list)
        and all(_is_node(node) for node in nodes)
    )


def _is_node(node: Any) -> bool:
    if not isinstance(node, dict) or not isinstance(node.get("metadata"), dict):
        return False
    breadcrumb = node.get("breadcrumb")
    return isinstance(breadcrumb, list) and all(isinstance(step, str) for step in breadcrumb)
