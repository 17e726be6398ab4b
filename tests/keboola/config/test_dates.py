"""The words of `from` and `to`, read by the clock and in the zone of the instance."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from tap_daktela.keboola.config.dates import EARLIEST, PeriodClock, parse_when

PRAGUE = ZoneInfo("Europe/Prague")


def clock(now: str, zone: ZoneInfo = PRAGUE) -> PeriodClock:
    return PeriodClock(datetime.fromisoformat(now).replace(tzinfo=timezone.utc), zone, timedelta(minutes=30))


def at(text: object, now: str = "2024-11-05T12:00:00", zone: ZoneInfo = PRAGUE) -> str:
    return parse_when(text).at(clock(now, zone)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("text", ["today", "0", 0, " Today ", "now", "-0"])
def test_now_is_the_latest_instant_whose_rows_are_complete(text: object) -> None:
    assert at(text) == "2024-11-05T11:30:00Z"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-7", "2024-10-28T23:00:00Z"),
        (-1, "2024-11-03T23:00:00Z"),
        ("2024-01-31", "2024-01-30T23:00:00Z"),
        ("2024-01-31 10:20", "2024-01-31T09:20:00Z"),
        ("2024-07-31T10:20:30", "2024-07-31T08:20:30Z"),
        ("2024-01-31T10:20:30Z", "2024-01-31T10:20:30Z"),
        ("2024-01-31T10:20:30+05:00", "2024-01-31T05:20:30Z"),
        ("7 days ago", "2024-10-29T12:00:00Z"),
        ("7 days", "2024-10-29T12:00:00Z"),
        ("-1 day", "2024-11-04T12:00:00Z"),
        ("yesterday", "2024-11-04T12:00:00Z"),
        ("last week", "2024-10-29T12:00:00Z"),
        ("last month", "2024-10-05T11:00:00Z"),
        ("2 months 3 days ago", "2024-09-02T11:00:00Z"),
        ("last monday", "2024-11-03T23:00:00Z"),
        ("3 hours ago", "2024-11-05T09:00:00Z"),
        ("54 years ago", "1970-11-05T12:00:00Z"),
    ],
)
def test_every_way_to_name_a_time(text: object, expected: str) -> None:
    assert at(text) == expected


@pytest.mark.parametrize("text", ["today", "2024-01-31T10:20:30.5", "7 days ago", "3 hours ago"])
def test_times_are_whole_seconds(text: str) -> None:
    assert parse_when(text).at(clock("2024-11-05T12:00:00.750000")).microsecond == 0


def test_the_day_is_that_of_the_instance() -> None:
    late = "2024-11-05T23:30:00"
    assert at("-1", late) == "2024-11-04T23:00:00Z"
    assert at("-1", late, ZoneInfo("America/New_York")) == "2024-11-04T05:00:00Z"
    assert at("2024-11-05", late, ZoneInfo("Asia/Tokyo")) == "2024-11-04T15:00:00Z"


def test_days_are_counted_on_the_wall_clock_and_hours_in_real_time() -> None:
    # In Prague the clock went back at 03:00 on the 27th of October: that day had 25 hours.
    after = "2024-10-27T12:00:00"
    assert at("-1", after) == "2024-10-25T22:00:00Z"
    assert at("1 day ago", after) == "2024-10-26T11:00:00Z"
    assert at("24 hours ago", after) == "2024-10-26T12:00:00Z"
    # And forward on the 31st of March, which had 23.
    assert at("1 day ago", "2024-04-01T00:30:00") == "2024-03-31T01:30:00Z"
    assert at("2 days ago", "2024-04-01T00:30:00") == "2024-03-30T01:30:00Z"


def test_a_time_that_the_clock_shows_twice_is_the_earlier_one() -> None:
    assert at("2024-10-27 02:30") == "2024-10-27T00:30:00Z"
    assert at("30 minutes ago", "2024-10-27T02:10:00") == "2024-10-27T01:40:00Z"


def test_what_lies_before_everything_is_the_earliest_time() -> None:
    for text in ("-99999", "1900 years ago", "99999 days ago"):
        assert parse_when(text).at(clock("2024-11-05T12:00:00")) == EARLIEST


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("7", "words such as '7 days ago'; 7 days back is -7"),
        (1, "; 1 day back is -1"),
        ("12345", "; 12345 days back is -12345$"),
        (20261101, "; write 2026-11-01"),
        ("20261301", "is '20261301', which is none of today"),
        ("1.11.2026", "; write 2026-11-01"),
        ("01. 11. 2026", "; write 2026-11-01"),
        ("01/11/2026", "; write 2026-11-01 or 2026-01-11"),
        ("31/01/2026", "; write 2026-01-31$"),
        ("2026/11/1", "; write 2026-11-01"),
        ("2024", "; write 2024-01-01$"),
        ("2026-11", "is wrong: .*; write 2026-11-01$"),
        (" ", "is blank; it is, for example, -7"),
        ("202611", "is '202611', which is none of .*'7 days ago'$"),
        ("2026-11-1", "is wrong: .*; write 2026-11-01"),
        ("9999-12-31", "is outside the years 1970 to 9998$"),
        ("2026-13-01", "is wrong: '2026-13-01' is not a date of the calendar"),
        ("1730808000", "; write 2024-11-05T12:00:00Z, if it is a Unix time"),
        (1730808000000, "; write 2024-11-05T12:00:00Z, if it is a Unix time"),
        ("9" * 30, "is '9{30}', which is none of .*'7 days ago'$"),
        ("\u0667", "is '\u0667', which is none of .*'7 days ago'$"),
        ("202x-01-01", "is '202x-01-01', which is none of today"),
        ("soon", "none of today, -7"),
        ("01/02/2024", "none of today, -7"),
        ("12:00", "none of today, -7"),
        ("first day of this month", "none of today, -7"),
        ("2024-02-30", "not a date of the calendar"),
        ("2024-1-1", "neither a date"),
        ("1066-10-14", "outside the years"),
        (True, "must be text"),
        (1.5, "must be text"),
        (["today"], "must be text"),
        ({"date": "today"}, "must be text"),
    ],
)
def test_what_names_no_time_is_told_at_once(text: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_when(text)


@pytest.mark.parametrize(
    ("word", "loads"), [("2024-01-02", False), ("-7", False), ("today", False), ("2 days ago", True)]
)
def test_only_relative_words_wait_for_what_reads_them(word: str, loads: bool) -> None:
    program = (
        "import sys\n"
        "import tap_daktela.keboola.component\n"
        "from tap_daktela.keboola.config.dates import parse_when\n"
        f"parse_when({word!r})\n"
        "print('dateparser' in sys.modules)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == [str(loads)]
