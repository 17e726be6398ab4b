"""One stream compared: every planted difference is found and named, and none is invented."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.reconcile.findings import FindingKind, judged
from tap_daktela.reconcile.needs import Asked, ByKey, Listed, SliceTotals
from tap_daktela.reconcile.scope import AxisScope, StreamScope, Times
from tap_daktela.reconcile.warehouse.questions import What
from tests.helpers.reconcile.two_sides import BOOKMARK, PRAGUE, START, TwoSides, day, tickets

MISSING, GONE, LATE = FindingKind.MISSING, FindingKind.GONE, FindingKind.LATE


def row(created: float, edited: float | None = None) -> Times:
    """A row that was created and edited so many days after the start."""
    return {"created": day(created), "edited": None if edited is None else day(edited)}


SAME = {str(number): row(number, number) for number in range(40)}


def found(sides: TwoSides, *, page_size: int = 3, digests: bool = False) -> dict[str, FindingKind]:
    return {one.key: one.kind for one in sides.compared(page_size=page_size, digests=digests).findings}


def test_equal_sides_cost_one_total_for_each_axis() -> None:
    sides = TwoSides(SAME, SAME)
    assert found(sides) == {}
    assert [one.axis for need in sides.asked if isinstance(need, SliceTotals) for one in need.slices] == [
        "edited",
        "created",
    ]
    assert not any(isinstance(need, Listed | ByKey) for need in sides.asked)


def test_months_are_counted_together_up_to_25_pages() -> None:
    sides = TwoSides(SAME, SAME)
    assert found(sides, page_size=1) == {}
    months = [
        one for need in sides.asked if isinstance(need, SliceTotals) for one in need.slices if one.axis == "edited"
    ]
    assert [len(sides.within(one, SAME)) for one in months] == [31, 9]


@pytest.mark.parametrize(
    ("there", "here", "kind"),
    [
        (row(5, 5), None, MISSING),
        (row(5), None, MISSING),
        (None, row(5, 5), GONE),
        (None, row(5), GONE),
        (row(5, 100), row(5, 5), MISSING),  # Edited before the bookmark, and the new version never came.
        (row(5, 100), row(5), MISSING),
        (row(5, 300), row(5, 5), LATE),
        (row(5, 300), row(5), LATE),
        (row(5, 182), row(5, 5), LATE),  # At the bookmark.
        (row(5, 5), row(5, 100), MISSING),  # The instance was set back.
        (row(-9, -9), row(5, 5), None),  # It moved out of what is compared.
        (row(300), None, None),
    ],
)
def test_a_difference_is_named(there: Times | None, here: Times | None, kind: FindingKind | None) -> None:
    sides = TwoSides({**SAME, **({"x": there} if there else {})}, {**SAME, **({"x": here} if here else {})})
    named = {} if kind is None else {"x": kind}
    assert found(sides, page_size=50) == named
    assert found(sides, digests=True) == named


def test_an_older_version_is_said_to_be_here() -> None:
    [finding] = TwoSides({"1": row(5, 100)}, {"1": row(5, 7)}).compared(page_size=9).findings
    assert finding.document() == {
        "finding": "missing here", "stream": "tickets", "key": "1", "axis": "edited",
        "there": "2024-04-10T00:00:00Z", "here": "2024-01-08T00:00:00Z", "version_here": "older",
    }  # fmt: skip


def test_a_row_without_any_version_here_has_no_time_here() -> None:
    [finding] = TwoSides({"1": row(5, 100)}, {}).compared(page_size=9).findings
    assert finding.document() == {
        "finding": "missing here", "stream": "tickets", "key": "1", "axis": "edited",
        "there": "2024-04-10T00:00:00Z", "here": None,
    }  # fmt: skip


def test_rows_that_moved_out_of_what_is_compared_are_counted() -> None:
    compared = TwoSides({"1": row(-9, -9), "2": row(5, 5)}, {"1": row(5, 7), "2": row(5, 5)}).compared(page_size=9)
    assert (compared.findings, compared.moved, compared.here, compared.there) == ([], 1, 2, 1)


def test_a_row_at_the_first_instant_of_a_month_is_in_that_month() -> None:
    first = datetime(2024, 4, 30, 22, tzinfo=timezone.utc)
    rows: dict[str, Times] = {"1": {"created": START, "edited": first}, "2": row(5, 5)}
    sides = TwoSides(rows, rows)
    assert found(sides, page_size=9, digests=True) == {}
    asked = [question.what for need in sides.asked if isinstance(need, Asked) for question in need.questions]
    assert asked == [What.DIGESTS]


def test_counts_that_agree_by_accident_need_digests() -> None:
    sides = TwoSides({**SAME, "new": row(50, 50)}, {**SAME, "old": row(50, 50)})
    assert found(sides) == {}
    assert found(sides, digests=True) == {"new": MISSING, "old": GONE}


def test_what_a_lookback_reads_again_is_late() -> None:
    axis = AxisScope("time", START, BOOKMARK, BOOKMARK - timedelta(days=1))
    scope = StreamScope("calls", (axis,), PRAGUE)
    there: dict[str, Times] = {"old": {"time": day(5)}, "fresh": {"time": BOOKMARK - timedelta(hours=1)}}
    assert found(TwoSides(there, {}, scope)) == {"old": MISSING, "fresh": LATE}


def test_what_lies_between_an_end_and_the_bookmark_is_not_compared() -> None:
    scope = StreamScope("calls", (AxisScope("time", START, day(100), BOOKMARK),), PRAGUE)
    there: dict[str, Times] = {
        "before": {"time": day(99)},
        "at the end": {"time": day(100)},
        "after": {"time": day(101)},
    }
    here: dict[str, Times] = {key: {"time": day(50)} for key in there}
    assert found(TwoSides(there, here, scope)) == {"before": MISSING}


def test_nothing_is_said_of_a_row_that_was_loaded_meanwhile() -> None:
    assert judged(tickets(), "1", row(5, 100), row(5, 100)) is None


def test_a_whole_table_is_read_again_by_itself() -> None:
    sides = TwoSides({"a": {}, "b": {}}, {"b": {}, "c": {}, "d": {}}, StreamScope("users", (), PRAGUE))
    assert found(sides) == {"a": LATE, "c": GONE, "d": GONE}


def test_what_was_closed_later_is_compared_by_rows_that_began_before() -> None:
    time = AxisScope("time", START, BOOKMARK, BOOKMARK)
    close = AxisScope("time_close", START, BOOKMARK, BOOKMARK, started_before="time")
    scope = StreamScope("activities", (time, close), PRAGUE)
    there: dict[str, Times] = {
        "before": {"time": day(-3), "time_close": day(2)},
        "outside": {"time": day(-3), "time_close": day(-2)},
        "open": {"time": day(3), "time_close": None},
        "closed since": {"time": day(3), "time_close": day(300)},
    }
    assert found(TwoSides(there, {}, scope), page_size=50) == {"before": MISSING, "open": MISSING, "closed since": LATE}


def test_few_differences_among_many_rows_cost_few_totals_and_one_page() -> None:
    many = {str(number): row(0, number / 10) for number in range(1800)}
    lost = {key: times for key, times in many.items() if key != "777"}
    sides = TwoSides(many, lost)
    assert found(sides, page_size=50) == {"777": MISSING}
    assert sum(len(need.slices) for need in sides.asked if isinstance(need, SliceTotals)) <= 20
    [listed] = [need.slice for need in sides.asked if isinstance(need, Listed)]
    assert len(sides.within(listed, many)) <= 100


def test_a_part_of_which_most_is_lost_is_not_counted_any_further() -> None:
    many = {str(number): row(0, number / 10) for number in range(1800)}
    lost = {key: times for key, times in many.items() if not day(31) <= (times["edited"] or START) < day(59)}
    sides = TwoSides(many, lost)
    assert set(found(sides, page_size=50).values()) == {MISSING}
    parts = [one for need in sides.asked if isinstance(need, SliceTotals) for one in need.slices]
    assert all((one.upper or START) - (one.lower or START) > timedelta(days=27) for one in parts)


def test_the_warehouse_is_asked_in_three_rounds_at_most() -> None:
    sides = TwoSides({**SAME, "new": row(3, 5), "n": row(9)}, {**SAME, "old": row(50, 50), "o": row(70)})
    sides.compared(digests=True)
    rounds = [question.what for need in sides.asked if isinstance(need, Asked) for question in need.questions]
    assert rounds == [What.DIGESTS, What.KEYS, What.HELD]


def test_the_hour_that_comes_twice_is_no_difference() -> None:
    autumn = day(299).replace(hour=0, minute=30)
    assert (autumn.month, autumn.day) == (10, 26)
    autumn += timedelta(days=1)
    scope = replace(tickets(), axes=(AxisScope("edited", START, day(330), day(330)),))
    here: dict[str, Times] = {"1": {"edited": autumn + timedelta(hours=1)}}
    assert found(TwoSides({"1": {"edited": autumn}, "2": row(1, 300)}, here, scope)) == {"2": MISSING}


rows = st.builds(row, st.integers(-20, 220), st.one_of(st.none(), st.integers(-20, 220)))
PLANTED = st.dictionaries(st.integers(0, 60).map(str), st.tuples(rows, rows, st.sampled_from("====abc")), max_size=60)


def both(planted: dict[str, tuple[Times, Times, str]]) -> TwoSides:
    """Make two sides of rows that are equal, different, or only on one side."""
    there = {key: one for key, (one, _, how) in planted.items() if how != "a"}
    here = {key: other if how == "c" else one for key, (one, other, how) in planted.items() if how != "b"}
    return TwoSides(there, here)


def expected(sides: TwoSides, key: str) -> FindingKind | None:
    """What is to be said of a row, in other words than the code's."""
    there, here = sides.there.get(key), sides.here.get(key)
    if there == here:
        return None
    if there is None:
        return GONE
    changed = there["edited"] or there["created"]
    assert changed is not None
    return None if changed < START else MISSING if changed < BOOKMARK else LATE


