"""A stream's way through a run: its windows, records, counts and bookmarks, and how it fails."""

from __future__ import annotations

import itertools
import logging
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tap_daktela.errors import (
    AccessError,
    ClockError,
    ConfigError,
    ContractError,
    IncompleteError,
    Interrupted,
    RemoteError,
    TapError,
    TargetGone,
    UnreachableError,
)
from tap_daktela.sync.scheduling.task import NOBODY, RequestWatch
from tap_daktela.sync.streams import stream_sync
from tests.helpers.engine.reading_driver import ListServer, at, spelled
from tests.helpers.engine.stream_driver import CALLS, END, TICKETS, USERS, Follower, edited, ran, ticket, types, users

if TYPE_CHECKING:
    from tap_daktela.catalog.fields import Stream
    from tap_daktela.sync.context import RunContext
    from tap_daktela.sync.streams.stream_sync import StreamSync

# --- what is read -----------------------------------------------------------------------------------------------------


def test_both_axes_are_read_and_each_has_its_bookmark() -> None:
    server = ListServer([*edited(5), *(ticket(10 + number, None, 60 + number) for number in range(3))])
    one = ran({"tickets": server}, TICKETS, names=["tickets"])
    assert one.keys("tickets") == [1, 2, 3, 4, 5, 10, 11, 12]
    assert one.bookmarks == {"tickets": {"edited": END, "created": END}}
    assert one.failure is None
    assert types(one) == ["SCHEMA", "RECORD", "STATE", "RECORD", "STATE"]
    never = "(edited isnull or edited<1000-01-01 00:00:00)"
    assert {line.partition(" |")[0] for line in spelled(server.asked)} == {
        "edited>=0 and edited<3600",
        f"{never} and created>=0 and created<3600",
    }


def test_a_derived_stream_comes_with_its_own_bookmarks() -> None:
    one = ran({"tickets": ListServer(edited(250))}, TICKETS)
    assert len(one.records("tickets")) == len(one.records("tickets_statuses")) == 250
    assert one.bookmarks["tickets_statuses"] == {"edited": END, "created": END}
    assert [message["stream"] for message in one.messages if message["type"] == "SCHEMA"] == [
        "tickets", "tickets_statuses",
    ]  # fmt: skip
    assert one.streams[0].own is not None
    assert one.streams[0].own.name == "tickets"


def test_records_say_when_they_were_read() -> None:
    one = ran({"users": ListServer(users(1))}, USERS)
    assert [m["time_extracted"] for m in one.messages if m["type"] == "RECORD"] == ["2024-11-05T12:00:00.000000Z"]


def test_a_table_is_read_whole_and_takes_the_place_of_the_one_before() -> None:
    one = ran({"users": ListServer(users(3))}, USERS, emit_activate_version_messages=True)
    version = int(one.client.clock.now().timestamp() * 1000)
    assert [(m["type"], m.get("version")) for m in one.messages] == [
        ("SCHEMA", None), ("ACTIVATE_VERSION", version), *[("RECORD", version)] * 3, ("ACTIVATE_VERSION", version),
        ("STATE", None), ("STATE", None),
    ]  # fmt: skip
    again = ran({"users": ListServer(users(3))}, USERS, emit_activate_version_messages=True, state=one.state)
    # The first one would empty a table that is there already.
    assert [m["type"] for m in again.messages][:2] == ["SCHEMA", "RECORD"]


def test_a_stream_with_times_has_no_versions() -> None:
    one = ran({"tickets": ListServer(edited(3))}, TICKETS, emit_activate_version_messages=True)
    assert "ACTIVATE_VERSION" not in types(one)
    assert all("version" not in message for message in one.messages)


def test_a_table_without_versions_has_none() -> None:
    assert types(ran({"users": ListServer(users(3))}, USERS)) == ["SCHEMA", "RECORD", "STATE"]


def test_filters_of_the_user_are_asked_for() -> None:
    for name, stream, rows in (("users", USERS, users(9)), ("tickets", TICKETS, edited(9))):
        server = ListServer(rows)
        wanted = {name: {"field": "name", "operator": "gt", "value": 6}}
        one = ran({name: server}, stream, names=[name], filters=wanted)
        assert one.keys(name) == [7, 8, 9]
        assert all("name>6" in line for line in spelled(server.asked))


# --- nothing there ----------------------------------------------------------------------------------------------------


def test_two_axes_without_rows_are_held_against_one_request_for_all() -> None:
    server = ListServer([])
    one = ran({"tickets": server}, TICKETS, names=["tickets"])
    assert len(server.asked) == 3
    assert spelled(server.asked)[2].endswith(" |  | 0+1")
    assert " or " in spelled(server.asked)[2]
    assert one.bookmarks == {"tickets": {"edited": END, "created": END}}
    assert one.failure is None


