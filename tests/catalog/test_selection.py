"""Which streams and fields a catalog selects: one rule, over everything that a catalog may say or leave out."""

from __future__ import annotations

import copy
import itertools
import json
from typing import Any

import pytest

from tap_daktela.catalog.discovery import catalog
from tap_daktela.catalog.entries import Selected, entries
from tap_daktela.catalog.selection import by_default, from_catalog, is_selected
from tap_daktela.catalog.streams import STREAMS
from tests.helpers.harness import select

KNOWN = entries(STREAMS)
WHOLE = json.loads(json.dumps(catalog(KNOWN, nested="native", timestamps="utc")))
ABSENT = object()


def cases() -> list[tuple[Any, Any, Any]]:
    inclusions = (ABSENT, "available", "automatic", "unsupported")
    words = (ABSENT, None, True, False, "true", "false")
    return list(itertools.product(inclusions, words, words))


@pytest.mark.parametrize(("inclusion", "selected", "by_tap"), cases())
def test_the_rule(inclusion: Any, selected: Any, by_tap: Any) -> None:
    given = {"inclusion": inclusion, "selected": selected, "selected-by-default": by_tap}
    node = {name: value for name, value in given.items() if value is not ABSENT}
    said = [value in (True, "true") for value in (selected, by_tap) if value is not ABSENT and value is not None]
    expected = {"unsupported": False, "automatic": True}.get(inclusion, said[0] if said else True)
    assert is_selected(node) is expected


# --- catalogs -------------------------------------------------------------------------------------------------------


def entry(name: str, streams: dict[str, Any] = WHOLE) -> dict[str, Any]:
    """Return a copy of a catalog's entry."""
    return copy.deepcopy(next(one for one in streams["streams"] if one["tap_stream_id"] == name))


def mark(item: dict[str, Any], *path: str, **marks: Any) -> dict[str, Any]:
    """Set marks of a node of an entry; `selected_by_default` stands for the name with dashes."""
    marks = {name.replace("_", "-"): value for name, value in marks.items()}
    for node in item["metadata"]:
        if tuple(node["breadcrumb"]) == path:
            node["metadata"].update(marks)
            return item
    item["metadata"].append({"breadcrumb": list(path), "metadata": marks})
    return item


def read(*items: dict[str, Any]) -> list[Selected]:
    """Return what a catalog selects, in which everything is known."""
    chosen, ignored = from_catalog({"streams": list(items)}, KNOWN)
    assert (ignored.streams, ignored.fields) == ((), ())
    return chosen


def names(chosen: Selected) -> list[str]:
    return [column.name for column in chosen.columns]


def defaults(name: str) -> list[str]:
    known = KNOWN[name]
    return [column.name for column in known.columns if column.selected or column.name in known.automatic]


def test_an_untouched_catalog_is_the_default() -> None:
    untouched = [(one.entry.name, names(one)) for one in read(*WHOLE["streams"])]
    assert untouched == [(one.entry.name, names(one)) for one in by_default(KNOWN, None)]
    assert untouched == [(name, defaults(name)) for name, known in KNOWN.items() if known.selected]


def test_everything_selected() -> None:
    everything = copy.deepcopy(WHOLE)
    for item in everything["streams"]:
        for node in item["metadata"]:
            node["metadata"]["selected"] = True
    chosen = read(*everything["streams"])
    assert [one.entry.name for one in chosen] == list(KNOWN)
    assert all(one.columns == KNOWN[one.entry.name].columns for one in chosen)


@pytest.mark.parametrize("off", [False, "false", "False"])
def test_only_what_identifies_a_row_and_moves_the_bookmark(off: Any) -> None:
    everything = copy.deepcopy(WHOLE)
    for item in everything["streams"]:
        for node in item["metadata"]:
            node["metadata"]["selected"] = off if node["breadcrumb"] else True
    for one in read(*everything["streams"]):
        assert set(names(one)) == KNOWN[one.entry.name].automatic


def test_catalogs_that_set_only_the_stream() -> None:
    chosen = read(*select(WHOLE, "tickets", "tickets_views")["streams"])
    assert [(one.entry.name, names(one)) for one in chosen] == [
        (name, defaults(name)) for name in ("tickets", "tickets_views")
    ]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ({}, True),
        ({"selected": False}, False),
        ({"selected": "false"}, False),
        ({"selected": True}, True),
        ({"selected_by_default": False}, False),
        ({"selected_by_default": False, "selected": True}, True),
        ({"selected": None}, True),
        ({"inclusion": "unsupported", "selected": True}, False),
        ({"inclusion": "automatic", "selected": False}, True),
    ],
)
def test_a_field(marks: dict[str, Any], expected: bool) -> None:
    assert "description" in defaults("tickets")
    [chosen] = read(mark(mark(entry("tickets"), selected=True), "properties", "description", **marks))
    assert ("description" in names(chosen)) is expected


def test_keys_cannot_be_deselected_in_any_way() -> None:
    item = mark(entry("tickets"), selected=True)
    for marks in ({"selected": False}, {"inclusion": "unsupported"}, {"inclusion": "available", "selected": False}):
        [chosen] = read(mark(copy.deepcopy(item), "properties", "name", **marks))
        assert "name" in names(chosen)


def test_a_stream_that_is_not_selected_has_no_fields() -> None:
    item = mark(entry("tickets"), selected=False)
    assert read(mark(item, "properties", "description", selected=True)) == []


