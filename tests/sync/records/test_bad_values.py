"""Counts of what could not be used, with an example of each."""

from __future__ import annotations

from tap_daktela.sync.records.bad_values import BadValues, Occurrences
from tap_daktela.sync.records.row_keys import RowsWithoutKey


def test_the_first_key_is_the_example() -> None:
    found = Occurrences()
    for key in (None, "a", "b"):
        found.add(key)
    assert found == Occurrences(3, "a")
    found.merge(Occurrences(2, "c"))
    assert found == Occurrences(5, "a")
    empty = Occurrences()
    empty.merge(found)
    assert empty == found


def test_an_example_is_short() -> None:
    found = Occurrences()
    found.add({"a": [1] * 1000})
    assert found.example == "{'a': [1, 1, 1, 1, 1, 1, ...]}"


def test_an_example_tells_no_address() -> None:
    found = Occurrences()
    found.add("jana@customer.example")
    assert found.example == "***"


def test_counts_of_several_pages() -> None:
    first, second = BadValues(), BadValues()
    first.values["x"] = Occurrences(1, "a")
    second.values.update(x=Occurrences(2, "b"), y=Occurrences(1, "c"))
    second.unwrapped["x"] = Occurrences(3, "d")
    second.refused.add("name", "", {}, ())
    second.trimmed.add("element")
    first.add(second)
    assert first == BadValues(
        {"x": Occurrences(3, "a"), "y": Occurrences(1, "c")},
        {"x": Occurrences(3, "d")},
        RowsWithoutKey(1, ["name is ''"]),
        Occurrences(1, "element"),
    )
