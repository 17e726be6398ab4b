"""Rows of the API to records: places to look in, shapes that an instance may send, streams made of list elements."""

from __future__ import annotations

from typing import Any

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.fields import (
    Column,
    Derived,
    FieldType,
    Stream,
    custom_fields,
    integer,
    moment,
    relation,
    string,
)
from tap_daktela.catalog.fields import records as record_list
from tap_daktela.sync.records.compiler import compile_shape
from tests.helpers.record_helpers import column, output, records, shape_one, values

QUEUE = relation("queue", "queues", "Queue", key_type=FieldType.INTEGER).columns
ITEM = relation("item", None, "Item", keys=("id_call", "name"), title=False).columns


def test_records_are_rectangular_in_the_order_of_the_columns_and_hold_nothing_else() -> None:
    columns = [Column(name, FieldType.STRING, ((name,),)) for name in ("zulu", "alpha", "mike")]
    found = compile_shape(columns, None, values(), nested="native")([
        {"alpha": "a", "password": "s3cret", "other": {"x": 1}},
        {},
        {"mike": "m", "zulu": "z"},
    ])  # fmt: skip
    assert [list(record.items()) for record in found] == [
        [("zulu", None), ("alpha", "a"), ("mike", None)],
        [("zulu", None), ("alpha", None), ("mike", None)],
        [("zulu", "z"), ("alpha", None), ("mike", "m")],
    ]


@pytest.mark.parametrize(
    ("row", "name", "title"),
    [
        ({"queue": {"name": 7, "title": "Sales", "options": {"password": "s3cret"}}}, 7, "Sales"),
        ({"queue": {"name": "7", "title": "Sales"}}, 7, "Sales"),
        ({"queue": {"title": "Sales", "alias": ""}}, None, "Sales"),  # trimmed: the right to see it is missing
        ({"queue": {}}, None, None),
        ({"queue": []}, None, None),
        ({"queue": None}, None, None),
        ({"queue": ""}, None, None),
        ({"queue": False}, None, None),
        ({}, None, None),
        ({"queue": 7}, 7, None),
        ({"queue": 0}, 0, None),
        ({"queue": "7"}, 7, None),
        ({"queue": [{"name": 7, "title": "Sales"}, {"name": 8}]}, 7, "Sales"),
        ({"queue": [None, 7]}, 7, None),
        ({"queue.name": 7, "queue.title": "Sales"}, 7, "Sales"),
        ({"queue.name": [7, 8], "queue.title": ["Sales", "Care"]}, 7, "Sales"),
        ({"queue.name": [None, 8], "queue.title": [None, "Care"]}, 8, "Care"),
        ({"queue.name": [None, 8], "queue.title": ["Sales", "Care"]}, None, "Sales"),
        ({"queue.name": [], "queue.title": []}, None, None),
        ({"queue.title": "Sales"}, None, "Sales"),
        ({"queue": [], "queue.name": 7}, 7, None),
    ],
    ids=str,
)
def test_a_relation(row: dict[str, Any], name: int | None, title: str | None) -> None:
    into = values()
    assert shape_one(row, *QUEUE, into=into) == {"queue_name": name, "queue_title": title}
    assert not into.bad.values


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"id_call": "call1", "name": "x"}, "call1"),
        ({"id_call": None, "name": "email1"}, "email1"),
        ({"name": "email1"}, "email1"),
        (5, "5"),
        ("chat1", "chat1"),
        (None, None),
    ],
)
def test_an_item_is_called_by_the_first_of_its_keys(item: Any, expected: str | None) -> None:
    assert shape_one({"item": item}, *ITEM) == {"item_name": expected}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"a": {"b": {"c": "x"}}}, "x"),
        ({"a.b.c": "x"}, "x"),
        ({"a": {"b": 5}}, None),
        ({"a": None}, None),
        ({}, None),
    ],
)
def test_a_value_that_lies_deep(row: dict[str, Any], expected: str | None) -> None:
    assert shape_one(row, Column("x", FieldType.STRING, (("a", "b", "c"),))) == {"x": expected}


def test_lists_whose_fields_came_back_under_literal_dotted_names() -> None:
    items = tuple(Column(name, FieldType.STRING, ((name,),)) for name in ("name", "title"))
    wanted = column(FieldType.RECORDS, items=items)
    row = {"x.name": ["a", "b"], "x.title": ["A"]}
    assert shape_one(row, wanted) == {"x": [{"name": "a", "title": "A"}, {"name": "b", "title": None}]}
    assert shape_one({"x.name": "a", "x.title": "A"}, wanted) == {"x": [{"name": "a", "title": "A"}]}