def test_where_that_request_has_rows_each_axis_is_asked_again() -> None:
    server = ListServer(edited(5), unsortable=frozenset({"name"}))
    one = ran({"tickets": server}, TICKETS, names=["tickets"])
    assert one.keys("tickets") == [1, 2, 3, 4, 5]
    assert one.bookmarks == {"tickets": {"edited": END, "created": END}}


def test_one_axis_without_rows_is_confirmed_alone() -> None:
    server = ListServer(edited(3))
    one = ran({"tickets": server}, TICKETS, names=["tickets"])
    assert [line for line in spelled(server.asked) if line.endswith(" |  | 0+1")] == [
        "(edited isnull or edited<1000-01-01 00:00:00) and created>=0 and created<3600 |  | 0+1"
    ]
    assert one.bookmarks["tickets"]["created"] == END
    server = ListServer([{"name": 1, "time": at(5), "type": "SMS"}], instead={1: {"rows": [], "total": 0}})
    assert ran({"calls": server}, CALLS).keys("calls") == [1]


def test_a_single_axis_is_not_asked_for_all_beside() -> None:
    server = ListServer([])
    one = ran({"calls": server}, CALLS)
    assert spelled(server.asked) == ["time>=0 and time<3600 | time,name | 0+10", "time>=0 and time<3600 |  | 0+1"]
    assert (one.failure, one.bookmarks) == (None, {"calls": {"time": END}})


def test_a_table_without_rows_is_confirmed() -> None:
    server = ListServer(users(3), instead={1: {"rows": [], "total": 0}})
    assert ran({"users": server}, USERS).keys("users") == [1, 2, 3]
    server = ListServer([])
    assert ran({"users": server}, USERS).failure is None
    assert spelled(server.asked) == ["all | name | 0+10", "all |  | 0+1"]


def test_an_axis_without_time_is_not_read() -> None:
    server = ListServer(edited(3))
    state = {"bookmarks": {"tickets": {"edited": END, "created": END}}}
    one = ran({"tickets": server}, TICKETS, names=["tickets"], state=state)
    assert (server.asked, one.failure, one.bookmarks) == ([], None, state["bookmarks"])


# --- counts -----------------------------------------------------------------------------------------------------------


def test_a_stream_tells_its_numbers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    one = ran({"tickets": ListServer(edited(30))}, TICKETS)
    stream = one.streams[0]
    assert stream.complete
    assert stream.begun
    assert stream.seconds == stream.seconds >= 0
    assert (stream.row_counts.counts.promised, stream.row_counts.counts.written) == (30, 30)
    assert stream.row_counts.windows is None
    assert one.state.get("currently_syncing") is None
    text = caplog.text
    assert "tickets: reading by edited from 2024-01-01 00:00:00 to 2024-01-01 01:00:00 (bookmark none)" in text
    for metric, value in (("record_count", 30), ("http_request_count", len(one.client.endpoints))):
        assert f'"metric": "{metric}", "value": {value}' in text
    assert '"job_type": "sync_tickets"' in text
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.INFO]
    assert told[1].endswith(": 2 from start_date 2024-01-01")
    assert [line for line in told if re.fullmatch(r"tickets: 30 rows, 30 derived in [\d.]+ s", line)]


def test_a_start_in_utc_is_told_as_the_user_writes_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    ran({"tickets": ListServer([])}, TICKETS, start_date="2024-01-01T00:00:00Z")
    assert ": 2 from start_date 2024-01-01T00:00:00Z" in caplog.text


def test_progress_counts_rows_against_their_total() -> None:
    both = [ticket(number, number) for number in range(15)] + [ticket(100, None, created=1)]
    one = ran({"tickets": ListServer(both), "users": ListServer(users(12))}, TICKETS, USERS, names=["tickets", "users"])
    told = [(stream.progress.rows, stream.progress.has_ended) for stream in one.streams]
    assert told == [(16, True), (12, True)]


def test_a_total_is_known_where_all_axes_have_one() -> None:
    def known(server: ListServer, stream: Stream) -> int | None:
        return ran({stream.name: server}, stream, names=[stream.name]).streams[0].progress.total

    assert known(ListServer(users(12)), USERS) == 12
    assert known(ListServer(edited(15)), TICKETS) == 15
    assert known(ListServer(edited(15), total=lambda _right, _here: None), TICKETS) is None


