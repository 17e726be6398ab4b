"""Points in time: the instance's wall clock as RFC 3339 in UTC, or as it is."""

# ruff: noqa: DTZ001 - a wall clock has no zone

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_daktela.catalog.fields import FieldType
from tap_daktela.sync.records import moments
from tests.helpers.record_helpers import column, shape_one, values

MOMENT = column(FieldType.DATETIME)
ZONES = ("Europe/Prague", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "America/Sao_Paulo", "UTC")


@pytest.mark.parametrize(
    ("zone", "wall", "utc"),
    [
        ("Europe/Prague", "2024-01-02 03:04:05", "2024-01-02T02:04:05Z"),
        ("Europe/Prague", "2024-07-02 03:04:05", "2024-07-02T01:04:05Z"),
        # The hour that the spring night leaves out is taken with the offset before it.
        ("Europe/Prague", "2024-03-31 01:59:59", "2024-03-31T00:59:59Z"),
        ("Europe/Prague", "2024-03-31 02:30:00", "2024-03-31T01:30:00Z"),
        ("Europe/Prague", "2024-03-31 03:00:00", "2024-03-31T01:00:00Z"),
        # The hour that the autumn night has twice is its earlier one.
        ("Europe/Prague", "2024-10-27 01:59:59", "2024-10-26T23:59:59Z"),
        ("Europe/Prague", "2024-10-27 02:30:00", "2024-10-27T00:30:00Z"),
        ("Europe/Prague", "2024-10-27 03:00:00", "2024-10-27T02:00:00Z"),
        ("Asia/Kolkata", "2024-01-02 03:04:05", "2024-01-01T21:34:05Z"),
        ("America/St_Johns", "2024-01-02 23:45:00", "2024-01-03T03:15:00Z"),
        # Half an hour is repeated here.
        ("Australia/Lord_Howe", "2024-04-07 01:45:00", "2024-04-06T14:45:00Z"),
        ("Australia/Lord_Howe", "2024-04-07 01:15:00", "2024-04-06T14:15:00Z"),
        # And half an hour is left out here.
        ("Australia/Lord_Howe", "2024-10-06 02:15:00", "2024-10-05T15:45:00Z"),
        ("Australia/Lord_Howe", "2024-10-06 02:45:00", "2024-10-05T15:45:00Z"),
    ],
)
def test_wall_clock_to_utc(zone: str, wall: str, utc: str) -> None:
    into = values(zone)
    # Twice: the second time the hour may be remembered.
    assert [shape_one({"x": wall}, MOMENT, into=into)["x"] for _ in range(2)] == [utc, utc]
    assert not into.bad.values


@pytest.mark.parametrize(
    ("given_text", "utc", "local"),
    [
        ("2024-01-02T03:04:05", "2024-01-02T02:04:05Z", "2024-01-02 03:04:05"),
        ("2024-01-02 03:04:05.987", "2024-01-02T02:04:05Z", "2024-01-02 03:04:05"),
        (" 2024-01-02 03:04:05 ", "2024-01-02T02:04:05Z", "2024-01-02 03:04:05"),
        ("2024-01-02", "2024-01-01T23:00:00Z", "2024-01-02 00:00:00"),
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z", "2024-01-02 04:04:05"),
        ("2024-01-02T03:04:05+05:30", "2024-01-01T21:34:05Z", "2024-01-01 22:34:05"),
        ("2024-10-27 02:30:00", "2024-10-27T00:30:00Z", "2024-10-27 02:30:00"),
        ("1890-01-01 00:00:00", "1889-12-31T23:02:16Z", "1890-01-01 00:00:00"),
        ("", None, None),
    ],
)
def test_other_ways_to_write_a_moment(given_text: str, utc: str | None, local: str | None) -> None:
    into = values()
    assert shape_one({"x": given_text}, MOMENT, into=into) == {"x": utc}
    assert shape_one({"x": given_text}, MOMENT, into=values(local=True)) == {"x": local}
    assert not into.bad.values


@pytest.mark.parametrize(
    "bad",
    [
        "0000-00-00 00:00:00",
        "0000-00-00",
        "2024-00-10 00:00:00",
        "2024-02-30 10:00:00",
        "2024-01-02 24:00:00",
        "2024-01-02 10:60:00",
        "2024-01-02 10:59:60",
        "0001-01-01 00:00:00",
        "12",
        "now",
        "٢٠٢٤-01-02 03:04:05",
        1704164645,
        1.5,
        True,
        ["2024-01-02 03:04:05", "2024-01-02 03:04:05"],
        {"date": "2024-01-02 03:04:05"},
    ],
    ids=str,
)
@pytest.mark.parametrize("local", [False, True])
def test_what_is_no_moment_is_null_and_counted(bad: object, local: bool) -> None:
    into = values(local=local)
    # A good one first: what is remembered of its hour must not let a bad one through.
    for rest in ("02 10:00:00", "02 03:04:05"):
        shape_one({"x": f"2024-01-{rest}"}, MOMENT, into=into)
    assert shape_one({"name": 8, "x": bad}, MOMENT, into=into) == {"x": None}
    assert (into.bad.values["x"].count, into.bad.values["x"].example) == (1, 8)


