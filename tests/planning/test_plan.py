"""`tap-daktela plan`: units on stdout, what they cost on stderr."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.harness import BEGINNING, run_tap
from tests.helpers.ledger import odd_for_a_while, requested

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers.harness import Sandbox, TapRun

pytestmark = pytest.mark.unmeasured

CHILD = "activities_call_transcripts"
STREAMS = ["activities", "activities_statuses", "activities_call", CHILD, "tickets", "users", "pauses"]
LIMIT = 90


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., Sandbox]) -> Iterator[Sandbox]:
    with sandbox("--rows", "400", "--days", "200") as running:
        yield running


def planned(daktela: Sandbox, *arguments: str, **settings: Any) -> TapRun:
    config = {**daktela.login, "start_date": BEGINNING, **settings}
    return run_tap(config, "--plan", "--unit-rows", str(LIMIT), *arguments)


@pytest.fixture(scope="module")
def plan(daktela: Sandbox) -> TapRun:
    daktela.control("reset-requests")
    return planned(daktela, streams=STREAMS)


def units(run: TapRun) -> list[dict[str, Any]]:
    assert run.returncode == 0, run.stderr
    return run.messages


def told(run: TapRun) -> dict[str, list[str]]:
    """Return the cells of the table on stderr, by stream."""
    lines = run.stderr.splitlines()
    assert max(map(len, lines)) <= 80 + len("INFO Planning … as …, from … to … (time zone …)")
    begin = lines.index("INFO Reading takes about:") + 2
    end = next(number for number, line in enumerate(lines) if number >= begin and not line.startswith("  "))
    assert max(map(len, lines[begin:end])) <= 80
    return {line.split()[0]: line.split()[1:] for line in lines[begin:end]}


def test_the_units_are_the_whole_backfill(plan: TapRun) -> None:
    spans = defaultdict(list)
    for unit in units(plan):
        assert unit["since"] == "2019-12-31T23:00:00Z"
        for name in unit["streams"]:
            spans[name].append((unit["start_date"], unit["end_date"]))
    assert set(spans) == set(STREAMS)
    for name in STREAMS:
        found = sorted(spans[name])
        assert (found[0][0], found[-1][1]) == ("2019-12-31T23:00:00Z", "2024-11-05T11:30:00Z")
        assert all(before[1] == behind[0] for before, behind in pairwise(found))
    assert {name: len(found) for name, found in spans.items() if len(found) == 1} == {"users": 1, "pauses": 1}
    assert len({unit["id"] for unit in units(plan)}) == len(units(plan))
    # Small streams stand together; then come windows, the oldest first.
    assert units(plan)[0]["streams"] == ["users", "pauses"]
    begins = [unit["start_date"] for unit in units(plan)[1:]]
    assert begins == sorted(begins)


def test_each_window_has_the_rows_that_it_says(daktela: Sandbox, plan: TapRun) -> None:
    whole = run_tap({**daktela.login, "start_date": BEGINNING, "streams": STREAMS})
    assert whole.returncode == 0, whole.stderr
    rows: dict[str, int] = defaultdict(int)
    for unit in units(plan):
        if unit["streams"] == [CHILD]:
            assert (unit["rows"], unit["bytes"], unit["seconds"]) == (None, None, None)
            assert unit["requests"] > 0
        else:
            assert unit["rows"] <= LIMIT
            assert unit["bytes"] > 0
            rows[unit["streams"][0]] += unit["rows"]
    read = {name: len(whole.records(name)) for name in STREAMS}
    assert rows == {
        "users": read["users"] + read["pauses"],
        **{name: read[name] for name in ("activities", "activities_call", "tickets")},
    }


def test_a_unit_is_read_as_planned(daktela: Sandbox, plan: TapRun, tmp_path: Any) -> None:
    unit = next(one for one in units(plan) if one["streams"][0] == "activities" and one["rows"] > LIMIT / 3)
    (tmp_path / "unit.json").write_text(json.dumps(unit), encoding="utf-8")
    config = {**daktela.login, "start_date": BEGINNING, "streams": STREAMS}
    read = run_tap(config, "--unit", str(tmp_path / "unit.json"))
    assert read.returncode == 0, read.stderr
    assert len(read.records("activities")) == unit["rows"]


def test_the_plan_says_what_it_costs_and_what_it_took(daktela: Sandbox, plan: TapRun) -> None:
    table = told(plan)
    assert list(table) == STREAMS
    assert table["activities_statuses"] == []
    assert table[CHILD][0] == "unknown"
    assert table["users"][-1] == "1"
    lines = plan.stderr.splitlines()
    assert f"  {CHILD}: its rows are found through those of its parent" in lines
    [sum_line] = [line for line in lines if f"{len(STREAMS)} streams in {len(units(plan))} units: at least" in line]
    assert f"{sum(unit['rows'] or 0 for unit in units(plan)):,} rows" in sum_line
    assert f"{sum(unit['requests'] for unit in units(plan)):,} requests" in sum_line


def test_the_plan_takes_few_requests_and_counts_them(daktela: Sandbox) -> None:
    daktela.control("reset-requests")
    run = planned(daktela, "--newest-first", streams=["activities", "tickets", "users"])
    lists = [one for one in requested(daktela) if "whoim" not in one["path"] and "login" not in one["path"]]
    assert f"INFO The plan itself took {len(lists)} requests, " in run.stderr
    # A total and a page for each list and axis, and at most two totals for each window and axis.
    assert len(lists) <= 5 + 3 + 2 * 2 * len(units(run))
    ends = [unit["end_date"] for unit in units(run)[1:]]
    assert units(run)[0]["streams"] == ["users"]
    assert ends == sorted(ends, reverse=True)
    assert len(ends) > 4


def test_without_totals_nothing_is_cut_and_that_is_said(daktela: Sandbox) -> None:
    with odd_for_a_while(daktela) as become:
        become(total="absent")
        run = planned(daktela, streams=["tickets", "users"])
    assert [(unit["id"], unit["rows"], unit["seconds"]) for unit in units(run)] == [
        ("tickets-all", None, None),
        ("users-all", None, None),
    ]
    assert "  tickets, users: the instance tells no total" in run.stderr
    assert "2 streams in 2 units: at least 0 rows" in run.stderr


def test_totals_that_contradict_each_other_leave_a_stream_whole(daktela: Sandbox) -> None:
    with odd_for_a_while(daktela) as become:
        become(total="+200")
        run = planned(daktela, streams=["activities_call"])
    [unit] = units(run)
    assert unit["id"] == "activities_call-all"
    assert unit["rows"] > 200
    assert "INFO Larger than the others:\n  activities_call: the instance promises 200 rows" in run.stderr


def test_a_denied_stream_is_left_out_or_fails_as_in_a_run(daktela: Sandbox) -> None:
    with odd_for_a_while(daktela) as become:
        become(deny=["pauses=403", "activitiesCallTranscripts=403"])
        failed = planned(daktela, streams=["pauses", CHILD, "users"])
        skipped = planned(daktela, streams=["pauses", CHILD, "users"], on_denied="skip")
    assert failed.returncode == 1
    last = failed.stderr.splitlines()[-1]
    assert last.startswith("CRITICAL 2 of 3 streams cannot be planned: ")
    assert "pauses: the user has no right to read it" in last
    assert f"{CHILD}: the user has no right to read it" in last
    assert "set on_denied to skip" in last
    assert "Left out: pauses" in skipped.stderr
    assert f"Left out: {CHILD}" in skipped.stderr
    for run in (failed, skipped):
        assert [unit["streams"] for unit in run.messages] == [["users"]]


def test_the_hour_that_comes_twice_is_not_cut(daktela: Sandbox) -> None:
    run = run_tap(
        {**daktela.login, "start_date": "2024-10-26", "end_date": "2024-10-28", "streams": ["activities"]},
        "--plan", "--unit-rows", "1",
    )  # fmt: skip
    borders = sorted(unit["start_date"] for unit in units(run))[1:]
    assert borders
    assert not [one for one in borders if "2024-10-27T00:00:00Z" < one < "2024-10-27T02:00:00Z"]


def test_a_range_without_rows_is_a_unit(daktela: Sandbox) -> None:
    run = planned(daktela, streams=["tickets"], start_date="2024-11-05T11:29:59Z")
    assert [(unit["id"], unit["rows"], unit["bytes"]) for unit in units(run)] == [("tickets-all", 0, 0)]
    assert "at least" not in run.stderr


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"start_date": "2024-11-05T11:45:00Z"}, "there is nothing to plan"),
        ({"end_date": "2019-01-01"}, "end_date must be after start_date"),
    ],
)
def test_a_range_without_time_is_refused(daktela: Sandbox, dates: dict[str, str], words: str) -> None:
    run = planned(daktela, streams=["users"], **dates)
    assert run.returncode == 1
    assert words in run.stderr.splitlines()[-1]
    assert run.stdout == ""
