"""Which rows are read again because their personal data was removed, and what is remembered of them; in memory."""

import logging

import pytest

from tests.helpers.engine.erased_notes import (
    BOOKMARK,
    BOTH,
    NOTES,
    READING,
    counts,
    run,
    server,
    windows,
)
from tests.helpers.engine.reading_driver import ListServer
from tests.helpers.engine.stream_driver import ran


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
    one = run(server(3, 4, 5), {"2023-12": 2})
    assert one.keys("notes") == [3, 4, 5, 6]
    assert counts(one) == {"2023-12": 3}


def test_rows_of_the_own_range_do_not_count_as_erased_since() -> None:
    """As where a stream looks back: rows that were counted in the last run are read in this one anyway."""
    assert run(server(3, 4, 5), {"2023-12": 3}).keys("notes") == [5, 6]


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


def test_what_is_read_again() -> None:
    one = server(1, 4)
    run(one, {"2023-11": 1})
    assert windows(one)[:2] == BOTH
    assert {each[:3] for each in windows(one)[2:]} == {("2023-12-01 00:00:00", "2023-12-24 00:00:00", True)}
    assert {each[3] for each in windows(one)[2:]} == {READING}


def test_the_log_says_which_months_are_read_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    run(server(1, 4), {})
    [line] = [record.getMessage() for record in caplog.records if "are read again" in record.getMessage()]
    assert line.startswith("notes: anonymised rows between 2023-11-15 00:00:00 and 2023-12-24 00:00:00 are read again")


def test_a_month_is_read_again_from_the_start_date_on() -> None:
    one = server(1, 4)
    run(one, {"2023-12": 1})
    assert {each[:2] for each in windows(one)[2:]} == {("2023-11-15 00:00:00", "2023-12-01 00:00:00")}


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
