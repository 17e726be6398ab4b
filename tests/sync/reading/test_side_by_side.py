"""Pages by offset, several at once, and what lies behind the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.sync.reading.results import Closed, Counted, Expected, Rows
from tap_daktela.sync.reading.row_range import RowRange
from tests.helpers.engine.reading_driver import READ_AT, ListServer, drive, reader, spelled, ticket, tickets, window

if TYPE_CHECKING:
    from tap_daktela.sync.records.dotted import Row

DAY = window(0, 100)


def test_pages_behind_the_first_are_sent_ahead_and_begin_with_the_last_row_before() -> None:
    server = ListServer(tickets(35))
    read = drive(reader().read_all(DAY), server)
    assert spelled(server.asked) == [
        "edited>=0 and edited<100 | edited,name | 0+10",
        "edited>=0 and edited<100 | edited,name | 9+10",
        "edited>=0 and edited<100 | edited,name | 18+10",
        "edited>=0 and edited<100 | edited,name | 27+10",
    ]
    assert server.ahead == server.asked[1:]
    assert read.keys == [*range(1, 36)]
    assert [type(one) for one in read.results] == [Expected, Rows, Rows, Rows, Rows, Counted, Closed]
    assert read.results[0].total == 35
    assert read.results[1].read_at == READ_AT
    assert read.counted == [(35, 35, 3, 0)]
    assert read.closed == [DAY]
    assert read.returned._replace(quirks=None) == (RowRange(DAY), 35, 4, frozenset(), None, True)


@pytest.mark.parametrize(
    ("count", "asked"),
    [
        (1, ["0+10", "1+10"]),
        (2, ["0+10", "2+10"]),
        (7, ["0+10", "7+10"]),  # The whole list in one page: one look behind its last row.
        (10, ["0+10", "10+10"]),
        (11, ["0+10", "9+10"]),
        (18, ["0+10", "9+10"]),
        (19, ["0+10", "9+10", "0+10", "0+1"]),  # A full page is no end: one more look, and one more total.
        (20, ["0+10", "9+10", "18+10"]),
        (90, ["0+10", *(f"{9 * page}+10" for page in range(1, 10))]),
        (91, ["0+10", *(f"{9 * page}+10" for page in range(1, 10)), "0+10", "0+1"]),
    ],
)
def test_as_many_pages_are_asked_for_as_the_total_needs(count: int, asked: list[str]) -> None:
    server = ListServer(tickets(count))
    read = drive(reader().read_all(DAY), server)
    assert [line.rpartition("| ")[2] for line in spelled(server.asked)] == asked
    assert read.keys == [*range(1, count + 1)]
    assert read.closed == [DAY]


def test_a_total_that_counts_the_page_is_noticed_although_the_look_behind_it_is_cut_short() -> None:
    server = ListServer(
        tickets(25), total=lambda _right, here: here, instead={2: {"rows": tickets(10)[9:], "total": 10}}
    )
    assert drive(reader().read_all(DAY), server).keys == [*range(1, 26)]


def test_a_total_that_counts_the_page_is_noticed_although_another_row_comes_behind_it() -> None:
    """The pages after it could agree with their own totals as well: then the fourth row was never asked for again."""
    cut = {1: tickets(3), 2: tickets(4)[3:], 3: tickets(3)[2:]}
    instead: dict[int, dict[str, Any]] = {number: {"rows": rows, "total": len(rows)} for number, rows in cut.items()}
    server = ListServer(tickets(4), total=lambda _right, here: here, instead=dict(instead))
    assert drive(reader().read_all(DAY), server).keys == [1, 2, 3, 4]


def test_a_window_of_one_page_needs_no_look_behind_where_another_total_includes_it() -> None:
    server = ListServer(tickets(7))
    read = drive(reader().read(RowRange(DAY), reader().endpoint.unknown("edited")), server)
    assert spelled(server.asked) == ["edited>=0 and edited<100 | edited,name | 0+10"]
    assert (read.keys, read.closed) == ([*range(1, 8)], [])
    assert (read.returned.rows, read.returned.confirmations, read.returned.met) == (7, 1, frozenset(range(1, 8)))


def test_a_total_that_a_part_cannot_have_is_not_read_by_offset() -> None:
    server = ListServer(tickets(35), total=lambda right, _here: right + 1000)
    start = reader()
    with_total = start.read(RowRange(DAY), start.endpoint.unknown("edited"), max_possible_total=1000)
    read = drive(with_total, server)
    assert "skip" not in server.ahead
    assert server.ahead == []
    assert read.keys == [*range(1, 36)]


def test_pages_that_a_server_caps_are_read_by_the_size_that_it_gives() -> None:
    server = ListServer(tickets(35), cap=6)
    read = drive(reader().read_all(DAY), server)
    assert [line.rpartition("| ")[2] for line in spelled(server.asked)] == [
        "0+10", "5+6", "10+6", "15+6", "20+6", "25+6", "30+6",
        "34+10", "35+10",  # Where pages are short, only looks behind the last row show that there is nothing.
    ]  # fmt: skip
    assert (read.keys, read.closed, read.counted) == ([*range(1, 36)], [DAY], [(35, 35, 6, 0)])


def test_one_row_a_page_is_read_one_after_another() -> None:
    server = ListServer(tickets(4), cap=1)
    read = drive(reader().read_all(DAY), server)
    assert server.ahead == []
    assert (read.keys, read.problems, read.closed[-1]) == ([1, 2, 3, 4], [], DAY)


@pytest.mark.parametrize("cap", [1, 2])
def test_a_table_with_so_few_rows_a_page_is_read(cap: int) -> None:
    server = ListServer(tickets(7), cap=cap)
    read = drive(reader(None).read_all(None), server)
    assert (read.keys, read.problems) == ([*range(1, 8)], [])
    assert bool(server.ahead) is (cap > 1)


@pytest.mark.parametrize(
    ("rows", "total"), [([ticket(3, 2)], 7), (tickets(4)[2:], 3), ([ticket(4, 3)], 3), ([], 3), (tickets(7)[2:], 7)]
)
def test_whatever_a_look_behind_a_cut_page_shows_nothing_is_lost(rows: list[Row], total: int) -> None:
    """The first answer is cut to three rows of seven, and the next one shows the last of these alone."""
    server = ListServer(tickets(7))
    server.instead = {1: {"rows": tickets(3), "total": 3}, 2: {"rows": [ticket(3, 2)], "total": 4}}

    def lie_behind(number: int) -> None:
        skip = server.asked[-1].query.skip
        if number > 2 and skip:
            server.instead[number] = {"rows": rows if skip == 2 else [], "total": total}

    server.before = lie_behind
    read = drive(reader().read_all(DAY), server)
    assert sorted(read.keys) == [*range(1, 8)]
