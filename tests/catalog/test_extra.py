"""Streams that the user declares."""

from __future__ import annotations

from typing import Any

import pytest

from tap_daktela.catalog.entries import Entry, Selected, entries
from tap_daktela.catalog.extra import with_extra
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.errors import ConfigError
from tap_daktela.sync.reading.request import request_for
from tests.helpers.record_helpers import check, output, records, settings


def declared(*extra: dict[str, Any]) -> dict[str, Entry]:
    return entries(with_extra(STREAMS, settings(extra_streams=list(extra)).extra_streams))


FIELDS = {
    "name": "string",
    "isParent": "boolean",
    "edited": "date-time",
    "queue.name": "integer",
    "ticket.category.title": "string",
    "score": "number",
    "config": "object",
    "tags": "array",
}


def test_a_declared_stream() -> None:
    entry = declared({"endpoint": "newThings", "key": "name", "axis": "edited", "fields": FIELDS})["new_things"]
    assert [column.name for column in entry.columns] == [
        "name", "is_parent", "edited", "queue_name", "ticket_category_title", "score", "config", "tags",
    ]  # fmt: skip
    assert (entry.key, entry.replication_key, entry.selected) == (("name",), "edited", True)
    assert entry.stream.axes[0].lookback
    assert request_for(entry.stream, [Selected(entry, entry.columns)], 10).fields == tuple(FIELDS)


def test_a_whole_table_that_nobody_knows_may_be_purged() -> None:
    entry = declared({"endpoint": "newThings", "key": "name", "fields": {"name": "string"}})["new_things"]
    assert not entry.incremental
    assert not entry.versioned


@pytest.mark.parametrize(
    "row",
    [
        {"queue": {"name": 7}, "ticket": {"category": {"title": "Care"}}},
        {"queue.name": 7, "ticket.category.title": "Care"},
    ],
)
def test_its_records(row: dict[str, Any]) -> None:
    entry = declared({"endpoint": "newThings", "key": ["name"], "axis": "edited", "fields": FIELDS})["new_things"]
    given = {"name": "a", "isParent": "1", "edited": "2024-01-02 03:04:05", "score": "1.5", "config": [], "tags": [1]}
    out = output(entry)
    [record] = records(out, [{**given, **row}])
    check(out.schema(), record)
    assert record == {
        "name": "a",
        "is_parent": True,
        "edited": "2024-01-02T02:04:05Z",
        "queue_name": 7,
        "ticket_category_title": "Care",
        "score": 1.5,
        "config": {},
        "tags": [1],
    }


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        ({"endpoint": "tickets", "fields": {"name": "string"}}, "tickets is a stream of the tap already"),
        ({"endpoint": "ticketsStatuses", "fields": {"name": "string"}}, "is a stream of the tap already"),
        (
            {"endpoint": "newThings", "fields": {"isParent": "string", "is_parent": "string"}},
            "several fields .* is_parent",
        ),
        ({"endpoint": "newThings", "fields": {"a.b": "string", "a_b": "string"}}, "several fields that become a_b"),
        ({"endpoint": "newThings", "fields": {"accessToken": "string"}}, "field accessToken, which is never read"),
        (
            {"endpoint": "newThings", "fields": {"user.extensions": "array"}},
            "field user.extensions, which is never read",
        ),
        ({"endpoint": "newThings", "fields": {"_sys": "object"}}, "field _sys, which is never read"),
        ({"endpoint": "newThings", "key": "a.b", "fields": {"a.b": "string"}}, "the key a.b, which lies in another"),
        (
            {"endpoint": "newThings", "axis": "a.b", "fields": {"name": "string", "a.b": "date-time"}},
            "the axis a.b, which lies in another",
        ),
    ],
)
def test_what_cannot_be_declared(extra: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=rf"extra_streams: .*{sentence}"):
        declared(extra)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        declared(
            {"endpoint": "tickets", "fields": {"name": "string"}},
            {"endpoint": "newThings", "fields": {"password": "string"}},
            {"endpoint": "fooBar", "fields": {"name": "string"}},
            {"endpoint": "fooBAR", "fields": {"name": "string"}},
        )
    assert len(caught.value.problems) >= 2
    assert {problem.split()[1] for problem in caught.value.problems} >= {"tickets", "newThings"}
