"""One page after another, each behind the last row of the one before."""

from __future__ import annotations

from typing import Any

import pytest

from tap_daktela.daktela.query import where
from tap_daktela.errors import ContractError
from tap_daktela.sync.reading import pages
from tap_daktela.sync.reading.endpoint import ServerQuirks
from tap_daktela.sync.reading.found import FoundRows
from tap_daktela.sync.reading.one_by_one import OneByOne
from tap_daktela.sync.reading.row_range import RowQuery, RowRange
from tests.helpers.engine.reading_driver import (
    Driven,
    ListServer,
    drive,
    endpoint,
    query,
    spelled,
    ticket,
    tickets,
    window,
)

DAY = window(0, 100)
NO_TOTALS: dict[str, Any] = {"total": lambda _right, _here: None}
MOVED = "tickets, all rows: rows moved while they were read, also when read 4 times"


def read(
    server: ListServer,
    axis: str | None = "edited",
    key: str | None = "name",
    *,
    totals: list[int] | None = None,
    order: tuple[str, ...] | None = None,
    rows: RowRange | None = None,
    asked_for: RowQuery | None = None,
    totals_trusted: bool = True,
    page_size: int = 10,
) -> tuple[Driven, FoundRows]:
    """Read a day from its beginning, one page after another, where `totals` were told before."""
    source = endpoint(key=key, page_size=page_size)
    quirks = source.unknown(axis)
    quirks = ServerQuirks(quirks.name, quirks.order if order is None else order, frozenset(), page_size, totals_trusted)
    asked_for = asked_for or query(axis, key)
    found = FoundRows(source, asked_for, rows or RowRange(DAY if axis else None), quirks)
    found.totals = [] if totals is None else totals
    return drive(OneByOne(source, asked_for, found).read(), server), found


# --- by the axis ------------------------------------------------------------------------------------------------------


def test_each_page_begins_where_the_one_before_ended() -> None:
    server = ListServer(tickets(25, every=2))
    driven, found = read(server, totals=[25])
    assert spelled(server.asked) == [
        "edited>=0 and edited<100 | edited,name | 0+10",
        "edited>=18 and edited<100 | edited,name | 0+10",
        "edited>=36 and edited<100 | edited,name | 0+10",
    ]
    assert driven.keys == [*range(1, 26)]
    assert (found.counts.written, found.counts.repeated, found.counts.reread, found.rows) == (25, 2, 27, 25)


def test_it_goes_on_from_where_the_reading_stands() -> None:
    server = ListServer(tickets(25, every=2))
    source = endpoint()
    found = FoundRows(source, query(), RowRange(DAY), source.unknown("edited"))
    found.totals, found.lower = [25], "2024-01-01 00:00:36"
    driven = drive(OneByOne(source, query(), found).read(), server)
    assert driven.keys == [*range(19, 26)]


def test_a_page_that_is_all_of_it_is_the_last() -> None:
    server = ListServer(tickets(7))
    driven, _ = read(server, totals=[7])
    assert (len(server.asked), driven.keys) == (1, [*range(1, 8)])


@pytest.mark.parametrize("believed", [True, False])
def test_without_a_total_that_is_believed_a_short_page_is_not_the_last(believed: bool) -> None:
    server = ListServer(tickets(7), total=lambda _right, here: None if believed else here)
    driven, found = read(server, totals_trusted=believed)
    assert spelled(server.asked) == [
        # No total vouches for what a page leaves out, so the order has to.
        *["edited>=0 and edited<100 | edited,name | 0+10", "edited>=0 and edited<100 | edited,name desc | 0+10"] * 2,
        "edited>=0 and edited<100 | edited,name | 0+10",
        "edited>=6 and edited<100 | edited,name | 0+10",
        # More rows of this second may lie behind the page. Nothing vouches for an empty answer but a second one.
        *["edited=6 |  | 0+10", "edited=6 |  | 0+10", "edited=6 |  | 1+10", "edited=6 |  | 1+10"] * 2,
        "edited>6 and edited<100 | edited,name | 0+10",
        "edited>6 and edited<100 | edited,name | 0+10",
    ]
    assert (driven.keys, found.rows) == ([*range(1, 8)], 7)