# --- derived streams ------------------------------------------------------------------------------------------------

NOTES = Stream(
    "notes",
    "Notes.",
    (
        integer("name", "Key.", nullable=False),
        moment("edited", "Change."),
        record_list("tags", "tags", "Tags.", items=(string("name", "Key."), integer("rank", "Rank."))),
        custom_fields(),
    ),
    derived=(
        Derived("note_tags", "tags", "Tags of notes.", "note_name", "tag", older_api="labels"),
        Derived("note_fields", "customFields", "Custom fields of notes.", "note_name"),
    ),
)
KNOWN = entries([NOTES])


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([{"name": "a", "rank": 1}, {"name": "b"}], [("a", 1), ("b", None)]),
        ([None, {"name": "a"}], [("a", None)]),
        ([{"rank": 1}, {"name": "a"}], [("a", None)]),  # trimmed: nothing tells it apart
        (["a", 7], [("a", None), ("7", None)]),
        ({"0": {"name": "a"}, "3": {"name": "b"}}, [("a", None), ("b", None)]),
        ({"name": "a", "rank": 2}, [("a", 2)]),
        ([], []),
        (None, []),
        ("", []),
    ],
)
def test_one_record_for_each_element_of_a_list(tags: Any, expected: list[tuple[str, int | None]]) -> None:
    found = records(output(KNOWN["note_tags"]), [{"name": 5, "tags": tags}])
    assert found == [{"note_name": 5, "tag_name": name, "tag_rank": rank} for name, rank in expected]


@pytest.mark.parametrize(
    "row",
    [
        {"tags.name": ["a", "b"], "tags.rank": [1, 2]},
        {"labels": [{"name": "a", "rank": 1}, {"name": "b", "rank": 2}]},
        {"labels.name": ["a", "b"], "labels.rank": [1, 2]},
        {"tags": None, "labels.name": ["a", "b"], "labels.rank": [1, 2]},
    ],
)
def test_elements_that_came_back_under_literal_dotted_names_or_the_name_of_older_servers(row: dict[str, Any]) -> None:
    found = records(output(KNOWN["note_tags"]), [{"name": 5, **row}])
    assert [(record["tag_name"], record["tag_rank"]) for record in found] == [("a", 1), ("b", 2)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"vip": ["a", "b"], "none": []}, [("vip", 0, "a"), ("vip", 1, "b")]),
        ({"vip": [None]}, [("vip", 0, None)]),
        ({"vip": "a"}, [("vip", 0, "a")]),
        ([], []),
        (None, []),
    ],
)
def test_one_record_for_each_value_of_a_custom_field(fields: Any, expected: list[tuple[str, int, str | None]]) -> None:
    found = records(output(KNOWN["note_fields"]), [{"name": 5, "customFields": fields}])
    assert found == [
        {"note_name": 5, "name": name, "position": position, "value": value} for name, position, value in expected
    ]


@pytest.mark.parametrize(
    ("row", "dirt"),
    [
        ({"tags": "a"}, {"tags": (1, 5)}),
        ({"tags": 7}, {"tags": (1, 5)}),
        ({"tags": False}, {"tags": (1, 5)}),
        ({"tags": {}}, {}),
    ],
)
def test_what_came_for_a_list_of_records_is_counted(row: dict[str, Any], dirt: dict[str, Any]) -> None:
    check_elementless("note_tags", row, dirt)


@pytest.mark.parametrize(
    ("row", "dirt"),
    [
        ({"customFields": "a"}, {"custom_fields": (1, 5)}),
        ({"customFields": ["a"]}, {"custom_fields": (1, 5)}),
        ({"customFields": 0}, {"custom_fields": (1, 5)}),
        ({"customFields": ""}, {}),
    ],
)
def test_what_came_for_custom_fields_is_counted(row: dict[str, Any], dirt: dict[str, Any]) -> None:
    check_elementless("note_fields", row, dirt)


def check_elementless(name: str, row: dict[str, Any], dirt: dict[str, Any]) -> None:
    """Check that a row gives no elements, and what is counted."""
    out = output(KNOWN[name])
    assert records(out, [{"name": 5, **row}]) == []
    assert {name: (one.count, one.example) for name, one in out.bad.values.items()} == dirt
    assert out.bad.trimmed.count == 0


def test_the_dirt_of_an_element_names_the_row_that_it_is_in() -> None:
    out = output(KNOWN["note_tags"])
    records(out, [{"name": 5, "tags": [{"name": "a", "rank": "high"}]}])
    assert {name: dirt.example for name, dirt in out.bad.values.items()} == {"tag_rank": 5}
    assert out.rows == 1