walls = st.datetimes(datetime(1971, 1, 1), datetime(2060, 1, 1)).map(lambda moment: moment.replace(microsecond=0))


def near_a_change(zone: str) -> st.SearchStrategy[datetime]:
    """Return readings in the nights in which the clocks of a zone change."""
    nights = {
        "Australia/Lord_Howe": [datetime(2024, 4, 7), datetime(2024, 10, 6)],
        "America/Sao_Paulo": [datetime(2018, 2, 17, 22), datetime(2018, 11, 3, 22)],
    }.get(zone, [datetime(2024, 3, 31), datetime(2024, 10, 27), datetime(2024, 3, 10), datetime(2024, 11, 3)])
    return st.builds(
        lambda night, second: night + timedelta(seconds=second), st.sampled_from(nights), st.integers(0, 18000)
    )


@settings(max_examples=60)
@given(st.data(), st.sampled_from(ZONES), st.booleans())
def test_remembered_hours_give_what_the_zone_says(data: st.DataObject, zone: str, local: bool) -> None:
    readings = data.draw(st.lists(walls | near_a_change(zone), min_size=1, max_size=20))
    into = values(zone, local=local)
    for wall in [*readings, *readings]:
        text = wall.isoformat(" ")
        # The earlier of two instants, and the offset before a change: what `fold=0` means.
        instant = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(timezone.utc)
        expected = text if local else f"{instant.replace(tzinfo=None).isoformat()}Z"
        assert shape_one({"x": text}, MOMENT, into=into) == {"x": expected}
    assert not into.bad.values


def test_wrong_times_are_tried_once_unless_they_are_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """MySQL's zero date comes again and again; texts of e-mails would take memory."""
    zero, long = "0000-00-00 00:00:00", "Dear customer, " * 3
    into, tried = values(), list[str]()
    convert = into.moments.converted
    monkeypatch.setattr(into.moments, "converted", lambda text: tried.append(text) or convert(text))
    for wrong in (zero, long, zero, long):
        assert shape_one({"x": wrong}, MOMENT, into=into) == {"x": None}
    assert tried == [zero, long, long]
    assert into.bad.values["x"].count == 4


ALL_DAY = {"2024-01-02 00": "2024-01-01T23", **{f"2024-01-02 {n + 1:02}": f"2024-01-02T{n:02}" for n in range(23)}}


@pytest.mark.parametrize(
    ("zone", "wall", "hours"),
    [
        # All hours of a day, since the next row is most likely of the same day.
        ("Europe/Prague", "2024-01-02 03:04:05", ALL_DAY),
        # Only the hour where the clock changes on that day.
        ("Europe/Prague", "2024-03-31 00:30:00", {"2024-03-31 00": "2024-03-30T23"}),
        ("Europe/Prague", "2024-03-31 12:30:00", {"2024-03-31 12": "2024-03-31T10"}),
        ("Europe/Prague", "2024-10-27T01:30:00Z", {}),
        ("Australia/Lord_Howe", "2024-04-07 01:15:00", {"2024-04-07 01": "2024-04-06T14"}),
        # An hour that is in two hours of UTC must not be.
        ("Asia/Kolkata", "2024-01-02 03:04:05", {}),
        ("Etc/GMT-5", "0001-01-01 07:00:00", {}),
    ],
)  # fmt: skip
def test_hours_are_remembered(zone: str, wall: str, hours: dict[str, str]) -> None:
    into = values(zone)
    assert shape_one({"x": wall}, MOMENT, into=into)["x"] is not None
    assert into.moments.hours == hours


def test_hours_of_the_wall_clock_are_remembered_as_they_are() -> None:
    into = values("Asia/Kolkata", local=True)
    shape_one({"x": "2024-01-02 03:04:05"}, MOMENT, into=into)
    assert into.moments.hours == {hour: hour for hour in (f"2024-01-02 {number:02}" for number in range(24))}


@pytest.mark.parametrize("local", [False, True])
def test_each_day_is_learnt_once_however_many_years_are_read(local: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows come in the order of time: what was remembered long ago gives way to the hours of now."""
    monkeypatch.setattr(moments, "HOURS_REMEMBERED", 48)
    into = values(local=local)
    asked = list[str]()
    convert = into.moments.converted
    monkeypatch.setattr(into.moments, "converted", lambda text: asked.append(text) or convert(text))
    hours = [datetime(2020, 1, 1) + timedelta(hours=number) for number in range(10 * 48)]
    for hour in hours:
        for minute in range(3):
            shape_one({"x": f"{hour + timedelta(minutes=minute)}"}, MOMENT, into=into)
        assert len(into.moments.hours) <= 48
    assert asked == [str(hour) for hour in hours[::24]]
