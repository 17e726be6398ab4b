"""Which rows are read again because their personal data was removed, and what is remembered of them; in memory."""

import logging
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.fields import Axis, Derived, Stream, boolean, integer, moment, records
from tap_daktela.errors import AccessError, ClockError, ContractError, RemoteError, TapError, UnreachableError
from tap_daktela.sync.streams.erasures import Erasures
from tap_daktela.sync.streams.row_counts import RowCounts
from tap_daktela.sync.streams.time_ranges import TimeRanges
from tests.helpers.engine.reading_driver import ListServer, drive, endpoint
from tests.helpers.engine.stream_driver import FakeClient, Ran, begun, ran
from tests.helpers.record_helpers import output

NOTES = Stream(
    "notes",
    "Notes.",
    (
        integer("name", "Key."),
        moment("time", "Begun."),
        moment("closed", "Ended."),
        boolean("erased", "Erased."),
        records("parts", "parts", "Parts."),
    ),
    axes=(Axis("time"), Axis("closed", started_before="time")),
    derived=(Derived("notes_parts", "parts", "Parts of notes.", "note_name", "part"),),
    erased_flag="erased",
)
NAMES = ["notes", "notes_parts"]
TIMES = {
    0: "2023-11-05 08:00:00",
    1: "2023-11-20 08:00:00",
    2: "2023-11-21 08:00:00",
    3: "2023-12-01 00:00:00",
    4: "2023-12-20 08:00:00",
    5: "2023-12-24 08:00:00",
    6: "2024-01-01 00:20:00",
}
BOOKMARK = "2023-12-24T00:00:00Z"
"""Behind row 4, and before row 5."""


def server(*erased: int, **lies: Any) -> ListServer:
    """Return a server with the rows of `TIMES`, some of them erased."""
    return ListServer([{"name": key, "time": text, "erased": key in erased} for key, text in TIMES.items()], **lies)


def run(one: ListServer, counts: Mapping[str, int] | None = None, **changes: Any) -> Ran:
    """Run from `BOOKMARK` on, with these counts in the state; without a state if they are None."""
    marks = {"time": BOOKMARK, "erased": counts}
    state = None if counts is None else {"bookmarks": {name: dict(marks) for name in NAMES}}
    return ran({"notes": one}, NOTES, **{"state": state, "start_date": "2023-11-15", **changes})


def counts(one: Ran) -> Any:
    """Return what is remembered: the same for the derived stream."""
    found = one.bookmarks["notes"].get("erased")
    assert one.bookmarks["notes_parts"].get("erased") == found
    return found


def windows(one: ListServer) -> list[tuple[Any, ...]]:
    """Return the requests that name the flag: begin and end of the window, the flag, and whether one row is enough."""
    found = []
    for get in one.asked:
        conditions: list[Any] = list(getattr(get.query.filter, "filters", ()))
        times, flags = ([each.value for each in conditions if each.field == name] for name in ("time", "erased"))
        if flags:
            found.append((*times, *flags, get.query.take == 1))
    return found


def test_the_first_run_reads_each_row_once_and_counts_by_month() -> None:
    one = run(server(1, 2, 4))
    assert one.keys("notes") == [1, 2, 3, 4, 5, 6]
    assert counts(one) == {"2023-11": 2, "2023-12": 1}


def test_nothing_is_read_again_where_the_counts_are_the_same() -> None:
    one = run(server(1, 2, 4, 6), {"2023-11": 2, "2023-12": 1, "2024-01": 1})
    assert one.keys("notes") == [5, 6]
    assert counts(one) == {"2023-11": 2, "2023-12": 1, "2024-01": 1}


@pytest.mark.parametrize("before", [{"2023-11": 1, "2023-12": 1}, {"2023-11": 3, "2023-12": 1}, {"2023-12": 1}])
def test_the_erased_rows_of_a_month_are_read_again_where_its_count_is_another(before: dict[str, int]) -> None:
    one = run(server(1, 2, 4), before)
    assert one.keys("notes") == [1, 2, 5, 6]
    assert counts(one) == {"2023-11": 2, "2023-12": 1}


def test_a_month_that_the_own_range_cuts_is_read_again_before_it_alone() -> None:
    """The state counts the whole month. The count before the bookmark is compared with it: rather once too often."""
    one = run(server(3, 4, 5), {"2023-12": 3})
    assert one.keys("notes") == [3, 4, 5, 6]
    assert counts(one) == {"2023-12": 3}


def test_rows_before_the_start_date_count_for_their_month_and_are_not_read() -> None:
    one = run(server(0, 1, 4), {"2023-12": 1})
    assert one.keys("notes") == [1, 5, 6]
    assert counts(one) == {"2023-11": 2, "2023-12": 1}


def test_all_streams_are_compared() -> None:
    marks = {"time": BOOKMARK, "erased": {"2023-11": 1}}
    state = {"bookmarks": {"notes": marks, "notes_parts": {"time": BOOKMARK}}}
    assert run(server(1), {}, state=state).keys("notes") == [1, 5, 6]


def test_counts_of_other_months_stay_and_those_of_the_range_are_replaced() -> None:
    before = {"2023-10": 7, "2023-11": 2, "2023-12": 4, "2024-01": 5, "2024-02": 3}
    assert counts(run(server(1), before)) == {"2023-10": 7, "2023-11": 1, "2024-02": 3}
    assert counts(run(server(), before)) == {"2023-10": 7, "2024-02": 3}


