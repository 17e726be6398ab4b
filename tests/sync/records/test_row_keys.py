"""What can be a key, and what is told of a row that has none."""

from typing import Any

import pytest

from tap_daktela.catalog.entries import KEY
from tap_daktela.sync.records.row_keys import RowsWithoutKey, is_key, shown


@pytest.mark.parametrize("value", ["a", "0", " a ", 0, False, 1.5, {}, [], "\u200b"])
def test_a_key(value: Any) -> None:
    assert is_key(value)


@pytest.mark.parametrize("value", [None, "", " ", "\t\r\n", "\u00a0\u2003"])
def test_no_key(value: Any) -> None:
    assert not is_key(value)


def test_of_a_row_its_times_and_related_keys_are_told_and_nothing_else() -> None:
    row = {
        "name": None,
        "title": "Private",
        "note": "2024-01-31 10:00:00 Private",
        "time": "2024-01-31 10:00:00",
        "queue": {"name": 7, "title": "Private"},
        "user": {"name": "joe" * 100},
        "statuses": ["Private"],
        "options": {"name": "not declared"},
    }
    found = RowsWithoutKey()
    found.add("name", None, row, [name for name in row if name != "options"])
    [example] = found.examples
    assert example == "name is null, time 2024-01-31 10:00:00, queue 7, user 'joejoejoejoe...ejoejoejoejoe'"
    assert str(found).startswith(f"1 row has no usable key and cannot be written ({example}); mend them")


def test_the_first_rows_are_told_and_all_are_counted() -> None:
    one, other = RowsWithoutKey(), RowsWithoutKey()
    for number in range(2):
        one.add("a", number, {}, ())
        other.add("b", number, {}, ())
    one.merge(other)
    assert (one.count, one.examples) == (4, ["a is 0", "a is 1", "b is 0"])
    one.add("c", 1, {}, ())
    assert (one.count, len(one.examples), str(one)[:11]) == (5, 3, "5 rows have")


def test_an_element_is_told_by_its_row_and_only_the_key_itself_is_null() -> None:
    found = RowsWithoutKey()
    found.add("status", None, {KEY: 7, "user": {"name": "None"}}, [KEY, "user"])
    assert found.examples == ["status is null, in the row 7, user 'None'"]


@pytest.mark.parametrize(
    ("value", "text"),
    [("a" * 28, f"'{'a' * 28}'"), ("a" * 29, f"'{'a' * 12}...{'a' * 13}'"), (10**40, str(10**40))],
)
def test_long_text_is_shown_without_its_middle(value: Any, text: str) -> None:
    assert shown(value) == text
