"""The line that shows how far a run is: what it says, and what it leaves out where there is no room."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tap_daktela.sync.telling.how_far import HowFar, StreamProgress, share_of
from tap_daktela.sync.telling.lines import duration, live_line, plain_line, plural, shortened, took

EMAILS = HowFar(
    number=3,
    count=32,
    name="activities_email",
    rows=1355,
    total=14684,
    pace=712.4,
    waiting=None,
    elapsed=82.9,
    share=0.349,
    left=160.2,
)
LONG = replace(EMAILS, number=28, name="activities_call_transcripts", rows=1_234_567, total=12_345_678)


@pytest.mark.parametrize(
    ("now", "width", "line"),
    [
        (EMAILS, 40, "[3/32] activities_ema…  1,355 of 14,684"),
        (EMAILS, 60, "[3/32] activities_email  1,355 of 14,684 · 19 s left"),
        (EMAILS, 80, "[3/32] activities_email  1,355 of 14,684 · 19 s left · run 34 % in 1:22"),
        (
            EMAILS,
            120,
            "[3/32] activities_email  1,355 of 14,684 · 712 rows/s · 19 s left · run 34 % in 1:22, 2:41 left",
        ),
        (LONG, 40, "[28/32] activities_call_tra…  1,234,567"),
        (LONG, 60, "[28/32] activities_call_transcrip…  1,234,567 of 12,345,678"),
        (LONG, 80, "[28/32] activities_call_transcripts  1,234,567 of 12,345,678 · 4:19:57 left"),
        (
            replace(EMAILS, share=None),
            80,
            "[3/32] activities_email  1,355 of 14,684 · 712 rows/s · 19 s left · run 1:22",
        ),
        (replace(EMAILS, total=None), 60, "[3/32] activities_email  1,355 rows · run 34 % in 1:22"),
        (replace(EMAILS, waiting=12.0), 80, "[3/32] activities_email  1,355 of 14,684 · waiting 12 s for the instance"),
        (EMAILS, 4, "[3/"),
    ],
)
def test_the_least_important_is_left_out_first(now: HowFar, width: int, line: str) -> None:
    assert live_line(now, width, "·") == line.replace("19 s", duration(-(-(14684 - 1355) // 712.4)))


@pytest.mark.parametrize("width", [1, 20, 40, 60, 80, 120, 200])
@pytest.mark.parametrize("now", [EMAILS, LONG, replace(LONG, waiting=4000.0), replace(EMAILS, name="x" * 300)])
def test_a_line_never_wraps(now: HowFar, width: int) -> None:
    assert len(live_line(now, width, "·")) < width


@pytest.mark.parametrize("rows", [14684, 14685, 99999])
def test_who_has_all_rows_has_no_time_left_and_never_more_than_all(rows: int) -> None:
    line = live_line(replace(EMAILS, rows=rows, left=0.0, share=1.0), 200, "·")
    assert line.endswith(" · 712 rows/s · run 99 % in 1:22, 1 s left")
    assert ("of 14,684" in line) == (rows == 14684)


def test_a_time_that_is_left_is_never_nothing() -> None:
    assert "rows/s · 1 s left" in live_line(replace(EMAILS, rows=14683), 200, "·")


@pytest.mark.parametrize("pace", [None, 0.0, 0.4])
def test_without_a_pace_nobody_knows_what_is_left(pace: float | None) -> None:
    line = live_line(replace(EMAILS, pace=pace, share=None, left=None), 200, "·")
    assert line == "[3/32] activities_email  1,355 of 14,684 · run 1:22"


def test_the_line_of_a_log() -> None:
    assert plain_line(replace(EMAILS, share=None)).startswith("[3/32] activities_email: 1,355 of 14,684, 712 rows/s, ")
    assert plain_line(EMAILS).endswith(" left, run 34 % in 1:22, 2:41 left")


def streams(*numbers: tuple[int, int | None, bool]) -> list[StreamProgress]:
    """Return streams with rows, a total, and whether they have ended."""
    return [StreamProgress("x", rows, total, ended) for rows, total, ended in numbers]


@pytest.mark.parametrize(
    ("known", "share"),
    [
        (streams((10, 40, False), (0, 60, False)), 0.1),
        (streams((45, 40, False), (0, 60, False)), 0.4),
        (streams((30, 40, True), (15, 60, False)), 0.55),
        (streams((40, 40, True), (0, 0, True)), 1.0),
        (streams((40, 40, True), (0, None, False)), None),
        (streams((40, 40, True), (5, None, True)), None),
        (streams((0, 0, False)), None),
        ([], None),
    ],
)
def test_the_share_of_the_run(known: list[StreamProgress], share: float | None) -> None:
    assert share_of(known) == share


@pytest.mark.parametrize(
    ("seconds", "text", "exact"),
    [(0, "0 s", "0.0 s"), (59.96, "59 s", "60.0 s"), (60, "1:00", "1:00"), (3725, "1:02:05", "1:02:05")],
)
def test_times(seconds: float, text: str, exact: str) -> None:
    assert (duration(seconds), took(seconds)) == (text, exact)


def test_numbers_and_long_texts() -> None:
    assert [plural(count, "row") for count in (0, 1, 1355)] == ["0 rows", "1 row", "1,355 rows"]
    assert [shortened("tickets", width) for width in (7, 6, 1, 0)] == ["tickets", "ticke…", "…", "…"]
