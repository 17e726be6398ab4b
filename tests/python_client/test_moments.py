"""Instants in a filter: whatever the instance's clock does, the rows that were meant are found."""

import operator
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_daktela.daktela.clock import readings
from tap_daktela.daktela.query import Condition, Filter, Group, Query, where
from tap_daktela.errors import ConfigError
from tap_daktela.python_client.filters import F
from tap_daktela.python_client.moments import has_moments, in_zone

PRAGUE = ZoneInfo("Europe/Prague")
SECOND = timedelta(seconds=1)
FIRST, LAST = datetime.min.replace(tzinfo=timezone.utc), datetime.max.replace(tzinfo=timezone.utc)
# Instants in UTC at which a clock is changed: forward, back, by half an hour, two, three and 24 hours, and by a time
# that has seconds.
CHANGES = {
    "Europe/Prague": ("2024-03-31 01:00:00", "2024-10-27 01:00:00"), "America/New_York": ("2024-11-03 06:00:00",),
    "Australia/Lord_Howe": ("2024-04-06 15:00:00", "2024-10-05 15:30:00"), "Europe/Dublin": ("2024-10-27 01:00:00",),
    "Antarctica/Troll": ("2024-10-27 01:00:00", "2024-03-31 01:00:00"), "Antarctica/Casey": ("2018-03-10 17:00:00",),
    "Pacific/Apia": ("2011-12-30 10:00:00",), "Kwajalein": ("1993-08-21 12:00:00",),
    "Africa/Casablanca": ("2024-03-10 02:00:00", "2024-04-14 02:00:00"), "Asia/Pyongyang": ("2018-05-04 15:00:00",),
    "America/St_Johns": ("1988-10-30 01:31:00", "2006-10-29 02:31:00"), "Africa/Monrovia": ("1972-01-07 00:44:30",),
}  # fmt: skip
ZONES = sorted(available_timezones() - {"localtime"})
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "in": lambda one, several: one in several,
    "notin": lambda one, several: one not in several,
    "between": lambda one, both: both[0] <= one <= both[1],
}
EQUALITIES = ("eq", "neq", "in", "notin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def reading(instant: datetime, zone: ZoneInfo) -> str:
    """Return what a row that is stamped at this instant holds."""
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def shown_twice(text: str, zone: ZoneInfo) -> bool:
    first, second = readings(text, zone)
    return first < second


def finds(wanted: Filter, text: str) -> bool:
    """Tell whether the instance, which compares texts, finds a row with this text."""
    if isinstance(wanted, Group):
        return {"and": all, "or": any}[wanted.logic](finds(one, text) for one in wanted.filters)
    return COMPARED[wanted.operator](text, wanted.value)


@st.composite
def moments(draw: st.DrawFn) -> tuple[ZoneInfo, datetime, list[datetime]]:
    """Draw a zone, a row of whole seconds, and two moments near it, all of them mostly around a change."""
    if draw(st.booleans()):
        name = draw(st.sampled_from(sorted(CHANGES)))
        around = utc(draw(st.sampled_from(CHANGES[name])))
    else:
        name = draw(st.sampled_from(ZONES))
        around = draw(st.datetimes(datetime(1970, 2, 1), datetime(2036, 1, 1), timezones=st.just(timezone.utc)))  # noqa: DTZ001 - hypothesis wants bounds without a zone
        around = around.replace(microsecond=0)
    near = [half_hours * 1800 + seconds for half_hours in range(-8, 9) for seconds in (-1, 0, 1)]
    steps = (st.sampled_from(near) | st.integers(-5 * 3600, 5 * 3600)).map(lambda seconds: timedelta(seconds=seconds))
    part = st.sampled_from([0, 0, 1, 500_000, 999_999]).map(lambda micro: timedelta(microseconds=micro))
    row = around + draw(steps)
    closely = st.sampled_from([-SECOND, timedelta(), SECOND]).map(lambda step: row + step)
    either = closely | steps.map(lambda step: around + step)
    return ZoneInfo(name), row, [draw(either) + draw(part) for _ in range(2)]


@pytest.mark.parametrize("name", CHANGES)
def test_the_clock_is_changed_at_these_instants(name: str) -> None:
    for change in map(utc, CHANGES[name]):
        before, after = ((change + step).astimezone(ZoneInfo(name)).utcoffset() for step in (-SECOND, 0 * SECOND))
        assert before != after


@pytest.mark.parametrize("name", COMPARED)
@given(moments(), st.sampled_from([timezone.utc, PRAGUE, ZoneInfo("America/St_Johns")]))
@example((PRAGUE, utc("2024-10-27 00:30:00"), [utc("2024-10-27 01:30:00")] * 2), timezone.utc)
@example((PRAGUE, utc("2024-10-27 01:30:00"), [utc("2024-10-27 00:30:00")] * 2), PRAGUE)
@example((PRAGUE, utc("2024-10-27 01:30:00"), [utc("2024-10-27 00:59:59")] * 2), PRAGUE)
def test_every_row_that_was_meant_is_found_and_others_only_if_their_text_is_shown_twice(
    name: str, case: tuple[ZoneInfo, datetime, list[datetime]], given_in: Any
) -> None:
    zone, row, both = case
    if name in EQUALITIES:
        both = [one.replace(microsecond=0) for one in both]
    if name == "between":
        both = sorted(both)
    many = name in {"in", "notin", "between"}
    value: Any = both if many else both[0]
    written = [one.astimezone(given_in) for one in both]
    wanted = where("edited", name, written if many else written[0])
    if name in {"neq", "notin"} and any(shown_twice(reading(one, zone), zone) for one in both[: 2 if many else 1]):
        with pytest.raises(
            ConfigError, match=f"filter: .* shows .* twice, so '{name}' would leave out rows of another instant"
        ):
            in_zone(wanted, zone)
        return
    text, found = reading(row, zone), in_zone(wanted, zone)
    assert not has_moments(found)
    assert Query(found).parameters()
    if COMPARED[name](row, value):
        assert finds(found, text)
    else:
        assert not finds(found, text) or shown_twice(text, zone)


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        (F.edited >= utc("2024-06-01 10:00:00"), where("edited", "gte", "2024-06-01 12:00:00")),
        (F.edited >= utc("2024-06-01 10:00:00.500000"), where("edited", "gte", "2024-06-01 12:00:01")),
        (F.edited > utc("2024-06-01 10:00:00"), where("edited", "gte", "2024-06-01 12:00:01")),
        (F.edited > utc("2024-06-01 10:00:00.500000"), where("edited", "gte", "2024-06-01 12:00:01")),
        (F.edited < utc("2024-06-01 10:00:00"), where("edited", "lt", "2024-06-01 12:00:00")),
        (F.edited < utc("2024-06-01 10:00:00.500000"), where("edited", "lt", "2024-06-01 12:00:01")),
        (F.edited <= utc("2024-06-01 10:00:00"), where("edited", "lt", "2024-06-01 12:00:01")),
        (F.edited <= utc("2024-06-01 10:00:00.500000"), where("edited", "lt", "2024-06-01 12:00:01")),
        (F.edited < pd.Timestamp("2024-06-01 10:00:00.000000001Z"), where("edited", "lt", "2024-06-01 12:00:01")),
        (F.edited >= pd.Timestamp("2024-06-01 10:00:00.000000001Z"), where("edited", "gte", "2024-06-01 12:00:01")),
        (F.edited == pd.Timestamp("2024-06-01 10:00:00Z"), where("edited", "eq", "2024-06-01 12:00:00")),
        (F.edited == utc("2024-06-01 10:00:00"), where("edited", "eq", "2024-06-01 12:00:00")),
        (F.edited != utc("2024-06-01 10:00:00"), where("edited", "neq", "2024-06-01 12:00:00")),
        (F.edited == utc("2024-10-27 01:30:00"), where("edited", "eq", "2024-10-27 02:30:00")),
        (
            F.edited.in_(["2024-01-01 00:00:00", utc("2024-06-01 10:00:00")]),
            where("edited", "in", ["2024-01-01 00:00:00", "2024-06-01 12:00:00"]),
        ),
        (
            F.edited.between(utc("2024-06-01 10:00:00"), utc("2024-06-02 10:00:00")),
            where("edited", "gte", "2024-06-01 12:00:00") & where("edited", "lt", "2024-06-02 12:00:01"),
        ),
        (
            F.edited.between(date(2024, 6, 1), utc("2024-06-02 10:00:00")),
            where("edited", "gte", date(2024, 6, 1)) & where("edited", "lt", "2024-06-02 12:00:01"),
        ),
        (
            (F.a == 1) | ((F.b == 2) & (F.edited < utc("2024-06-01 10:00:00"))),
            where("a", "eq", 1) | (where("b", "eq", 2) & where("edited", "lt", "2024-06-01 12:00:00")),
        ),
    ],
)
def test_moments_become_text_of_the_instance(wanted: Any, sent: Any) -> None:
    assert has_moments(wanted)
    assert in_zone(wanted, PRAGUE) == sent