def month(times: Times | None) -> object:
    """The month in which a row is counted; None where it is not."""
    if times is None:
        return None
    axis = "edited" if times["edited"] else "created"
    time = times[axis]
    assert time is not None
    return (axis, time.astimezone(PRAGUE).month) if START <= time < BOOKMARK else None


@given(planted=PLANTED, page_size=st.integers(1, 80), digests=st.booleans())
def test_nothing_is_invented(planted: dict[str, tuple[Times, Times, str]], page_size: int, digests: bool) -> None:
    sides = both(planted)
    for key, kind in found(sides, page_size=page_size, digests=digests).items():
        assert kind is expected(sides, key)


@given(planted=PLANTED, page_size=st.integers(1, 80))
def test_with_digests_every_row_in_another_month_is_found(
    planted: dict[str, tuple[Times, Times, str]], page_size: int
) -> None:
    sides = both(planted)
    named = found(sides, page_size=page_size, digests=True)
    for key in planted:
        if month(sides.there.get(key)) != month(sides.here.get(key)):
            assert named.get(key) is expected(sides, key)


@given(planted=PLANTED)
def test_without_digests_every_month_with_another_number_is_searched(
    planted: dict[str, tuple[Times, Times, str]],
) -> None:
    sides = both(planted)
    named = found(sides, page_size=1000)
    there, here = ([month(times) for times in side.values()] for side in (sides.there, sides.here))
    for key in planted:
        [place, *others] = {month(sides.there.get(key)), month(sides.here.get(key))} - {None} or {None}
        if not others and 0 < here.count(place) != there.count(place) and place is not None:
            assert sides.there.get(key) == sides.here.get(key) or named.get(key) is expected(sides, key)


CHANGES = st.lists(st.tuples(st.integers(0, 60).map(str), st.sampled_from(["edited", "deleted"])), max_size=12)


@given(planted=PLANTED, changes=CHANGES, page_size=st.integers(1, 80), digests=st.booleans())
def test_rows_that_move_meanwhile_are_not_taken_for_others(
    planted: dict[str, tuple[Times, Times, str]], changes: list[tuple[str, str]], page_size: int, digests: bool
) -> None:
    sides = both(planted)
    before = {key: expected(sides, key) for key in planted}
    sides.changes = [(key, row(5, 300) if how == "edited" else None) for key, how in changes]
    for key, kind in found(sides, page_size=page_size, digests=digests).items():
        possible = {"edited": LATE, "deleted": GONE}
        assert kind in {before[key], *(possible[how] for changed, how in changes if changed == key)}