def test_without_totals_rows_in_an_order_of_their_own_are_told_although_each_page_looks_sorted() -> None:
    rows = [ticket(1, 0), ticket(3, 5), ticket(2, 3), ticket(4, 9)]
    server = ListServer(rows, unsorted=frozenset({"edited", "name"}), cap=2, **NO_TOTALS)
    with pytest.raises(ContractError, match="does not sort by edited, and no total"):
        read(server)


def test_an_order_is_proven_once() -> None:
    server = ListServer(tickets(25), **NO_TOTALS)
    _, found = read(server, page_size=20)
    source = endpoint()
    again = FoundRows(source, query(), RowRange(DAY), found.quirks)
    drive(OneByOne(source, query(), again).read(), server)
    assert sum(get.query.direction == "desc" for get in server.asked) == 1


def test_without_totals_only_rows_that_may_come_again_are_remembered() -> None:
    server = ListServer([*tickets(25), ticket(26, 24)], **NO_TOTALS)
    driven, found = read(server)
    assert (driven.keys, found.met, found.rows) == ([*range(1, 27)], set(), 26)


def test_with_totals_all_rows_are_remembered() -> None:
    _, found = read(ListServer(tickets(25)), totals=[25])
    assert found.met == set(range(1, 26))


def test_a_second_with_more_rows_than_a_page_is_read_by_key() -> None:
    server = ListServer([ticket(1, 0), *(ticket(name, 5) for name in range(2, 32)), ticket(99, 9)])
    driven, _ = read(server, totals=[32])
    assert spelled(server.asked) == [
        "edited>=0 and edited<100 | edited,name | 0+10",
        "edited>=5 and edited<100 | edited,name | 0+10",
        "edited=5 | name | 0+10",
        "edited=5 and name>11 | name | 0+10",
        "edited=5 and name>21 | name | 0+10",
        "edited=5 and name>31 | name | 0+10",
        "edited>5 and edited<100 | edited,name | 0+10",
    ]
    assert driven.keys == [*range(1, 32), 99]


def test_a_second_that_cannot_be_sorted_by_key_is_read_in_passes() -> None:
    server = ListServer([*(ticket(name, 5) for name in range(25)), ticket(99, 9)])
    driven, _ = read(server, totals=[26], order=("edited",))
    assert [line for line in spelled(server.asked) if line.startswith("edited=")] == [
        "edited=5 |  | 0+10", "edited=5 |  | 9+10", "edited=5 |  | 18+10", "edited=5 |  | 24+10", "edited=5 |  | 25+10",
    ]  # fmt: skip
    assert driven.keys == [*range(25), 99]


def test_the_filter_of_the_user_holds_in_one_second_too() -> None:
    server = ListServer([*(ticket(name, 5, stage=name % 2) for name in range(50)), ticket(99, 9, stage=0)])
    driven, _ = read(server, totals=[26], asked_for=query(wanted=where("stage", "eq", 0)))
    assert driven.keys == [*range(0, 50, 2), 99]
    assert "stage=0 and edited=5 | name | 0+10" in spelled(server.asked)


def test_a_time_filter_that_stands_still_ends() -> None:
    server = ListServer([*tickets(5), *(ticket(name, 5) for name in range(10, 30))])
    server.unfiltered = frozenset({"edited"})
    with pytest.raises(ContractError, match=r"00:01:40\): the instance does not apply the filter on edited$"):
        read(server, totals=[25])
    assert len(server.asked) < 20


