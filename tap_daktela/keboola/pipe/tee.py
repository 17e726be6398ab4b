"""The tee between tap and target: it passes every line on, counts records, and reads the schemas."""

import time
from collections.abc import Callable, Iterator
from io import BufferedIOBase
from typing import Any

import orjson

from tap_daktela.errors import ApplicationError
from tap_daktela.keboola.job import StreamCounts
from tap_daktela.keboola.pipe.row_sinks import RowSink

Rewrite = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns a SCHEMA or RECORD message into the one that the target gets."""

# The tap begins each of its records like this. Any other line goes through the JSON parser.
_RECORD = b'{"type":"RECORD","stream":"'

_BLOCK = 64 * 1024
"""Bytes that are read at once, as many as a pipe holds. A line may be longer."""


class Tee:
    """Reads the tap's messages from `source` and writes them to `sink`.

    `streams` are the counts by stream. `cut` says that the last line was incomplete; it was not passed on.

    Date-times lose their format in the schema: otherwise the target would print them in its own way, and they are to
    arrive as the tap wrote them. `rewrite`, if given, changes schemas and records on their way.
    """

    def __init__(self, source: BufferedIOBase, sink: RowSink, rewrite: Rewrite | None = None) -> None:
        self.streams: dict[str, StreamCounts] = {}
        self._source = source
        self._sink = sink
        self._rewrite = rewrite
        self._current: StreamCounts | None = None
        self.cut = False

    def run(self) -> None:
        """Pass on all lines. BrokenPipeError if the target is gone, ApplicationError for a line that is no message."""
        for block in self._blocks():
            begin = 0
            while begin < len(block):
                end = self._pass_records(block, begin)
                if end == begin:
                    end = block.index(b"\n", begin) + 1
                    self._pass_message(block[begin:end])
                begin = end
            self._sink.flush()
        self._sink.end()

    def _blocks(self) -> Iterator[bytes]:
        """Yield blocks of whole lines."""
        rest: list[bytes] = []
        while block := self._source.read1(_BLOCK):
            end = block.rfind(b"\n") + 1
            if end:
                yield b"".join([*rest, block[:end]])
                rest = [block[end:]]
            else:
                rest.append(block)
        self.cut = any(rest)

    def _pass_records(self, block: bytes, begin: int) -> int:
        """Pass on the records of one stream from `begin` on that stay unchanged; return where they end."""
        if self._rewrite is not None or not block.startswith(_RECORD, begin):
            return begin
        head = block[begin : block.index(b'"', begin + len(_RECORD)) + 1]
        rows, end = block.count(b"\n", begin), len(block)
        # Mostly a block has nothing else. A raw line end is never within a message.
        if block.count(b"\n" + head, begin) + 1 < rows:
            rows, end = 0, begin
            while block.startswith(head, end):
                rows += 1
                end = block.index(b"\n", end) + 1
        name = head[len(_RECORD) : -1].decode()
        self._count(name, rows)
        self._sink.records(name, block[begin:end], rows)
        return end

    def _count(self, name: str, rows: int) -> None:
        counts = self.streams.get(name)
        if counts is None:
            raise ApplicationError(f"the tap sent a row of {name} before its schema")
        counts.rows += rows
        counts.ended = time.monotonic()
        self._current = counts

    def _pass_message(self, line: bytes) -> None:
        """Pass on a line as the target is to get it."""
        try:
            message = orjson.loads(line)
        except orjson.JSONDecodeError:
            message = None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            # The line itself is not shown: it may hold a customer's data.
            raise ApplicationError("the tap wrote something on its output that is no Singer message")
        kind = message["type"]
        if self._current is not None:
            self._current.ended = time.monotonic()
        if kind == "RECORD":
            self._count(message["stream"], 1)
        elif kind != "SCHEMA":
            self._sink.message(line)
            return
        if self._rewrite is not None:
            message = self._rewrite(message)
        if kind == "SCHEMA":
            self._open(message)
            self._sink.message(orjson.dumps(message) + b"\n")
        else:
            self._sink.records(message["stream"], orjson.dumps(message) + b"\n", 1)

    def _open(self, message: dict[str, Any]) -> None:
        """Begin the counts of a stream, and remove the formats from its schema."""
        properties = message["schema"]["properties"]
        for schema in properties.values():
            schema.pop("format", None)
        columns = tuple(properties)
        known = self.streams.get(message["stream"])
        if known is not None and known.columns != columns:
            raise ApplicationError(f"the tap changed the schema of {message['stream']} while it ran")
        self._current = self.streams.setdefault(message["stream"], StreamCounts(columns))
