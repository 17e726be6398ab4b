"""What an instance says about itself: who we are there, its time zone, and its clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tap_daktela.errors import ConfigError, ContractError
from tests.helpers.http_stub import DATE, TOKEN, Reply, answered
from tests.helpers.mocked_instance import after
from tests.helpers.stopped_clock import StoppedClock

if TYPE_CHECKING:
    from tests.helpers.mocked_instance import MockedInstance

WHOIM = {"version": "6.30", "user": {"name": "reporter", "_sys": {"accessToken": TOKEN}}}


def whoim(envelope: Any, date: str = "") -> Reply:
    """Return an answer to whoim, with a Date header if one is given."""
    return Reply(200, answered(WHOIM, **envelope).body, {"Date": date} if date else {})


@pytest.mark.parametrize(
    ("settings", "envelope", "date", "now", "zone"),
    [
        ({}, {"_timezone": "Europe/Prague"}, "", "12:00:00", "Europe/Prague"),
        ({}, {"_timezone": "Europe/Bucharest"}, "", "11:00:00", "Europe/Bucharest"),
        ({"timezone": "Asia/Tokyo"}, {"_timezone": "Europe/Prague"}, "", "12:00:00", "Asia/Tokyo"),
        ({}, {}, "Tue, 05 Nov 2024 12:04:30 GMT", "12:04:30", "Europe/Prague"),
        ({}, {"_timezone": "Europe/Prague"}, "Tue, 05 Nov 2024 12:05:00 GMT", "12:00:00", "Europe/Prague"),
        ({}, {"_timezone": "Europe/Prague"}, "Tue, 05 Nov 99999 12:00:00 GMT", "12:00:00", "Europe/Prague"),
        ({}, {"_time": "soon", "_timezone": "UTC"}, "Tue, 05 Nov 2024 10:30:00 GMT", "10:30:00", "UTC"),
        ({}, {}, "", "12:00:00", "Europe/Prague"),
        ({"timezone": "UTC"}, {}, "", "13:00:00", "UTC"),
    ],
)
def test_the_clock_and_the_zone(
    mocked: MockedInstance, *, settings: dict[str, str], envelope: Any, date: str, now: str, zone: str
) -> None:
    mocked.on("whoim", whoim(envelope, date))
    found = mocked.client(**settings).connect()
    assert found.now == datetime.fromisoformat(f"2024-11-05 {now}+00:00")
    assert found.latest == found.now
    assert found.zone == ZoneInfo(zone)
    assert (found.version, found.user) == ("6.30", "reporter")


@pytest.mark.parametrize(
    ("settings", "envelope", "date", "sentence"),
    [
        (
            {},
            {"_timezone": "Europe/Prague"},
            "Tue, 05 Nov 2024 12:05:01 GMT",
            r"2024-11-05 13:00:00 in Europe/Prague \(_time\), but also .* 2024-11-05T12:05:01Z \(its Date header\)$",
        ),
        ({}, {"_timezone": "Europe/Prague"}, "Tue, 05 Nov 2024 11:54:59 GMT", "Date header"),
        ({}, {"_timezone": "Europe/Prague", "_time": "9999-12-31 00:00:00"}, "Tue, 05 Nov 2024 12:00:00 GMT", "Date"),
        ({}, {"_timezone": "Europe/Bucharest"}, "Tue, 05 Nov 2024 12:00:00 GMT", "Europe/Bucharest"),
        ({"timezone": "UTC"}, {"_timezone": "Europe/Prague"}, "Tue, 05 Nov 2024 13:00:00 GMT", "in Europe/Prague"),
        (
            {},
            {},
            "Tue, 05 Nov 2024 11:00:00 GMT",
            "in Europe/Prague.*; set timezone to the zone that its times are in$",
        ),
        ({"timezone": "UTC"}, {}, "Tue, 05 Nov 2024 12:00:00 GMT", "in UTC.*; set timezone"),
    ],
)
def test_two_clocks_that_contradict_each_other(
    mocked: MockedInstance, *, settings: dict[str, str], envelope: Any, date: str, sentence: str
) -> None:
    mocked.on("whoim", whoim(envelope, date))
    with pytest.raises(ContractError, match=sentence):
        mocked.client(**settings).connect()


@pytest.mark.parametrize("hour", ["00", "01"])
def test_in_the_night_when_clocks_go_back_both_readings_agree(mocked: MockedInstance, hour: str) -> None:
    envelope = {"_time": "2024-10-27 02:30:00", "_timezone": "Europe/Prague"}
    mocked.on("whoim", whoim(envelope, f"Sun, 27 Oct 2024 {hour}:30:00 GMT"))
    found = mocked.client().connect()
    assert found.now == datetime.fromisoformat("2024-10-27 00:30:00+00:00")
    assert found.latest == found.now + timedelta(hours=1)


def test_an_instance_without_a_clock(mocked: MockedInstance) -> None:
    mocked.on("whoim", whoim({"_time": None}))
    with pytest.raises(ContractError, match="does not tell the time"):
        mocked.client().connect()


def test_a_zone_that_nobody_knows(mocked: MockedInstance) -> None:
    mocked.on("whoim", whoim({"_timezone": "Mars/Olympus"}))
    sentence = r"^set timezone: the instance names the time zone 'Mars/Olympus', which is unknown here"
    with pytest.raises(ConfigError, match=sentence):
        mocked.client().connect()


@pytest.mark.parametrize(
    ("result", "version", "user"),
    [
        ({"version": "6", "user": {"name": "me", "title": "Me"}}, "6", "me"),
        ({"version": 6.3, "user": {"title": "Me"}}, "6.3", "Me"),
        ({"version": None, "user": {}}, "unknown", "unknown"),
    ],
)
def test_the_version_and_the_user(mocked: MockedInstance, result: Any, version: str, user: str) -> None:
    mocked.on("whoim", answered(result))
    found = mocked.client().connect()
    assert (found.version, found.user) == (version, user)


def test_an_instance_tells_when_it_was_read(mocked: MockedInstance) -> None:
    clock = StoppedClock()
    begun = clock.now()
    mocked.on("whoim", after(1, clock, whoim({}, DATE)))
    found = mocked.client(clock=clock).connect()
    assert (found.now, found.read, found.read_at) == (begun, 1001.0, begun + timedelta(seconds=1))