def test_rows_without_a_time_cannot_be_read_on() -> None:
    server = ListServer([{"name": name, "edited": "2024-01-01 00:00:01"} for name in range(20)])
    server.shown = lambda row, _fields: {"name": row["name"]}
    with pytest.raises(ContractError, match="the instance sends rows without edited"):
        read(server, totals=[20])


def test_rows_without_a_time_are_all_of_it() -> None:
    server = ListServer(tickets(3), shown=lambda row, _fields: {"name": row["name"]})
    driven, _ = read(server, totals=[3])
    assert (driven.keys, len(server.asked)) == ([1, 2, 3], 1)


# --- by key -----------------------------------------------------------------------------------------------------------


def test_a_table_is_read_behind_the_last_key() -> None:
    server = ListServer(tickets(25))
    driven, found = read(server, None, totals=[25])
    assert spelled(server.asked) == ["all | name | 0+10", "name>10 | name | 0+10", "name>20 | name | 0+10"]
    assert (driven.keys, found.rows, found.counts.reread) == ([*range(1, 26)], 25, 25)


def test_a_table_is_read_on_behind_where_it_stands_and_up_to_its_end() -> None:
    server = ListServer(tickets(40))
    driven, _ = read(server, None, totals=[20], rows=RowRange(None, 5, 25))
    assert spelled(server.asked)[:2] == [
        "name>5 and name<=25 and name>5 | name | 0+10",
        "name>5 and name<=25 and name>15 | name | 0+10",
    ]
    assert driven.keys == [*range(6, 26)]


def test_without_totals_a_table_is_read_in_passes() -> None:
    """Keys that do not come in the order by which the instance compares them would leave out rows."""
    server = ListServer([*tickets(25)[::-1]], unsorted=frozenset({"name"}), **NO_TOTALS)
    driven, found = read(server, None)
    assert (driven.keys, found.rows) == ([*range(25, 0, -1)], 25)
    assert {line.split(" | ")[0] for line in spelled(server.asked)} == {"all"}


def test_a_table_whose_keys_do_not_ascend_is_read_in_passes() -> None:
    """The last key of a page would be no place to read on from: rows behind it may have smaller ones."""
    server = ListServer(tickets(25)[::-1], unsorted=frozenset({"name"}))
    driven, _ = read(server, None, totals=[25])
    assert spelled(server.asked)[:3] == ["all | name | 0+10", "all |  | 0+10", "all |  | 9+10"]
    assert (sorted(driven.keys), driven.problems) == ([*range(1, 26)], [])


def test_a_second_whose_keys_do_not_ascend_is_read_in_passes() -> None:
    server = ListServer([ticket(name, 5) for name in range(25, 0, -1)], unsorted=frozenset({"name"}))
    driven, _ = read(server, totals=[25])
    assert "edited=5 |  | 9+10" in spelled(server.asked)
    assert (sorted(driven.keys), driven.problems) == ([*range(1, 26)], [])


def test_a_filter_on_the_key_that_is_not_applied_is_not_needed_in_passes() -> None:
    server = ListServer(tickets(25), unfiltered=frozenset({"name"}))
    driven, _ = read(server, None, totals=[25])
    assert (driven.keys, driven.problems) == ([*range(1, 26)], [])


def test_one_key_for_ever_ends() -> None:
    server = ListServer([ticket(7, 0)] * 10, unfiltered=frozenset({"name"}))
    with pytest.raises(ContractError, match="all rows: the instance does not apply the filter on name"):
        read(server, None, totals=[25])
    assert len(server.asked) == 2


def test_rows_without_a_key_cannot_be_read_on() -> None:
    server = ListServer([{"name": None, "a": number} for number in range(20)])
    with pytest.raises(ContractError, match="all rows: the instance sends rows without name"):
        read(server, None, totals=[20])


# --- in passes --------------------------------------------------------------------------------------------------------


