"""Pages by offset, again and again, where the instance cannot sort."""

from __future__ import annotations

from typing import Any

import pytest

from tap_daktela.errors import ContractError
from tests.helpers.engine.reading_driver import ListServer, read_one_by_one, spelled, ticket, tickets

NO_TOTALS: dict[str, Any] = {"total": lambda _right, _here: None}
MOVED = "tickets, all rows: rows moved while they were read, also when read 4 times"


def test_one_pass_is_enough_where_it_keeps_the_promise() -> None:
    server = ListServer(tickets(25))
    driven, found = read_one_by_one(server, None, None, totals=[25])
    assert spelled(server.asked) == [
        "all |  | 0+10", "all |  | 9+10", "all |  | 18+10", "all |  | 24+10", "all |  | 25+10",
    ]  # fmt: skip
    assert (driven.keys, found.counts.reread, found.counts.written) == ([*range(1, 26)], 28, 25)


@pytest.mark.parametrize("cap", [1, 2, 10])
def test_a_total_ends_no_pass(cap: int) -> None:
    server = ListServer(tickets(4), cap=cap, total=lambda right, _here: right - 1)
    driven, _ = read_one_by_one(server, None, None, totals=[3])
    assert (driven.keys, driven.problems) == ([1, 2, 3, 4], [MOVED])


def test_a_pass_asks_for_two_rows_where_one_fills_a_page() -> None:
    server = ListServer(tickets(3))
    driven, _ = read_one_by_one(server, None, None, totals=[3], page_size=1)
    assert spelled(server.asked)[:2] == ["all |  | 0+2", "all |  | 1+2"]
    assert (driven.keys, driven.problems) == ([1, 2, 3], [])


def test_a_pass_that_does_not_is_followed_by_another_up_to_four() -> None:
    server = ListServer(tickets(25))
    server.before = lambda number: server.rows.reverse() if number % 5 == 2 else None
    driven, found = read_one_by_one(server, None, totals=[25], order=())
    assert sorted(driven.keys) == [*range(1, 26)]
    assert len(server.asked) == 3 * 5  # The third brings nothing new.
    server = ListServer(tickets(25), total=lambda right, _here: right + 1)
    driven, found = read_one_by_one(server, None, None, totals=[26])
    assert (len(server.asked), found.counts.reread) == (4 * 5, 4 * 28)  # Each pass sees that nothing lies behind.
    assert (len(driven.keys), driven.problems) == (25, [MOVED])


@pytest.mark.parametrize("deleted", [1, 8])
def test_rows_deleted_before_a_page_are_another_pass_where_the_last_row_of_the_one_before_went(deleted: int) -> None:
    server = ListServer(tickets(25))
    server.before = lambda number: server.rows.__delitem__(slice(deleted)) if number == 2 else None
    driven, _ = read_one_by_one(server, None, None, totals=[25])
    assert set(driven.keys) == set(range(1, 26))
    assert spelled(server.asked).count("all |  | 0+10") == 2
    assert driven.problems == []


def test_rows_inserted_before_a_page_are_no_reason_for_another_pass() -> None:
    server = ListServer(tickets(25))
    server.before = lambda number: server.rows.insert(0, ticket(99, 0)) if number == 2 else None
    driven, found = read_one_by_one(server, None, None, totals=[25])
    assert (driven.keys, found.rows) == ([*range(1, 26)], 25)
    # The total changed, so a look behind the last row says where the end is.
    assert spelled(server.asked)[:3] == ["all |  | 0+10", "all |  | 9+10", "all |  | 18+10"]
    assert spelled(server.asked)[3:] == ["all |  | 25+10", "all |  | 26+10"]


def test_a_pass_shares_some_rows_of_long_pages_so_that_a_few_may_be_deleted() -> None:
    server = ListServer(tickets(2500))
    server.before = lambda number: server.rows.__delitem__(slice(4)) if number == 2 else None
    driven, _ = read_one_by_one(server, None, None, totals=[2500], page_size=500)
    assert driven.keys == [*range(1, 2501)]
    assert spelled(server.asked)[:3] == ["all |  | 0+500", "all |  | 495+500", "all |  | 990+500"]
    assert len(server.asked) == 8


def test_a_page_that_shows_only_what_was_shared_is_asked_for_again_where_there_is_more() -> None:
    server = ListServer(tickets(25), **NO_TOTALS, instead={2: {"rows": tickets(25)[9:10]}})
    driven, _ = read_one_by_one(server, None, None)
    assert spelled(server.asked)[:5] == [
        "all |  | 0+10", "all |  | 9+10", "all |  | 10+10", "all |  | 9+10", "all |  | 18+10",
    ]  # fmt: skip
    assert (driven.keys, driven.problems) == ([*range(1, 26)], [])
    assert spelled(server.asked).count("all |  | 0+10") == 2


def test_a_short_page_with_a_total_of_its_own_is_not_the_last_where_another_page_told_another() -> None:
    server = ListServer(tickets(25), instead={3: {"rows": tickets(25)[18:24], "total": 24}})
    driven, _ = read_one_by_one(server, None, None, totals=[25])
    assert (driven.keys, driven.problems) == ([*range(1, 26)], [])


def test_a_list_whose_rows_always_move_is_told() -> None:
    server = ListServer(tickets(25))
    server.before = lambda _number: server.rows.append(server.rows.pop(0))
    driven, found = read_one_by_one(server, None, None, totals=[25])
    assert (driven.problems, found.consistent) == ([MOVED], False)


@pytest.mark.parametrize("no_total", [True, False])
def test_a_server_that_gives_one_row_a_page_is_read_or_told(no_total: bool) -> None:
    server = ListServer(tickets(5), cap=1, **(NO_TOTALS if no_total else {}))
    driven, _ = read_one_by_one(server, None, None, totals=[] if no_total else [5])
    assert driven.keys == [*range(1, 6)]
    assert driven.problems == ([MOVED] if no_total else [])


def test_without_totals_a_pass_ends_with_an_empty_page_and_one_brings_nothing_new() -> None:
    server = ListServer(tickets(15), **NO_TOTALS)
    driven, _ = read_one_by_one(server, None, None)
    assert spelled(server.asked) == [
        "all |  | 0+10", "all |  | 9+10", "all |  | 14+10", "all |  | 15+10", "all |  | 15+10",
    ] * 2  # fmt: skip
    assert driven.keys == [*range(1, 16)]


def test_equal_rows_without_a_key_are_as_many_as_there_are() -> None:
    server = ListServer([{"a": 1}] * 25)
    driven, found = read_one_by_one(server, None, None, totals=[25])
    assert (len(driven.keys), found.rows) == (25, 25)


def test_equal_pages_alone_do_not_say_that_skip_is_ignored() -> None:
    server = ListServer([{"a": 1}] * 25)
    read_one_by_one(server, None, None, totals=[25])
    assert spelled(server.asked) == [
        "all |  | 0+10", "all |  | 9+10", "all |  | 1000000000+10", "all |  | 18+10", "all |  | 24+10",
        "all |  | 25+10",
    ]  # fmt: skip


def test_skip_that_is_ignored_ends() -> None:
    server = ListServer(tickets(25), skips=False)
    with pytest.raises(ContractError, match="all rows: the instance ignores skip"):
        read_one_by_one(server, None, None, totals=[25])


def test_a_total_that_is_not_believed_ends_no_pass() -> None:
    server = ListServer(tickets(25), cap=5, total=lambda _right, here: here)
    driven, _ = read_one_by_one(server, None, None, totals_trusted=False)
    assert driven.keys == [*range(1, 26)]