def test_the_order_is_that_of_the_tap() -> None:
    items = [mark(entry(name), selected=True) for name in ("users", "tickets", "activities")]
    assert [one.entry.name for one in read(*items)] == ["activities", "tickets", "users"]


def test_parts_of_a_list_of_records() -> None:
    item = mark(entry("tickets"), selected=True)
    path = ("properties", "statuses", "items", "properties")
    whole = [part.name for part in column(read(item)[0], "statuses").items]
    assert "title" in whole
    less = column(read(mark(item, *path, "title", selected=False))[0], "statuses")
    assert [part.name for part in less.items] == [name for name in whole if name != "title"]


def column(chosen: Selected, name: str) -> Any:
    return next(column for column in chosen.columns if column.name == name)


def with_custom_fields(**found: str) -> dict[str, Any]:
    """Return the entry of tickets as discovery writes it where the instance defines custom fields."""
    item = mark(entry("tickets"), selected=True)
    parts = {name: {"type": ["null", "array"], "description": text} for name, text in found.items()}
    item["schema"]["properties"]["custom_fields"]["properties"] = parts
    for name in found:
        mark(item, "properties", "custom_fields", "properties", name, inclusion="available")
    return item


def test_custom_fields_that_discovery_found_stay_typed() -> None:
    chosen = column(read(with_custom_fields(vip="VIP (TEXT)", city="City"))[0], "custom_fields")
    assert chosen.definitions == (("vip", "VIP (TEXT)"), ("city", "City"))
    assert chosen.wanted is None


def test_custom_fields_one_by_one() -> None:
    item = mark(
        with_custom_fields(vip="VIP", city="City"), "properties", "custom_fields", "properties", "vip", selected=False
    )
    chosen = column(read(item)[0], "custom_fields")
    assert chosen.definitions == (("city", "City"),)
    assert chosen.wanted == frozenset({"city"})


def test_custom_fields_of_a_schema_without_room_for_others() -> None:
    item = with_custom_fields(vip="VIP")
    item["schema"]["properties"]["custom_fields"]["additionalProperties"] = False
    assert column(read(item)[0], "custom_fields").wanted == frozenset({"vip"})


def test_custom_fields_of_which_the_schema_shows_only_json_text() -> None:
    item = with_custom_fields(vip="VIP", city="City")
    item["schema"]["properties"]["custom_fields"] = {"type": ["null", "string"]}
    mark(item, "properties", "custom_fields", "properties", "vip", selected=False)
    chosen = column(read(item)[0], "custom_fields")
    assert chosen.wanted == frozenset({"city"})
    assert chosen.definitions == (("city", ""),)


def test_without_definitions_all_custom_fields_are_read() -> None:
    assert column(read(mark(entry("tickets"), selected=True))[0], "custom_fields").wanted is None


# --- catalogs of other times and tools ------------------------------------------------------------------------------


@pytest.mark.parametrize("metadata", [ABSENT, None, []])
def test_entries_without_metadata(metadata: Any) -> None:
    item = entry("tickets")
    item["metadata"] = metadata
    if metadata is ABSENT:
        del item["metadata"]
    assert names(read(item)[0]) == defaults("tickets")
    item["schema"]["properties"]["description"]["selected"] = False
    assert names(read(item)[0]) == [name for name in defaults("tickets") if name != "description"]
    item["schema"]["selected"] = False
    assert read(item) == []
    other = {"tap_stream_id": "tickets_views", "schema": {"selected": True}}
    assert [one.entry.name for one in read(other)] == ["tickets_views"]


@pytest.mark.parametrize("place", ["entry", "schema"])
def test_marks_beside_metadata_count_where_metadata_say_nothing(place: str) -> None:
    chosen, other = entry("tickets"), entry("tickets_views")
    for item, selected in ((chosen, False), (other, True)):
        (item if place == "entry" else item["schema"])["selected"] = selected
    assert [one.entry.name for one in read(chosen, other)] == ["tickets_views"]
    mark(chosen, selected=True)["schema"]["properties"]["description"]["selected"] = False
    mark(chosen, "properties", "title", selected=True)["schema"]["properties"]["title"]["selected"] = False
    assert names(read(chosen)[0]) == [name for name in defaults("tickets") if name != "description"]


@pytest.mark.parametrize("schema", [None, {}, {"properties": None}])
def test_entries_without_a_schema(schema: Any) -> None:
    item = {**mark(entry("tickets"), selected=True), "schema": schema}
    assert names(read(item)[0]) == defaults("tickets")


def test_what_the_tap_does_not_know_any_more() -> None:
    gone = {"tap_stream_id": "gone", "metadata": [{"breadcrumb": [], "metadata": {"selected": True}}]}
    unloved = {"tap_stream_id": "unloved", "metadata": [{"breadcrumb": [], "metadata": {"selected": False}}]}
    unsaid = {"tap_stream_id": "unsaid", "metadata": []}
    item = mark(entry("tickets"), selected=True)
    mark(item, "properties", "old", selected=True)
    mark(item, "properties", "older", selected=False)
    idle = mark(mark(entry("users"), selected=False), "properties", "lost", selected=True)
    chosen, ignored = from_catalog({"streams": [gone, unloved, unsaid, item, idle]}, KNOWN)
    assert [one.entry.name for one in chosen] == ["tickets"]
    assert ignored.streams == ("gone",)
    assert ignored.fields == ("tickets.old",)
    assert names(chosen[0]) == defaults("tickets")


def test_what_is_new_in_the_tap_is_not_read() -> None:
    assert [one.entry.name for one in read(mark(entry("users"), selected=True))] == ["users"]
