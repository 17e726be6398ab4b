"""Wall-clock text and instants."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_daktela.daktela.clock import border, lower_text, parse_moment, readings, resolve, to_utc, upper_text, utc_text

PRAGUE = ZoneInfo("Europe/Prague")
DIFFICULT = (
    "UTC", "Europe/Prague", "Europe/Bucharest", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca",
    "Pacific/Apia", "Europe/Dublin", "Asia/Gaza", "America/Caracas", "Antarctica/Troll",
)  # fmt: skip
# Nights from 23:00 on: forward, back, a day that is left out, and changes by half an hour and by three hours.
NIGHTS = {
    "Europe/Prague": ("2024-03-30", "2024-10-26"), "Pacific/Apia": ("2011-12-29",), "Kwajalein": ("1993-08-20",),
    "Australia/Lord_Howe": ("2024-04-06", "2024-10-05"), "America/St_Johns": ("1988-04-02", "2006-04-02"),
    "America/Sao_Paulo": ("2018-11-03", "2018-02-17"), "Antarctica/Casey": ("2010-03-04", "2018-10-06"),
    "Africa/Casablanca": ("2024-03-09", "2024-04-13"), "Asia/Pyongyang": ("2018-05-04",), "UTC": ("2024-02-29",),
}  # fmt: skip
ZONES = st.sampled_from(DIFFICULT) | st.sampled_from(sorted(available_timezones() - {"localtime"}))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def reading(instant: datetime, zone: ZoneInfo) -> str:
    """Return what a row that is stamped at this instant holds."""
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def changes(zone: ZoneInfo, year: int) -> list[datetime]:
    """Return the instants, to the hour, around which the zone's clock changes in a year."""
    hours = [utc(f"{year}-01-01") + timedelta(hours=hour) for hour in range(366 * 24)]
    offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
    return [hours[i] for i in range(1, len(hours)) if offsets[i] != offsets[i - 1]]


NEAR = {
    zone: [c for year in (2011, 2024) for c in changes(ZoneInfo(zone), year)] or [utc("2024-01-01")]
    for zone in DIFFICULT
}


@st.composite
def nights(draw: st.DrawFn) -> tuple[ZoneInfo, datetime, datetime, datetime]:
    """Draw a difficult zone, a window around a change of its clock, and an instant within the window."""
    name = draw(st.sampled_from(DIFFICULT))
    around = draw(st.sampled_from(NEAR[name]))
    seconds = st.integers(-5 * 3600, 5 * 3600) | st.sampled_from(
        [n * 1800 + d for n in range(-8, 9) for d in (-1, 0, 1)]
    )
    parts = st.builds(
        lambda s, m: timedelta(seconds=s, microseconds=m), seconds, st.sampled_from([0, 0, 1, 500_000, 999_999])
    )
    begin, at, end = sorted(around + draw(parts) for _ in range(3))
    return ZoneInfo(name), begin, at, end


@given(nights())
def test_every_row_of_a_window_lies_between_its_texts_in_the_nights_of_a_change(case: Any) -> None:
    zone, begin, at, end = case
    if at < end:
        assert lower_text(begin, zone) <= reading(at, zone) < upper_text(end, zone)


INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2036, 1, 1), timezones=st.just(timezone.utc))  # noqa: DTZ001 - wall-clock times have no zone


@given(ZONES, INSTANTS, st.timedeltas(timedelta(0), timedelta(days=40)), st.floats(0, 1, exclude_max=True))
@example("Europe/Prague", utc("2024-10-27 00:30:00"), timedelta(hours=1), 0.75)
def test_every_row_of_a_window_lies_between_its_texts(
    name: str, begin: datetime, length: timedelta, place: float
) -> None:
    zone, end = ZoneInfo(name), begin + length
    at = begin + length * place
    if at < end:
        assert lower_text(begin, zone) <= reading(at, zone) < upper_text(end, zone)


@given(st.sampled_from(DIFFICULT), INSTANTS)
def test_bounds_are_widened_only_around_a_change(name: str, instant: datetime) -> None:
    zone = ZoneInfo(name)
    instant = instant.replace(microsecond=0)
    day = timedelta(days=1, hours=2)
    if (
        len({(instant + step).astimezone(zone).utcoffset() for step in (-day, day * 0, day)}) == 1
        and instant.year > 2012
    ):
        assert lower_text(instant, zone) == upper_text(instant, zone) == reading(instant, zone)