def test_what_is_asked_for_the_total_is_what_is_read() -> None:
    tickets, people = (
        ran({name: ListServer([])}, one).streams[0] for name, one in (("tickets", TICKETS), ("users", USERS))
    )
    question = tickets.total_question()
    assert question is not None
    assert [query.take for query in question.queries] == [1, 1]
    assert [query.sort for query in question.queries] == [(), ()]
    assert question.queries[0].filter == tickets.ranges.query(TICKETS.axes[0]).within(
        tickets.ranges.window(TICKETS.axes[0])
    )
    whole = people.total_question()
    assert whole is not None
    assert [query.filter for query in whole.queries] == [None]


def test_a_stream_that_was_not_begun_took_no_time() -> None:
    server = ListServer([], instead={1: ConfigError("no")})
    one = ran({"users": server, "tickets": ListServer([])}, USERS, TICKETS, names=["users", "tickets"])
    assert [(stream.begun is not None, stream.seconds > 0) for stream in one.streams] == [(True, True), (False, False)]


def test_a_stream_took_the_time_from_its_beginning_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_sync, "time", SimpleNamespace(monotonic=itertools.count(100, 30).__next__))
    stream = ran({"users": ListServer(users(3))}, USERS).streams[0]
    assert stream.seconds == 30


@pytest.mark.parametrize(("name", "stream"), [("users", USERS), ("tickets", TICKETS)])
def test_the_stream_that_is_read_is_told_in_the_state(name: str, stream: Stream) -> None:
    server = ListServer(users(30), instead={2: Interrupted(15)})
    one = ran({name: server}, stream)
    assert one.state["currently_syncing"] == name


def test_the_ranges_are_listed_where_somebody_is_to_see_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def follow(follower: Follower, _run: RunContext, streams: list[StreamSync]) -> RequestWatch:
        follower.streams = streams
        streams[0].row_counts.windows = []
        return NOBODY

    monkeypatch.setattr(Follower, "follow", follow)
    [stream] = ran({"tickets": ListServer(edited(5))}, TICKETS).streams
    assert [(one.by, one.counts.written) for one in stream.row_counts.windows or []] == [("edited", 5)]


# --- failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        AccessError("the token is refused", 401),
        AccessError("nobody is known"),
        ClockError("the clock jumped"),
        ConfigError("a setting is wrong"),
        UnreachableError("nobody answers"),
        TargetGone("nobody reads"),
    ],
)
def test_what_concerns_every_stream_ends_the_run(error: TapError) -> None:
    servers = {"users": ListServer(users(3), instead={1: error}), "tickets": ListServer(edited(3))}
    one = ran(servers, USERS, TICKETS, names=["users", "tickets"])
    assert one.failure is error
    assert one.records("tickets") == []
    assert one.streams[0].failure is None


@pytest.mark.parametrize(
    "error",
    [
        AccessError("users: no right", 403),
        AccessError("users: hidden", 404),
        RemoteError("users: 500"),
        ContractError("x"),
    ],
)
def test_what_concerns_one_stream_leaves_the_others(error: TapError) -> None:
    servers = {"users": ListServer(users(3), instead={1: error}), "tickets": ListServer(edited(3))}
    one = ran(servers, USERS, TICKETS, names=["users", "tickets"])
    assert isinstance(one.failure, IncompleteError)
    assert one.keys("tickets") == [1, 2, 3]
    assert one.streams[0].failure is error
    assert not one.streams[0].complete
    assert one.streams[1].complete
    assert one.streams[0].seconds == one.streams[0].seconds
    assert one.state["currently_syncing"] == "users"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("users: no right", "users: no right"),
        ("no right", "users: no right"),
    ],
)
def test_a_reason_names_its_stream_once(said: str, reason: str) -> None:
    one = ran({"users": ListServer([], instead={1: RemoteError(said)})}, USERS)
    assert one.streams[0].reason == reason


def test_a_signal_is_the_reason_where_both_come() -> None:
    came = []

    def poll() -> None:
        if came:
            raise Interrupted(15)

    server = ListServer(users(3), instead={1: RemoteError("closed")})
    server.before = lambda _number: came.append(1)
    one = ran({"users": server}, USERS, poll=poll)
    assert isinstance(one.failure, Interrupted)
    assert one.streams[0].failure is None


def test_a_table_that_failed_keeps_its_version_open() -> None:
    server = ListServer(users(30), total=lambda right, _here: right + 1)
    one = ran({"users": server}, USERS, emit_activate_version_messages=True)
    assert [m["type"] for m in one.messages].count("ACTIVATE_VERSION") == 1
    assert one.bookmarks == {}
