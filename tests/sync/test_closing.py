"""How a run ends: what it says, and what it writes last."""

from __future__ import annotations

import logging

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.selection import by_default
from tap_daktela.errors import IncompleteError, Interrupted, RemoteError, TargetGone
from tap_daktela.sync import run
from tests.helpers.engine.reading_driver import ListServer
from tests.helpers.engine.stream_driver import (
    END,
    TICKETS,
    USERS,
    AtOnce,
    FakeClient,
    begun,
    edited,
    ran,
    users,
)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Return what is told where only warnings are wanted."""
    caplog.set_level(logging.WARNING)
    caplog.handler.setLevel(logging.NOTSET)  # It would hold back what the logger lets through.
    return caplog


def test_the_closing_words_are_kept_where_only_warnings_are_wanted(told: pytest.LogCaptureFixture) -> None:
    ran({"tickets": ListServer(edited(3)), "users": ListServer([])}, TICKETS, USERS, names=["tickets", "users"])
    lines = [record.getMessage() for record in told.records]
    assert lines[0] == "Rows written:"
    assert lines[2].split() == ["tickets", "3", lines[2].split()[2], END]
    assert lines[3] == "1 stream: nothing new"
    assert " 3 rows of 2 streams in " in lines[4]
    assert [getattr(record, "in_block", False) for record in told.records] == [False, True, True, False, False]


def test_only_failures_are_told_where_only_they_are_wanted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    ran({"users": ListServer(users(3))}, USERS)
    assert caplog.records == []


def test_a_failed_run_counts_streams_as_the_catalog_does(told: pytest.LogCaptureFixture) -> None:
    servers = {"tickets": ListServer([], instead={1: RemoteError("tickets: HTTP 500")}), "users": ListServer(users(3))}
    one = ran(servers, TICKETS, USERS)
    assert isinstance(one.failure, IncompleteError)
    assert str(one.failure) == "2 of 3 streams failed: tickets: HTTP 500"
    lines = [record.getMessage() for record in told.records]
    assert lines[:3] == ["tickets: HTTP 500", "Failed:", lines[2]]
    assert lines[2].endswith("tickets: HTTP 500")
    assert "; 2 streams failed (" in lines[-1]


def test_a_run_that_is_stopped_says_how_to_continue(told: pytest.LogCaptureFixture) -> None:
    one = ran({"users": ListServer(users(30), instead={2: Interrupted(2)})}, USERS)
    assert isinstance(one.failure, Interrupted)
    assert one.failure.exit_code == 130
    assert str(one.failure) == (
        "stopped by signal 2 (SIGINT); continue with --state state.json, "
        "where state.json holds the last line that the target printed"
    )
    assert one.state["currently_syncing"] == "users"
    assert "; 1 stream not read to the end (" in told.messages[-1]


@pytest.mark.parametrize("first", ["signal", "target"])
def test_ctrl_c_that_ends_the_target_as_well_is_told_as_ctrl_c(first: str) -> None:
    """Ctrl-C reaches both ends of a pipe. Whichever is noticed first, the user has stopped the run."""
    servers = {"users": ListServer(users(30))}
    servers["users"].names = ("users",)
    client = FakeClient(servers)
    is_over = False

    def poll() -> None:
        if is_over:
            raise Interrupted(2)

    one = begun(client, USERS, poll=poll)

    def gone(_lines: bytes) -> None:
        nonlocal is_over
        is_over = True
        if first == "target" or b"STATE" in _lines:
            raise TargetGone("the target has stopped reading")

    one.writer.write = gone  # type: ignore[method-assign]
    known = entries([USERS])
    with pytest.raises(Interrupted) as stopped:
        run.sync(one, by_default(known, ["users"]), known, None, AtOnce(client))
    assert str(stopped.value).endswith(
        "(the target has stopped as well; if it printed none, continue with the state that this run began with)"
    )


def test_a_target_that_dies_by_itself_is_no_signal() -> None:
    client = FakeClient({"users": ListServer(users(3), names=("users",))})
    one = begun(client, USERS)

    def gone(_lines: bytes) -> None:
        raise TargetGone("the target has stopped reading")

    one.writer.write = gone  # type: ignore[method-assign]
    known = entries([USERS])
    with pytest.raises(TargetGone):
        run.sync(one, by_default(known, ["users"]), known, None, AtOnce(client))
