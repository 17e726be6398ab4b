"""What a catalog may change of a stream beside its selection, and what it may not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tap_daktela.catalog.discovery import catalog
from tap_daktela.catalog.entries import Entry, Selected, entries
from tap_daktela.catalog.overrides import followed
from tap_daktela.catalog.selection import Ignored, from_catalog
from tap_daktela.catalog.streams import STREAMS

KNOWN = entries(STREAMS)


def item_of(name: str, **options: str) -> dict[str, Any]:
    forms = {"nested": "native", "timestamps": "utc", **options}
    document = json.loads(json.dumps(catalog({name: KNOWN[name]}, **forms)))
    [item] = document["streams"]
    item["metadata"][0]["metadata"]["selected"] = True
    return item


def read(item: dict[str, Any]) -> tuple[Selected, Ignored]:
    [chosen], ignored = from_catalog({"streams": [item]}, KNOWN)
    return chosen, ignored


def told(item: dict[str, Any]) -> tuple[str, ...]:
    return read(item)[1].overrides


@pytest.mark.parametrize("options", [{}, {"nested": "json"}, {"timestamps": "local"}], ids=str)
@pytest.mark.parametrize("entry", KNOWN.values(), ids=lambda entry: entry.name)
def test_nothing_is_told_of_our_own_catalog(entry: Entry, options: dict[str, str]) -> None:
    assert told(item_of(entry.name, **options)) == ()


@pytest.mark.parametrize("entry", KNOWN.values(), ids=lambda entry: entry.name)
@pytest.mark.parametrize("place", ["metadata", "beside", "only beside"])
def test_full_table_is_followed_by_every_stream(entry: Entry, place: str) -> None:
    item = item_of(entry.name)
    marks = item["metadata"][0]["metadata"]
    if place == "only beside":
        marks.pop("replication-method", None)
    if place == "metadata":
        marks["replication-method"] = "full-table"
    else:
        item["replication_method"] = "FULL_TABLE"
    chosen, ignored = read(item)
    assert ignored.overrides == ()
    child = chosen.entry.stream.child
    assert chosen.entry.replication_key is None
    assert chosen.entry.incremental is (child is not None)
    assert child is None or child.whole
    assert chosen.columns == read(item_of(entry.name))[0].columns


def test_incremental_streams_stay_as_they_are() -> None:
    assert followed(KNOWN["tickets"], {}, {"replication-method": "INCREMENTAL"}) is KNOWN["tickets"]
    assert followed(KNOWN["tickets"], {}, {}) is KNOWN["tickets"]


@pytest.mark.parametrize(
    ("stream", "change", "sentence"),
    [
        ("tickets", {"replication-method": "LOG_BASED"}, "LOG_BASED is not followed: the stream is read by its times"),
        ("users", {"replication-method": "INCREMENTAL"}, "INCREMENTAL is not followed: the stream has no times"),
        ("tickets", {"replication-key": "created"}, "the replication key 'created' is not followed: it is 'edited'"),
        ("users", {"replication-key": "name"}, "the replication key 'name' is not followed: it is 'None'"),
        ("tickets", {"table-key-properties": ["title"]}, "other key properties are not followed: they are name"),
        ("tickets", {"view-key-properties": 5}, "other key properties are not followed"),
    ],
)
def test_marks_that_are_not_followed(stream: str, change: dict[str, Any], sentence: str) -> None:
    inside, beside = item_of(stream), item_of(stream)
    inside["metadata"][0]["metadata"].update(change)
    for name in change:
        beside["metadata"][0]["metadata"].pop(name, None)
    both = item_of(stream)  # As discovery wrote it, and what somebody added.
    for item in (beside, both):
        item.update({name.replace("-", "_"): value for name, value in change.items()})
    for item in (inside, beside, both):
        [said] = told(item)
        assert said.startswith(f"{stream}: ")
        assert sentence in said


def test_keys_and_types_that_are_not_followed() -> None:
    item = item_of("tickets")
    item["key_properties"] = ["title"]
    properties = item["schema"]["properties"]
    properties["title"]["type"] = ["null", "integer"]
    properties["edited"] = {"type": ["null", "string"], "format": "date"}
    properties["stage"] = {"type": 5}
    properties["new_one"] = {"type": "string"}
    assert told(item) == (
        "tickets: other key properties are not followed: they are name",
        "tickets: other types are not followed, of title, stage, edited",
    )
