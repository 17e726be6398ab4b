"""Rows of the API to records: places to look in, shapes that an instance may send, streams made of list elements."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.catalog.fields import Column, FieldType, relation
from tap_daktela.sync.records import compiler
from tap_daktela.sync.records.compiler import compile_shape
from tests.helpers.record_helpers import column, shape_one, values

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


PARTS = tuple(Column(f"part_{n}", FieldType.INTEGER, ((f"part{n}",),)) for n in range(12))
NAMES = [part.api_name for part in PARTS]


@given(st.lists(st.dictionaries(st.sampled_from([*NAMES, "other", "x.y"]), st.integers(0, 9))))
def test_embedded_records_of_many_kinds_have_the_parts_that_came(items: list[dict[str, int]]) -> None:
    shape = compile_shape([column(FieldType.RECORD, items=PARTS)], None, values(), nested="native")
    found = [record["x"] for record in shape([{"x": item} for item in items])]
    assert found == [{part.name: item[part.api_name] for part in PARTS if part.api_name in item} for item in items]


def test_functions_are_compiled_for_so_many_kinds_of_embedded_records(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = compile_shape([column(FieldType.RECORD, items=PARTS)], None, values(), nested="native")
    compiled = []

    def compile_one(columns: list[Column], *rest: Any, **more: Any) -> Any:
        compiled.append(columns)
        return compile_shape(columns, *rest, **more)

    monkeypatch.setattr(compiler, "compile_shape", compile_one)
    kinds = [dict.fromkeys(names, 1) for size in (1, 2, 3) for names in combinations(NAMES, size)]
    for _ in range(2):
        found = shape([{"x": kind} for kind in kinds])
        assert [len(record["x"]) for record in found] == list(map(len, kinds))
    assert len(kinds) > len(compiled) == 100
