"""The state: what may be handed over, and where bookmarks may go."""

# ruff: noqa: DTZ001 - a wall clock has no zone

from __future__ import annotations

import copy
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.errors import ConfigError
from tap_daktela.sync.singer.state import State, axes_of

AXES = axes_of(entries(STREAMS))
NOON = datetime(2024, 11, 5, 12, tzinfo=timezone.utc)


def tickets(mark: Any) -> dict[str, Any]:
    return {"bookmarks": {"tickets": {"edited": mark}}}


@pytest.mark.parametrize(
    "empty", [{}, [], None, {"bookmarks": {}}, {"bookmarks": []}, {"bookmarks": None}, {"bookmarks": {"tickets": []}}]
)
def test_an_empty_state_in_all_its_forms(empty: Any) -> None:
    state = State(empty, AXES)
    assert state.bookmark("tickets", "edited") is None
    assert state.currently_syncing is None
    state.advance("tickets", "edited", NOON)
    assert state.value["bookmarks"]["tickets"] == {"edited": "2024-11-05T12:00:00Z"}


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-11-05T12:00:00Z", NOON),
        ("2024-11-05T13:00:00+01:00", NOON),
        ("2024-11-05T12:00:00.500000Z", NOON + timedelta(milliseconds=500)),
        ("2024-11-05T12:00:00+00:00", NOON),
        (None, None),
    ],
)
def test_a_bookmark(text: str | None, instant: datetime | None) -> None:
    assert State(tickets(text), AXES).bookmark("tickets", "edited") == instant


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ("text", "not the value of a state"),
        (5, "not the value of a state"),
        ([1], "not the value of a state"),
        ({"type": "STATE", "value": tickets("2024-11-05T12:00:00Z")}, "not the value of a state"),
        ({"bookmarks": "text"}, "'bookmarks' is not an object"),
        ({"bookmarks": {"tickets": "2024-11-05"}}, "the bookmarks of 'tickets' are not an object"),
        (tickets("yesterday"), r"the bookmark 'edited' of 'tickets' is not usable: 'yesterday'.* remove it"),
        (tickets("2024-11-05"), r"'edited' of 'tickets' is not usable: '2024-11-05' has no time zone"),
        (tickets("2024-11-05 12:00:00"), "has no time zone"),
        (tickets("2024-02-30T00:00:00Z"), "not a date of the calendar"),
        (tickets(1730808000), "is not usable"),
        (tickets({}), "is not usable"),
    ],
)
def test_what_cannot_be_used_is_told(raw: Any, sentence: str) -> None:
    with pytest.raises(ConfigError, match=rf"^state: .*{sentence}"):
        State(raw, AXES)


def test_what_another_version_wrote_is_kept_unread() -> None:
    raw = {
        "bookmarks": {
            "tickets": {"edited": "2024-11-05T12:00:00Z", "offset": {"skip": 500}, "old": "text", "version": 7},
            "gone": {"time": "whenever"},
        },
        "format": 2,
        "note": [1, None, "x"],
    }
    state = State(copy.deepcopy(raw), AXES)
    assert state.value == raw
    state.advance("tickets", "edited", NOON + timedelta(days=1))
    assert state.value["bookmarks"]["tickets"] == {**raw["bookmarks"]["tickets"], "edited": "2024-11-06T12:00:00Z"}
    assert state.value["bookmarks"]["gone"] == {"time": "whenever"}


def test_the_state_that_was_handed_over_is_not_changed() -> None:
    raw = tickets("2024-11-05T12:00:00Z")
    State(raw, AXES).advance("tickets", "edited", NOON + timedelta(days=1))
    assert raw == tickets("2024-11-05T12:00:00Z")


def test_fractions_never_go_out_again() -> None:
    state = State({"bookmarks": {"tickets": {"version": 7.0}}, "old": {"list": [1.5, 2.0, float("nan")]}}, AXES)
    assert state.value == {"bookmarks": {"tickets": {"version": 7}}, "old": {"list": ["1.5", 2, "nan"]}}
    assert type(state.value["bookmarks"]["tickets"]["version"]) is int


def test_a_number_that_no_64_bits_hold_can_be_stored() -> None:
    state = State({"note": [1e300, -1e300, 2.0**63, 2.0**62]}, AXES)
    assert state.value["note"] == ["1e+300", "-1e+300", "9.223372036854776e+18", 2**62]
    assert orjson.loads(orjson.dumps(state.value)) == state.value


instants = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(timezone.utc))


@given(st.none() | instants, st.lists(instants))
def test_bookmarks_never_move_back(first: datetime | None, moves: list[datetime]) -> None:
    state = State(tickets(first and first.isoformat()), AXES)
    highest = first
    for move in moves:
        state.advance("tickets", "edited", move)
        whole = move.replace(microsecond=0)
        highest = whole if highest is None or highest < move else highest
        found = state.bookmark("tickets", "edited")
        assert found is not None
        assert abs(found - highest) < timedelta(seconds=1)
        assert found <= max(highest, move)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=10,
    )
)
def test_any_state_is_refused_in_a_sentence_or_can_be_stored(raw: Any) -> None:
    try:
        state = State(raw, AXES)
    except ConfigError:
        return
    assert isinstance(state.bookmark("tickets", "edited"), datetime | None)

    def refuse(text: str) -> None:
        raise AssertionError(f"a target dies of {text}")

    json.loads(json.dumps(state.value), parse_float=refuse, parse_constant=refuse)


def test_bookmarks_are_those_of_the_rows_a_stream_comes_from() -> None:
    assert AXES["tickets"] == ["edited", "created"]
    assert AXES["tickets_statuses"] == AXES["tickets"]
    assert AXES["activities"] == ["time", "time_close"]
    assert AXES["activities_call_transcripts"] == AXES["activities_call"] == ["call_time"]
    assert AXES["users"] == []


@pytest.mark.parametrize("name", [None, 5, ["tickets"], {}])
def test_nobody_was_interrupted(name: Any) -> None:
    assert State({"currently_syncing": name}, AXES).currently_syncing is None


def test_who_was_interrupted() -> None:
    state = State({"currently_syncing": "tickets"}, AXES)
    assert state.currently_syncing == "tickets"
    state.currently_syncing = "users"
    assert state.value["currently_syncing"] == "users"
    state.currently_syncing = None
    assert "currently_syncing" not in state.value


def test_streams_that_were_loaded_before() -> None:
    marks = {"tickets": {"edited": "2024-11-05T12:00:00Z"}, "activities": {"time": None}, "queues": {"other": 1}}
    state = State({"bookmarks": marks}, AXES)
    assert [state.knows(name) for name in (*marks, "users")] == [True, False, True, False]
    state.set_version("users", 17)
    assert state.knows("users")
    assert State(dict(state.value), AXES).knows("users")


@pytest.mark.parametrize(
    ("streams", "is_foreign"),
    [([], True), (["users"], True), (["tickets"], False), (["users", "tickets"], False), (["tickets", "users"], False)],
)
def test_a_state_without_a_bookmark_of_any_stream_is_foreign(streams: list[str], is_foreign: bool) -> None:
    assert State(tickets("2024-11-05T12:00:00Z"), AXES).is_foreign(streams) is is_foreign


def test_a_state_without_bookmarks_is_nobodys() -> None:
    assert State({}, AXES).is_foreign(["users"]) is False
