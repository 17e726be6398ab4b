"""Which rows of a range were met: what is new on a page, what is told, and whether all that were promised have come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.daktela.client import Page
from tap_daktela.errors import ContractError
from tap_daktela.sync.reading.endpoint import ServerQuirks
from tap_daktela.sync.reading.found import FoundRows, matches
from tap_daktela.sync.reading.results import Rows, Unlinked
from tap_daktela.sync.reading.row_range import RowRange
from tests.helpers.engine.reading_driver import (
    READ_AT,
    Driven,
    ListServer,
    drive,
    endpoint,
    query,
    ticket,
    tickets,
    window,
)

if TYPE_CHECKING:
    from tap_daktela.sync.records.dotted import Row

DAY = window(0, 100)


def page(rows: list[Row], total: int | None = None, asked: int = 10) -> Page:
    return Page(list(rows), total, None, READ_AT, repaired=0, attempts=1, size=100, take=asked)


def found(
    axis: str | None = "edited", key: str | None = "name", rows: RowRange | None = None, **known: Any
) -> FoundRows:
    """Return the reading of a day, or of `rows`, where nothing was met."""
    links = known.pop("links", {})
    source = endpoint(key=key, links=links)
    rows = rows or (RowRange(DAY) if axis else RowRange())
    return FoundRows(source, query(axis, key), rows, known.pop("quirks", source.unknown(axis)), **known)


def used(rows: FoundRows, *pages: Page) -> Driven:
    """Use pages, one after another."""

    def use() -> Any:
        for one in pages:
            yield from rows.use(one)

    return drive(use(), ListServer([]))


# --- what is new ------------------------------------------------------------------------------------------------------


def test_rows_are_handed_on_once() -> None:
    one = found()
    read = used(one, page(tickets(5)), page(tickets(8)[4:]))
    assert read.keys == [1, 2, 3, 4, 5, 6, 7, 8]
    assert (one.rows, one.met) == (8, set(range(1, 9)))
    assert (one.counts.written, one.counts.repeated, one.counts.reread) == (8, 1, 0)
    assert (one.last, one.last_key, one.lower) == (8, 8, "2024-01-01 00:00:07")


def test_a_page_keeps_no_rows() -> None:
    one, first = found(), page(tickets(5))
    used(one, first)
    assert first.rows == []


def test_a_page_without_anything_new_is_no_result() -> None:
    one = found()
    assert len(used(one, page(tickets(5)), page(tickets(5)), page([])).results) == 1
    assert (one.rows, one.counts.written, one.counts.repeated, one.last) == (5, 5, 5, 5)


def test_rows_that_were_written_before_are_counted_but_not_handed_on() -> None:
    one = found(known_before=[2, 3, 77], already_written=1)
    assert used(one, page(tickets(5))).keys == [1, 4, 5]
    assert (one.rows, one.counts.written, one.counts.repeated) == (5, 1 + 3, 2)


def test_two_rows_of_one_key_are_told() -> None:
    one = found()
    read = used(one, page([ticket(1, 0), ticket(2, 1, a=1), ticket(2, 1, a=2), ticket(3, 2)]))
    assert read.keys == [1, 2, 3]
    assert read.results[-1].rows[1] == ticket(2, 1, a=1)  # The first of them.
    assert read.problems == [
        (
            "tickets by edited, [2024-01-01 00:00:00, 2024-01-01 00:01:40): "
            "several rows have the key 2, of which only one can be kept"
        )
    ]
    assert (one.rows, one.counts.written, one.counts.repeated) == (3, 3, 1)


def test_one_row_that_comes_twice_on_a_page_is_one_row() -> None:
    one = found()
    read = used(one, page([ticket(1, 0), ticket(1, 0), ticket(2, 1)]))
    assert (read.keys, read.problems, one.rows) == ([1, 2], [], 2)


def test_rows_of_one_key_that_were_met_already() -> None:
    one = found()
    read = used(one, page(tickets(2)), page([ticket(2, 1), ticket(3, 2), ticket(3, 2)]))
    assert (read.keys, one.rows, one.counts.written, one.counts.repeated) == ([1, 2, 3], 3, 3, 2)


def test_after_a_broken_set_it_begins_again_and_hands_on_what_is_new() -> None:
    one = found(known_before=[1])
    used(one, page(tickets(5), 7))
    one.promise(page([], 7))
    one.promise(page([], 8))
    one.page_border_moved = True
    one.restart()
    assert (one.rows, one.met, one.totals, one.known_before) == (0, set(), [8], frozenset(range(1, 6)))
    assert (one.lower, one.last, one.last_key, one.page_border_moved) == ("2024-01-01 00:00:00", None, None, False)
    assert used(one, page(tickets(8))).keys == [6, 7, 8]
    assert (one.rows, one.counts.written) == (8, 7)


# --- where it stands --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "full"), [(9, False), (10, True), (11, True), (0, False)])
def test_a_full_page_may_not_be_the_last(rows: int, full: bool) -> None:
    one = found()
    used(one, page(tickets(rows)))
    assert one.last_page_full is full


def test_a_reading_by_key_stands_at_the_last_key() -> None:
    one = found(None, rows=RowRange(None, 5, None))
    assert (one.last, one.last_key, one.lower) == (5, 5, None)
    used(one, page([ticket(7, 0), {"name": None}]))
    assert one.last_key == 7
    used(one, page([{"name": None}]))
    assert one.last_key == 7


def test_rows_without_a_key_stand_at_their_content() -> None:
    one = found(None, None)
    used(one, page([{"a": 1}, {"a": 1}]))
    assert (one.last, one.last_key, one.rows) == ((b'{"a":1}', 2), None, 2)


def test_rows_without_a_time_leave_it_where_it_stood() -> None:
    one = found()
    used(one, page(tickets(3)), page([{"name": 9, "edited": None}]))
    assert one.lower == "2024-01-01 00:00:02"


def test_order_and_filter_are_checked() -> None:
    with pytest.raises(ContractError, match="does not sort by edited"):
        used(found(), page(tickets(3)[::-1]))
    with pytest.raises(ContractError, match="does not apply the filter on edited"):
        used(found(), page(tickets(3, first=99)))
    with pytest.raises(ContractError, match="does not apply the filter on edited"):
        used(found(), page([{"name": 1, "edited": "2023-12-31 23:59:59"}]))


def test_an_order_that_was_not_asked_for_is_not_checked() -> None:
    quirks = ServerQuirks("tickets", (), frozenset(), 10)
    assert used(found(quirks=quirks), page(tickets(3)[::-1])).keys == [3, 2, 1]


@pytest.mark.parametrize(
    ("axis", "key", "sortable", "rows", "order", "placed"),
    [
        ("edited", "name", ("edited", "name"), RowRange(DAY), ("edited", "name"), True),
        ("edited", "name", ("edited",), RowRange(DAY), ("edited",), False),
        ("edited", "name", (), RowRange(DAY), (), False),
        ("edited", "name", ("edited", "name"), RowRange(window(5, 6)), ("name",), True),
        ("edited", "name", ("edited", "name"), RowRange(window(5, 7)), ("edited", "name"), True),
        ("edited", "name", ("edited",), RowRange(window(5, 6)), (), False),
        ("edited", None, ("edited",), RowRange(DAY), ("edited",), False),
        (None, "name", ("name",), RowRange(), ("name",), True),
        (None, None, (), RowRange(), (), False),
    ],
)
def test_the_order_is_what_the_instance_is_able_to(
    axis: str | None,
    key: str | None,
    sortable: tuple[str, ...],
    rows: RowRange,
    order: tuple[str, ...],
    *,
    placed: bool,
) -> None:
    one = found(axis, key, rows, quirks=ServerQuirks("tickets", sortable, frozenset(), 10))
    assert (one.order, one.order_is_unique) == (order, placed)
    assert one.key_order == (("name",) if "name" in sortable else ())


def test_a_second_is_not_cut_by_time() -> None:
    assert found(rows=RowRange(window(5, 6))).axis is None
    assert found(rows=RowRange(window(5, 7))).axis == "edited"


def test_a_range_may_end_at_a_key() -> None:
    one = found(None)
    used(one, page(tickets(10)))
    one.page_border_moved = True
    one.end_at(7)
    assert (one.range, one.last_page_full, one.page_border_moved) == (RowRange(None, None, 7), False, False)


# --- what is promised -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("totals", "rows", "good"),
    [
        ([7], 7, True),
        ([7], 6, False),
        ([7], 8, False),
        ([7, 9], 7, True),
        ([9, 7], 8, True),
        ([7, 9], 9, True),
        ([7, 9], 10, False),
        ([7, 9], 6, False),
    ],
)
def test_totals_explain_a_number_of_rows(totals: list[int], rows: int, good: bool) -> None:
    assert matches(totals, rows) is good
    one = found()
    one.totals, one.rows = totals, rows
    assert one.matches_total is good


def test_without_a_total_nothing_matches() -> None:
    assert found().matches_total is False


@pytest.mark.parametrize(
    ("rows", "total", "skip", "believed"),
    [
        (3, 3, 0, True),
        (3, 3, 5, False),  # Eight rows at least, and it says three.
        (3, 8, 5, True),
        (3, 4, 5, True),  # Rows went: it does not count the page alone.
        (0, 0, 5, True),
        (1, 1, 1, False),
    ],
)
def test_a_page_behind_others_that_counts_itself_shows_that_totals_are_none(
    rows: int, total: int, skip: int, believed: bool
) -> None:
    one = found()
    one.promise(page(tickets(5), 5))
    later = page(tickets(rows), total)
    one.promise(later, skip)
    assert one.quirks.totals_trusted is believed
    assert one.totals == ([5, total] if believed else [])
    assert one.total_of(later) == (total if believed else None)
    one.promise(page([], 7))
    assert one.totals == ([5, total, 7] if believed else [])


def test_a_page_without_a_total_promises_nothing() -> None:
    one = found()
    one.promise(page(tickets(3), None), 5)
    assert (one.totals, one.quirks.totals_trusted) == ([], True)


@pytest.mark.parametrize(("totals", "told"), [([], None), ([9], 9), ([9, 6, 3], 6), ([2, 7], 7)])
def test_what_is_told_as_promised_is_the_total_closest_to_the_rows(totals: list[int], told: int | None) -> None:
    one = found()
    used(one, page(tickets(5)))
    one.totals = totals
    counted = one.counted()
    assert (counted.by, counted.range, counted.counts.promised) == ("edited", RowRange(DAY), told)


@pytest.mark.parametrize(("axis", "key", "by"), [("edited", "name", "edited"), (None, "name", "name"), (None,) * 3])
def test_a_range_is_told_with_the_field_that_it_was_read_by(axis: str | None, key: str | None, by: str | None) -> None:
    assert found(axis, key).counted().by == by


@pytest.mark.parametrize("totals", [[], [5], [5, 5]])
def test_rows_are_remembered_only_where_one_answer_vouches_for_them(totals: list[int]) -> None:
    one = found()
    used(one, page(tickets(5)))
    one.totals = totals
    read = one.read()
    assert (read.range, read.rows, read.confirmations, read.consistent) == (RowRange(DAY), 5, len(totals), True)
    assert read.met == (frozenset(range(1, 6)) if len(totals) < 2 else frozenset())
    one.consistent = False
    assert one.read().consistent is False


# --- links ------------------------------------------------------------------------------------------------------------


def test_a_relation_whose_keys_do_not_come_is_told_before_the_rows() -> None:
    one = found(links={"user.title": ("user.name",)})
    read = used(
        one, page([ticket(1, 0, user={"title": "Ann"})]), page([ticket(2, 1, user={"title": "A", "name": "a"})])
    )
    assert [type(result) for result in read.results] == [Unlinked, Rows, Rows]
    assert read.results[0] == Unlinked("user.title")


def test_totals_that_change_and_pages_of_other_sizes_are_doubtful() -> None:
    for pages, doubtful in [
        ([page(tickets(10), 25)], False),
        ([page(tickets(9), 25)], True),
        ([page(tickets(9), 9)], False),
        ([page(tickets(11), 25)], True),
        ([page(tickets(10), 25), page(tickets(10), 25)], False),
        ([page(tickets(10), 25), page(tickets(10), 26)], True),
    ]:
        one = found()
        for number, each in enumerate(pages):
            one.promise(each, 9 * number)
        assert one.totals_doubtful is doubtful
        assert one.end_offset == 9 * (len(pages) - 1) + len(pages[-1].rows)
    assert found().totals_doubtful is False


def test_an_empty_page_behind_every_row_is_as_it_should_be() -> None:
    one = found()
    one.doubt(page([], 25), 10**9)
    assert one.totals_doubtful is False
