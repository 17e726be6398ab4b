"""JSON files named on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tap_daktela.errors import ConfigError


def read_json(path: str, what: str) -> Any:
    """Return what the file at `path` holds; ConfigError says which file cannot be read, and why."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{what}: cannot read {path}: {error}") from error
    if not text.strip():
        raise ConfigError(f"{what}: {path} is empty; leave the argument out or hand over a JSON object")
    try:
        return json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{what}: {path} is not JSON: {error}") from error


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
        good = isinstance(stream, dict) and isinstance(stream.get("tap_stream_id", stream.get("stream")), str)
        if not good or not isinstance(stream.get("metadata", []), list | None):
            raise ConfigError(f"catalog: stream {number} of {path} is not what --discover writes; make a new catalog")
        stream.setdefault("tap_stream_id", stream.get("stream"))
    return {"streams": streams}
