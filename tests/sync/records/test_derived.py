"""Derived streams: one row for each element of a list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.fields import Axis, Derived, Stream, custom_fields, integer, moment, string
from tap_daktela.catalog.fields import records as record_list
from tests.helpers.record_helpers import output, records

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


def test_each_element_without_a_key_is_counted_with_its_row() -> None:
    out = output(KNOWN["note_tags"])
    records(out, [{"name": 5, "tags": [{"rank": 1}, {"name": "a"}, {"rank": 2}]}])
    assert (out.bad.trimmed.count, out.bad.trimmed.example) == (2, 5)


def test_an_element_carries_the_time_of_the_first_axis() -> None:
    fields = (*NOTES.fields, moment("created", "Creation."))
    stream = replace(NOTES, fields=fields, axes=(Axis("edited"), Axis("created")))
    row = {"name": 5, "edited": "2024-01-02 10:00:00", "created": "2024-01-01 10:00:00", "tags": ["a"]}
    [record] = records(output(entries([stream])["note_tags"]), [row])
    assert record == {"note_name": 5, "tag_name": "a", "tag_rank": None, "edited": "2024-01-02T09:00:00Z"}
