"""How rows that have a flag are counted by month: in few requests, and only where the instance can be believed."""

import logging
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.errors import AccessError, ClockError, ContractError, RemoteError, TapError, UnreachableError
from tap_daktela.sync.streams.erasures import Erasures
from tap_daktela.sync.streams.row_counts import RowCounts
from tap_daktela.sync.streams.time_ranges import TimeRanges
from tests.helpers.engine.erased_notes import (
    BOOKMARK,
    BOTH,
    COUNTING,
    NOTES,
    counts,
    run,
    server,
    windows,
)
from tests.helpers.engine.reading_driver import ListServer, drive, endpoint
from tests.helpers.engine.stream_driver import FakeClient, Ran, begun
from tests.helpers.record_helpers import output


def test_rows_that_fit_on_one_page_are_counted_by_their_times() -> None:
    one = server(1, 2, 4)
    first = run(one)
    assert windows(one) == BOTH
    assert [(get.query.take, get.query.sort) for get in one.asked[:2]] == [(10, ()), (1, ())]
    again = server(1, 2, 4)
    assert run(again, counts(first)).keys("notes") == [5, 6]
    assert windows(again) == BOTH


def test_where_nothing_is_erased_one_request_shows_it() -> None:
    one = server()
    assert counts(run(one, {"2023-11": 1})) == {}
    assert windows(one) == BOTH[:1]


MANY = [(year, month, day) for year in (2021, 2022, 2023) for month in (3, 4, 11) for day in (1, 9)]
MONTHS = {f"{year}-{month:02}": 2 for year, month, _ in MANY}


def archive(*more: str, **lies: Any) -> ListServer:
    """Return a server with two erased rows in each of three months of three years, `more` at these times, and one."""
    times = [*(f"{year}-{month:02}-{day:02} 08:00:00" for year, month, day in MANY), *more]
    rows = [{"name": key, "time": time, "erased": True} for key, time in enumerate(times, 100)]
    return ListServer([*rows, {"name": 99, "time": "2021-01-01 08:00:00", "erased": False}], **lies)


def of_many(one: ListServer, known: Mapping[str, int], **changes: Any) -> tuple[Ran, list[str]]:
    """Run over an archive; return the windows in which rows were counted after the first two requests, too."""
    done = run(one, known, **{"start_date": "2021-01-01", "page_size": 6, **changes})
    asked = [each for each in windows(one) if each[3] == COUNTING]
    assert [each[2] for each in asked] == [True, False, *[True] * (len(asked) - 2)]
    return done, [f"{begin[:7]} {end[:7]}" for begin, end, _, _ in asked[2:]]


YEARS = ["2021-01 2022-01", "2022-01 2023-01", "2023-01 2024-01", "2024-01 2024-01"]


def of_year(year: int) -> list[str]:
    """Return the months of a year, as windows."""
    edges = [*(f"{year}-{month:02}" for month in range(1, 13)), f"{year + 1}-01"]
    return [" ".join(edge) for edge in pairwise(edges)]


def test_rows_that_do_not_fit_on_one_page_are_counted_by_years() -> None:
    one, asked = of_many(archive(), {}, page_size=7)
    assert (asked, counts(one)) == (YEARS, MONTHS)


def test_rows_of_a_year_that_fill_a_page_are_counted_by_months() -> None:
    one, asked = of_many(archive(), {})
    assert sorted(asked) == sorted([*YEARS, *of_year(2021), *of_year(2022), *of_year(2023)])
    assert counts(one) == MONTHS


def test_a_quiet_run_asks_twice_however_many_rows_are_erased() -> None:
    one, asked = of_many(archive(), MONTHS)
    assert (asked, one.keys("notes"), counts(one)) == ([], [], MONTHS)


def test_months_are_asked_for_in_years_whose_count_changed() -> None:
    one, asked = of_many(archive("2022-04-30 23:59:59"), MONTHS)
    assert asked == [*YEARS, *of_year(2022)]
    assert one.keys("notes") == [108, 109, 118]
    assert counts(one) == {**MONTHS, "2022-04": 3}


def test_a_month_belongs_to_one_year() -> None:
    one, asked = of_many(archive("2023-01-01 08:00:00", "2021-04-30 08:00:00"), {**MONTHS, "2023-01": 1})
    assert asked == [*YEARS, *of_year(2021)]
    assert counts(one) == {**MONTHS, "2021-04": 3, "2023-01": 1}


def test_two_years_are_counted_by_years_first() -> None:
    _, asked = of_many(archive(), {}, start_date="2023-01-01")
    assert asked == [*YEARS[2:], *of_year(2023)]


