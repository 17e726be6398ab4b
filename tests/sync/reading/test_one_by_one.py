"""One page after another, each behind the last row of the one before."""

from __future__ import annotations

from typing import Any

import pytest

from tap_daktela.daktela.query import where
from tap_daktela.errors import ContractError
from tap_daktela.sync.reading.found import FoundRows
from tap_daktela.sync.reading.one_by_one import OneByOne
from tap_daktela.sync.reading.row_range import RowRange
from tests.helpers.engine.reading_driver import (
    ListServer,
    drive,
    endpoint,
    query,
    read_one_by_one,
    spelled,
    ticket,
    tickets,
    window,
)

DAY = window(0, 100)
NO_TOTALS: dict[str, Any] = {"total": lambda _right, _here: None}


# --- by the axis ------------------------------------------------------------------------------------------------------


def test_each_page_begins_where_the_one_before_ended() -> None:
    server = ListServer(tickets(25, every=2))
    driven, found = read_one_by_one(server, totals=[25])
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
    driven, _ = read_one_by_one(server, totals=[7])
    assert (len(server.asked), driven.keys) == (1, [*range(1, 8)])


@pytest.mark.parametrize("believed", [True, False])
def test_without_a_total_that_is_believed_a_short_page_is_not_the_last(believed: bool) -> None:
    server = ListServer(tickets(7), total=lambda _right, here: None if believed else here)
    driven, found = read_one_by_one(server, totals_trusted=believed)
    assert spelled(server.asked) == [
        # No total vouches for what a page leaves out, so the order has to.
        *["edited>=0 and edited<100 | edited,name | 0+10", "edited>=0 and edited<100 | -edited,-name | 0+10"] * 2,
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
        read_one_by_one(server)


def test_an_order_is_proven_once() -> None:
    server = ListServer(tickets(25), **NO_TOTALS)
    _, found = read_one_by_one(server, page_size=20)
    source = endpoint()
    again = FoundRows(source, query(), RowRange(DAY), found.quirks)
    drive(OneByOne(source, query(), again).read(), server)
    assert sum(get.query.sort[:1] == ("-edited",) for get in server.asked) == 1


def test_without_totals_only_rows_that_may_come_again_are_remembered() -> None:
    server = ListServer([*tickets(25), ticket(26, 24)], **NO_TOTALS)
    driven, found = read_one_by_one(server)
    assert (driven.keys, found.met, found.rows) == ([*range(1, 27)], set(), 26)


def test_with_totals_all_rows_are_remembered() -> None:
    _, found = read_one_by_one(ListServer(tickets(25)), totals=[25])
    assert found.met == set(range(1, 26))


def test_a_second_with_more_rows_than_a_page_is_read_by_key() -> None:
    server = ListServer([ticket(1, 0), *(ticket(name, 5) for name in range(2, 32)), ticket(99, 9)])
    driven, _ = read_one_by_one(server, totals=[32])
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
    driven, _ = read_one_by_one(server, totals=[26], order=("edited",))
    assert [line for line in spelled(server.asked) if line.startswith("edited=")] == [
        "edited=5 |  | 0+10", "edited=5 |  | 9+10", "edited=5 |  | 18+10", "edited=5 |  | 24+10", "edited=5 |  | 25+10",
    ]  # fmt: skip
    assert driven.keys == [*range(25), 99]


def test_the_filter_of_the_user_holds_in_one_second_too() -> None:
    server = ListServer([*(ticket(name, 5, stage=name % 2) for name in range(50)), ticket(99, 9, stage=0)])
    driven, _ = read_one_by_one(server, totals=[26], asked_for=query(wanted=where("stage", "eq", 0)))
    assert driven.keys == [*range(0, 50, 2), 99]
    assert "stage=0 and edited=5 | name | 0+10" in spelled(server.asked)


def test_a_time_filter_that_stands_still_ends() -> None:
    server = ListServer([*tickets(5), *(ticket(name, 5) for name in range(10, 30))])
    server.unfiltered = frozenset({"edited"})
    with pytest.raises(ContractError, match=r"00:01:40\): the instance does not apply the filter on edited$"):
        read_one_by_one(server, totals=[25])
    assert len(server.asked) < 20


def test_rows_without_a_time_cannot_be_read_on() -> None:
    server = ListServer([{"name": name, "edited": "2024-01-01 00:00:01"} for name in range(20)])
    server.shown = lambda row, _fields: {"name": row["name"]}
    with pytest.raises(ContractError, match="the instance sends rows without edited"):
        read_one_by_one(server, totals=[20])


def test_rows_without_a_time_are_all_of_it() -> None:
    server = ListServer(tickets(3), shown=lambda row, _fields: {"name": row["name"]})
    driven, _ = read_one_by_one(server, totals=[3])
    assert (driven.keys, len(server.asked)) == ([1, 2, 3], 1)


# --- by key -----------------------------------------------------------------------------------------------------------


def test_a_table_is_read_behind_the_last_key() -> None:
    server = ListServer(tickets(25))
    driven, found = read_one_by_one(server, None, totals=[25])
    assert spelled(server.asked) == ["all | name | 0+10", "name>10 | name | 0+10", "name>20 | name | 0+10"]
    assert (driven.keys, found.rows, found.counts.reread) == ([*range(1, 26)], 25, 25)


def test_a_table_is_read_on_behind_where_it_stands_and_up_to_its_end() -> None:
    server = ListServer(tickets(40))
    driven, _ = read_one_by_one(server, None, totals=[20], rows=RowRange(None, 5, 25))
    assert spelled(server.asked)[:2] == [
        "name>5 and name<=25 and name>5 | name | 0+10",
        "name>5 and name<=25 and name>15 | name | 0+10",
    ]
    assert driven.keys == [*range(6, 26)]


def test_without_totals_a_table_is_read_in_passes() -> None:
    """Keys that do not come in the order by which the instance compares them would leave out rows."""
    server = ListServer([*tickets(25)[::-1]], unsorted=frozenset({"name"}), **NO_TOTALS)
    driven, found = read_one_by_one(server, None)
    assert (driven.keys, found.rows) == ([*range(25, 0, -1)], 25)
    assert {line.split(" | ")[0] for line in spelled(server.asked)} == {"all"}


def test_a_table_whose_keys_do_not_ascend_is_read_in_passes() -> None:
    """The last key of a page would be no place to read on from: rows behind it may have smaller ones."""
    server = ListServer(tickets(25)[::-1], unsorted=frozenset({"name"}))
    driven, _ = read_one_by_one(server, None, totals=[25])
    assert spelled(server.asked)[:3] == ["all | name | 0+10", "all |  | 0+10", "all |  | 9+10"]
    assert (sorted(driven.keys), driven.problems) == ([*range(1, 26)], [])


def test_a_second_whose_keys_do_not_ascend_is_read_in_passes() -> None:
    server = ListServer([ticket(name, 5) for name in range(25, 0, -1)], unsorted=frozenset({"name"}))
    driven, _ = read_one_by_one(server, totals=[25])
    assert "edited=5 |  | 9+10" in spelled(server.asked)
    assert (sorted(driven.keys), driven.problems) == ([*range(1, 26)], [])


def test_a_filter_on_the_key_that_is_not_applied_is_not_needed_in_passes() -> None:
    server = ListServer(tickets(25), unfiltered=frozenset({"name"}))
    driven, _ = read_one_by_one(server, None, totals=[25])
    assert (driven.keys, driven.problems) == ([*range(1, 26)], [])


def test_one_key_for_ever_ends() -> None:
    server = ListServer([ticket(7, 0)] * 10, unfiltered=frozenset({"name"}))
    with pytest.raises(ContractError, match="all rows: the instance does not apply the filter on name"):
        read_one_by_one(server, None, totals=[25])
    assert len(server.asked) == 2


def test_rows_without_a_key_cannot_be_read_on() -> None:
    server = ListServer([{"name": None, "a": number} for number in range(20)])
    with pytest.raises(ContractError, match="all rows: the instance sends rows without name"):
        read_one_by_one(server, None, totals=[20])


@pytest.mark.parametrize("per_request", [1, 3, 20])
def test_a_table_that_grows_as_fast_as_it_is_read_has_an_end(per_request: int) -> None:
    """Keys of new rows are ever greater, so every page behind the last row has some."""
    server = ListServer(tickets(25))
    server.before = lambda number: server.rows.extend(
        ticket(1000 * number + one, 0) for one in range(per_request if number > 1 else 0)
    )
    driven, found = read_one_by_one(server, None, totals=[25])
    assert set(driven.keys) >= set(range(1, 26))
    assert driven.problems == []
    assert found.matches_total or found.rows > 25
    assert len(server.asked) < 20


def test_a_table_that_grows_is_read_on_where_descending_order_is_not_known() -> None:
    server = ListServer(tickets(25), instead={4: {"rows": [ticket(1, 0)]}})
    server.before = lambda number: server.rows.extend([ticket(1000 + number, 0)] if number < 9 else [])
    driven, _ = read_one_by_one(server, None, totals=[20])
    assert set(driven.keys) >= set(range(1, 26))


@pytest.mark.parametrize("axis", [None, "edited"])
def test_a_server_that_only_sorts_upwards_ends_no_table_early(axis: str | None) -> None:
    """Its smallest key, 5, lies behind 14 as text."""
    server = ListServer([ticket(number, 3) for number in range(5, 41)], descends=False)
    driven, _ = read_one_by_one(server, axis, totals=[8])
    assert set(driven.keys) == set(range(5, 41))
