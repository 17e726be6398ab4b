"""The catalog that discovery writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import singer
from singer import metadata

from tap_daktela.catalog.discovery import catalog
from tap_daktela.catalog.entries import Entry, entries
from tap_daktela.catalog.fields import NESTED, FieldType
from tap_daktela.catalog.selection import by_default, from_catalog
from tap_daktela.catalog.streams import ALL_STREAMS
from tests.helpers import golden

if TYPE_CHECKING:
    from collections.abc import Iterator

KNOWN = entries(ALL_STREAMS)
FORMS = [("native", "utc"), ("json", "utc"), ("native", "local")]
CATALOGS = {form: json.loads(json.dumps(catalog(KNOWN, nested=form[0], timestamps=form[1]))) for form in FORMS}
GOLDEN = Path(__file__).with_name("catalog.golden.txt")

each_form = pytest.mark.parametrize("form", FORMS, ids="-".join)
each_entry = pytest.mark.parametrize("entry", KNOWN.values(), ids=KNOWN)


def item_of(entry: Entry, form: tuple[str, str] = ("native", "utc")) -> dict[str, Any]:
    return next(item for item in CATALOGS[form]["streams"] if item["tap_stream_id"] == entry.name)


@each_entry
@each_form
def test_every_schema_is_one(entry: Entry, form: tuple[str, str]) -> None:
    item = item_of(entry, form)
    jsonschema.Draft4Validator.check_schema(item["schema"])
    assert item["stream"] == item["tap_stream_id"] == entry.name
    assert list(item["schema"]["properties"]) == [column.name for column in entry.columns]
    assert set(item["key_properties"]) <= set(item["schema"]["properties"])
    for name in item["key_properties"]:
        assert "null" not in item["schema"]["properties"][name]["type"]


@each_entry
@each_form
def test_everything_is_described(entry: Entry, form: tuple[str, str]) -> None:
    def check(path: str, schema: dict[str, Any]) -> None:
        assert schema.get("description", "").endswith((".", ")")), path
        for name, part in schema.get("properties", {}).items():
            check(f"{path}.{name}", part)
        for name, part in schema.get("items", {}).get("properties", {}).items():
            check(f"{path}[].{name}", part)

    check(entry.name, item_of(entry, form)["schema"])


@each_entry
def test_marks_of_a_stream(entry: Entry) -> None:
    marks = metadata.to_map(item_of(entry)["metadata"])[()]
    assert marks["inclusion"] == "available"
    assert marks["selected-by-default"] is entry.selected
    assert marks["table-key-properties"] == list(entry.key)
    assert marks["valid-replication-keys"] == ([entry.replication_key] if entry.replication_key else [])
    assert marks.get("replication-key") == entry.replication_key
    methods = {name: marks[name] for name in marks if name.endswith("replication-method")}
    if entry.stream.ledger:
        assert methods == {"forced-replication-method": "INCREMENTAL"}
    else:
        assert methods == (
            {"replication-method": "INCREMENTAL"} if entry.incremental else {"forced-replication-method": "FULL_TABLE"}
        )
    assert marks.get("daktela-endpoint") == (None if entry.stream.ledger else entry.stream.endpoint)
    parent = marks.get("parent-tap-stream-id")
    assert parent is None or parent in KNOWN
    assert bool(parent) is bool(entry.derived or entry.stream.child)


@each_entry
def test_every_property_and_part_can_be_selected(entry: Entry) -> None:
    marks = metadata.to_map(item_of(entry)["metadata"])
    expected: set[tuple[str, ...]] = {()}
    for column in entry.columns:
        expected.add(("properties", column.name))
        if column.type is FieldType.RECORDS:
            expected |= {("properties", column.name, "items", "properties", item.name) for item in column.items}
        if column.type is FieldType.RECORD:
            expected |= {("properties", column.name, "properties", item.name) for item in column.items}
    assert set(marks) == expected
    for column in entry.columns:
        mark = marks[("properties", column.name)]
        assert mark.get("daktela-field") == (None if entry.stream.ledger else column.api_name)
        if column.name in {*entry.key, entry.replication_key}:
            assert mark["inclusion"] == "automatic"
        else:
            assert (mark["inclusion"], mark["selected-by-default"]) == ("available", column.selected)


@each_entry
def test_breadcrumbs_lead_to_parts_of_the_schema(entry: Entry) -> None:
    for form in FORMS:
        item = item_of(entry, form)
        for node in item["metadata"]:
            schema = item["schema"]
            for step in node["breadcrumb"]:
                if form[0] == "json" and schema.get("type") == ["null", "string"]:
                    break  # JSON text, of which parts can be left out nevertheless.
                schema = schema[step]
            assert isinstance(schema, dict)


@each_entry
def test_nested_values_as_text(entry: Entry) -> None:
    schema, text = item_of(entry)["schema"]["properties"], item_of(entry, ("json", "utc"))["schema"]["properties"]
    for column in entry.columns:
        if column.type in NESTED:
            assert schema[column.name]["type"][1] in {"array", "object"}
            assert text[column.name]["type"] == ["null", "string"]
            assert text[column.name]["description"].endswith("JSON text.")
        else:
            assert schema[column.name] == text[column.name]


@each_entry
def test_moments_have_a_format_unless_they_are_local(entry: Entry) -> None:
    utc, local = item_of(entry)["schema"]["properties"], item_of(entry, ("native", "local"))["schema"]["properties"]
    for column in entry.columns:
        assert (utc[column.name].get("format") == "date-time") is (column.type is FieldType.DATETIME)
        assert "format" not in local[column.name]


@each_entry
@each_form
def test_every_whole_number_has_the_bounds_of_64_bits(entry: Entry, form: tuple[str, str]) -> None:
    integers = [one for one in nodes(item_of(entry, form)["schema"]) if "integer" in one.get("type", ())]
    assert {(one.get("minimum"), one.get("maximum")) for one in integers} <= {(-(2**63), 2**63 - 1)}
    others = [one for one in nodes(item_of(entry, form)["schema"]) if "integer" not in one.get("type", ())]
    assert not any("minimum" in one or "maximum" in one for one in others)


def nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a schema and the schemas of all its parts."""
    yield schema
    for part in [*schema.get("properties", {}).values(), schema.get("items")]:
        if isinstance(part, dict):
            yield from nodes(part)


