"""Files named on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.errors import ConfigError
from tap_daktela.runtime.files import read_catalog, read_json, read_state

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, content: object) -> str:
    path = folder / "file.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return str(path)


@pytest.mark.parametrize("content", [b'{"a": "\xc5\xbe"}', b'\xef\xbb\xbf{"a": "\xc5\xbe"}', b' \n{"a": "\\u017e"}\n'])
def test_json(tmp_path: Path, content: bytes) -> None:
    assert read_json(write(tmp_path, content), "state") == {"a": "ž"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty; leave --state out to read all from start_date, or hand over the last line"),
        (b" \n", "is empty"),
        (b"{", "is not JSON: "),
        (b"{'a': 1}", "is not JSON: "),
        (b'{"a": "\xff"}', "is not text in UTF-8"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"1" * 10_000, "is not JSON: "),
        # What JSON can spell and nothing behind it can write again.
        (b"[" * 500 + b"]" * 500, "is nested too deeply"),
        (b'{"a": ["\\ud800"]}', "holds half a character"),
        (b'{"a\\udfff": 1}', "holds half a character"),
        (b'{"a": 18446744073709551616}', "holds a whole number of more than 64 bits"),
    ],
    ids=range(11),
)
def test_what_cannot_be_read_is_told_with_the_name_of_the_file(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(ConfigError) as caught:
        read_json(path, "state")
    assert str(caught.value).startswith(f"state: {path} {sentence}")


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^config: cannot read .*nothing\.json: No such file or directory$"):
        read_json(str(tmp_path / "nothing.json"), "config")
    with pytest.raises(ConfigError, match=r"^config: .* is a folder; name a file$"):
        read_json(str(tmp_path), "config")


@pytest.mark.parametrize(
    ("content", "found"),
    [('{"a": "ž"}'.encode("utf-16"), "UTF-16"), (b'{\n"a": "\xbe"}', "line 2")],
    ids=["16", "1250"],
)
def test_another_encoding_is_named(tmp_path: Path, content: bytes, found: str) -> None:
    with pytest.raises(ConfigError, match=rf"is not text in UTF-8 \({found}\); save it as UTF-8$"):
        read_json(write(tmp_path, content), "config")


def test_a_state_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"No such file or directory; a first run has none: leave --state out$"):
        read_state(str(tmp_path / "state.json"))


@pytest.mark.parametrize("first", [b'{"bookmarks": {}}', b'{"type": "SCHEMA"}', b"INFO started"])
def test_of_several_states_the_last_one_is_to_be_kept(tmp_path: Path, first: bytes) -> None:
    path = tmp_path / "my states.jsonl"
    path.write_bytes(first + b'\n\n{"bookmarks": {"tickets": {}}}\n')
    with pytest.raises(ConfigError) as caught:
        read_state(str(path))
    assert str(caught.value) == f"state: {path} has 2 lines; keep its last line: tail -n 1 '{path}' > state.json"


def test_what_the_tap_wrote_is_no_state(tmp_path: Path) -> None:
    path = write(tmp_path, b'{"type": "SCHEMA"}\n{"type": "STATE", "value": {"bookmarks": {}}}\n')
    with pytest.raises(ConfigError, match=r"is what the tap wrote; hand over the last line that the target printed$"):
        read_state(path)


def test_a_plan_is_no_state(tmp_path: Path) -> None:
    path = tmp_path / "units.jsonl"
    path.write_text('{"id": "a", "since": "2024-01-01T00:00:00Z"}\n' * 2, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"^state: .* is a plan: its units are read one by one, with --unit$"):
        read_state(str(path))


def test_a_broken_state_of_several_lines_is_none_of_several_states(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"line 3, column 1: a closing bracket is missing at the end$"):
        read_state(write(tmp_path, b'{\n  "bookmarks": {}\n'))


def test_a_catalog_of_which_parts_are_missing(tmp_path: Path) -> None:
    streams: list[dict[str, Any]] = [
        {"tap_stream_id": "a", "stream": "b", "metadata": [{"breadcrumb": [], "metadata": {}}]},
        {"stream": "c", "metadata": None, "schema": None, "extra": 1},
        {"tap_stream_id": None, "stream": "d", "schema": {"properties": {"x": {}}}},
        {"tap_stream_id": "e", "metadata": {}, "schema": []},  # PHP has one empty value for both
    ]
    found = read_catalog(write(tmp_path, {"streams": streams, "version": 1}))
    assert [stream["tap_stream_id"] for stream in found["streams"]] == ["a", "c", "d", "e"]


@pytest.mark.parametrize("content", [[], {}, "text", {"streams": {}}, {"streams": None}])
def test_what_is_no_catalog(tmp_path: Path, content: object) -> None:
    with pytest.raises(ConfigError, match=r"has no list of 'streams'; make a new one with --discover"):
        read_catalog(write(tmp_path, content))


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "tickets",
        {},
        {"tap_stream_id": 5},
        {"tap_stream_id": "a", "metadata": {"breadcrumb": []}},
        {"tap_stream_id": "a", "metadata": ["x"]},
        {"tap_stream_id": "a", "metadata": [{"breadcrumb": []}]},
        {"tap_stream_id": "a", "metadata": [{"metadata": {}}]},
        {"tap_stream_id": "a", "metadata": [{"breadcrumb": "properties", "metadata": {}}]},
        {"tap_stream_id": "a", "metadata": [{"breadcrumb": [["x"]], "metadata": {}}]},
        {"tap_stream_id": "a", "metadata": [{"breadcrumb": [], "metadata": None}]},
        {"tap_stream_id": "a", "schema": ["x"]},
        {"tap_stream_id": "a", "schema": "x"},
        {"tap_stream_id": "a", "schema": {"properties": ["x"]}},
        {"tap_stream_id": "a", "schema": {"properties": {"x": "string"}}},
        {"tap_stream_id": "a", "schema": {"properties": {"custom_fields": {"properties": ["x"]}}}},
    ],
    ids=str,
)
def test_an_entry_that_is_none(tmp_path: Path, bad: object) -> None:
    with pytest.raises(ConfigError, match=r"^catalog: stream 1 of .* is not what --discover writes"):
        read_catalog(write(tmp_path, {"streams": [{"tap_stream_id": "good"}, bad]}))