def test_streams_of_which_one_knows_other_counts_are_not_quiet() -> None:
    marks = {"time": BOOKMARK, "erased": MONTHS}
    other = {"time": BOOKMARK, "erased": {**MONTHS, "2021-03": 1, "2021-04": 3}}
    one, _ = of_many(archive(), {}, state={"bookmarks": {"notes": other, "notes_parts": marks}})
    assert one.keys("notes") == [100, 101, 102, 103]
    assert counts(one) == MONTHS


def test_rows_that_were_purged_and_others_that_were_erased_are_told_apart_once_their_numbers_differ() -> None:
    """In all, as many rows are erased as before. What was missed is found as soon as the sum is another."""
    moved = archive("2022-04-30 23:59:59")
    del moved.rows[0]
    one, asked = of_many(moved, MONTHS)
    assert (asked, counts(one)) == ([], MONTHS)
    del moved.rows[0]
    moved.asked.clear()
    one, _ = of_many(moved, counts(one))
    assert one.keys("notes") == [108, 109, 118]
    assert counts(one) == {month: count for month, count in MONTHS.items() if month != "2021-03"} | {"2022-04": 3}


@pytest.mark.parametrize(
    ("instead", "taken_back"), [({}, 0), ({4: {"total": None}}, 0), ({4: AccessError("refused", 403)}, 2)]
)
def test_years_are_asked_for_ahead_and_no_longer_than_they_are_wanted(instead: dict[int, Any], taken_back: int) -> None:
    one = archive(names=("notes",), instead=instead)
    context = begun(FakeClient({}), NOTES, state={"bookmarks": {"notes": {"time": BOOKMARK}}}, start_date="2021-01-01")
    ranges = TimeRanges(context, NOTES, NOTES, ["notes"])
    erasures = Erasures(context, NOTES, [output(entries([NOTES])["notes"])], endpoint(names=("notes",)), ranges)
    drive(erasures.reading([], RowCounts()), one)
    assert one.ahead[:4] == one.asked[2:6]
    assert len(one.taken_back) == taken_back


TOLD = "rows that are anonymised after they were read cannot be found on this instance"


def told(caplog: pytest.LogCaptureFixture) -> str:
    """Return the one line that says so."""
    [line] = [record.getMessage() for record in caplog.records if TOLD in record.getMessage()]
    return line


@pytest.mark.parametrize(
    ("lies", "why"),
    [
        ({"unfiltered": frozenset({"erased"})}, "it does not apply the filter on erased"),
        ({"instead": {1: {"rows": []}}}, "its totals cannot be trusted"),
        ({"instead": {2: {"rows": [{"name": 9, "erased": "1"}]}}}, "it does not apply the filter on erased"),
        ({"total": lambda _right, _here: None}, "its totals cannot be trusted"),
        ({"instead": {1: {"total": 0}}}, "its totals cannot be trusted"),
        ({"instead": {1: AccessError("refused", 403)}}, "refused"),
        ({"instead": {2: RemoteError("HTTP 500")}}, "HTTP 500"),
        ({"instead": {1: UnreachableError("gone")}}, "gone"),
        ({"instead": {1: ContractError("odd")}}, "odd"),
        ({"instead": {1: {"rows": [{"time": "2023-10-31 23:59:59", "erased": 1}]}}}, "it gives rows of other times"),
        ({"instead": {1: {"rows": [{"time": None, "erased": 1}]}}}, "it gives rows of other times"),
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
    assert told(caplog).startswith(f"notes: {TOLD} ({why}")


@pytest.mark.parametrize(
    ("instead", "why"),
    [
        ({4: {"total": 0}}, "its totals cannot be trusted"),
        ({4: {"total": 1}}, "its totals cannot be trusted"),
        ({4: {"rows": []}}, "its totals cannot be trusted"),
        ({6: {"total": 1}}, "its totals cannot be trusted"),
        ({9: {"total": None}}, "its totals cannot be trusted"),
        ({4: {"rows": [{"time": "2022-01-01 00:00:00", "erased": 0}]}}, "it does not apply the filter on erased"),
        ({5: ContractError("odd")}, "odd"),
        ({12: RemoteError("HTTP 500")}, "HTTP 500"),
    ],
)
def test_years_and_months_are_no_more_trusted_than_the_whole(
    caplog: pytest.LogCaptureFixture, instead: dict[int, Any], why: str
) -> None:
    caplog.set_level(logging.INFO)
    before = {**MONTHS, "2022-11": 1}
    one, _ = of_many(archive(instead=instead), before)
    assert (one.failure, one.keys("notes"), counts(one)) == (None, [], before)
    assert told(caplog).startswith(f"notes: {TOLD} ({why}")


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
