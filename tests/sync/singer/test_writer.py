"""Messages: whole lines of UTF-8, a page at a time, or the word that nobody reads them."""

from __future__ import annotations

import json
import os
import select
import threading
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.errors import OutputError, TargetGone
from tap_daktela.sync.singer.writer import Writer, record_lines
from tests.helpers.record_helpers import READ_AT

if TYPE_CHECKING:
    from collections.abc import Callable


def written(pipe: tuple[int, int], write: Callable[[Writer], None]) -> list[Any]:
    """Return the messages that were written."""
    reader, writer = pipe
    write(Writer(writer))
    os.close(writer)
    with os.fdopen(os.dup(reader), "rb") as stream:
        body = stream.read()
    assert body.endswith(b"\n")
    return [json.loads(line) for line in body.decode("utf-8").split("\n")[:-1]]


SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}}


def test_each_kind_of_message(pipe: tuple[int, int]) -> None:
    def write(writer: Writer) -> None:
        writer.schema("tickets", SCHEMA, ("name",), "edited")
        writer.schema("users", SCHEMA, ["name"], None)
        writer.write(record_lines("tickets", [{"name": "žluťoučký \u2028 kůň\n"}], READ_AT, None))
        writer.write(record_lines("users", [{"name": "a"}, {"name": "b"}], READ_AT, 7))
        writer.activate_version("users", 7)
        writer.state({"bookmarks": {}})

    at = "2024-11-05T12:00:00.000000Z"
    assert written(pipe, write) == [
        {
            "type": "SCHEMA",
            "stream": "tickets",
            "schema": SCHEMA,
            "key_properties": ["name"],
            "bookmark_properties": ["edited"],
        },
        {"type": "SCHEMA", "stream": "users", "schema": SCHEMA, "key_properties": ["name"]},
        {"type": "RECORD", "stream": "tickets", "record": {"name": "žluťoučký \u2028 kůň\n"}, "time_extracted": at},
        {"type": "RECORD", "stream": "users", "record": {"name": "a"}, "version": 7, "time_extracted": at},
        {"type": "RECORD", "stream": "users", "record": {"name": "b"}, "version": 7, "time_extracted": at},
        {"type": "ACTIVATE_VERSION", "stream": "users", "version": 7},
        {"type": "STATE", "value": {"bookmarks": {}}},
    ]


def test_the_time_of_reading_has_microseconds_and_a_zone() -> None:
    [line] = record_lines("s", [{}], datetime(2024, 1, 2, 3, 4, 5, 60, tzinfo=timezone.utc), None).splitlines()
    assert json.loads(line)["time_extracted"] == "2024-01-02T03:04:05.000060Z"


def test_no_records_are_no_lines() -> None:
    assert record_lines("s", [], READ_AT, None) == b""


def test_a_page_is_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[bytes] = []

    def write(_descriptor: int, data: memoryview) -> int:
        writes.append(bytes(data))
        return len(data)

    monkeypatch.setattr(os, "write", write)
    Writer(1).write(record_lines("s", [{"name": number} for number in range(1000)], READ_AT, None))
    assert len(writes) == 1
    assert writes[0].count(b"\n") == 1000


def test_a_write_that_took_only_a_part_is_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    written_bytes = bytearray()

    def write(_descriptor: int, data: memoryview) -> int:
        written_bytes.extend(data[:7])
        return min(7, len(data))

    monkeypatch.setattr(os, "write", write)
    lines = record_lines("s", [{"name": "ž" * 50}, {"name": "b"}], READ_AT, None)
    Writer(1).write(lines)
    assert bytes(written_bytes) == lines


def test_more_than_a_pipe_holds(pipe: tuple[int, int]) -> None:
    lines = record_lines("s", [{"name": "x" * 1000} for _ in range(500)], READ_AT, None)
    reader, writer = pipe
    read = bytearray()

    def drain() -> None:
        while piece := os.read(reader, 4096):
            read.extend(piece)

    thread = threading.Thread(target=drain)
    thread.start()
    Writer(writer).write(lines)
    os.close(writer)
    thread.join()
    assert bytes(read) == lines


def test_nobody_reads_any_more(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    os.close(reader)
    with pytest.raises(TargetGone, match="stopped reading") as caught:
        Writer(writer).state({})
    assert isinstance(caught.value.__cause__, BrokenPipeError)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk() -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(OutputError, match="cannot be written: No space left"):
            Writer(descriptor).state({})
    finally:
        os.close(descriptor)


def test_a_pipe_that_does_not_block_is_waited_for(pipe: tuple[int, int]) -> None:
    lines = record_lines("s", [{"name": "x" * 1000} for _ in range(3000)], READ_AT, None)
    reader, writer = pipe
    out = Writer(writer)
    os.set_blocking(writer, False)
    read = bytearray()

    def drain() -> None:
        while piece := os.read(reader, 4096):
            read.extend(piece)

    # Nobody reads before the pipe is full.
    while select.select([], [writer], [], 0)[1]:
        os.write(writer, b" " * 65536)
    thread = threading.Thread(target=drain)
    thread.start()
    out.write(lines)
    os.close(writer)
    thread.join()
    assert bytes(read).lstrip() == lines
