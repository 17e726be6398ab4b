"""Which rows of a page are written, and which are left out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.sync.streams import page_lines, stream_sync
from tests.helpers.engine.reading_driver import ListServer, at
from tests.helpers.engine.stream_driver import CALLS, END, TICKETS, USERS, edited, ran, ticket, users

if TYPE_CHECKING:
    from tap_daktela.catalog.fields import Stream
    from tap_daktela.sync.records.dotted import Row


def call(name: Any, second: int, kind: str = "CALL", item: Any = None) -> Row:
    return {"name": name, "time": at(second), "type": kind, "item": item}


def test_orphans_are_counted_and_left_out_where_that_is_wanted() -> None:
    rows = [call(1, 0, item={"name": "c1"}), call(2, 1), call(3, 2, "SMS"), call(4, 3)]
    for orphans, keys, dropped in (("keep", [1, 2, 3, 4], 0), ("drop", [1, 3], 2)):
        one = ran({"calls": ListServer([dict(row) for row in rows])}, CALLS, orphans=orphans)
        counts = one.streams[0].row_counts
        assert one.keys("calls") == keys
        assert (counts.orphans, counts.dropped, counts.kept, counts.keyless.count) == (2, dropped, len(keys), 0)
        assert counts.counts.written == 4
        assert (one.failure, one.bookmarks["calls"]) == (None, {"time": END})
    counts = ran({"users": ListServer(users(3))}, USERS).streams[0].row_counts
    assert (counts.orphans, counts.dropped) == (0, 0)


def test_rows_without_a_key_are_told_and_hold_bookmarks() -> None:
    one = ran({"tickets": ListServer([*edited(5), ticket(None, 7)])}, TICKETS, names=["tickets"])
    assert one.keys("tickets") == [1, 2, 3, 4, 5]
    assert "1 row has no usable key and cannot be written (name is null, edited 2024-01-01 00:00:07, " in str(
        one.failure
    )
    assert one.bookmarks == {}
    assert one.streams[0].row_counts.keyless.count == 1


def test_rows_that_cannot_be_written_are_told() -> None:
    one = ran({"tickets": ListServer([*edited(5), ticket({"a": 1}, 7)])}, TICKETS, names=["tickets"])
    assert one.keys("tickets") == [1, 2, 3, 4, 5]
    assert "1 row has no usable key and cannot be written (name is {'a': 1}, edited" in str(one.failure)


def test_a_relation_without_its_keys_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    rows = [ticket(number, number, user={"title": "Ann"}) for number in range(1, 31)]
    one = ran({"tickets": ListServer(rows)}, TICKETS, names=["tickets"])
    assert one.failure is None
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        (
            "tickets: user_name is empty in all rows of a page, although user_title is not. Daktela leaves keys out "
            "where the user lacks the right to read 'users': a Daktela administrator can add it to the role of the "
            "user; then read these rows again"
        )
    ]


@pytest.fixture
def losing_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each page lose its first row on the way out."""
    lines = stream_sync.page_lines
    monkeypatch.setattr(
        stream_sync, "page_lines", lambda page, *rest, **more: lines(page._replace(rows=page.rows[1:]), *rest, **more)
    )


@pytest.mark.parametrize(("name", "stream", "rows"), [("users", USERS, users(5)), ("tickets", TICKETS, edited(5))])
def test_all_rows_are_accounted_for(losing_a_row: None, name: str, stream: Stream, rows: list[Row]) -> None:
    one = ran({name: ListServer(rows)}, stream, names=[name])
    assert f"{name}: the numbers do not add up: 5 rows were read, 4 became records and 0 were left out" in str(
        one.failure
    )
    assert "created" not in one.bookmarks.get(name, {})


def test_numbers_that_do_not_add_up_move_no_bookmark(losing_a_row: None) -> None:
    assert ran({"tickets": ListServer(edited(5))}, TICKETS, names=["tickets"]).bookmarks == {}


def test_rows_are_shaped_by_the_hundred_and_all_of_them() -> None:
    one = ran({"users": ListServer(users(250))}, USERS, page_size=1000)
    assert one.keys("users") == [*range(1, 251)]
    assert page_lines.BATCH_ROWS == 100
