"""Which days were read, and what is said of them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tap_daktela.report_page import days
from tap_daktela.report_page.days import Span, axis_days
from tests.helpers.report.documents import document, endpoint, window


def spans_of(**more: Any) -> list[tuple[str, str, str, int | None, int, int]]:
    [axis] = axis_days(document(endpoint(**more)))
    return [shown(span) for span in axis.spans]


def shown(span: Span) -> tuple[str, str, str, int | None, int, int]:
    return str(span.first), str(span.last), span.state, span.promised, span.written, span.windows


def test_a_window_of_several_days_keeps_its_numbers_together() -> None:
    windows = [
        window("edited", "2024-11-01 00:00:00", "2024-11-04 00:00:00", 9, 9),
        window("edited", "2024-11-04 00:00:00", "2024-11-05 12:30:00", 1, 1),
    ]
    assert spans_of(windows=windows) == [
        ("2024-11-01", "2024-11-03", "complete", 9, 9, 1),
        ("2024-11-04", "2024-11-05", "complete", 1, 1, 1),
    ]


def test_windows_within_a_day_are_one_with_the_worst_state() -> None:
    halves = [("00:00:00", "08:00:00"), ("08:00:00", "12:30:00")]
    windows = [window("edited", f"2024-11-05 {lower}", f"2024-11-05 {upper}", 4, 3) for lower, upper in halves]
    windows.append(window("edited", "2024-11-05 12:30:00", "2024-11-05 12:30:01", None, 1))
    ranges = [{"by": "edited", "from": "2024-11-05 00:00:00", "to": "2024-11-05 12:30:01", "lookback": False}]
    assert spans_of(windows=windows[:2], ranges=ranges, complete=False, failure="short") == [
        ("2024-11-05", "2024-11-05", "differs", 8, 6, 2),
        ("2024-11-05", "2024-11-05", "unread", None, 0, 0),
    ]
    assert spans_of(windows=windows, ranges=ranges) == [("2024-11-05", "2024-11-05", "unknown", None, 7, 3)]


@pytest.mark.parametrize(
    ("promised", "written", "complete", "state"),
    [
        (3, 3, False, "complete"),
        (3, 2, True, "moved"),
        (2, 3, True, "moved"),
        (3, 2, False, "differs"),
        (2, 3, False, "differs"),
        (None, 2, True, "unknown"),
        (None, 2, False, "unknown"),
    ],
)
def test_the_state_of_a_window(promised: int | None, written: int, complete: bool, state: str) -> None:
    whole = window("edited", "2024-11-01 00:00:00", "2024-11-05 12:30:00", promised, written)
    [(*_, found, told, rows, _)] = spans_of(windows=[whole], complete=complete)
    assert (found, told, rows) == (state, promised, written)


def test_days_that_no_window_covers_were_not_read() -> None:
    windows = [window("edited", "2024-11-02 00:00:00", "2024-11-03 00:00:00", 2, 2)]
    assert spans_of(windows=windows, complete=False) == [
        ("2024-11-01", "2024-11-01", "unread", None, 0, 0),
        ("2024-11-02", "2024-11-02", "complete", 2, 2, 1),
        ("2024-11-03", "2024-11-05", "unread", None, 0, 0),
    ]
    assert spans_of(windows=[], complete=False) == [("2024-11-01", "2024-11-05", "unread", None, 0, 0)]


def test_a_day_that_was_read_to_noon_was_not_read_to_its_end() -> None:
    windows = [window("edited", "2024-11-01 00:00:00", "2024-11-05 12:00:00", 2, 2)]
    assert [state for *_, state, _, _, _ in spans_of(windows=windows, complete=False)] == ["complete", "unread"]
    part = {**window("edited", "2024-11-05 12:00:00", "2024-11-05 12:30:00", 5, 5), "up_to": "k5"}
    *_, last = spans_of(windows=[*windows, part], complete=False)
    assert last == ("2024-11-05", "2024-11-05", "unread", None, 0, 0)
    whole = [*windows, part, {**part, "after": "k5", "up_to": None}]
    assert {state for *_, state, _, _, _ in spans_of(windows=whole)} == {"complete"}


def test_anonymised_rows_that_are_read_again_are_no_days_of_the_range() -> None:
    again = window("edited", "2024-09-01 00:00:00", "2024-10-01 00:00:00", 2, 2)
    own = window("edited", "2024-11-01 00:00:00", "2024-11-05 12:30:00", 4, 4)
    assert spans_of(windows=[again, own]) == [("2024-11-01", "2024-11-05", "complete", 4, 4, 1)]
    assert spans_of(windows=[again]) == [("2024-11-01", "2024-11-05", "complete", 0, 0, 1)]


def test_an_axis_without_rows_was_read_if_its_endpoint_was() -> None:
    assert spans_of(windows=[], complete=True) == [("2024-11-01", "2024-11-05", "complete", 0, 0, 1)]


def test_an_empty_range_has_no_days() -> None:
    ranges = [{"by": "edited", "from": "2024-11-06 00:00:00", "to": "2024-11-05 12:30:00", "lookback": False}]
    assert spans_of(windows=[], ranges=ranges, complete=False) == []


def test_pieces_by_key_have_no_days() -> None:
    assert axis_days(document(endpoint(ranges=[], windows=[window("name", None, None, 3, 3)]))) == []


def test_of_very_many_windows_those_of_a_month_are_shown_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(days, "MOST_SPANS", 5)
    edges = [f"2024-{month}-{day:02} 00:00:00" for month in (10, 11) for day in (1, 2, 3, 4)]
    windows = [window("edited", edge, other, 2, 1 if edge == edges[2] else 2) for edge, other in pairwise(edges)]
    ranges = [{"by": "edited", "from": edges[0], "to": edges[-1], "lookback": False}]
    [axis] = axis_days(document(endpoint(windows=windows, ranges=ranges, complete=False)))
    assert axis.joined
    assert [shown(span) for span in axis.spans] == [
        ("2024-10-01", "2024-10-02", "complete", 4, 4, 2),
        ("2024-10-03", "2024-10-03", "differs", 2, 1, 1),
        ("2024-10-04", "2024-10-31", "complete", 2, 2, 1),
        ("2024-11-01", "2024-11-03", "complete", 6, 6, 3),
    ]