def test_one_pass_is_enough_where_it_keeps_the_promise() -> None:
    server = ListServer(tickets(25))
    driven, found = read(server, None, None, totals=[25])
    assert spelled(server.asked) == [
        "all |  | 0+10", "all |  | 9+10", "all |  | 18+10", "all |  | 24+10", "all |  | 25+10",
    ]  # fmt: skip
    assert (driven.keys, found.counts.reread, found.counts.written) == ([*range(1, 26)], 28, 25)


@pytest.mark.parametrize("cap", [1, 2, 10])
def test_a_total_ends_no_pass(cap: int) -> None:
    server = ListServer(tickets(4), cap=cap, total=lambda right, _here: right - 1)
    driven, _ = read(server, None, None, totals=[3])
    assert (driven.keys, driven.problems) == ([1, 2, 3, 4], [MOVED])


def test_a_pass_asks_for_two_rows_where_one_fills_a_page() -> None:
    server = ListServer(tickets(3))
    driven, _ = read(server, None, None, totals=[3], page_size=1)
    assert spelled(server.asked)[:2] == ["all |  | 0+2", "all |  | 1+2"]
    assert (driven.keys, driven.problems) == ([1, 2, 3], [])


def test_a_pass_that_does_not_is_followed_by_another_up_to_four() -> None:
    server = ListServer(tickets(25))
    server.before = lambda number: server.rows.reverse() if number % 5 == 2 else None
    driven, found = read(server, None, totals=[25], order=())
    assert sorted(driven.keys) == [*range(1, 26)]
    assert len(server.asked) == 3 * 5  # The third brings nothing new.
    server = ListServer(tickets(25), total=lambda right, _here: right + 1)
    driven, found = read(server, None, None, totals=[26])
    assert (len(server.asked), found.counts.reread) == (4 * 5, 4 * 28)  # Each pass sees that nothing lies behind.
    assert (len(driven.keys), driven.problems) == (25, [MOVED])


@pytest.mark.parametrize("deleted", [1, 8])
def test_rows_deleted_before_a_page_are_another_pass_where_the_last_row_of_the_one_before_went(deleted: int) -> None:
    server = ListServer(tickets(25))
    server.before = lambda number: server.rows.__delitem__(slice(deleted)) if number == 2 else None
    driven, _ = read(server, None, None, totals=[25])
    assert set(driven.keys) == set(range(1, 26))
    assert spelled(server.asked).count("all |  | 0+10") == 2
    assert driven.problems == []


def test_rows_inserted_before_a_page_are_no_reason_for_another_pass() -> None:
    server = ListServer(tickets(25))
    server.before = lambda number: server.rows.insert(0, ticket(99, 0)) if number == 2 else None
    driven, found = read(server, None, None, totals=[25])
    assert (driven.keys, found.rows) == ([*range(1, 26)], 25)
    # The total changed, so a look behind the last row says where the end is.
    assert spelled(server.asked)[:3] == ["all |  | 0+10", "all |  | 9+10", "all |  | 18+10"]
    assert spelled(server.asked)[3:] == ["all |  | 25+10", "all |  | 26+10"]


def test_a_pass_shares_some_rows_of_long_pages_so_that_a_few_may_be_deleted() -> None:
    server = ListServer(tickets(2500))
    server.before = lambda number: server.rows.__delitem__(slice(4)) if number == 2 else None
    driven, _ = read(server, None, None, totals=[2500], page_size=500)
    assert driven.keys == [*range(1, 2501)]
    assert spelled(server.asked)[:3] == ["all |  | 0+500", "all |  | 495+500", "all |  | 990+500"]
    assert len(server.asked) == 8


def test_a_page_that_shows_only_what_was_shared_is_asked_for_again_where_there_is_more() -> None:
    server = ListServer(tickets(25), **NO_TOTALS, instead={2: {"rows": tickets(25)[9:10]}})
    driven, _ = read(server, None, None)
    assert spelled(server.asked)[:5] == [
        "all |  | 0+10", "all |  | 9+10", "all |  | 10+10", "all |  | 9+10", "all |  | 18+10",
    ]  # fmt: skip
    assert (driven.keys, driven.problems) == ([*range(1, 26)], [])
    assert spelled(server.asked).count("all |  | 0+10") == 2


