"""What a right tap writes, by examples written by hand; and which rows a run has to write."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.fields import Axis
from tap_daktela.catalog.streams import STREAMS
from tests.simulation.cases.oddities import Oddities
from tests.simulation.due import Range, children, lower, which
from tests.simulation.model.clock import VirtualClock
from tests.simulation.model.instance import Instance
from tests.simulation.truth import Truth, comparable, utc

ENTRIES = entries(STREAMS)
PRAGUE = "Europe/Prague"


def value(stream: str, column: str, **row: Any) -> Any:
    """Return the value of one column of a record."""
    [record] = Truth(ENTRIES[stream], PRAGUE).records({"name": 1, "stage": "OPEN", "priority": "LOW", **row})
    return record[column]


@pytest.mark.parametrize(
    ("stream", "column", "row", "written"),
    [
        ("tickets", "name", {"name": "17"}, 17),
        ("tickets", "title", {"title": "a\x00b\ud83dc"}, "a\ufffdb\ufffdc"),
        ("tickets", "title", {"title": ["wrapped"]}, "wrapped"),
        ("tickets", "title", {"title": 7.0}, "7"),
        ("tickets", "title", {}, None),
        ("tickets", "stage", {"stage": None}, ""),
        ("tickets", "sla_overdue", {"sla_overdue": "-12"}, -12),
        ("tickets", "sla_overdue", {"sla_overdue": float("nan")}, None),
        ("tickets", "unread", {"unread": "1"}, True),
        ("tickets", "unread", {"unread": 0}, False),
        ("tickets", "unread", {"unread": ""}, None),
        ("tickets", "edited", {"edited": "2024-07-01 12:00:00"}, "2024-07-01T10:00:00Z"),
        ("tickets", "edited", {"edited": "0000-00-00 00:00:00"}, None),
        ("tickets", "edited", {"edited": "2024-01-15"}, "2024-01-14T23:00:00Z"),
        ("tickets", "user_name", {"user": {"name": "novak", "title": "Jan"}}, "novak"),
        ("tickets", "user_title", {"user": {"name": "novak", "title": "Jan"}}, "Jan"),
        ("tickets", "user_name", {"user": "novak"}, "novak"),
        ("tickets", "user_title", {"user": "novak"}, None),
        ("tickets", "user_name", {"user": {"title": "Jan"}}, None),
        ("tickets", "statuses", {"statuses": [None, {"name": "s", "x": 1}, "t"]}, [
            {"name": "s", "title": None},
            {"name": "t", "title": None},
        ]),
        ("tickets", "custom_fields", {"customFields": []}, {}),
        ("tickets", "custom_fields", {"customFields": {"a": ["1", None], "b": 2}}, {"a": ["1", None], "b": ["2"]}),
        ("activities", "item_name", {"item": {"id_call": "c.1", "name": "x"}}, "c.1"),
        ("activities", "item_name", {"item": {"name": "x"}}, "x"),
        ("activities_email", "activities_name", {"activities": [{"name": "a"}, {"name": "b"}]}, "a"),
        ("activities_email", "activities_name", {"activities": []}, None),
        ("timegroups", "crons", {"crons": [1, None, {"password": "x", "y": 2}]}, [1, {"y": 2}]),
        ("profiles", "custom_views", {"customViews": []}, {}),
    ],
)  # fmt: skip
def test_values(stream: str, column: str, row: dict[str, Any], written: Any) -> None:
    assert value(stream, column, **row) == written


def test_derived_streams_have_a_record_for_each_element_with_a_key() -> None:
    row = {
        "name": 5,
        "edited": "2024-07-01 12:00:00",
        "statuses": [{"name": "s", "title": "S"}, {"title": "without a key"}, None],
        "customFields": {"a": ["1", None], "b": []},
    }
    assert Truth(ENTRIES["tickets_statuses"], PRAGUE).records(row) == [
        {"ticket_name": 5, "status_name": "s", "status_title": "S", "edited": "2024-07-01T10:00:00Z"}
    ]
    values = Truth(ENTRIES["tickets_custom_fields"], PRAGUE).records(row)
    assert [(record["name"], record["position"], record["value"]) for record in values] == [
        ("a", 0, "1"),
        ("a", 1, None),
    ]


def test_an_old_server_s_name_of_a_list_counts() -> None:
    row = {"name": "e", "time": "2024-07-01 12:00:00", "files": [{"file": 3, "title": "a.pdf"}]}
    [record] = Truth(ENTRIES["activities_email_attachments"], PRAGUE).records(row)
    assert (record["activities_email_name"], record["attachment_file"]) == ("e", 3)


def test_rows_without_a_key_have_no_record_and_columns_can_be_chosen() -> None:
    entry = ENTRIES["users"]
    assert Truth(entry, PRAGUE).records({"name": None, "title": "x"}) == []
    chosen = tuple(column for column in entry.columns if column.name in ("name", "title"))
    assert Truth(entry, PRAGUE, chosen).records({"name": "x", "title": None}) == [{"name": "x", "title": ""}]
    assert comparable({"a": [], "b": 0, "c": ""}) == {"a": None, "b": 0, "c": ""}


@pytest.mark.parametrize(
    ("zone", "reading", "instant"),
    [
        (PRAGUE, "2024-10-27 02:30:00", "2024-10-27T00:30:00Z"),  # read twice: the earlier instant
        (PRAGUE, "2024-03-31 02:30:00", "2024-03-31T01:30:00Z"),  # skipped: by the offset before
        ("America/New_York", "2024-11-03 01:30:00", "2024-11-03T05:30:00Z"),
        ("Asia/Kathmandu", "2024-06-12 12:00:00", "2024-06-12T06:15:00Z"),
        ("Pacific/Apia", "2011-12-31 00:00:00", "2011-12-30T10:00:00Z"),
        (PRAGUE, "nonsense", None),
        (PRAGUE, None, None),
    ],
)
def test_times(zone: str, reading: str | None, instant: str | None) -> None:
    assert utc(reading, zone) == instant


def test_what_is_remembered_of_a_row_is_all_but_its_times() -> None:
    truth = Truth(ENTRIES["tickets_statuses"], PRAGUE)
    row = {"name": 5, "edited": "2024-07-01 12:00:00", "statuses": [{"name": "s"}], "_sys": {"hash": "x"}}
    edited = [truth.records({**row, "edited": at})[0]["edited"] for at in ("2024-07-01 12:00:00", None)]
    assert edited == ["2024-07-01T10:00:00Z", None]
    assert truth.records({**row, "statuses": [], "_sys": {"hash": "y"}}) == []


# --- which rows are due -----------------------------------------------------------------------------------------------


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


JUNE = Range(at("2024-06-10 00:00:00"), at("2024-06-12 00:00:00"))


def due(stream: str, zone: str, reach: Range, *rows: dict[str, Any]) -> set[int]:
    declared = ENTRIES[stream].stream
    return which(declared, dict(enumerate(rows)), {axis.field: reach for axis in declared.axes}, zone)


def test_tickets_are_due_by_edit_and_by_creation_where_never_edited() -> None:
    rows = [
        {"edited": "2024-06-11 00:00:00", "created": "2024-01-01 00:00:00"},
        {"edited": None, "created": "2024-06-11 00:00:00"},
        {"edited": "0000-00-00 00:00:00", "created": "2024-06-11 00:00:00"},
        {"edited": "2024-06-13 00:00:00", "created": "2024-06-11 00:00:00"},
        {"edited": None, "created": "2024-06-13 00:00:00"},
        {"edited": None, "created": None},
    ]
    assert due("tickets", "UTC", JUNE, *rows) == {0, 1, 2}


def test_activities_are_due_by_time_and_by_closing_where_they_began_before() -> None:
    rows = [
        {"time": "2024-06-10 00:00:00", "time_close": None},
        {"time": "2024-06-12 00:00:00", "time_close": None},
        {"time": "2024-06-01 00:00:00", "time_close": "2024-06-11 00:00:00"},
        {"time": "2024-06-01 00:00:00", "time_close": "2024-06-09 00:00:00"},
        {"time": None, "time_close": "2024-06-11 00:00:00"},
    ]
    assert due("activities", "UTC", JUNE, *rows) == {0, 2}


def test_a_time_that_occurs_twice_is_due_by_either_instant() -> None:
    twice = {"call_time": "2024-10-27 02:30:00"}
    ends = [at(f"2024-10-27 {hour}:30:01") for hour in ("00", "01")]
    begin = at("2024-10-27 00:00:00")
    assert due("activities_call", PRAGUE, Range(begin, ends[0]), twice) == {0}
    assert due("activities_call", PRAGUE, Range(ends[0], ends[1]), twice) == {0}
    assert due("activities_call", PRAGUE, Range(ends[1], ends[1] + timedelta(days=1)), twice) == set()


def test_a_table_is_due_as_a_whole() -> None:
    assert due("users", "UTC", JUNE, {"name": "a"}, {"name": None}) == {0, 1}


def test_where_a_run_begins() -> None:
    start, mark = at("2024-01-01 00:00:00"), at("2024-06-10 00:00:00")
    plain, looking = Axis("edited"), Axis("time", lookback=True)
    assert lower(plain, None, start, 2) == lower(looking, None, start, 2) == start
    assert lower(plain, mark, start, 2) == mark
    assert lower(looking, mark, start, 2) == mark - timedelta(days=2)
    assert lower(looking, mark, mark - timedelta(days=1), 2) == mark - timedelta(days=1)
    assert lower(looking, start, mark, 2) == start


def test_children_are_due_with_their_parents() -> None:
    one = Instance(Oddities(), 1, VirtualClock())
    calls, lines = one.table("activitiesCall"), one.table("activitiesCallTranscripts")
    assert children(lines.stream, lines.rows, calls.stream, []) == set()
    some = children(lines.stream, lines.rows, calls.stream, list(calls.rows.values()))
    listed = {one["name"] for row in calls.rows.values() for one in row["activities"]}
    assert 0 < len(some) < len(lines.rows)
    assert all(lines.rows[number]["activity"]["name"] in listed for number in some)
