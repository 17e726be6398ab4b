"""What tells rows apart, and whether they are those that were asked for."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tap_daktela.daktela.query import all_of, where
from tap_daktela.errors import ContractError
from tap_daktela.sync.reading.row_range import (
    RowQuery,
    RowRange,
    WindowCounts,
    ascend,
    is_at,
    last_key,
    last_reading,
)
from tap_daktela.sync.reading.windows import Window

WINDOW = Window("2024-01-01 00:00:00", "2024-01-02 00:00:00")


def query(key: str | None, axis: str | None = None) -> RowQuery:
    """Return the query for all rows of a list with such a key."""
    return RowQuery("notes", axis, key, None)


def test_rows_without_a_key_are_told_apart_by_their_content_and_how_often_it_came() -> None:
    before: Counter[bytes] = Counter()
    first = query(None).identities([{"a": 1, "b": [2]}, {"b": [2], "a": 1}, {"a": 1}], before)
    assert len(set(first)) == 3
    again = query(None).identities([{"a": 1}], before)
    assert not set(again) & set(first)


def test_a_row_without_a_key_that_is_nested_too_deeply_is_told() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    with pytest.raises(ContractError, match="notes: a row without a key cannot be told apart: Recursion limit"):
        query(None).identities([{"a": 1}, {"a": deep}])
    assert query("name").identities([{"name": 7, "a": deep}]) == [7]


def test_equal_rows_without_a_key_on_one_page_are_two_rows() -> None:
    assert len(set(query(None).identities([{"a": 1}, {"a": 1}]))) == 2
    assert query(None).identities([{"a": 1}]) == query(None).identities([{"a": 1}])


def test_a_row_whose_key_is_missing_or_no_scalar_is_told_apart_by_its_content() -> None:
    rows: list[Any] = [{"name": "a"}, {"x": 1}, {"name": None, "x": 1}, {"name": ["a"]}, {"name": ""}]
    keyed, *others = query("name").identities(rows)
    assert keyed == "a"
    assert len({*others}) == 4


def test_rows_with_an_empty_key_are_told_apart_where_all_others_have_one() -> None:
    first, keyed, last = query("name").identities([{"name": "", "x": 1}, {"name": "a"}, {"name": "", "x": 2}])
    assert keyed == "a"
    assert first != last
    assert len(set(query("name").identities([{"name": "", "x": 1}, {"name": "", "x": 2}]))) == 2
    assert last_key([{"name": 1}, {"name": ""}, {"name": None}], "name") == 1


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        (RowRange(), None),
        (RowRange(WINDOW), all_of(where("edited", "gte", WINDOW.lower), where("edited", "lt", WINDOW.upper))),
        (RowRange(after=3), where("name", "gt", 3)),
        (RowRange(after=3, upto=9), all_of(where("name", "gt", 3), where("name", "lte", 9))),
    ],
)
def test_the_filter_of_a_range(rows: RowRange, wanted: Any) -> None:
    assert query("name", "edited" if rows.window else None).filter(rows) == wanted


def test_the_filter_of_the_user_holds_for_every_range() -> None:
    wanted = where("type", "eq", "CALL")
    assert RowQuery("notes", None, "name", wanted).filter(RowRange()) == wanted
    assert RowQuery("notes", None, "name", wanted).filter(RowRange(after=3)) == all_of(wanted, where("name", "gt", 3))
    times = where("edited", "gte", WINDOW.lower), where("edited", "lt", WINDOW.upper)
    assert RowQuery("notes", "edited", "name", wanted).filter(RowRange(WINDOW)) == all_of(wanted, *times)


def test_the_filter_of_what_lies_behind_a_reading() -> None:
    by_time = query("name", "edited")
    upper, lower = where("edited", "lt", WINDOW.upper), "2024-01-01 07:00:00"
    assert by_time.within(WINDOW, lower) == all_of(where("edited", "gte", lower), upper)
    assert by_time.within(WINDOW, lower, beyond=True) == all_of(where("edited", "gt", lower), upper)


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        (RowRange(), "all rows"),
        (RowRange(WINDOW), "[2024-01-01 00:00:00, 2024-01-02 00:00:00)"),
        (RowRange(after="a", upto=9), "behind 'a' up to 9"),
    ],
)
def test_how_a_range_is_called(rows: RowRange, name: str) -> None:
    assert query("name").place(rows) == f"notes, {name}"


def page(*readings: Any) -> list[dict[str, Any]]:
    """Return rows of these times."""
    return [{"edited": reading} for reading in readings]


@pytest.mark.parametrize(
    ("rows", "sorted_by_axis", "sentence"),
    [
        (page(WINDOW.lower, None, "2024-01-01 23:59:59"), True, None),
        (page("2024-01-01", "2024-01-01 01:00:00"), True, None),
        (page("2024-01-01 01:00:00", "2024-01-01"), True, "does not sort by edited"),
        (page("2023-12-31", "2024-01-01"), True, "does not apply the filter on edited"),
        (page("2024-01-01 02:00:00", "2024-01-01 01:00:00"), True, "does not sort by edited"),
        (page("2024-01-01 02:00:00", "2024-01-01 01:00:00"), False, None),
        (page("2023-12-31 23:59:59"), False, "does not apply the filter on edited"),
        (page(WINDOW.upper), True, "does not apply the filter on edited"),
        ([], True, None),
    ],
)
def test_rows_that_were_not_asked_for(rows: list[Any], sorted_by_axis: bool, sentence: str | None) -> None:
    by_time = query("name", "edited")
    if sentence is None:
        by_time.check_order(RowRange(WINDOW), rows, sorted_by_axis=sorted_by_axis)
        return
    with pytest.raises(ContractError, match=rf"^notes by edited, \[2024-01-01 .*: the instance {sentence}"):
        by_time.check_order(RowRange(WINDOW), rows, sorted_by_axis=sorted_by_axis)


@pytest.mark.parametrize(
    ("keys", "in_order"),
    [
        ([], True),
        ([3], True),
        ([None, 2, "", 10], True),
        (["2", "10", "10"], True),
        (["10", "2"], True),  # as text
        ([2, "10", 11], True),
        (["a", "B", "c"], True),
        (["B", "a", "c"], True),
        (["aZ", "a_", "ba"], True),  # _ comes behind letters where these are compared as capitals
        ([10, 2], True),  # as text
        ([3, 1, 2], False),
        (["b", "a", "c"], False),
        ([2.5, 1.5], False),
        ([True, False], False),
    ],
)
def test_keys_ascend_in_an_order_that_a_database_has(keys: list[Any], in_order: bool) -> None:
    assert ascend(keys) is in_order


def test_a_row_before_the_window_is_told_also_where_the_last_one_lies_inside() -> None:
    rows = [{"edited": "2023-12-31 23:59:59"}, {"edited": WINDOW.lower}]
    with pytest.raises(ContractError, match="does not apply the filter on edited"):
        query("name", "edited").check_order(RowRange(WINDOW), rows, sorted_by_axis=True)


@pytest.mark.parametrize(
    ("value", "time", "same"),
    [
        ("2024-01-01", "2024-01-01 00:00:00", True),
        (["2024-01-01 00:00:00"], "2024-01-01", True),
        ("2024-01-01 07:00:00", "2024-01-01 07:00:00", True),
        ("2024-01-01 07:00:00", "2024-01-01", False),
        (None, "2024-01-01", False),
        ("2024-01-01", None, False),
        (None, None, True),
    ],
)
def test_which_rows_are_at_a_time(value: Any, time: str | None, same: bool) -> None:
    assert is_at({"edited": value}, "edited", time) is same


def test_the_last_reading_and_the_last_key_are_those_of_rows_that_have_one() -> None:
    assert last_reading(page("2024-01-01 01:00:00", "2024-01-01 02:00:00", None), "edited") == "2024-01-01 02:00:00"
    assert last_reading(page(None), "edited") is None
    with pytest.raises(ContractError, match="sent 'soon' as edited, which is no date and time"):
        last_reading(page("2024-01-01 01:00:00", "soon"), "edited")
    assert last_key([{"name": 0}, {"name": None}, {}], "name") == 0
    assert last_key([{}], "name") is None


def test_the_counts_of_ranges_add_up() -> None:
    counts = WindowCounts()
    counts.add(WindowCounts(None, 1, 2, 3))
    assert counts == WindowCounts(None, 1, 2, 3)
    counts.add(WindowCounts(0, 1))
    counts.add(WindowCounts(5, 4, 3, 2))
    assert counts == WindowCounts(5, 6, 5, 5)
