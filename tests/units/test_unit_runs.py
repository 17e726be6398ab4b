"""Runs that read one unit, in memory: what they read, and what their state says."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.daktela.clock import utc_text
from tap_daktela.errors import IncompleteError, Interrupted, RemoteError
from tap_daktela.units.unit import Unit
from tests.helpers.engine.erased_notes import COUNTING, NAMES, NOTES, server, windows
from tests.helpers.engine.reading_driver import ListServer
from tests.helpers.engine.stream_driver import TICKETS, USERS, Ran, edited, ran, ticket, users, utc

if TYPE_CHECKING:
    from tap_daktela.catalog.fields import Stream

MIDNIGHT = datetime(2024, 1, 1, tzinfo=timezone.utc)


def unit(start: int | str, end: int | str, *streams: str, since: int | str | None = None) -> Unit:
    """Return a unit between two instants, each as text or in seconds after midnight."""
    begin = instant(start)
    return Unit(
        "u7", "https://test.daktela.com", streams, begin if since is None else instant(since), begin, instant(end)
    )


def instant(when: int | str) -> datetime:
    if isinstance(when, int):
        return MIDNIGHT + timedelta(seconds=when)
    return datetime.fromisoformat(when).replace(tzinfo=timezone.utc)


def run(one: Unit, servers: dict[str, ListServer], *streams: Stream, **changes: Any) -> Ran:
    return ran(servers, *streams, unit=one, names=list(one.streams), **changes)


def windows_of(one: Ran, stream: str) -> Any:
    """Return the windows of a stream in the last state; None if it is not there."""
    return one.state["backfill"]["streams"].get(stream, {}).get("windows")


def test_a_unit_reads_its_range_whatever_the_settings_say() -> None:
    rows = [*edited(60, every=60), ticket(99, None, created=700), ticket(98, None, created=1200)]
    given = {"start_date": "2023-01-01", "end_date": "2023-02-01", "lookback_days": 3}
    one = run(unit(600, 1200, "tickets", "tickets_statuses"), {"tickets": ListServer(rows)}, TICKETS, **given)
    assert sorted(one.keys("tickets")) == [*range(11, 21), 99]
    assert one.bookmarks == {}
    begun = {"since": utc(600), "windows": {axis: [[utc(600), utc(1200)]] for axis in ("created", "edited")}}
    assert one.state["backfill"] == {
        "url": "https://test.daktela.com",
        "streams": {"tickets": begun, "tickets_statuses": begun},
    }


def test_a_unit_that_ends_later_is_read_up_to_what_is_settled() -> None:
    one = run(unit(600, 9000, "tickets"), {"tickets": ListServer(edited(60, every=60))}, TICKETS, settle_minutes=10)
    assert one.keys("tickets")[-1] == 50
    assert windows_of(one, "tickets")["edited"] == [[utc(600), utc(3000)]]


def test_a_unit_that_is_still_to_come_has_no_windows() -> None:
    one = run(unit(3000, 3600, "tickets"), {"tickets": ListServer(edited(60, every=60))}, TICKETS, settle_minutes=20)
    assert (one.failure, one.records("tickets")) == (None, [])
    assert windows_of(one, "tickets") == {"created": [], "edited": []}


def test_a_unit_that_fails_says_what_was_written() -> None:
    rows = ListServer(edited(30, every=60), shown=all_but_late)
    one = run(unit(0, 1800, "tickets"), {"tickets": rows}, TICKETS, date_window_size=0.01)
    assert isinstance(one.failure, IncompleteError)
    assert (one.keys("tickets"), windows_of(one, "tickets")) == (
        [*range(1, 11)],
        {"created": [], "edited": [[utc(0), utc(540)]]},
    )


def all_but_late(row: Any, _fields: Any) -> Any:
    """Return what is sent of a row; of the second half of a unit nothing is sent."""
    if row["edited"] >= "2024-01-01 00:15:00":
        raise RemoteError("tickets: HTTP 500")
    return dict(row)


def test_a_table_is_there_once_it_was_read_to_its_end() -> None:
    whole = run(unit(0, 600, "users"), {"users": ListServer(users(30))}, USERS)
    assert (windows_of(whole, "users"), len(whole.keys("users"))) == ({}, 30)
    failed = run(unit(0, 600, "users"), {"users": ListServer(users(30), instead={2: RemoteError("no")})}, USERS)
    assert isinstance(failed.failure, IncompleteError)
    assert windows_of(failed, "users") is None


def test_units_share_no_row_that_changed_later() -> None:
    """A row that began before the backfill is in the unit of its end; one that began within it in that of its begin."""
    rows = [
        {"name": 1, "time": "2023-12-31 23:50:00", "closed": "2024-01-01 00:05:00"},
        {"name": 2, "time": "2023-12-31 23:50:00", "closed": "2024-01-01 00:15:00"},
        {"name": 3, "time": "2024-01-01 00:05:00", "closed": "2024-01-01 00:15:00"},
        {"name": 4, "time": "2024-01-01 00:12:00", "closed": "2024-01-01 00:25:00"},
    ]
    found = [
        run(unit(start, end, "notes", since=0), {"notes": ListServer(list(rows))}, NOTES).keys("notes")
        for start, end in ((0, 600), (600, 1200), (1200, 1800))
    ]
    assert [sorted(keys) for keys in found] == [[1, 3], [2, 4], []]


def test_flagged_rows_are_counted_by_whole_months_and_not_read_again() -> None:
    one = server(0, 1, 2, 4)
    found = run(unit("2023-11-15", "2023-12-10", *NAMES), {"notes": one}, NOTES)
    assert sorted(found.keys("notes")) == [1, 2, 3]
    assert found.bookmarks == {name: {"erased": {"2023-11": 3, "2023-12": 1}} for name in NAMES}
    whole = ("2023-11-01 00:00:00", "2024-01-01 00:00:00")
    assert windows(one) == [(*whole, True, COUNTING), (*whole, False, COUNTING)]


def test_months_without_flagged_rows_are_counted_too() -> None:
    found = run(unit("2023-11-15", "2024-01-01 00:10", "notes"), {"notes": server(4)}, NOTES)
    assert found.bookmarks == {"notes": {"erased": {"2023-11": 0, "2023-12": 1, "2024-01": 0}}}
    found = run(unit("2023-11-15", "2023-12-01", "notes"), {"notes": server(4)}, NOTES)
    assert found.bookmarks == {"notes": {"erased": {"2023-11": 0}}}


def test_months_are_counted_no_further_than_what_is_settled() -> None:
    one = server(6)
    run(unit("2023-12-31", "2024-01-01 00:10", "notes"), {"notes": one}, NOTES, settle_minutes=30)
    assert windows(one)[0][:2] == ("2023-12-01 00:00:00", "2024-01-01 00:30:00")


def test_units_meet_in_the_hour_that_comes_twice() -> None:
    """Whatever is cut there: every row is read, and the state says no more than that."""
    night = [f"2024-10-27 {time}" for time in ("01:50:00", "02:10:00", "02:30:00", "02:50:00", "03:10:00")]
    rows = [ticket(number, None) | {"edited": text} for number, text in enumerate(night)]
    edges = ["2024-10-26 23:00", "2024-10-27 00:20", "2024-10-27 00:40", "2024-10-27 01:20", "2024-10-27 03:00"]
    there = {"now": instant("2024-10-28"), "zone": "Europe/Prague", "date_window_size": 0.005}
    found = set()
    for start, end in pairwise(edges):
        one = run(unit(start, end, "tickets"), {"tickets": ListServer(list(rows))}, TICKETS, **there)
        assert windows_of(one, "tickets")["edited"] == [[utc_text(instant(start)), utc_text(instant(end))]]
        found |= set(one.keys("tickets"))
    assert found == set(range(len(rows)))


def test_the_last_line_says_which_unit_was_read(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    run(unit(600, 1200, "tickets"), {"tickets": ListServer(edited(60, every=60))}, TICKETS)
    last = caplog.records[-1].getMessage()
    assert f" unit u7, {utc(600)} to {utc(1200)}: 10 rows of 1 stream in " in last


def test_a_unit_that_is_stopped_is_to_be_run_again() -> None:
    one = run(unit(0, 600, "users"), {"users": ListServer(users(30), instead={2: Interrupted(15)})}, USERS)
    assert str(one.failure) == "stopped by signal 15 (SIGTERM); run the unit again, which begins anew"
