"""Where time is cut: a row is on the same side of a cut as wall-clock text and as an instant."""

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.daktela import clock
from tap_daktela.reconcile import cuts

ZONES = [ZoneInfo(name) for name in ("Europe/Prague", "America/Santiago", "Asia/Beirut", "Australia/Lord_Howe", "UTC")]
BEGIN = datetime(2019, 1, 1, tzinfo=timezone.utc)
INSTANTS = st.integers(0, 7 * 365 * 86_400).map(lambda seconds: BEGIN + timedelta(seconds=seconds))
# Around changes of the clock, where cuts are difficult.
CHANGES = [
    datetime(2024, *parts, tzinfo=timezone.utc) for parts in ((3, 31, 1), (10, 27, 1), (9, 8, 4), (4, 7, 3), (4, 6, 15))
]
NEAR = st.tuples(st.sampled_from(CHANGES), st.integers(-20_000, 20_000)).map(
    lambda near: near[0] + timedelta(seconds=near[1])
)


@given(zone=st.sampled_from(ZONES), instant=st.one_of(INSTANTS, NEAR), seconds=st.integers(-20_000, 20_000))
def test_a_cut_parts_texts_and_instants_alike(zone: ZoneInfo, instant: datetime, seconds: int) -> None:
    for cut in (cuts.clean_from(instant, zone), cuts.clean_until(instant, zone)):
        text = clock.wall_clock_text((cut + timedelta(seconds=seconds)).astimezone(zone))
        upper = clock.upper_text(cut, zone)
        assert upper == clock.lower_text(cut, zone)
        assert (text < upper) == (clock.to_utc(text, zone) < cut)
    assert cuts.clean_until(instant, zone) <= instant <= cuts.clean_from(instant, zone)


@given(zone=st.sampled_from(ZONES), lower=INSTANTS, days=st.integers(0, 900))
def test_months_cover_all_without_gap(zone: ZoneInfo, lower: datetime, days: int) -> None:
    upper = lower + timedelta(days=days)
    found = cuts.months(lower, upper, zone)
    if found:
        assert (found[0][0], found[-1][1]) == (lower, upper)
    else:
        assert not days
    assert all(one[1] == other[0] for one, other in pairwise(found))
    assert all(cuts.is_clean(begin, zone) for begin, _ in found[1:])
    assert len(found) <= days / 28 + 2


@pytest.mark.parametrize("count", [1, 4])
def test_parts_have_about_equally_many_rows(count: int) -> None:
    lower, zone = datetime(2024, 5, 1, tzinfo=timezone.utc), ZONES[0]
    times = [lower + timedelta(hours=number) for number in range(100)]
    parts = cuts.parts(lower, lower + timedelta(days=30), times, count, zone)
    assert [sum(begin <= time < end for time in times) for begin, end in parts] == [100 // count] * count


def test_a_fraction_of_a_second_is_left_out() -> None:
    instant = datetime(2024, 5, 1, 10, 0, 0, 500_000, tzinfo=timezone.utc)
    assert cuts.clean_until(instant, ZONES[0]) == instant.replace(microsecond=0)
    assert cuts.clean_from(instant, ZONES[0]) == instant.replace(second=1, microsecond=0)


def test_what_cannot_be_cut_stays_one_part() -> None:
    zone = ZONES[0]
    autumn = datetime(2024, 10, 27, tzinfo=timezone.utc)
    second = [autumn - timedelta(days=20)] * 100
    assert len(cuts.parts(second[0], second[0] + timedelta(seconds=1), second, 4, zone)) == 1
    around = [autumn + timedelta(minutes=number) for number in range(120)]
    assert len(cuts.parts(autumn, autumn + timedelta(hours=2), around, 4, zone)) == 1
