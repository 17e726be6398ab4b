"""How a range is read: side by side, one page after another, in pieces, by key; and what is told."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.errors import ContractError, TapError
from tap_daktela.sync.reading.found import ReadRange
from tap_daktela.sync.reading.request import PAGE_BYTES
from tap_daktela.sync.reading.results import Counted, Expected
from tap_daktela.sync.reading.row_range import RowRange
from tests.helpers.engine.reading_driver import ListServer, at, drive, query, reader, spelled, ticket, tickets, window

if TYPE_CHECKING:
    from tap_daktela.sync.records.dotted import Row

DAY = window(0, 100)


def removed(server: ListServer, *names: int) -> None:
    server.rows = [row for row in server.rows if row["name"] not in names]


# --- one after another ------------------------------------------------------------------------------------------------


def test_a_window_has_ten_pages_at_most() -> None:
    for count, is_cut in ((91, False), (92, True)):
        server = ListServer(tickets(count))
        drive(reader().read_all(DAY), server)
        assert any("edited>=0 and edited<9 " in line for line in spelled(server.asked)) is is_cut, count


def test_pages_behind_a_short_first_one_are_as_long_as_rows_allow() -> None:
    server = ListServer(tickets(60))
    start = reader(page_size=40, long=True)
    read = drive(start.read_all(DAY), server)
    assert [line.rpartition("| ")[2] for line in spelled(server.asked)] == ["0+20", "19+40", "58+40"]
    assert read.keys == [*range(1, 61)]


def test_the_first_page_of_a_range_tells_how_many_rows_fit() -> None:
    server = ListServer(tickets(7), row_bytes=PAGE_BYTES // 5)
    start = reader()
    assert drive(start.read(RowRange(DAY), start.endpoint.unknown("edited")), server).returned.quirks.page_size == 5


@pytest.mark.parametrize("max_possible_total", [35, 100])
def test_a_total_that_a_part_cannot_have_cuts_nothing(max_possible_total: int) -> None:
    server = ListServer(tickets(5), instead={1: {"total": 100}})
    start = reader()
    read = drive(
        start.read(RowRange(DAY), start.endpoint.unknown("edited"), max_possible_total=max_possible_total), server
    )
    assert all("edited=" in line or "edited<100" in line for line in spelled(server.asked))
    assert (server.ahead, read.keys, read.problems) == ([], [1, 2, 3, 4, 5], [])


def test_a_border_that_moved_is_read_on_from_the_last_row_and_nothing_is_lost() -> None:
    server = ListServer(tickets(35))
    # Row 5 goes before the third page is read: the row that would begin it slides onto the page before.
    server.before = lambda number: removed(server, 5) if number == 3 else None
    read = drive(reader().read_all(DAY), server)
    assert [get.query.skip for get in server.taken_back] == [27]
    assert spelled(server.asked)[4:] == [
        "edited>=18 and edited<100 | edited,name | 0+10",
        "edited>=27 and edited<100 | edited,name | 0+10",
        "edited>=0 and edited<100 | edited,name | 0+1",
        "edited>=0 and edited<100 | edited,name | 0+1",  # 34 are fewer than were met: is that a fault?
    ]
    assert read.keys == [*range(1, 36)]
    assert read.counted == [(35, 35, 3, 18)]
    assert (read.closed, read.problems) == ([DAY], [])


def test_an_edited_row_is_met_again_at_its_new_place() -> None:
    server = ListServer(tickets(35))
    server.before = lambda number: server.rows[4].update(edited=at(90)) if number == 3 else None
    read = drive(reader().read_all(DAY), server)
    assert read.keys == [*range(1, 36)]
    assert read.counted == [(35, 35, 4, 19)]
    assert read.closed == [DAY]


def test_rows_that_come_meanwhile_do_not_matter_where_no_border_moved() -> None:
    server = ListServer(tickets(35))
    server.before = lambda number: server.rows.append(ticket(99, 80)) if number == 4 else None
    read = drive(reader().read_all(DAY), server)
    # A total changed: only looks behind the last row show that there is nothing.
    assert [line.rpartition("| ")[2] for line in spelled(server.asked)[4:]] == ["35+10", "36+10"]
    assert (read.keys, read.counted, read.closed) == ([*range(1, 36), 99], [(36, 36, 3, 0)], [DAY])


def test_a_row_behind_the_last_one_is_found_where_totals_changed() -> None:
    server = ListServer(tickets(35))
    server.before = lambda number: server.rows.append(ticket(90 + number, 80 + number)) if number in {4, 5} else None
    read = drive(reader().read_all(DAY), server)
    assert (read.keys, read.problems, read.closed) == ([*range(1, 36), 94, 95], [], [DAY])
    assert spelled(server.asked)[4:6] == [
        "edited>=0 and edited<100 | edited,name | 35+10",
        "edited>=84 and edited<100 | edited,name | 0+10",
    ]


def test_a_page_of_fewer_rows_moves_the_border_of_the_next() -> None:
    server = ListServer(tickets(35))
    server.total = lambda right, _here: right - 10 * (len(server.asked) == 4)
    server.instead[2] = {"rows": tickets(35)[9:12]}
    read = drive(reader().read_all(DAY), server)
    assert (sorted(read.keys), read.problems) == ([*range(1, 36)], [])


@pytest.mark.parametrize("look", [2, 5])
def test_a_single_row_whose_total_says_more_is_not_the_end(look: int) -> None:
    """A page that was cut to the one row known before, beside a total that changed, hid the rows behind it."""
    server = ListServer(tickets(7 if look == 2 else 35))
    server.total = lambda right, _here: right - 3 * (len(server.asked) < look)
    server.instead[look] = {"rows": server.rows[-4:-3]}
    read = drive(reader().read_all(DAY), server)
    assert set(read.keys) == {row["name"] for row in server.rows}
    assert read.problems == []


def test_a_list_whose_rows_do_not_come_closes_nothing() -> None:
    server = ListServer([], total=lambda _right, _here: 3 * (len(server.asked) == 1))
    read = drive(reader().read_all(DAY), server)
    assert (read.closed, read.returned.rows) == ([], 0)


def test_a_total_that_is_never_met_is_told_and_ends() -> None:
    server = ListServer(tickets(35), total=lambda right, _here: right + 1)
    read = drive(reader().read_all(DAY), server)
    assert read.problems == [
        (
            "tickets by edited, [2024-01-01 00:00:00, 2024-01-01 00:01:40): "
            "the instance promises 36 rows and gives 35, also when asked again"
        )
    ]
    assert (read.keys, read.returned.consistent) == ([*range(1, 36)], False)
    # Once side by side, and once from the beginning: nobody knows where the missing row is, and both say the same.
    begins = [line for line in spelled(server.asked) if line.startswith("edited>=0 ") and line.endswith("0+10")]
    assert len(begins) == 1 + 1
    assert read.counted == [(36, 35, 43, 40)]


def test_a_total_that_changes_all_the_time_is_told_and_ends() -> None:
    server = ListServer(tickets(35))
    server.total = lambda right, _here: right + len(server.asked)
    read = drive(reader().read_all(DAY), server)
    assert [problem.rpartition(": ")[2] for problem in read.problems] == [
        "the instance promises 57, then 66 rows and gives 35, also when asked again"
    ]
    begins = [line for line in spelled(server.asked) if line.startswith("edited>=0 ") and line.endswith("0+10")]
    assert len(begins) == 1 + 3
    assert (read.keys, read.returned.consistent) == ([*range(1, 36)], False)


def test_a_total_below_the_rows_is_told() -> None:
    server = ListServer(tickets(35), total=lambda right, _here: right - 1)
    read = drive(reader().read_all(DAY), server)
    assert [problem.rpartition(": ")[2] for problem in read.problems] == [
        "the instance promises 34 rows and gives 35, also when asked again"
    ]


def test_an_empty_page_whose_total_says_more_is_not_the_end() -> None:
    server = ListServer(tickets(7), total=lambda right, _here: right + (len(server.asked) > 1))
    assert drive(reader().read_all(DAY), server).keys == [*range(1, 8)]
    assert spelled(server.asked)[2] == "edited>=6 and edited<100 | edited,name | 0+10"


def test_a_total_that_was_wrong_once_is_forgiven() -> None:
    server = ListServer(tickets(7), instead={1: {"total": 9}})
    read = drive(reader().read_all(DAY), server)
    assert (read.keys, read.problems, read.closed) == ([*range(1, 8)], [], [DAY])
    assert [line.rpartition("| ")[2] for line in spelled(server.asked)] == ["0+10", "6+7", "6+10", "7+10"]


def test_an_empty_page_in_the_middle_is_read_again() -> None:
    server = ListServer(tickets(35), instead={3: {"rows": [], "total": 0}})
    read = drive(reader().read_all(DAY), server)
    assert (sorted(read.keys), read.problems) == ([*range(1, 36)], [])


def test_half_the_rows_of_a_page_with_the_right_total_is_read_again() -> None:
    server = ListServer(tickets(35))
    server.instead[2] = {"rows": tickets(35)[9:14]}
    read = drive(reader().read_all(DAY), server)
    assert (sorted(read.keys), read.problems) == ([*range(1, 36)], [])


def test_without_totals_a_full_page_is_never_the_last() -> None:
    server = ListServer(tickets(20), total=lambda _right, _here: None)
    read = drive(reader().read_all(DAY), server)
    assert read.keys == [*range(1, 21)]
    assert read.counted == [(None, 20, 5, 17)]
    assert read.closed == []


def test_a_page_behind_the_first_whose_total_is_its_own_shows_that_totals_are_none() -> None:
    """A cap of 100 rows a page, with that as the total, lost 2,900 rows of 3,000."""
    server = ListServer(tickets(3000), cap=100, total=lambda _right, here: here)
    read = drive(reader(page_size=1000).read_all(window(0, 5000)), server)
    assert read.keys == [*range(1, 3001)]
    assert read.problems == []
    assert not read.returned.quirks.totals_trusted


def test_hot_rows_end() -> None:
    server = ListServer(tickets(35))

    def edit(number: int) -> None:
        server.rows[number % 5].update(edited=at(50 + number % 40))

    server.before = edit
    read = drive(reader().read_all(DAY), server)
    assert set(read.keys) == set(range(1, 36))
    assert len(read.keys) == 35
    assert len(server.asked) < 60


# --- ties -------------------------------------------------------------------------------------------------------------


def test_more_rows_in_a_second_than_on_a_page_are_told_apart_by_their_key() -> None:
    server = ListServer([*tickets(35, every=0), ticket(99, 5)])
    read = drive(reader().read_all(DAY), server)
    assert len(server.asked) == 4
    assert (read.keys, read.closed) == ([*range(1, 36), 99], [DAY])


def test_more_rows_in_a_second_than_are_read_by_offset_are_read_by_key() -> None:
    server = ListServer([*tickets(130, every=0), ticket(999, 5)])
    read = drive(reader().read_all(DAY), server)
    assert (read.keys, read.problems) == ([*range(1, 131), 999], [])
    assert "edited>=0 and edited<1 | name | 0+10" in spelled(server.asked)
    assert "edited>=0 and edited<1 and name>91 | name | 0+10" in spelled(server.asked)
    assert read.closed[-1] == DAY


# --- by key -----------------------------------------------------------------------------------------------------------


def test_a_table_is_read_by_key_in_chunks_of_ten_pages() -> None:
    server = ListServer(tickets(130))
    read = drive(reader(None).read_all(None), server)
    assert spelled(server.asked) == [
        "all | name | 0+10",
        *(f"all | name | {9 * page}+10" for page in range(1, 10)),
        "name<=91 | name | 0+1",
        "name>91 | name | 0+10",
        *(f"name>91 | name | {9 * page}+10" for page in range(1, 5)),
    ]
    assert read.keys == [*range(1, 131)]
    assert [one.range for one in read.results if isinstance(one, Counted)] == [
        RowRange(None, None, 91),
        RowRange(None, 91, None),
    ]
    assert read.counted == [(91, 91, 9, 0), (39, 39, 4, 0)]
    assert read.returned._replace(quirks=None) == (RowRange(), 130, 2, frozenset(), None, True)


def test_chunks_of_one_row_are_no_table_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_daktela.sync.reading.reader.MAX_CHUNKS", 2)
    driven = drive(reader(axis=None, page_size=1).read_whole(), ListServer(tickets(9)))
    assert (driven.keys, driven.problems) == ([*range(1, 10)], [])


def test_a_table_that_grows_without_an_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_daktela.sync.reading.reader.MAX_CHUNKS", 1)
    rows = tickets(12)
    server = ListServer(rows, before=lambda _number: rows.extend([ticket(len(rows) + 1 + one, 0) for one in range(3)]))
    with pytest.raises(ContractError, match=r"tickets, .*: the instance adds rows as fast as they are read"):
        drive(reader(axis=None, page_size=2).read_whole(), server)


def test_a_row_deleted_from_the_first_chunk_is_no_contradiction() -> None:
    server = ListServer(tickets(130))
    server.before = lambda number: removed(server, 3) if number == 12 else None
    read = drive(reader(None).read_all(None), server)
    assert (read.keys, read.problems) == ([*range(1, 131)], [])


def test_a_chunk_that_lost_rows_is_read_again() -> None:
    """An empty answer where the second chunk begins: 91 of 130 rows, and nothing else told that any are missing."""
    server = ListServer(tickets(130), instead={12: {"rows": [], "total": 0}})
    read = drive(reader(None).read_all(None), server)
    assert (sorted(read.keys), read.problems) == ([*range(1, 131)], [])
    assert read.returned.rows == 130


def test_where_a_border_moves_a_table_is_read_on_behind_the_last_key() -> None:
    server = ListServer(tickets(35))
    server.before = lambda number: removed(server, 5) if number == 3 else None
    read = drive(reader(None).read_all(None), server)
    assert spelled(server.asked)[4:9] == [
        "name<=19 | name | 0+1",
        "name<=19 | name | 0+10",  # It has 18 rows, and 19 were met.
        "name<=19 and name>11 | name | 0+10",
        "name<=19 | name | 0+1",
        "name>19 | name | 0+10",
    ]
    assert read.counted == [(18, 19, 19, 18), (16, 16, 1, 0)]
    assert (read.keys, read.problems) == ([*range(1, 36)], [])


def test_a_large_table_that_is_not_sorted_is_read_in_passes() -> None:
    server = ListServer(tickets(130)[::-1], unsorted=frozenset({"name"}))
    read = drive(reader(None).read_all(None), server)
    assert not any("name>" in line or "name<" in line for line in spelled(server.asked))
    assert (sorted(read.keys), read.problems) == ([*range(1, 131)], [])


def test_rows_without_an_order_are_read_in_passes() -> None:
    server = ListServer(tickets(35))
    read = drive(reader(None, None).read_all(None), server)
    assert spelled(server.asked) == [
        "all |  | 0+10", "all |  | 0+10", "all |  | 9+10", "all |  | 18+10", "all |  | 27+10", "all |  | 34+10",
        "all |  | 35+10", "all |  | 0+1",
    ]  # fmt: skip
    assert (read.keys, read.counted) == ([*range(1, 36)], [(35, 35, 10, 39)])


# --- what cannot be trusted -------------------------------------------------------------------------------------------


def test_a_time_filter_that_is_not_applied_is_told() -> None:
    server = ListServer(tickets(35), unfiltered=frozenset({"edited"}))
    with pytest.raises(ContractError, match=r"does not apply the filter on edited.*sent .*00:00:18 to .*00:00:27"):
        drive(reader().read_all(window(0, 20)), server)


def test_an_order_that_is_not_kept_is_told() -> None:
    server = ListServer(tickets(35)[::-1], unsorted=frozenset({"edited", "name"}))
    with pytest.raises(ContractError, match="does not sort by edited"):
        drive(reader().read_all(DAY), server)


def test_skip_that_is_ignored_ends() -> None:
    server = ListServer(tickets(35), skips=False)
    with pytest.raises(ContractError, match="all rows: the instance ignores skip, and sends the same rows for ever"):
        drive(reader(None, None).read_all(None), server)
    assert len(server.asked) == 4


def test_skip_that_is_ignored_does_not_matter_where_rows_have_an_order() -> None:
    read = drive(reader().read_all(DAY), ListServer(tickets(35), skips=False))
    assert (read.keys, read.problems) == ([*range(1, 36)], [])


# --- empty answers ----------------------------------------------------------------------------------------------------


def test_an_empty_list_says_so_and_is_not_read() -> None:
    server = ListServer([])
    read = drive(reader().read_all(DAY), server)
    assert (len(server.asked), read.results) == (1, [Expected("edited", 0)])
    assert (read.returned.rows, read.returned.confirmations) == (0, 0)


def test_an_empty_page_with_a_total_is_read_again() -> None:
    server = ListServer(tickets(7), instead={1: {"rows": []}})
    read = drive(reader().read_all(DAY), server)
    assert (read.keys, read.problems, read.closed) == ([*range(1, 8)], [], [DAY])


def test_an_empty_list_is_confirmed_without_order() -> None:
    server = ListServer([])
    start = reader()
    read = drive(start.confirm_empty(DAY, start.endpoint.unknown("edited")), server)
    assert (spelled(server.asked), read.results) == (["edited>=0 and edited<100 |  | 0+1"], [])
    assert read.returned is None


def test_a_list_that_only_its_time_sorts_is_read_in_windows_of_a_page() -> None:
    server = ListServer(tickets(35), unsortable=frozenset({"name"}))
    start = reader()
    read = drive(start.confirm_empty(DAY, start.endpoint.unknown("edited")), server)
    assert spelled(server.asked)[:4] == [
        "edited>=0 and edited<100 |  | 0+1",
        "edited>=0 and edited<100 | edited,name | 0+1",
        "edited>=0 and edited<100 | edited | 0+1",
        "edited>=0 and edited<100 | edited | 0+10",
    ]
    assert server.ahead == []
    assert (read.keys, read.problems) == ([*range(1, 36)], [])
    assert read.closed[-1] == DAY


def test_a_list_that_nothing_sorts_is_read_in_passes() -> None:
    server = ListServer(tickets(35), unsortable=frozenset({"name", "edited"}))
    start = reader()
    read = drive(start.confirm_empty(DAY, start.endpoint.unknown("edited")), server)
    assert (read.keys, read.problems, read.closed) == ([*range(1, 36)], [], [DAY])
    assert read.counted == [(35, 35, 10, 39)]


def test_a_list_with_rows_in_one_answer_and_none_in_another_is_told() -> None:
    server = ListServer(tickets(5), instead={3: {"rows": [], "total": 0}})
    start = reader()
    read = drive(start.confirm_empty(DAY, start.endpoint.unknown("edited")), server)
    assert read.problems == [
        (
            "tickets by edited, [2024-01-01 00:00:00, 2024-01-01 00:01:40): "
            "the instance has rows in one answer and none in another"
        )
    ]


def test_a_part_without_rows_and_total_is_asked_for_twice() -> None:
    server = ListServer(tickets(5), total=lambda _right, _here: None, instead={1: {"rows": []}})
    start = reader()
    read = drive(start.read(RowRange(DAY), start.endpoint.unknown("edited")), server)
    assert read.keys == [1, 2, 3, 4, 5]
    server = ListServer([], total=lambda _right, _here: None)
    read = drive(start.read(RowRange(DAY), start.endpoint.unknown("edited")), server)
    assert (len(server.asked), read.counted) == (2, [(None, 0, 0, 0)])


def test_a_part_without_rows_whose_total_is_none_is_empty() -> None:
    server = ListServer([])
    start = reader()
    read = drive(start.read(RowRange(DAY), start.endpoint.unknown("edited")), server)
    assert (len(server.asked), read.counted) == (1, [(0, 0, 0, 0)])


# --- the smaller parts ------------------------------------------------------------------------------------------------


def test_a_total_below_the_rows_that_were_met_is_asked_for_twice() -> None:
    start = reader()
    quirks = start.endpoint.unknown("edited")
    for met, totals, asked, told in [
        (7, [7], 1, [7]),
        (7, [9], 1, [9]),
        (7, [0, 7], 2, [7]),
        (7, [6, 5], 2, [6]),
        (7, [None], 1, []),
        (7, [5, None], 2, [5]),
    ]:
        server = ListServer([], instead={number: {"total": total} for number, total in enumerate(totals, 1)})
        read = drive(start.total_now(RowRange(DAY), quirks, met), server)
        assert (read.returned, len(server.asked)) == (told, asked)
        assert spelled(server.asked)[0] == "edited>=0 and edited<100 | edited,name | 0+1"


def test_a_range_is_read_again_without_what_was_met() -> None:
    server = ListServer(tickets(12))
    start = reader()
    before = ReadRange(RowRange(DAY), 3, 1, frozenset({1, 2, 3}), start.endpoint.unknown("edited"))
    read = drive(start.read_again(before, 12), server)
    assert read.keys == [*range(4, 13)]
    assert read.counted == [(9, 9, 4, 13)]
    assert (read.returned.rows, read.returned.consistent) == (12, True)


def test_pages_are_fitted_to_long_rows() -> None:
    """Rows of 100 kB: two MiB hold 20 of them, so the pages behind the first have as many."""
    server = ListServer(tickets(90), row_bytes=100 * 1024)
    read = drive(reader(page_size=1000, long=True).read_all(DAY), server)
    assert [line.rpartition("| ")[2] for line in spelled(server.asked)] == [
        "0+20", *(f"{19 + 19 * page}+20" for page in range(4)),
    ]  # fmt: skip
    assert read.keys == [*range(1, 91)]


# --- anything at once -------------------------------------------------------------------------------------------------


def churning(dice: random.Random, server: ListServer, touched: set[int]) -> None:
    """Edit, delete or insert a row."""
    kind = dice.choice(("edit", "edit", "delete", "insert"))
    if kind == "insert":
        name = 1000 + len(touched) + len(server.rows)
        server.rows.append(ticket(name, dice.randrange(200)))
        touched.add(name)
    elif server.rows:
        row = dice.choice(server.rows)
        touched.add(row["name"])
        if kind == "delete":
            server.rows.remove(row)
        else:
            row.update(edited=at(150 + dice.randrange(50)))


LIES: dict[str, Any] = {
    "honest": {},
    "no totals": {"total": lambda _right, _here: None},
    "own totals": {"total": lambda _right, here: here, "cap": 4},
    "capped": {"cap": 3},
    "skip ignored": {"skips": False},
    "no key": {"unsortable": frozenset({"name"})},
    "no order": {"unsortable": frozenset({"name", "edited"})},
}


def broken(dice: random.Random) -> dict[str, Any]:
    """Return what is wrong with one answer."""
    return dice.choice(({"rows": [], "total": 0}, {"rows": []}, {"total": 0}, {"total": None}))


def read_as_a_stream_does(server: ListServer, axis: str | None, key: str | None) -> Any:
    start = reader(axis, key)
    upon = window(0, 200) if axis else None

    def whole() -> Any:
        read = yield from start.read_all(upon)
        if not read.rows:
            yield from start.confirm_empty(upon, read.quirks)

    return drive(whole(), server)


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("axis", ["edited", None])
def test_every_row_that_nobody_touched_comes_once_or_it_is_told(lie: str, axis: str | None) -> None:
    for seed in range(40):
        dice = random.Random(f"{lie} {axis} {seed}")  # noqa: S311 - the same rows for the same seed
        count, spread = dice.choice((3, 12, 40, 120)), dice.choice((1, 5, 60, 190))
        rows = [ticket(number, dice.randrange(spread)) for number in range(1, count + 1)]
        dice.shuffle(rows)
        server, touched = ListServer(rows, **LIES[lie]), set()
        rate = dice.choice((0, 0, 0.1, 0.5))
        wrong = dice.randrange(1, 20)
        server.instead = {wrong: broken(dice)} if seed % 3 == 0 and lie == "honest" else {}

        def before(_number: int) -> None:
            if dice.random() < rate:  # noqa: B023 - used at once
                churning(dice, server, touched)  # noqa: B023 - used at once

        server.before = before
        untouched = {row["name"]: row for row in rows}
        try:
            read = read_as_a_stream_does(server, axis, "name")
        except TapError:
            assert lie in {"no order", "skip ignored"} or server.instead, seed
            continue
        assert len(server.asked) < 60 + 25 * count, seed
        missing = set(untouched) - touched - set(read.keys)
        assert not missing or read.problems, (seed, missing)
        if not rate and not server.instead:
            assert sorted(read.keys) == sorted(untouched), seed
            assert not read.problems, seed
        written = sum(counts[1] for counts in read.counted)
        assert written == len(read.keys) >= len(set(read.keys)), seed


def test_a_place_names_the_rows() -> None:
    assert query().place(RowRange(DAY, 3, 9)) == (
        "tickets by edited, [2024-01-01 00:00:00, 2024-01-01 00:01:40) behind 3 up to 9"
    )
    rows: list[Row] = []
    assert query().identities(rows) == []
