"""When the bookmarks of a stream move, and when they stay."""

from __future__ import annotations

from tap_daktela.errors import IncompleteError
from tests.helpers.engine.reading_driver import ListServer
from tests.helpers.engine.stream_driver import END, TICKETS, edited, ran, ticket, utc


def test_bookmarks_follow_the_windows_that_are_closed() -> None:
    one = ran({"tickets": ListServer(edited(200, every=10))}, TICKETS, names=["tickets"])
    marks = [m["value"]["bookmarks"]["tickets"]["edited"] for m in one.messages if m["type"] == "STATE"]
    assert marks[-1] == END
    assert len(set(marks)) > 3
    assert marks == sorted(marks)
    written = 0
    for message in one.messages:
        if message["type"] == "RECORD":
            written += 1
        elif message["type"] == "STATE":
            # Each row before the bookmark is written: they are ten seconds apart.
            mark = message["value"]["bookmarks"]["tickets"]["edited"]
            assert sum(utc(10 * number) < mark for number in range(200)) <= written


def test_without_totals_a_bookmark_moves_at_the_end_of_its_axis() -> None:
    server = ListServer([*edited(5), ticket(9, None, 60)], total=lambda _right, _here: None)
    one = ran({"tickets": server}, TICKETS, names=["tickets"])
    assert (sorted(one.keys("tickets")), one.failure) == ([1, 2, 3, 4, 5, 9], None)
    assert one.bookmarks == {"tickets": {"edited": END, "created": END}}


def test_a_bookmark_that_is_further_on_stays() -> None:
    state = {"bookmarks": {"tickets": {"edited": utc(100), "created": utc(3000)}}}
    one = ran({"tickets": ListServer(edited(200))}, TICKETS, names=["tickets"], state=state)
    assert one.keys("tickets") == [*range(101, 201)]
    assert one.bookmarks["tickets"] == {"edited": END, "created": END}


def test_nothing_is_moved_past_a_contradiction_and_the_rows_come() -> None:
    server = ListServer(edited(30), total=lambda right, _here: right + 1)
    one = ran({"tickets": server}, TICKETS, names=["tickets"])
    assert len(one.keys("tickets")) == 30
    assert one.bookmarks == {}
    assert isinstance(one.failure, IncompleteError)
    assert "1 of 1 streams failed: tickets by edited, [2024-01-01 00:00:00, 2024-01-01 01:00:00)" in str(one.failure)
    assert str(one.failure).endswith("bookmarks were not moved past it")
    assert not one.streams[0].complete


def test_several_contradictions_are_counted() -> None:
    rows = [*edited(30), *(ticket(100 + number, None, number) for number in range(30))]
    server = ListServer(rows, total=lambda right, _here: right + 1)
    one = ran({"tickets": server}, TICKETS, names=["tickets"])
    assert "(and 1 more); bookmarks" in str(one.failure)
    single = ListServer(edited(30), total=lambda right, _here: right + (right == 30))
    assert "more)" not in str(ran({"tickets": single}, TICKETS, names=["tickets"]).failure)
