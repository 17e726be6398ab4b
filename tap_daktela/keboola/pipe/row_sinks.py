"""How rows reach the target: as the messages that the tap wrote, or in files, which cost the target a third less."""

import re
from dataclasses import dataclass, field
from io import BufferedIOBase
from pathlib import Path
from typing import Protocol

import orjson

BATCH_BYTES = 1 << 19
"""Bytes of rows from which on they make a file. The target holds one file at a time, several times over in memory."""

_MARK_EVERY = 16
"""Files between two marks. Those that the target has read stay until the mark behind them."""

_MARKS = ".read"
"""The stream of the marks. No stream of the tap has a dot in its name."""

# A raw line end is never within a string, and a quote within a string never stands bare: this is the end of a message.
_TIME = b'},"time_extracted":"'
_TAIL = re.compile(_TIME + rb'[^"]*"\}\n')


class RowSink(Protocol):
    """Takes what the tap wrote, in order. Its methods raise BrokenPipeError if the target is gone."""

    def records(self, stream: str, lines: bytes, rows: int) -> None:
        """Take that many whole RECORD lines of one stream."""

    def message(self, line: bytes) -> None:
        """Take the line of another message."""

    def flush(self) -> None:
        """Let the target have what can be passed on by now."""

    def end(self) -> None:
        """Let the target have everything."""


class Messages:
    """Writes all lines to `pipe` as they are, which every target understands."""

    def __init__(self, pipe: BufferedIOBase) -> None:
        self._pipe = pipe

    def records(self, stream: str, lines: bytes, rows: int) -> None:  # noqa: ARG002 - see RowSink
        """Write the lines."""
        self._pipe.write(lines)

    def message(self, line: bytes) -> None:
        """Write the line."""
        self._pipe.write(line)

    def flush(self) -> None:
        """Write what is buffered."""
        self._pipe.flush()

    end = flush


@dataclass
class _Gathered:
    """RECORD lines of one stream that wait for more, with the number of rows and of bytes."""

    lines: list[bytes] = field(default_factory=list)
    rows: int = 0
    size: int = 0


class Batches:
    """Writes rows into files, and names the files to the target by the BATCH messages of Meltano's SDK.

    The files are in `raw`, where the target writes its own. Each is removed once it was read. The target shows that by
    a table of marks: it handles messages in order, and each mark stood behind some files. How many files wait is
    limited by what fits into `pipe`. OSError if a file cannot be written.
    """

    def __init__(self, pipe: BufferedIOBase, raw: Path) -> None:
        self._pipe = pipe
        self._folder = raw / "batches"
        self._folder.mkdir()
        self._gathered: dict[str, _Gathered] = {}
        self._sent = self._removed = 0
        self._marks = raw / f"{_MARKS}.csv"
        self._mark = self._folder / "mark.jsonl"
        self._mark.write_bytes(b'{"n":1}\n')
        schema = {"type": "SCHEMA", "stream": _MARKS, "schema": {"properties": {"n": {}}}, "key_properties": []}
        self.message(orjson.dumps(schema) + b"\n")

    def records(self, stream: str, lines: bytes, rows: int) -> None:
        """Gather the lines, and write a file if there are enough. Derived streams alternate with their parent."""
        gathered = self._gathered.setdefault(stream, _Gathered())
        gathered.lines.append(lines)
        gathered.rows += rows
        gathered.size += len(lines)
        if gathered.size >= BATCH_BYTES:
            self._write(stream)

    def message(self, line: bytes) -> None:
        """Pass the line on, behind the rows that came before it."""
        self._write(*self._gathered)
        self._pipe.write(line)

    def flush(self) -> None:
        """Write what is buffered. Rows wait until they are enough for a file."""
        self._pipe.flush()

    def end(self) -> None:
        """Let the target have the rows that are left."""
        self._write(*self._gathered)
        self._pipe.flush()

    def _write(self, *streams: str) -> None:
        """Write the gathered rows of streams into a file each and tell the target; remove files that it has read."""
        for stream in streams:
            gathered = self._gathered.pop(stream)
            lines = b"".join(gathered.lines)
            records = _records(stream, lines, gathered.rows)
            if records is None:
                self._pipe.write(lines)
                continue
            file = self._folder / f"{self._sent}.jsonl"
            file.write_bytes(records)
            self._pipe.write(_batch(stream, file))
            self._sent += 1
            if self._sent % _MARK_EVERY == 0:
                self._pipe.write(_batch(_MARKS, self._mark))
                self._remove()

    def _remove(self) -> None:
        """Remove the files before the last mark that the target has written."""
        if not self._marks.exists():
            return
        # The name of the column and each mark are one character and a line end (CRLF).
        marks = self._marks.stat().st_size // 3 - 1
        for number in range(self._removed, marks * _MARK_EVERY):
            (self._folder / f"{number}.jsonl").unlink()
        self._removed = max(self._removed, marks * _MARK_EVERY)


def _records(stream: str, lines: bytes, rows: int) -> bytes | None:
    """Return the records of that many RECORD lines, one on each line; None if a line has another form than the tap's.

    Python's loops over rows would cost as much as the target saves.
    """
    head = b'{"type":"RECORD","stream":"%b","record":' % stream.encode()
    if not lines.startswith(head):
        return None
    # Rows of one page have the same tail, and mostly there is only one page.
    tail = lines[max(lines.rfind(_TIME), 0) :]
    if _TAIL.fullmatch(tail) and lines.count(tail + head) + 1 == rows:
        return lines[len(head) : -len(tail)].replace(tail + head, b"}\n") + b"}\n"
    bare, tails = _TAIL.subn(b"}\n", lines)
    heads = bare.count(b"\n" + head) + 1
    return bare[len(head) :].replace(b"\n" + head, b"\n") if heads == tails == rows else None


def _batch(stream: str, file: Path) -> bytes:
    message = {"type": "BATCH", "stream": stream, "encoding": {"format": "jsonl"}, "manifest": [str(file)]}
    return orjson.dumps(message) + b"\n"