@pytest.mark.parametrize(
    "wanted",
    [
        F.a == "2024-06-01T10:00:00Z",
        where("a", "isnull"),
        F.a.in_([1, 2]),
        F.a >= date(2024, 6, 1),
        F.a < datetime(2024, 6, 1, 10),  # noqa: DTZ001 - the wall clock of the instance
        (F.a == 1) & ((F.b == 2) | where("c", "isnull")),
    ],
)
def test_filters_without_an_instant_stay_as_they_are(wanted: Any) -> None:
    assert not has_moments(wanted)
    assert in_zone(wanted, PRAGUE) == wanted


@pytest.mark.parametrize("name", ["lt", "lte", "gt", "gte", "between"])
@pytest.mark.parametrize(("moment", "zone"), [(FIRST, "America/New_York"), (LAST, "Europe/Prague"), (LAST, "UTC")])
def test_a_moment_beyond_the_calendar_is_named(name: str, moment: datetime, zone: str) -> None:
    wanted = where("edited", name, [moment, moment] if name == "between" else moment)
    with pytest.raises(ConfigError, match=f"filter: 'edited' is compared with a date-time too far away in {zone}"):
        in_zone(wanted, ZoneInfo(zone))


def test_the_first_moment_of_the_calendar_is_a_lower_bound() -> None:
    assert in_zone(F.edited >= FIRST, ZoneInfo("UTC")) == where("edited", "gte", "0001-01-01 00:00:00")


def test_an_equality_that_would_lose_rows_is_refused_and_can_be_written_as_text() -> None:
    twice = utc("2024-10-27 00:30:00")
    for wanted in (F.edited != twice, F.edited.notin([twice])):
        with pytest.raises(
            ConfigError, match=r"filter: 'edited': the clock in Europe/Prague shows 2024-10-27 02:30:00 twice"
        ):
            in_zone(wanted, PRAGUE)
    assert in_zone(F.edited != "2024-10-27 02:30:00", PRAGUE) == Condition("edited", "neq", "2024-10-27 02:30:00")