def test_a_short_page_with_a_total_of_its_own_is_not_the_last_where_another_page_told_another() -> None:
    server = ListServer(tickets(25), instead={3: {"rows": tickets(25)[18:24], "total": 24}})
    driven, _ = read(server, None, None, totals=[25])
    assert (driven.keys, driven.problems) == ([*range(1, 26)], [])


def test_a_list_whose_rows_always_move_is_told() -> None:
    server = ListServer(tickets(25))
    server.before = lambda _number: server.rows.append(server.rows.pop(0))
    driven, found = read(server, None, None, totals=[25])
    assert (driven.problems, found.consistent) == ([MOVED], False)


@pytest.mark.parametrize("no_total", [True, False])
def test_a_server_that_gives_one_row_a_page_is_read_or_told(no_total: bool) -> None:
    server = ListServer(tickets(5), cap=1, **(NO_TOTALS if no_total else {}))
    driven, _ = read(server, None, None, totals=[] if no_total else [5])
    assert driven.keys == [*range(1, 6)]
    assert driven.problems == ([MOVED] if no_total else [])


def test_without_totals_a_pass_ends_with_an_empty_page_and_one_brings_nothing_new() -> None:
    server = ListServer(tickets(15), **NO_TOTALS)
    driven, _ = read(server, None, None)
    assert spelled(server.asked) == [
        "all |  | 0+10", "all |  | 9+10", "all |  | 14+10", "all |  | 15+10", "all |  | 15+10",
    ] * 2  # fmt: skip
    assert driven.keys == [*range(1, 16)]


def test_equal_rows_without_a_key_are_as_many_as_there_are() -> None:
    server = ListServer([{"a": 1}] * 25)
    driven, found = read(server, None, None, totals=[25])
    assert (len(driven.keys), found.rows) == (25, 25)


def test_equal_pages_alone_do_not_say_that_skip_is_ignored() -> None:
    server = ListServer([{"a": 1}] * 25)
    read(server, None, None, totals=[25])
    assert spelled(server.asked) == [
        "all |  | 0+10", "all |  | 9+10", "all |  | 1000000000+10", "all |  | 18+10", "all |  | 24+10",
        "all |  | 25+10",
    ]  # fmt: skip


def test_skip_that_is_ignored_ends() -> None:
    server = ListServer(tickets(25), skips=False)
    with pytest.raises(ContractError, match="all rows: the instance ignores skip"):
        read(server, None, None, totals=[25])


def test_a_total_that_is_not_believed_ends_no_pass() -> None:
    server = ListServer(tickets(25), cap=5, total=lambda _right, here: here)
    driven, _ = read(server, None, None, totals_trusted=False)
    assert driven.keys == [*range(1, 26)]


# --- its end ----------------------------------------------------------------------------------------------------------


def test_a_server_without_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAX_PAGES", 3)
    server = ListServer(tickets(40))
    with pytest.raises(ContractError, match=r"the instance sends more than 3 pages, and no end"):
        read(server, None, totals=[40])
    assert len(server.asked) == 3
    driven, _ = read(ListServer(tickets(25)), None, totals=[25])
    assert driven.keys == [*range(1, 26)]


def test_pages_are_fitted_to_long_rows() -> None:
    server = ListServer(tickets(25), row_bytes=2 * 2**20 // 5)
    driven, found = read(server, None, totals=[25])
    assert [line.rpartition("+")[2] for line in spelled(server.asked)] == ["10", "5", "5", "5", "5"]
    # The last one is full, so another looks behind it.
    assert (driven.keys, found.quirks.page_size) == ([*range(1, 26)], 5)
