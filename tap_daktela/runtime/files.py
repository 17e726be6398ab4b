"""JSON files that the user names on the command line, or that lie in Keboola's data folder."""

import json
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tap_daktela.errors import ConfigError
from tap_daktela.runtime.json_mistakes import mistake

_DEEPEST = 100  # Levels of lists and objects. Nobody needs more, and the code that uses the values is recursive.
_BITS_64 = range(-(2**63), 2**64)
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # How files in UTF-16 begin.

_IF_MISSING = {
    "catalog": "; --discover writes one",
    "state": "; a first run has none: leave --state out",
    "unit": "; tap-daktela plan writes units, one a line",
}
"""How to go on where a file with this role is not there."""

_IF_EMPTY = {
    "unit": "; hand over one line of a plan",
    "merge-state": "; the target printed no state: run that unit again, or leave the file out",
    "state": "; leave --state out to read all from start_date, or hand over the last line that the target printed",
}
"""How to go on where a file with this role is empty."""


class _RepeatedError(ValueError):
    """A name stands twice in one object."""


def parse_json(text: str) -> Any:
    """Return the value of JSON text; ValueError with the end of a sentence that begins with the name of its source.

    It also refuses a name that an object has twice, and what cannot be passed on in a request or in a state: lone
    surrogates, integers beyond 64 bits, and more than 100 levels of lists and objects.
    """
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except _RepeatedError:
        raise
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {mistake(text, error)}") from error
    except ValueError as error:
        raise ValueError(f"is not JSON: {error}") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    _check_can_be_written(value, _DEEPEST)
    return value


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise _RepeatedError(f"has '{twice}' twice in one object; remove one of them")
    return found


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
    text = read_text(path, what)
    try:
        return parse_json(text)
    except ValueError as error:
        raise ConfigError(f"{what}: {path} {error}") from error


def read_state(path: str) -> Any:
    """Return the state in a file; ConfigError as in `read_json`, and where the file has a line for each of several."""
    try:
        return read_json(path, "state")
    except ConfigError as error:
        lines = [line for line in read_text(path, "state").split("\n") if line.strip()]
        last = _object_in(lines[-1])
        if not lines[1:] or not last:
            raise
        if "type" in last:
            what = "is what the tap wrote; hand over the last line that the target printed"
            raise ConfigError(f"state: {path} {what}") from error
        if "since" in last:
            raise ConfigError(f"state: {path} is a plan: its units are read one by one, with --unit") from error
        keep = f"keep its last line: tail -n 1 {shlex.quote(path)} > state.json"
        raise ConfigError(f"state: {path} has {len(lines)} lines; {keep}") from error


def _object_in(line: str) -> dict[str, Any] | None:
    """Return the object that a line holds; None if it holds something else."""
    try:
        found = parse_json(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def read_text(path: str, what: str) -> str:
    """Return the text of a file, which is not empty; ConfigError if it has none."""
    try:
        content = Path(path).read_bytes()
    except IsADirectoryError as error:
        raise ConfigError(f"{what}: {path} is a folder; name a file") from error
    except OSError as error:
        advice = _IF_MISSING.get(what, "") if isinstance(error, FileNotFoundError) else ""
        raise ConfigError(f"{what}: cannot read {path}: {error.strerror}{advice}") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = "UTF-16" if content.startswith(_UTF_16) else f"line {content.count(10, 0, error.start) + 1}"
        raise ConfigError(f"{what}: {path} is not text in UTF-8 ({found}); save it as UTF-8") from error
    if not text.strip():
        advice = _IF_EMPTY.get(what, "; leave the argument out or give a JSON object")
        raise ConfigError(f"{what}: {path} is empty{advice}")
    return text


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