def test_whole_numbers_are_found_within_embedded_records_too() -> None:
    schema = item_of(KNOWN["activities_call"])["schema"]
    assert sum("integer" in one.get("type", ()) for one in nodes(schema)) > 1
    inside = [part for entry in KNOWN.values() for column in entry.columns for part in column.items]
    assert FieldType.INTEGER in {part.type for part in inside}


def test_a_catalog_from_before_still_reads_a_stream_without_a_key() -> None:
    item = item_of(KNOWN["realtime_sessions"])
    marks = metadata.to_map(item["metadata"])
    assert from_catalog({"streams": [item]}, KNOWN)[0] == []
    marks = {**marks, (): {**marks[()], "selected-by-default": True}}
    [chosen], ignored = from_catalog({"streams": [{**item, "metadata": metadata.to_list(marks)}]}, KNOWN)
    assert (chosen.entry.name, ignored.streams, ignored.fields) == ("realtime_sessions", (), ())


@each_form
def test_a_round_trip_through_json_and_singer_keeps_what_is_selected(form: tuple[str, str]) -> None:
    whole = CATALOGS[form]
    again = singer.Catalog.from_dict(whole).to_dict()
    assert [item["metadata"] for item in again["streams"]] == [item["metadata"] for item in whole["streams"]]
    assert [item["key_properties"] for item in again["streams"]] == [
        item["key_properties"] for item in whole["streams"]
    ]
    chosen, ignored = from_catalog(again, KNOWN)
    assert not ignored.streams
    assert not ignored.fields
    expected = by_default(KNOWN, None)
    assert [one.entry.name for one in chosen] == [one.entry.name for one in expected]
    for one, other in zip(chosen, expected, strict=True):
        assert one.columns == other.columns


def test_the_catalog_is_the_one_that_was_agreed() -> None:
    """Show a change of any schema as a difference of one line. A wanted one belongs into CHANGELOG.md."""
    lines = []
    for item in CATALOGS["native", "utc"]["streams"]:
        marks = metadata.to_map(item["metadata"])
        lines.append(f"{item['tap_stream_id']} {json.dumps(marks[()], sort_keys=True)}")
        lines += [f"    {line}" for line in properties(item["schema"], marks, ("properties",))]
    golden.check(GOLDEN, "\n".join(lines) + "\n")


def properties(schema: dict[str, Any], marks: dict[Any, Any], path: tuple[str, ...]) -> list[str]:
    """Return a line for each property, and for each part of it."""
    lines = []
    for name, part in schema["properties"].items():
        types = part["type"] if isinstance(part["type"], str) else "|".join(part["type"])
        mark = marks.get((*path, name), {})
        words = [
            types,
            part.get("format"),
            mark.get("inclusion"),
            "" if mark.get("selected-by-default", True) else "off",
        ]
        field = mark.get("daktela-field")
        lines.append(" ".join([f"{name}:", *filter(None, words), *([f"<- {field}"] if field else [])]))
        if part.get("items"):
            inside = properties(part["items"], marks, (*path, name, "items", "properties"))
            lines += [f"    {line}" for line in inside]
    return lines