@pytest.mark.parametrize(
    ("instant", "lower", "upper"),
    [
        ("2024-10-26 23:59:59", "2024-10-27 01:59:59", "2024-10-27 01:59:59"),
        ("2024-10-27 00:00:00", "2024-10-27 02:00:00", "2024-10-27 02:00:00"),
        ("2024-10-27 00:30:00", "2024-10-27 02:00:00", "2024-10-27 02:30:00"),
        ("2024-10-27 00:59:59", "2024-10-27 02:00:00", "2024-10-27 02:59:59"),
        ("2024-10-27 01:00:00", "2024-10-27 02:00:00", "2024-10-27 03:00:00"),
        ("2024-10-27 01:30:00", "2024-10-27 02:30:00", "2024-10-27 03:00:00"),
        ("2024-10-27 02:00:00", "2024-10-27 03:00:00", "2024-10-27 03:00:00"),
        ("2024-03-31 00:59:59", "2024-03-31 01:59:59", "2024-03-31 01:59:59"),
        ("2024-03-31 01:00:00", "2024-03-31 03:00:00", "2024-03-31 03:00:00"),
        ("2024-06-01 10:00:00.000001", "2024-06-01 12:00:00", "2024-06-01 12:00:01"),
        ("2024-12-31 22:59:59.999999", "2024-12-31 23:59:59", "2025-01-01 00:00:00"),
    ],
)
def test_bounds_in_prague(instant: str, lower: str, upper: str) -> None:
    assert (lower_text(utc(instant), PRAGUE), upper_text(utc(instant), PRAGUE)) == (lower, upper)


def test_a_text_has_four_digits_of_the_year() -> None:
    zone = ZoneInfo("UTC")
    assert lower_text(utc("0987-01-01"), zone) == upper_text(utc("0987-01-01"), zone) == "0987-01-01 00:00:00"


def test_bounds_where_the_clock_goes_back_by_half_an_hour() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    assert lower_text(utc("2024-04-06 14:45:00"), zone) == "2024-04-07 01:30:00"
    assert upper_text(utc("2024-04-06 15:15:00"), zone) == "2024-04-07 02:00:00"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-07-01 12:00:00", "2024-07-01T10:00:00Z"),
        ("2024-01-01 12:00:00", "2024-01-01T11:00:00Z"),
        ("2024-01-01T12:00:00.123", "2024-01-01T11:00:00Z"),
        ("2024-10-27 02:30:00", "2024-10-27T00:30:00Z"),
        ("2024-03-31 02:30:00", "2024-03-31T01:30:00Z"),
    ],
)
def test_wall_clock_text_to_utc(text: str, instant: str) -> None:
    assert utc_text(to_utc(text, PRAGUE)) == instant


@pytest.mark.parametrize(
    ("text", "instants"),
    [
        ("2024-07-01 12:00:00", ("10:00", "10:00")),
        ("2024-10-27 02:30:00", ("00:30", "01:30")),
        ("2024-03-31 02:30:00", ("01:30", "00:30")),
    ],
)
def test_both_instants_of_a_reading(text: str, instants: tuple[str, str]) -> None:
    assert readings(text, PRAGUE) == tuple(utc(f"{text[:10]} {instant}") for instant in instants)


@given(ZONES, st.sampled_from(["0001-01-01", "0001-01-02", "9999-12-30", "9999-12-31"]), st.integers(0, 23))
def test_no_reading_at_the_edge_of_the_calendar_is_a_crash(name: str, day: str, hour: int) -> None:
    with suppress(ValueError):
        assert all(instant.tzinfo is timezone.utc for instant in readings(f"{day} {hour:02}:00:00", ZoneInfo(name)))