def test_how_it_is_asked() -> None:
    begin, border, end = "2023-11-15 00:00:00", "2023-12-24 00:00:00", "2024-01-01 01:00:00"
    one = server(1, 4)
    run(one, {"2023-11": 1})
    first = "2023-11-01 00:00:00"
    whole, months = (first, end), [first, begin, "2023-12-01 00:00:00", border, "2024-01-01 00:00:00", end]
    asked = [(*whole, True, True), (*whole, False, True), *((*edge, True, True) for edge in pairwise(months))]
    assert windows(one)[:7] == asked
    assert {each[:3] for each in windows(one)[7:]} == {("2023-12-01 00:00:00", border, True)}


@pytest.mark.parametrize(
    ("instead", "taken_back"), [({}, 0), ({4: {"total": None}}, 3), ({5: AccessError("refused", 403)}, 2)]
)
def test_months_are_asked_for_ahead_and_no_longer_than_they_are_wanted(
    instead: dict[int, Any], taken_back: int
) -> None:
    one = server(1, names=("notes",), instead=instead)
    context = begun(FakeClient({}), NOTES, state={"bookmarks": {"notes": {"time": BOOKMARK}}}, start_date="2023-11-15")
    ranges = TimeRanges(context, NOTES, NOTES, ["notes"])
    erasures = Erasures(context, NOTES, [output(entries([NOTES])["notes"])], endpoint(names=("notes",)), ranges)
    drive(erasures.reading([], RowCounts()), one)
    assert one.ahead[:5] == one.asked[2:7]
    assert len(one.taken_back) == taken_back


def test_where_nothing_is_erased_one_request_shows_it() -> None:
    one = server()
    assert counts(run(one, {"2023-11": 1})) == {}
    assert windows(one) == [("2023-11-01 00:00:00", "2024-01-01 01:00:00", True, True)]


def test_the_filter_of_the_user_holds_for_the_count_too() -> None:
    wanted = {"notes": [{"field": "name", "operator": "gte", "value": 2}]}
    one = run(server(1, 2, 4), {}, filters=wanted)
    assert one.keys("notes") == [2, 4, 5, 6]
    assert counts(one) == {"2023-11": 1, "2023-12": 1}


def test_an_empty_range_is_not_counted() -> None:
    one = server(1)
    assert "notes" not in run(one, start_date="2024-01-01T01:00:00Z").bookmarks
    assert windows(one) == []


def test_a_range_of_one_second_is_counted() -> None:
    one = ListServer([{"name": 1, "time": "2024-01-01 00:59:59", "erased": True}])
    assert counts(run(one, start_date="2024-01-01T00:59:59Z")) == {"2024-01": 1}


def test_without_the_column_nothing_is_counted() -> None:
    one = server(1)
    assert (
        "erased"
        not in ran({"notes": one}, NOTES, names=["notes_parts"], start_date="2023-11-15").bookmarks["notes_parts"]
    )
    assert windows(one) == []


def test_an_empty_answer_where_rows_were_counted_is_asked_again() -> None:
    one = server(1)
    one.instead = {8: {"rows": [], "total": 0}}
    assert run(one, {}).keys("notes") == [1, 5, 6]


TOLD = "rows that are anonymised after they were read cannot be found on this instance"


@pytest.mark.parametrize(
    ("lies", "why"),
    [
        ({"unfiltered": frozenset({"erased"})}, "it does not apply the filter on erased"),
        ({"instead": {1: {"rows": []}}}, "it does not apply the filter on erased"),
        ({"instead": {2: {"rows": [{"name": 9, "erased": "1"}]}}}, "it does not apply the filter on erased"),
        ({"total": lambda _right, _here: None}, "its totals cannot be trusted"),
        ({"instead": {4: {"total": 0}}}, "its totals cannot be trusted"),
        ({"instead": {4: {"rows": []}}}, "its totals cannot be trusted"),
        ({"instead": {6: {"total": 1}}}, "its totals cannot be trusted"),
        ({"instead": {1: AccessError("refused", 403)}}, "refused"),
        ({"instead": {2: RemoteError("HTTP 500")}}, "HTTP 500"),
        ({"instead": {1: UnreachableError("gone")}}, "gone"),
        ({"instead": {4: ContractError("odd")}}, "odd"),
    ],
)
def test_an_instance_that_cannot_tell_is_read_as_before(
    caplog: pytest.LogCaptureFixture, lies: dict[str, Any], why: str
) -> None:
    caplog.set_level(logging.INFO)
    one = server(1, **lies)
    before = {"2023-11": 9}
    done = run(one, before)
    assert done.failure is None
    assert set(done.keys("notes")) >= {5, 6}
    assert 1 not in done.keys("notes")
    assert counts(done) == before
    [line] = [record.getMessage() for record in caplog.records if TOLD in record.getMessage()]
    assert line.startswith(f"notes: {TOLD} ({why}")


@pytest.mark.parametrize("error", [AccessError("logged out", 401), AccessError("no login"), ClockError("clock")])
def test_what_concerns_the_whole_stream_is_no_answer(error: TapError) -> None:
    one = run(server(1, instead={1: error}), {"2023-11": 9})
    assert one.failure is not None
    assert str(error) in str(one.failure)
    assert not one.bookmarks or counts(one) == {"2023-11": 9}


@pytest.mark.parametrize("yes", [True, 1, "1", "true"])
@pytest.mark.parametrize("no", [False, 0, "0", "false", None, ""])
def test_how_a_flag_may_be_written(yes: Any, no: Any) -> None:
    def shown(row: dict[str, Any], _fields: object) -> dict[str, Any]:
        return {**row, "erased": yes if row["erased"] else no}

    assert counts(run(server(1, shown=shown), {})) == {"2023-11": 1}
