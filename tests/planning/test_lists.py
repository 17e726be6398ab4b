"""What is read of each endpoint, and what to ask for the number of its rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tap_daktela.catalog import selection
from tap_daktela.choosing import known_streams
from tap_daktela.daktela.query import Condition, Filter, Group
from tap_daktela.planning.assembling import Range
from tap_daktela.planning.lists import ReadList, filters, lists_of
from tap_daktela.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE = Range(
    "https://x.daktela.com",
    datetime(2023, 12, 31, 23, tzinfo=timezone.utc),
    datetime(2024, 6, 1, tzinfo=timezone.utc),
    ZoneInfo("Europe/Prague"),
)
SPAN = datetime(2024, 2, 1, tzinfo=timezone.utc), datetime(2024, 3, 1, tzinfo=timezone.utc)
WINDOW = ["gte 2024-02-01 01:00:00", "lt 2024-03-01 01:00:00"]


def parsed(**more: Any) -> Settings:
    return Settings.parse(
        {"url": "https://x.daktela.com", "access_token": "qx7-unlikely", "start_date": "2024-01-01", **more}, {}
    )


def listed(settings: Settings, *streams: str) -> list[ReadList]:
    known = known_streams(settings)
    return lists_of(selection.by_default(known, streams), known, settings)


def conditions(tree: Filter | None) -> Iterator[str]:
    if isinstance(tree, Condition):
        yield f"{tree.field} {tree.operator} {tree.value}"
    elif isinstance(tree, Group):
        for inner in tree.filters:
            yield from conditions(inner)


def test_streams_of_the_same_rows_are_one_list_and_a_child_is_read_through_its_parent() -> None:
    activities, child = listed(parsed(), "activities_statuses", "activities", "activities_call_transcripts")
    assert (activities.name, activities.streams) == ("activities", ("activities", "activities_statuses"))
    assert not activities.is_child
    assert (child.streams, child.timed.name, child.is_child) == (
        ("activities_call_transcripts",),
        "activities_call",
        True,
    )
    assert len(child.request.fields) < len(activities.request.fields)


def test_each_axis_is_asked_for_with_the_filter_of_the_stream() -> None:
    settings = parsed(filters={"activities": [{"field": "type", "operator": "eq", "value": "CALL"}]})
    [activities] = listed(settings, "activities")
    by_time, by_close = (list(conditions(one)) for one in filters(activities.timed, SPAN, settings, WHOLE))
    assert by_time == ["type eq CALL", *(f"time {one}" for one in WINDOW)]
    # Older rows are those from before the whole backfill, not from before the window.
    assert by_close == ["type eq CALL", "time lt 2024-01-01 00:00:00", *(f"time_close {one}" for one in WINDOW)]


def test_a_whole_table_has_no_window() -> None:
    [users] = listed(parsed(), "users")
    assert filters(users.timed, SPAN, parsed(), WHOLE) == [None]


def test_one_endpoint_in_two_ways_is_two_lists() -> None:
    known = known_streams(parsed())
    calls, child = selection.by_default(known, ["activities_call", "activities_call_transcripts"])
    stream = replace(calls.entry.stream, axes=())  # As FULL_TABLE in a catalog has it.
    calls = replace(calls, entry=replace(calls.entry, stream=stream))
    whole, parents = lists_of([calls, child], known, parsed())
    assert whole.timed.name == parents.timed.name == "activities_call"
    assert whole.rows_of != parents.rows_of