@pytest.mark.parametrize(
    "text", ["", "0000-00-00 00:00:00", "2024-13-01 00:00:00", "2024-01-01", "now", "2024-01-01 25:00:00"]
)
def test_text_that_is_no_reading(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the sentence may come from the standard library
        to_utc(text, PRAGUE)


def test_a_reading_at_the_edge_of_the_calendar() -> None:
    with pytest.raises(ValueError, match="too far away in Europe/Prague"):
        to_utc("0001-01-01 00:00:00", PRAGUE)


@given(ZONES, INSTANTS)
def test_a_reading_is_never_read_as_later_than_it_was(name: str, instant: datetime) -> None:
    zone = ZoneInfo(name)
    assert to_utc(reading(instant, zone), zone) <= instant


@pytest.mark.parametrize(
    ("text", "moment", "instant"),
    [
        ("2024-01-31", date(2024, 1, 31), "2024-01-30T23:00:00Z"),
        ("2024-01-31T01:02:03", datetime(2024, 1, 31, 1, 2, 3), "2024-01-31T00:02:03Z"),  # noqa: DTZ001 - wall-clock times have no zone
        (" 2024-01-31 01:02 ", datetime(2024, 1, 31, 1, 2), "2024-01-31T00:02:00Z"),  # noqa: DTZ001 - wall-clock times have no zone
        ("2024-01-31T01:02:03Z", utc("2024-01-31 01:02:03"), "2024-01-31T01:02:03Z"),
        ("2024-01-31t01:02:03.5z", utc("2024-01-31 01:02:03.500000"), "2024-01-31T01:02:03Z"),
        ("2024-01-31T01:02:03.1234567Z", utc("2024-01-31 01:02:03.123456"), "2024-01-31T01:02:03Z"),
        ("2024-01-31T01:02:03-05:30", utc("2024-01-31 06:32:03"), "2024-01-31T06:32:03Z"),
        ("2024-01-31T01:02:03+0100", utc("2024-01-31 00:02:03"), "2024-01-31T00:02:03Z"),
    ],
)
def test_moments(text: str, moment: Any, instant: str) -> None:
    assert parse_moment(text) == moment
    assert isinstance(parse_moment(text), datetime) == isinstance(moment, datetime)
    assert utc_text(resolve(parse_moment(text), PRAGUE)) == instant


@pytest.mark.parametrize(
    ("zone", "text", "instant"),
    [
        ("Europe/Prague", "2024-03-31 02:00:00", "2024-03-31T01:00:00Z"),  # left out: the change itself
        ("Europe/Prague", "2024-03-31 02:30:00", "2024-03-31T01:00:00Z"),
        ("Europe/Prague", "2024-03-31 02:59:59.5", "2024-03-31T01:00:00Z"),
        ("Europe/Prague", "2024-03-31 03:00:00", "2024-03-31T01:00:00Z"),
        ("Europe/Prague", "2024-10-27 02:30:00", "2024-10-27T00:30:00Z"),  # read twice: the first time
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),  # a day that is left out
        ("Pacific/Apia", "2011-12-30 17:00", "2011-12-30T10:00:00Z"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"),  # a day that begins at one o'clock
        ("Australia/Lord_Howe", "2024-10-06 02:15", "2024-10-05T15:30:00Z"),
    ],
)
def test_moments_in_the_nights_of_a_change(zone: str, text: str, instant: str) -> None:
    assert utc_text(resolve(parse_moment(text), ZoneInfo(zone))) == instant


@given(st.data(), st.sampled_from(sorted(NIGHTS)))
def test_a_moment_without_offset_divides_rows_as_their_texts_do(data: Any, name: str) -> None:
    """As `start_date` it leaves out no row whose reading is not before it, as `end_date` none whose reading is."""
    zone = ZoneInfo(name)
    night = datetime.fromisoformat(data.draw(st.sampled_from(NIGHTS[name])))
    seconds = st.integers(0, 30 * 3600) | st.integers(0, 60).map(lambda half_hours: half_hours * 1800)
    moment = night + timedelta(hours=23, seconds=data.draw(seconds))
    row = resolve(night, zone) + timedelta(hours=20, seconds=data.draw(seconds))
    text, instant = moment.isoformat(" "), resolve(moment, zone)
    if reading(row, zone) >= text:
        assert reading(row, zone) >= lower_text(instant, zone)
    else:
        assert reading(row, zone) < upper_text(instant, zone)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("yesterday", "neither a date"),
        ("2024-1-1", "neither a date"),
        ("2024-02-30", "not a date of the calendar"),
        ("2024-01-01T24:30:00Z", "not a date of the calendar"),
        ("2024-01-01T24:00", "not a date of the calendar"),
        ("2024-01-01T24:00:00Z", "not a date of the calendar"),
        ("2024-01-01T00:00:00+25:00", "not a date of the calendar"),
        ("1492-10-12", "outside the years 1970 to 9998"),
        ("9999-12-31", "outside the years 1970 to 9998"),
        ("٢٠٢٤-01-01", "neither a date"),
    ],
)
def test_text_that_is_no_moment(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_moment(text)


@pytest.mark.parametrize(
    "text", ["31.31.2020", "2024-13-1", "20241301", "2024111", "0000-1-1", "30.2.2024", "1/2/2024"]
)
def test_no_date_is_proposed_that_is_none_or_may_be_another(text: str) -> None:
    with pytest.raises(ValueError, match=r"neither a date .* nor a date-time \(2024-01-31T00:00:00Z\)$"):
        parse_moment(text)


@pytest.mark.parametrize("day", ["2024-03-31", "2024-10-27", "2024-06-01"])
def test_a_border_parts_instants_as_its_text_parts_texts(day: str) -> None:
    times = [f"{day} {hour:02}:{minute:02}:00" for hour in range(5) for minute in (0, 15, 30, 59)]
    shown = [text for text in times if readings(text, PRAGUE)[0] <= readings(text, PRAGUE)[1]]
    for lowest in times:
        instant = border(lowest, PRAGUE)
        assert [to_utc(text, PRAGUE) >= instant for text in shown] == [text >= lowest for text in shown]
