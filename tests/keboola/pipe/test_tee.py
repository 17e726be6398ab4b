"""The tee: what it passes on, and what it learns of it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from tap_daktela.errors import ApplicationError
from tap_daktela.keboola.pipe.row_sinks import Messages
from tap_daktela.keboola.pipe.tee import Tee
from tap_daktela.keboola.tables.formats.json_rows import Rewriter

SCHEMA = {
    "type": "SCHEMA",
    "stream": "tickets",
    "schema": {
        "type": "object",
        "properties": {"name": {"type": "integer"}, "at": {"type": ["null", "string"], "format": "date-time"}},
    },
    "key_properties": ["name"],
}
STATE = b'{"type":"STATE","value":{"bookmarks":{}}}\n'


def line(message: Any) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def record(name: int, **more: Any) -> bytes:
    return line({"type": "RECORD", "stream": "tickets", "record": {"name": name, "at": None, **more}})


def through(*lines: bytes, rewrite: Rewriter | None = None) -> tuple[Tee, list[bytes]]:
    sink = io.BytesIO()
    tee = Tee(io.BytesIO(b"".join(lines)), Messages(sink), rewrite)
    tee.run()
    return tee, sink.getvalue().splitlines(keepends=True)


def test_rows_pass_unchanged_and_are_counted() -> None:
    rows = [record(1), record(2, at="2024-01-01T00:00:00Z"), record(3, text="\u2028 \\n")]
    tee, out = through(line(SCHEMA), *rows, STATE)
    assert out[1:] == [*rows, STATE]
    assert tee.streams["tickets"].rows == 3
    assert tee.streams["tickets"].columns == ("name", "at")
    assert not tee.cut


def test_streams_may_be_mixed_within_what_is_read_at_once() -> None:
    users = {**SCHEMA, "stream": "users"}
    others = [line({"type": "RECORD", "stream": name, "record": {"name": 1}}) for name in ("users", "users2")]
    rows = [record(1), record(2), others[0], STATE, others[0], record(3), others[1], others[1]]
    tee, out = through(line(SCHEMA), line(users), line({**SCHEMA, "stream": "users2"}), *rows)
    assert out[3:] == rows
    assert {name: passed.rows for name, passed in tee.streams.items()} == {"tickets": 3, "users": 2, "users2": 2}


def test_lines_may_be_longer_than_what_is_read_at_once() -> None:
    rows = [record(n, text="x" * size) for n, size in enumerate((10, 3_000_000, 10, 1_100_000, 2_000_000))]
    tee, out = through(line(SCHEMA), *rows, STATE)
    assert out[1:] == [*rows, STATE]
    assert tee.streams["tickets"].rows == len(rows)
    assert not tee.cut
    tee, out = through(line(SCHEMA), *rows[:-1], rows[-1][:-1])
    assert tee.cut
    assert out[1:] == rows[:-1]


def test_the_target_must_not_print_times_in_its_own_way() -> None:
    _, [schema] = through(line(SCHEMA))
    assert json.loads(schema)["schema"]["properties"]["at"] == {"type": ["null", "string"]}


def test_a_row_is_counted_whatever_the_order_of_its_message() -> None:
    spelt = line({"stream": "tickets", "record": {"name": 1}, "type": "RECORD"})
    tee, out = through(line(SCHEMA), spelt)
    assert tee.streams["tickets"].rows == 1
    assert json.loads(out[1]) == json.loads(spelt)


def test_half_a_line_is_not_passed_on() -> None:
    tee, out = through(line(SCHEMA), record(1), record(2)[:-20])
    assert tee.cut
    assert len(out) == 2
    assert tee.streams["tickets"].rows == 1


def test_a_schema_may_be_repeated_but_not_changed() -> None:
    tee, _ = through(line(SCHEMA), record(1), line(SCHEMA), record(2))
    assert tee.streams["tickets"].rows == 2
    other = {**SCHEMA, "schema": {"properties": {"name": {}}}}
    with pytest.raises(ApplicationError, match="changed the schema of tickets"):
        through(line(SCHEMA), line(other))


@pytest.mark.parametrize("noise", [b"hello secret\n", b"\n", b"[1]\n", b'{"type":1}\n'])
def test_what_is_no_message_is_an_error_that_does_not_show_it(noise: bytes) -> None:
    with pytest.raises(ApplicationError, match="no Singer message") as caught:
        through(line(SCHEMA), noise)
    assert "secret" not in str(caught.value)


def test_a_row_before_its_schema_is_an_error() -> None:
    with pytest.raises(ApplicationError, match="tickets before its schema"):
        through(record(1))


def test_records_can_be_folded_into_one_column() -> None:
    tee, out = through(
        line(SCHEMA),
        record(7, more={"a": [None, "é"]}, text="<p>x</p>"),
        STATE,
        rewrite=Rewriter({"tickets": frozenset({"text"})}),
    )
    schema, row, state = map(json.loads, out)
    assert list(schema["schema"]["properties"]) == ["name", "data"]
    assert list(row["record"]) == ["name", "data"]
    assert json.loads(row["record"]["data"]) == {"name": 7, "at": None, "more": {"a": [None, "é"]}, "text": "x"}
    assert state == json.loads(STATE)
    assert tee.streams["tickets"].columns == ("name", "data")
    assert tee.streams["tickets"].rows == 1
