"""Relations and lists, embedded in a row or under literal dotted names."""

from __future__ import annotations

from typing import Any

import pytest

from tap_daktela.sync.records.dotted import dig, gathered, lift, zipped


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"queue": {"group": {"name": 7}}}, 7),
        ({"queue.group.name": 7}, 7),
        ({"queue.group.name": None, "queue": {"group": {"name": 7}}}, 7),
        ({"queue": {"group": None}}, None),
        ({"queue": "sales"}, None),
        ({}, None),
    ],
)
def test_a_value_some_relations_deep(row: dict[str, Any], expected: int | None) -> None:
    assert dig(row, ("queue", "group", "name")) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"name": 1, "title": "A"}, {"name": 1, "title": "A"}),
        (7, {"name": 7}),
        ("sales", {"name": "sales"}),
        ([None, {"name": 2}, {"name": 3}], {"name": 2}),
        ({"0": {"name": 2}, "1": {"name": 3}}, {"name": 2}),
        ([7], {"name": 7}),
        ("", {}),
        ([], {}),
        (False, {}),
        (None, {}),
    ],
)
def test_a_relation_that_is_no_plain_object(value: Any, expected: dict[str, Any]) -> None:
    assert lift({"queue": value}, value, "queue", ["name", "title"]) == expected


def test_a_relation_under_dotted_names() -> None:
    row = {"queue.name": 1, "queue.title": "A", "other.name": 2}
    assert lift(row, None, "queue", ["name", "title"]) == {"name": 1, "title": "A"}
    assert gathered(row, "queue", ["name", "rank"]) == {"name": 1}
    assert gathered(row, "user", ["name"]) is None
    # A list of one relation comes as one list for each field; its first element counts.
    assert lift({"queue.name": [1, 2], "queue.title": ["A", "B"]}, None, "queue", ["name", "title"]) == {
        "name": 1, "title": "A",
    }  # fmt: skip


def test_a_list_under_dotted_names() -> None:
    row = {"tags.name": [1, None, 3], "tags.title": ["A", None]}
    assert zipped(row, "tags", ["name", "title"]) == [{"name": 1, "title": "A"}, {"name": 3, "title": None}]
    assert zipped(row, "statuses", ["name"]) is None
