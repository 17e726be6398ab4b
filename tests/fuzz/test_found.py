"""What fuzzing found and is not mended yet: what should be. A test that passes moves to those of its module."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from fuzz.dirt import attempt, deep
from fuzz.test_client import LISTED, LOGIN, QUERY, asked, said, writes
from fuzz.test_files import AXES, KNOWN
from scripted import Reply
from shaping import output, records

from tap_daktela.keboola.component import Component
from tap_daktela.keboola.kinds import FilterText
from tap_daktela.sync.state import State

if TYPE_CHECKING:
    from pathlib import Path

TICKET = {"name": 7}

# --- shaping --------------------------------------------------------------------------------------------------------


@pytest.mark.xfail(strict=True, reason="Values.array takes the values out of an object before it looks at their names")
def test_no_secret_leaves_an_object_that_came_for_a_list() -> None:
    [record] = records(output(KNOWN["activities_web"]), [{"name": "w", "users": {"password": "s3cret", "a": "b"}}])
    assert record["users"] == ["b"]


@pytest.mark.xfail(strict=True, raises=(RecursionError, TypeError), reason="plain.scrub and orjson.dumps have an end")
@pytest.mark.parametrize("levels", [300, 900])
def test_a_value_that_is_nested_too_deeply_is_null_and_counted(levels: int) -> None:
    out = output(KNOWN["activities_call"])
    [record] = records(out, [{"id_call": "c", "cdr": {"a": deep(levels)}}])
    assert record["cdr"] is None
    assert out.values.dirt["cdr"].count == 1


@pytest.mark.xfail(strict=True, reason="expansion makes no elements of a value that is no list, and does not say so")
@pytest.mark.parametrize(
    ("stream", "row"),
    [
        ("tickets_statuses", {**TICKET, "statuses": "open"}),
        ("tickets_statuses", {**TICKET, "statuses": 7}),
        ("tickets_custom_fields", {**TICKET, "customFields": "text"}),
        ("tickets_custom_fields", {**TICKET, "customFields": ["text"]}),
    ],
)
def test_a_list_that_is_none_is_counted(stream: str, row: dict[str, Any]) -> None:
    out = output(KNOWN[stream])
    assert records(out, [row]) == []
    assert out.values.dirt or out.values.trimmed.count or out.values.refused.count


@pytest.mark.xfail(strict=True, reason="the dirt of an embedded record is counted under the bare name of its part")
def test_the_dirt_of_an_embedded_record_is_not_that_of_a_column_of_the_same_name() -> None:
    out = output(KNOWN["tickets"])
    records(out, [{**TICKET, "title": "good", "statuses": [{"name": "s", "title": ["bad"]}]}])
    assert "title" not in out.values.dirt
    assert [dirt.example for dirt in out.values.dirt.values()] == [7]


@pytest.mark.xfail(strict=True, reason="Values.text spells the name of an embedded record by Python's str()")
def test_an_embedded_record_with_a_boolean_for_a_name() -> None:
    [record] = records(output(KNOWN["tickets"]), [{**TICKET, "title": {"name": True}}])
    assert record["title"] in ("true", None)


# --- states ---------------------------------------------------------------------------------------------------------


@pytest.mark.xfail(strict=True, raises=TypeError, reason="_storable makes integers of floats that no 64 bits hold")
def test_a_state_with_a_number_that_is_huge_can_be_written() -> None:
    state = State({"bookmarks": {}, "note": 1e300}, AXES)
    assert orjson.dumps(state.value)


# --- the client -----------------------------------------------------------------------------------------------------


@pytest.mark.xfail(strict=True, raises=ValueError, reason="requests reads Location although redirects are not followed")
@pytest.mark.parametrize("location", [b"//[", b"\xff"])
def test_a_redirect_to_nowhere_is_told(location: bytes) -> None:
    reply = writes(b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n")
    assert asked(lambda client: client.read("tickets", QUERY), tickets=Reply(raw=reply)) is None


@pytest.mark.xfail(strict=True, reason="decide takes every InvalidHeader for one of ours: it may be the server's")
def test_an_answer_whose_headers_contradict_each_other_is_told() -> None:
    reply = writes(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\n")
    assert asked(lambda client: client.read("tickets", QUERY), tickets=Reply(raw=reply)) is None


@pytest.mark.xfail(strict=True, reason="urllib3 warns of broken headers with a stack trace; the tap tries again anyway")
def test_broken_headers_leave_no_stack_trace_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    reply = writes(b"HTTP/1.1 200 OK\r\nContent-Length")
    assert asked(lambda client: client.read("tickets", QUERY), tickets=Reply(raw=reply)) is None
    assert [record.name for record in caplog.records if record.exc_info] == []


@pytest.mark.xfail(strict=True, raises=OSError, reason="_lifetime does not expect a time zone that is a folder")
def test_a_login_in_a_time_zone_that_is_a_part_of_the_world() -> None:
    login = {**copy.deepcopy(LOGIN), "_timezone": "Europe"}
    page = asked(lambda client: client.read("tickets", QUERY), login=said(login), tickets=said(LISTED))
    assert len(page.rows) == len(LISTED["result"]["data"])


# --- the component --------------------------------------------------------------------------------------------------


@pytest.mark.xfail(strict=True, raises=RecursionError, reason="FilterText.read expects nothing but a ValueError")
def test_a_filter_that_is_nested_too_deeply_is_told() -> None:
    assert attempt(lambda: FilterText().read("[" * 100_000), ValueError) is None


@pytest.mark.xfail(strict=True, raises=(RecursionError, UnicodeDecodeError), reason="Component._stored_state")
@pytest.mark.parametrize("content", [b"\xff", b"[" * 100_000])
def test_a_stored_state_that_cannot_be_read_means_the_full_window(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/state.json").write_bytes(content)
    component: Any = SimpleNamespace(data_folder_path=str(tmp_path))
    assert Component._stored_state(component) is None
