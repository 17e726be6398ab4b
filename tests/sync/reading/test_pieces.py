"""A window that holds too much is read in smaller ones, and the sum of their rows is held against the whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tap_daktela.errors import ContractError
from tap_daktela.sync.reading.endpoint import ServerQuirks
from tap_daktela.sync.reading.found import ReadRange
from tap_daktela.sync.reading.pieces import checked_sum
from tap_daktela.sync.reading.results import Closed, Counted
from tap_daktela.sync.reading.row_range import RowRange
from tests.helpers.engine.reading_driver import Driven, ListServer, drive, reader, spelled, ticket, tickets, window

LONG = window(0, 1000)
DAY = 86_400


def read(server: ListServer, upon: Any = LONG, **changes: Any) -> Driven:
    return drive(reader(**changes).read_all(upon), server)


def lost(read: Driven, count: int) -> set[int]:
    return set(range(1, count + 1)) - set(read.keys)


# --- how it is cut ----------------------------------------------------------------------------------------------------


def test_a_window_of_more_than_ten_pages_is_cut_behind_its_first_page() -> None:
    server = ListServer(tickets(130, every=7))
    driven = read(server)
    assert driven.keys == [*range(1, 131)]
    asked = spelled(server.asked)
    assert asked[:3] == [
        "edited>=0 and edited<1000 | edited,name | 0+10",
        # The first page holds all up to its last second, once a total of its own says the same.
        "edited>=0 and edited<63 | edited,name | 0+1",
        # The others are as many as the rest needs, at eight pages each: two.
        "edited>=63 and edited<531 | edited,name | 0+10",
    ]
    assert "edited>=531 and edited<1000 | edited,name | 0+10" in asked
    assert asked[-1] == "edited>=0 and edited<1000 | edited,name | 0+1"
    assert driven.closed == [window(0, 63), window(63, 531), window(531, 1000), LONG]
    assert driven.counted == [(9, 9, 0, 0), (67, 67, 8, 0), (54, 54, 5, 0)]
    assert driven.returned._replace(quirks=None) == ReadRange(
        RowRange(LONG),
        130,
        2,
        frozenset(),
        None,
        consistent=True,  # type: ignore[arg-type]
    )


def test_the_row_of_the_last_second_is_written_once_and_counted_once() -> None:
    server = ListServer(tickets(130, every=7))
    driven = read(server)
    assert sum(counts[1] for counts in driven.counted) == len(driven.keys) == 130
    promised = [counts[0] for counts in driven.counted]
    assert sum(promised) == 130  # type: ignore[arg-type]


def test_a_window_too_long_for_what_one_page_shows_is_cut_by_days() -> None:
    server = ListServer(tickets(15, every=20_000))
    driven = read(server, window(0, 4 * DAY))
    assert driven.keys == [*range(1, 16)]
    assert [line for line in spelled(server.asked) if line.endswith("0+10")] == [
        "edited>=0 and edited<345600 | edited,name | 0+10",
        "edited>=180000 and edited<262800 | edited,name | 0+10",
        "edited>=262800 and edited<345600 | edited,name | 0+10",
    ]
    assert driven.closed[-1] == window(0, 4 * DAY)
    # One page holds each of the windows: one more total vouches for both.
    assert driven.closed == [window(0, 180_000), window(0, 4 * DAY)]


def test_a_long_window_that_one_page_shows_is_not_cut() -> None:
    server = ListServer(tickets(9, every=20_000))
    driven = read(server, window(0, 4 * DAY))
    assert (len(server.asked), driven.closed) == (2, [window(0, 4 * DAY)])


def test_a_long_window_without_totals_is_cut_however_few_rows_it_shows() -> None:
    server = ListServer(tickets(3, every=20_000), total=lambda _right, _here: None)
    driven = read(server, window(0, 4 * DAY))
    assert driven.keys == [1, 2, 3]
    begins = {line.partition(" |")[0] for line in spelled(server.asked)}
    assert {"edited>=40000 and edited<116400", "edited>=269200 and edited<345600"} <= begins
    assert driven.closed[-1] == window(0, 4 * DAY)


def test_a_long_window_without_totals_is_not_cut_behind_a_page_that_looks_sorted_by_chance() -> None:
    rows = [ticket(1, 0), ticket(3, 2 * DAY), ticket(2, DAY), ticket(4, 3 * DAY)]
    unsorted = frozenset({"edited", "name"})
    server = ListServer(rows, unsorted=unsorted, cap=2, total=lambda _right, _here: None)
    with pytest.raises(ContractError, match="does not sort by edited, and no total"):
        read(server, window(0, 4 * DAY))


@pytest.mark.parametrize("number", range(4, 8))
def test_the_total_of_an_empty_answer_vouches_for_nothing_where_rows_have_none(number: int) -> None:
    empty: dict[str, Any] = {"rows": [], "total": 0}
    server = ListServer(tickets(40, every=7000), total=lambda _right, _here: None, instead={number: empty})
    assert not lost(read(server, window(0, 4 * DAY), page_size=20), 40)


def test_a_window_of_one_second_is_not_cut() -> None:
    server = ListServer(tickets(130, every=0))
    driven = read(server, window(0, 1))
    assert driven.keys == [*range(1, 131)]
    assert {line.partition(" | ")[0] for line in spelled(server.asked)} == {
        "edited>=0 and edited<1", "edited>=0 and edited<1 and name<=91", "edited>=0 and edited<1 and name>91",
    }  # fmt: skip


def test_a_first_page_of_one_second_is_read_by_key_and_the_rest_by_time() -> None:
    server = ListServer([*tickets(130, every=0), *(ticket(name, name) for name in range(200, 220))])
    driven = read(server)
    assert driven.keys == [*range(1, 131), *range(200, 220)]
    asked = spelled(server.asked)
    assert asked[1] == "edited>=0 and edited<1 | name | 0+10"
    assert "edited>=1 and edited<500 | edited,name | 0+10" in asked
    assert sum(counts[1] for counts in driven.counted) == 150
    assert driven.returned.rows == 150


def test_where_the_key_sorts_nothing_windows_have_half_a_page() -> None:
    server = ListServer(tickets(40, every=20))
    start = reader()
    quirks = ServerQuirks("tickets", ("edited",), frozenset(), 10)
    driven = drive(start.read_all(LONG, quirks), server)
    assert driven.keys == [*range(1, 41)]
    asked = [line.partition(" |")[0] for line in spelled(server.asked)]
    # 30 rows behind the page, five a window: six.
    assert asked[2:4] == ["edited>=180 and edited<316", "edited>=316 and edited<453"]
    assert server.ahead == []
    assert driven.problems == []


def test_rows_of_one_second_that_no_key_sorts_come_once() -> None:
    rows = [*tickets(5), *(ticket(name, 50) for name in range(10, 40)), *(ticket(name, name) for name in range(60, 80))]
    start = reader()
    server = ListServer(rows, unsortable=frozenset({"name"}))
    driven = drive(start.read_all(LONG, ServerQuirks("tickets", ("edited",), frozenset(), 10)), server)
    assert sorted(driven.keys) == sorted(row["name"] for row in rows)
    assert driven.problems == []


# --- in groups --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "groups"), [(8, 0), (9, 2), (16, 2), (17, 3)])
def test_many_windows_are_read_in_groups_of_eight(days: int, groups: int) -> None:
    rows = [ticket(number, number) for number in range(10)] + [ticket(100 + day, 9 + day * DAY) for day in range(days)]
    server = ListServer(rows)
    driven = read(server, window(0, 9 + days * DAY))
    assert driven.keys == [row["name"] for row in rows]
    inner = [one for one in driven.closed if one not in {window(0, 9), window(0, 9 + days * DAY)}]
    begins = [9 + DAY * group * 8 for group in range(groups)]
    ends = [*begins[1:], 9 + days * DAY]
    assert inner == [window(*edge) for edge in zip(begins, ends, strict=bool(groups))][: len(begins)]


# --- the first page ---------------------------------------------------------------------------------------------------


def test_a_part_that_has_more_rows_than_the_page_showed_is_read_again() -> None:
    server = ListServer(tickets(130, every=7))
    server.before = lambda number: server.rows.append(ticket(999, 20)) if number == 2 else None
    driven = read(server)
    assert set(driven.keys) == {*range(1, 131), 999}
    assert len(driven.keys) == 131
    assert spelled(server.asked)[2] == "edited>=0 and edited<63 | edited,name | 0+10"
    assert sum(counts[1] for counts in driven.counted) == 131


def test_a_part_without_a_total_is_believed() -> None:
    server = ListServer(tickets(130, every=7), instead={2: {"total": None}})
    driven = read(server)
    assert (driven.keys, driven.counted[0], driven.closed[0]) == ([*range(1, 131)], (None, 9, 0, 0), window(0, 63))


def test_a_window_that_is_cut_twice_is_held_against_the_whole_once() -> None:
    server = ListServer(tickets(300, every=2))
    read(server, window(0, 6000))
    assert spelled(server.asked).count("edited>=0 and edited<6000 | edited,name | 0+1") == 1
    # The others are the beginnings of windows that a first page shows. No window inside asks for its sum.
    totals = [line.partition(" |")[0] for line in spelled(server.asked) if line.endswith("+1")]
    assert [line.rpartition("<")[2] for line in totals] == ["18", "36", "54", "424", "6000"]


def test_a_total_that_a_window_cannot_have_cuts_it_no_further() -> None:
    server = ListServer(tickets(130, every=7), instead={3: {"total": 10_000}})
    driven = read(server)
    assert (lost(driven, 130), driven.problems) == (set(), [])
    assert not any("edited<121 " in line or "edited<122 " in line for line in spelled(server.asked))
    assert len(server.asked) < 60


def test_a_part_that_was_written_before_counts_what_was() -> None:
    """A window cut twice: the second cut begins with a row that the first one wrote."""
    server = ListServer(tickets(300, every=2))
    driven = read(server, window(0, 6000))
    assert driven.keys == [*range(1, 301)]
    assert sum(counts[1] for counts in driven.counted) == 300
    assert sum(counts[0] for counts in driven.counted) == 300  # type: ignore[misc]


# --- the sum ----------------------------------------------------------------------------------------------------------


def test_an_empty_answer_for_the_first_page_of_a_window_loses_nothing() -> None:
    """`{"data": [], "total": 0}` once: 147 of 3,000 rows were gone, and the bookmark behind them."""
    rows = tickets(600)
    for number in range(3, 60, 3):
        server = ListServer([dict(row) for row in rows], instead={number: {"rows": [], "total": 0}})
        driven = read(server, window(0, 800), page_size=20)
        assert not lost(driven, 600), number
        assert len(driven.keys) == 600, number
        assert (driven.problems, driven.closed[-1]) == ([], window(0, 800)), number
        assert sum(counts[0] or 0 for counts in driven.counted) == 600, number


def test_only_the_window_that_differs_is_read_again() -> None:
    server = ListServer(tickets(130, every=7), instead={3: {"rows": [], "total": 0}})
    driven = read(server)
    asked = spelled(server.asked)
    again = asked.index("edited>=0 and edited<1000 | edited,name | 0+1")
    assert asked[again:] == [
        "edited>=0 and edited<1000 | edited,name | 0+1",  # 130, where the parts have 63
        "edited>=0 and edited<1000 | edited,name | 0+1",
        "edited>=0 and edited<63 | edited,name | 0+1",
        "edited>=63 and edited<531 | edited,name | 0+1",
        *(f"edited>={63 * page} and edited<531 | edited,name | 0+10" for page in range(1, 9)),
        "edited>=63 and edited<531 | edited,name | 0+1",
        "edited>=531 and edited<1000 | edited,name | 0+1",
    ]
    assert not lost(driven, 130)
    assert driven.returned.rows == 130


def test_an_empty_answer_is_no_less_of_one_while_rows_come_in() -> None:
    """The total grew by more rows than the empty answer hid: any sum between its first and its last looked right."""
    server = ListServer(tickets(130, every=7), instead={3: {"rows": [], "total": 0}})
    server.before = lambda number: server.rows.append(ticket(1000 + number, 30)) if number > 3 else None
    driven = read(server)
    assert (lost(driven, 130), driven.problems) == (set(), [])


def test_a_row_further_behind_with_the_key_of_one_of_the_last_second_is_another_one() -> None:
    server = ListServer([*tickets(130, every=7), ticket(10, 905)])
    driven = read(server)
    assert driven.keys.count(10) == 2


def test_a_sum_that_never_fits_is_told() -> None:
    """Each window says what it has, and the whole says one more."""
    server = ListServer(tickets(130, every=7))
    server.total = lambda right, _here: right + (right == 130)
    driven = read(server)
    assert driven.problems == [
        (
            "tickets by edited, [2024-01-01 00:00:00, 2024-01-01 00:16:40): "
            "the instance promises 131 rows, and gives 130 in its parts, also when asked again"
        )
    ]
    assert (lost(driven, 130), driven.returned.consistent) == (set(), False)


def part(
    lower: int, upper: int, rows: int, confirmations: int = 2, *, consistent: bool = True, met: Any = ()
) -> ReadRange:
    quirks = ServerQuirks("tickets", ("edited", "name"), frozenset(), 10)
    return ReadRange(RowRange(window(lower, upper)), rows, confirmations, frozenset(met), quirks, consistent)


def held(server: ListServer, totals: list[int], *parts: ReadRange, **changes: Any) -> Driven:
    return drive(checked_sum(reader(**changes), RowRange(window(0, 40)), totals, parts), server)


ALL = "edited>=0 and edited<40 | edited,name | 0+1"
FIRST = "edited>=0 and edited<20 | edited,name | 0+1"
SECOND = "edited>=20 and edited<40 | edited,name | 0+1"


def test_a_sum_that_fits_asks_nothing() -> None:
    server = ListServer(tickets(30))
    driven = held(server, [30], part(0, 20, 20, 1), part(20, 40, 10, 1))
    assert (server.asked, driven.results) == ([], [Closed("edited", window(0, 40))])
    assert driven.returned == part(0, 40, 30)


def test_a_sum_between_totals_that_changed_needs_two_answers_for_each_part() -> None:
    server = ListServer(tickets(30))
    driven = held(server, [25, 30], part(0, 20, 20, 1), part(20, 40, 8, 1, met=range(21, 29)), part(40, 60, 0))
    assert spelled(server.asked)[:2] == [ALL, FIRST]
    assert driven.keys == [29, 30]
    assert (driven.returned.rows, driven.problems) == (30, [])
    server = ListServer(tickets(30))
    driven = held(server, [25, 30], part(0, 20, 20), part(20, 40, 8))
    assert (server.asked, driven.problems) == ([], [])


def test_without_a_total_two_answers_for_each_part_suffice() -> None:
    server = ListServer(tickets(30))
    assert held(server, [], part(0, 20, 20), part(20, 40, 10)).returned.rows == 30
    assert server.asked == []


@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1), (0, 2)])
def test_without_a_total_one_is_asked_for_where_a_part_has_one_witness(first: int, second: int) -> None:
    server = ListServer(tickets(30))
    driven = held(server, [], part(0, 20, 20, first), part(20, 40, 10, second))
    assert (spelled(server.asked), driven.returned.rows, driven.problems) == ([ALL], 30, [])


def test_where_there_is_no_total_at_all_nothing_can_be_held_against() -> None:
    server = ListServer(tickets(30), total=lambda _right, _here: None)
    driven = held(server, [], part(0, 20, 20, 0), part(20, 40, 10, 0))
    assert (spelled(server.asked), driven.closed, driven.returned.consistent) == ([ALL], [window(0, 40)], True)


def test_a_part_with_more_rows_than_were_met_is_read_again() -> None:
    server = ListServer(tickets(30))
    driven = held(server, [30], part(0, 20, 15, 1, met=range(1, 16)), part(20, 40, 10))
    assert spelled(server.asked)[:3] == [ALL, FIRST, "edited>=0 and edited<20 | edited,name | 0+10"]
    assert SECOND in spelled(server.asked)
    assert driven.keys == [16, 17, 18, 19, 20]
    assert (driven.returned.rows, driven.problems, driven.counted) == (30, [], [(5, 5, 17, 22)])


def test_a_part_that_lost_rows_since_has_that_many_fewer() -> None:
    server = ListServer(tickets(28))
    driven = held(server, [27], part(0, 20, 20), part(20, 40, 10))
    # 28 and 8 are fewer than were met, so each is asked for twice.
    assert spelled(server.asked) == [ALL, ALL, FIRST, SECOND, SECOND]
    assert (driven.keys, driven.returned.rows, driven.problems) == ([], 28, [])


def test_parts_without_totals_of_their_own_stay_as_they_were() -> None:
    server = ListServer(tickets(30))
    server.total = lambda right, _here: right if right == 30 else None
    driven = held(server, [30], part(0, 20, 15), part(20, 40, 10))
    assert spelled(server.asked) == [ALL, FIRST, SECOND]
    assert [problem.rpartition(": ")[2] for problem in driven.problems] == [
        "the instance promises 30 rows, and gives 25 in its parts, also when asked again"
    ]
    assert driven.returned.consistent is False


def test_a_contradiction_in_a_part_was_told_there() -> None:
    server = ListServer(tickets(30))
    driven = held(server, [30], part(0, 20, 15, consistent=False), part(20, 40, 10))
    assert (server.asked, driven.problems, driven.returned.consistent) == ([], [], False)


def test_what_the_last_part_learned_holds_for_the_rest() -> None:
    learned = part(20, 40, 10)
    learned = learned._replace(quirks=replace(learned.quirks, totals_trusted=False, page_size=3))
    driven = held(ListServer(tickets(30)), [30], part(0, 20, 20), learned)
    assert driven.returned.quirks == learned.quirks


def test_rows_that_come_all_the_time_end() -> None:
    server = ListServer(tickets(30))
    server.before = lambda number: server.rows.append(ticket(1000 + number, 5))
    server.total = lambda right, _here: right + len(server.asked) * (len(server.asked) % 2)
    driven = held(server, [30], part(0, 20, 20), part(20, 40, 9))
    assert len(server.asked) == 31
    assert driven.closed == [window(0, 40)]


def test_a_table_has_no_window_to_close() -> None:
    server = ListServer(tickets(30))
    quirks = ServerQuirks("tickets", ("name",), frozenset(), 10)
    chunks = [
        ReadRange(RowRange(None, None, 20), 20, 2, frozenset(), quirks),
        ReadRange(RowRange(None, 20, None), 10, 2, frozenset(), quirks),
    ]
    driven = drive(checked_sum(reader(None), RowRange(), [30], chunks), server)
    assert (driven.results, driven.returned.rows) == ([], 30)


def test_each_range_is_counted_by_its_field() -> None:
    driven = read(ListServer(tickets(130, every=7)))
    assert {one.by for one in driven.results if isinstance(one, Counted)} == {"edited"}
