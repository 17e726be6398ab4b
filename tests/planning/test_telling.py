"""The words of a plan fit a terminal of 80 columns."""

from __future__ import annotations

from datetime import datetime, timezone

from tap_daktela.planning.cost import Cost
from tap_daktela.planning.telling import Planned, Told, bytes_text, table, words
from tap_daktela.sync.reading.endpoint import RequestStats
from tap_daktela.sync.telling.signs import Signs
from tap_daktela.units.unit import Unit

SIGNS = Signs("OK:", "FAILED:", "-")
START = datetime(2024, 1, 1, tzinfo=timezone.utc)
END = datetime(2024, 2, 1, tzinfo=timezone.utc)
HUGE = Planned(("activities", "activities_statuses"), Cost(123_456_789, 145_678, 812_345_678_901, 360_000.0), 2_470)
CHILD = Planned(("activities_call_transcripts_of_a_long_name_that_nobody_has",), Cost(None, 239, None, None), 3)


def unit(rows: int | None) -> Unit:
    return Unit(
        "x", "https://x", ("a",), START, START, END, rows, 5, rows and rows * 10, None if rows is None else 70.0
    )


def test_the_table_fits_however_long_the_names_and_large_the_numbers_are() -> None:
    lines = table([HUGE, CHILD, Planned(("users",), Cost(0, 2, 0, 0.04), 1)])
    assert max(map(len, lines)) <= 78
    assert [line.split() for line in lines] == [
        ["stream", "rows", "requests", "bytes", "time", "units"],
        ["activities", "123,456,789", "145,678", "812", "GB", "100:00:00", "2,470"],
        ["activities_statuses"],
        [lines[3].split()[0], "unknown", ">", "239", "unknown", "unknown", "3"],
        ["users", "0", "2", "0", "B", "0.0", "s", "1"],
    ]
    assert lines[2].startswith("  activities_statuses")
    assert lines[3].split()[0].startswith("activities_call_tr")
    assert lines[3].split()[0].endswith("…")


def test_what_is_unknown_is_said_with_its_reason_and_the_sums_say_at_least() -> None:
    told = Told(
        [HUGE, CHILD],
        [unit(10), unit(None)],
        {"a": "the instance tells no total", "b": "the instance tells no total", "c": "found otherwise"},
        {"users": "a whole table is not cut"},
        RequestStats(requests=12, received=3_400),
        2.5,
    )
    _, unknown, large, whole, own = words(told, SIGNS)
    assert unknown.line == "Not known, and not in the sums:"
    assert unknown.block == ["a, b: the instance tells no total", "c: found otherwise"]
    assert (large.line, large.block) == ("Larger than the others:", ["users: a whole table is not cut"])
    assert whole.line == "OK: 3 streams in 2 units: at least 10 rows, 10 requests, 100 B, 1:10"
    assert own.line == "The plan itself took 12 requests, 3.4 kB, 2.5 s"


def test_nothing_unknown_is_not_mentioned() -> None:
    told = Told([HUGE], [unit(1), unit(2)], {}, {}, RequestStats(), 0.0)
    assert [one.line for one in words(told, SIGNS)] == [
        "Reading takes about:",
        "OK: 2 streams in 2 units: 3 rows, 10 requests, 30 B, 2:20",
        "The plan itself took 0 requests, 0 B, 0.0 s",
    ]


def test_bytes_have_the_unit_that_people_read() -> None:
    found = [bytes_text(size) for size in (0, 999, 1000, 9_949, 9_960, 10_000, 999_600, 1_234_567, 10**15, None)]
    assert found == [
        "0 B", "999 B", "1.0 kB", "9.9 kB", "10 kB", "10 kB", "1.0 MB", "1.2 MB", "1000 TB", "unknown",
    ]  # fmt: skip
