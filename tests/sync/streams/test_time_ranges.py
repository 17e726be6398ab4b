"""Where along its axes a stream is read."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.catalog.fields import Axis, Stream
from tap_daktela.daktela.query import Query
from tap_daktela.errors import ClockError
from tap_daktela.sync.scheduling.steps import Get
from tap_daktela.sync.streams.time_ranges import TimeRanges
from tests.helpers.engine.reading_driver import passes, spelled, window
from tests.helpers.engine.stream_driver import NOW, TICKETS, USERS, FakeClient, begun, utc

if TYPE_CHECKING:
    from tap_daktela.sync.context import RunContext

START = datetime(2024, 1, 1, tzinfo=timezone.utc)
EDITED, CREATED = TICKETS.axes
NAMES = ["tickets", "tickets_statuses"]


def ranges(marks: dict[str, int] | None = None, stream: Stream = TICKETS, **changes: Any) -> TimeRanges:
    """Return the ranges of tickets and their statuses, with bookmarks of `edited`, in seconds after midnight."""
    return ranges_of(run_of(marks, stream, **changes), stream)


def run_of(marks: dict[str, int] | None = None, stream: Stream = TICKETS, **changes: Any) -> RunContext:
    """Return a run with bookmarks of `edited`, in seconds after midnight."""
    state = {
        "bookmarks": {name: {"edited": None if mark is None else utc(mark)} for name, mark in (marks or {}).items()}
    }
    return begun(FakeClient({}), stream, state=state, **changes)


def ranges_of(run: RunContext, stream: Stream = TICKETS) -> TimeRanges:
    """Return the ranges of a stream in a run."""
    return TimeRanges(run, stream, stream, [name for name in NAMES if stream.name in name] or [stream.name])


def spelled_filter(wanted: Any) -> str:
    return spelled([Get("tickets", Query(wanted, (), (), 1))])[0].partition(" |")[0]


@pytest.mark.parametrize(
    ("marks", "lower"),
    [
        ({}, 0),
        ({"tickets": 600, "tickets_statuses": 900}, 600),
        ({"tickets": 900, "tickets_statuses": 600}, 600),
        ({"tickets": 600}, 0),  # The other one was selected since, and begins at the start.
        ({"tickets": -600}, -600),
        ({"tickets": -600, "tickets_statuses": 300}, -600),
    ],
)
def test_reading_begins_at_the_earliest_bookmark(marks: dict[str, int], lower: int) -> None:
    assert ranges(marks).lower(EDITED) == START + timedelta(seconds=lower)


@pytest.mark.parametrize(
    ("mark", "lower"),
    [(5 * 86_400, 3 * 86_400), (86_400, 0), (-86_400, -86_400), (0, 0), (2 * 86_400, 0), (2 * 86_400 + 1, 1)],
)
def test_rows_that_change_without_a_stamp_are_read_again(mark: int, lower: int) -> None:
    axis = Axis("edited", lookback=True)
    both = {"tickets": mark, "tickets_statuses": mark}
    stream = replace(TICKETS, axes=(axis,))
    one = ranges(both, stream, lookback_days=2, now=NOW + timedelta(days=9))
    assert one.lower(axis) == START + timedelta(seconds=lower)


def test_a_window_is_the_same_throughout_a_run() -> None:
    run = run_of()
    one = ranges_of(run)
    before = one.window(EDITED)
    assert before == ("2024-01-01 00:00:00", "2024-01-01 01:00:00")
    run.state.advance("tickets", "edited", START + timedelta(minutes=5))
    run.state.advance("tickets_statuses", "edited", START + timedelta(minutes=5))
    assert one.window(EDITED) is before


def test_bookmarks_wait_for_a_window_that_is_open() -> None:
    one = ranges()
    assert one.mark_written(EDITED, window(0, 100))
    assert not one.mark_written(EDITED, window(200, 300))  # What lies between the two is not written yet.
    assert one.mark_written(EDITED, window(100, 200))
    assert one.mark_written(EDITED, window(200, 300))
    assert not one.mark_written(EDITED, window(0, 100))  # They are further on already.


def test_a_window_is_in_the_clock_of_the_instance() -> None:
    assert ranges(zone="Europe/Prague").window(EDITED) == ("2024-01-01 00:00:00", "2024-01-01 02:00:00")


def test_an_axis_of_rows_that_were_never_stamped() -> None:
    wanted = ranges().query(CREATED).wanted
    assert spelled_filter(wanted) == "(edited isnull or edited<1000-01-01 00:00:00)"
    assert [passes({"edited": value}, wanted) for value in (None, "0000-00-00 00:00:00", "2024-01-01 00:00:00")] == [
        True, True, False,
    ]  # fmt: skip
    assert ranges().query(EDITED).wanted is None


def test_an_axis_of_rows_that_were_begun_before() -> None:
    ended = Axis("edited", started_before="created")
    stream = replace(TICKETS, axes=(Axis("created"), ended))
    assert spelled_filter(ranges({}, stream).query(ended).wanted) == "created<0"


def test_filters_of_the_user_come_first() -> None:
    one = ranges(filters={"tickets": {"field": "stage", "operator": "eq", "value": "OPEN"}})
    assert spelled_filter(one.query(EDITED).wanted) == "stage=OPEN"
    assert spelled_filter(one.query(CREATED).wanted).startswith("stage=OPEN and (edited isnull")


def test_a_query_has_axis_and_key() -> None:
    query = ranges().query(EDITED)
    assert (query.name, query.axis, query.key, query.wanted) == ("tickets", "edited", "name", None)
    keyless = ranges({}, replace(TICKETS, key=(), derived=()))
    assert keyless.query(EDITED).key is None


def test_everything_is_what_any_axis_reads() -> None:
    assert spelled_filter(ranges().everything()) == (
        "(edited>=0 and edited<3600 or (edited isnull or edited<1000-01-01 00:00:00) and created>=0 and created<3600)"
    )


@pytest.mark.parametrize(
    ("mark", "empty", "level"),
    [
        (3599, False, None),
        (3600, True, logging.INFO),
        (3600 + 86_400, True, logging.INFO),
        (3601 + 86_400, True, logging.WARNING),
    ],
)
def test_a_range_without_time_is_told(
    mark: int, empty: bool, level: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    one = ranges({"tickets": mark, "tickets_statuses": mark})
    caplog.clear()
    caplog.set_level(logging.INFO)
    assert one.is_empty(EDITED) is empty
    assert [record.levelno for record in caplog.records] == ([level] if level else [])
    if level:
        assert f"it is to begin at {utc(mark)}, which is not before {utc(3600)}" in caplog.text
        assert "tickets: nothing to read along edited" in caplog.text


@pytest.mark.parametrize("name", NAMES)
def test_a_bookmark_after_the_clock_is_refused(name: str) -> None:
    ranges({name: 3600 + 300}).refuse_bookmarks_ahead()
    with pytest.raises(
        ClockError, match=rf"'edited' of '{name}' is {utc(3901)}, which is after the clock.*{utc(3600)}"
    ):
        ranges({name: 3600 + 301}).refuse_bookmarks_ahead()


def test_what_is_planned() -> None:
    assert ranges({}, USERS).description() == "the whole table"
    window = "from 2024-01-01 00:00:00 to 2024-01-01 01:00:00"
    assert ranges().description() == f"by edited {window} (bookmark none) and by created {window} (bookmark none)"
    both = {"tickets": 600, "tickets_statuses": 600}
    assert (
        ranges(both)
        .description()
        .startswith(f"by edited from 2024-01-01 00:10:00 to 2024-01-01 01:00:00 (bookmark {utc(600)}) and")
    )
    first, second = {"tickets": 600, "tickets_statuses": 900}, {"tickets": 900, "tickets_statuses": 600}
    assert [f"(bookmark {utc(600)})" in ranges(marks).description() for marks in (first, second)] == [True, False]
    assert f"(bookmark {utc(0)}) and" in ranges({"tickets": 0, "tickets_statuses": 0}).description()
