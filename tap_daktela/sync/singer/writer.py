"""Writes Singer messages to stdout: whole lines, a page at a time."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
import singer

from tap_daktela.runtime.pipes import widen, write_whole


class Writer:
    """Writes messages to a file descriptor, past Python's own buffer: a line is complete, or was never begun.

    Every method raises TargetGone if the target has stopped reading, OutputError if nothing can be written.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        widen(descriptor)

    def schema(self, stream: str, schema: dict[str, Any], key: Sequence[str], replication_key: str | None) -> None:
        """Write the SCHEMA of `stream`."""
        bookmarks = [replication_key] if replication_key else None
        self._message(singer.SchemaMessage(stream, schema, list(key), bookmarks))

    def state(self, value: dict[str, Any]) -> None:
        """Write a STATE."""
        self._message(singer.StateMessage(value))

    def activate_version(self, stream: str, version: int) -> None:
        """Write ACTIVATE_VERSION: `stream` now consists of the records with `version`."""
        self._message(singer.ActivateVersionMessage(stream, version))

    def _message(self, message: singer.Message) -> None:
        self.write(orjson.dumps(message.asdict()) + b"\n")

    def write(self, lines: bytes) -> None:
        """Write whole lines, all of them."""
        write_whole(self.descriptor, lines)


def record_lines(stream: str, records: Iterable[Any], read_at: datetime, version: int | None) -> bytes:
    """Return the RECORD lines of one page, which was read at `read_at` (UTC)."""
    head = b'{"type":"RECORD","stream":' + orjson.dumps(stream) + b',"record":'
    tail = b"" if version is None else b',"version":' + orjson.dumps(version)
    tail += b',"time_extracted":' + orjson.dumps(read_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")) + b"}\n"
    dumps = orjson.dumps
    return b"".join([part for record in records for part in (head, dumps(record), tail)])
