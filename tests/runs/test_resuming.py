"""Runs that follow one another, are killed or stopped: together they bring every row, and no state runs ahead."""

from __future__ import annotations

import json
import random
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import harness
from tests.helpers.ledger import (
    SOME_STREAMS,
    ZERO,
    Begun,
    accounts,
    check_complete,
    check_states,
    critical,
    mark,
    settings,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.unmeasured

WORLD = ("--rows", "400", "--days", "5")
# Small windows and pages, so that there are many places to be stopped at.
SLOW = {"date_window_size": 0.25, "page_size": 20, "concurrency": 2}


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., harness.Sandbox]) -> Iterator[harness.Sandbox]:
    with sandbox(*WORLD) as running:
        running.settle()
        yield running


@pytest.fixture
def slow(daktela: harness.Sandbox) -> Iterator[harness.Sandbox]:
    daktela.control("options", {"latency_ms": 20})
    yield daktela
    daktela.control("options", {"latency_ms": None})


def test_a_second_run_brings_what_is_new_and_no_more(sandbox: Callable[..., harness.Sandbox]) -> None:
    with sandbox(*WORLD) as daktela:
        daktela.settle()
        first = harness.run_tap(settings(daktela, lookback_days=0.5))
        before = accounts(daktela)
        daktela.control("advance", {"seconds": 86400})
        fresh = {}
        for endpoint in ("activities", "activitiesCall", "tickets", "contacts", "crmRecords", "campaignsRecords"):
            fresh[endpoint] = {str(key) for key in daktela.control("add", {"endpoint": endpoint, "count": 9})["keys"]}
        edited = daktela.control("edit", {"endpoint": "tickets", "count": 20})["keys"]
        fresh["tickets"] |= {str(key) for key in edited}
        daktela.settle()
        second = harness.run_tap(settings(daktela, lookback_days=0.5), state=first.last_state)
        assert (first.returncode, second.returncode) == (0, 0)
        check_complete(daktela, first, second)
        assert fresh["tickets"] <= set(written([second], "tickets"))
        for stream in ("tickets", "contacts", "crm_records", "campaigns_records"):
            again = set(written([second], stream)) & set(before[stream]["rows"])
            assert again <= {str(key) for key in edited}, stream
        known = before["activities_call"]["rows"]
        again = set(written([second], "activities_call")) & set(known)
        # The look-back begins half a day before the bookmark, which is 14:30 in Prague.
        assert again == {key for key, row in known.items() if row["call_time"] >= "2024-11-05 02:30:00"}
        third = harness.run_tap(settings(daktela, lookback_days=0), state=second.last_state)
        whole = {"statuses", "activities_call_channels"}
        assert {stream for stream in third.streams if third.records(stream)} == whole


def test_every_state_of_a_run_is_a_place_to_go_on_from(slow: harness.Sandbox) -> None:
    run = harness.run_tap(settings(slow, **SLOW))
    assert run.returncode == 0, run.stderr
    check_states(slow, run)
    slow.control("options", {"latency_ms": None})
    places = [number for number, message in enumerate(run.messages) if message["type"] == "STATE"]
    assert len(places) > 2
    lines = run.stdout.split("\n")
    for place in places[:-1][:: max(1, len(places) // 3)]:
        cut = harness.TapRun(0, "\n".join(lines[: place + 1]), "")
        rest = harness.run_tap(settings(slow), state=cut.last_state)
        assert rest.returncode == 0, rest.stderr
        check_whole(slow, [cut, rest])


def test_a_run_that_is_killed_again_and_again_loses_nothing(slow: harness.Sandbox) -> None:
    dice = random.Random(1)  # noqa: S311 - where to kill is no secret
    state: Any = None
    runs = []
    for _ in range(4):
        run, _ = Begun(settings(slow, **SLOW), state).stop(dice.randrange(20_000, 400_000))
        runs.append(run)
        state = run.last_state or state
    assert {run.returncode for run in runs} == {-signal.SIGKILL}
    assert state is not None
    slow.control("options", {"latency_ms": None})
    runs.append(harness.run_tap(settings(slow), state=state))
    check_whole(slow, runs)


def check_whole(daktela: harness.Sandbox, runs: list[harness.TapRun]) -> None:
    """Check the union of runs of which some have not come to all streams."""
    merged = harness.TapRun(0, "\n".join(_without_repeated_schemas(runs)), "")
    assert set(merged.streams) == set(SOME_STREAMS)
    check_complete(daktela, merged)


def _without_repeated_schemas(runs: list[harness.TapRun]) -> Iterator[str]:
    seen = set()
    for run in runs:
        for line in run.stdout.split("\n"):
            if line.startswith('{"type":"SCHEMA"'):
                stream = json.loads(line)["stream"]
                if stream in seen:
                    continue
                seen.add(stream)
            if line:
                yield line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_run_behind_a_whole_line_and_a_state(slow: harness.Sandbox, number: int) -> None:
    run, rest = Begun(settings(slow, **SLOW)).stop(150_000, number)
    assert rest == b""
    assert run.messages[-1]["type"] == "STATE"
    assert run.returncode == 128 + number
    assert f"signal {number:d}" in critical(run)
    check_states(slow, run)
    slow.control("options", {"latency_ms": None})
    check_whole(slow, [run, harness.run_tap(settings(slow), state=run.last_state)])


def test_activities_come_again_when_they_are_closed(sandbox: Callable[..., harness.Sandbox]) -> None:
    with sandbox("--rows", "150") as daktela:
        keys = mark(daktela, "activities", [{"time": "2024-11-01 10:00:00", "action": "OPEN"} for _ in range(30)])
        daktela.settle()
        first = harness.run_tap(settings(daktela, streams=["activities"]))
        daktela.control("advance", {"seconds": 86400})
        closed = daktela.control("edit", {"endpoint": "activities", "keys": keys[:20]})["keys"]
        daktela.settle()
        second = harness.run_tap(settings(daktela, streams=["activities"]), state=first.last_state)
        ends = {row["name"]: row["time_close"] for row in first.records("activities")}
        assert {ends[key] for key in closed} == {None}
        again = {row["name"]: row["time_close"] for row in second.records("activities")}
        assert again == dict.fromkeys(closed, "2024-11-06T14:00:00Z")


@pytest.mark.parametrize(("endpoint", "never"), [("crmRecords", None), ("campaignsRecords", None), ("contacts", ZERO)])
def test_rows_that_were_never_edited_come_once_and_again_after_their_first_edit(
    sandbox: Callable[..., harness.Sandbox], endpoint: str, never: str | None
) -> None:
    stream = harness.snake(endpoint)
    with sandbox("--rows", "20") as daktela:
        daktela.control("clear", {"endpoint": endpoint})
        rows = [{"created": f"2024-11-0{1 + n % 5} 10:00:00", "edited": never} for n in range(30)]
        keys = mark(daktela, endpoint, rows)
        daktela.settle()
        first = harness.run_tap(settings(daktela, streams=[stream], page_size=7))
        assert sorted(written([first], stream)) == sorted(keys)
        assert {row["edited"] for row in first.records(stream)} == {None}
        daktela.control("edit", {"endpoint": endpoint, "keys": keys[:4]})
        daktela.settle()
        second = harness.run_tap(settings(daktela, streams=[stream]), state=first.last_state)
        assert sorted(written([second], stream)) == sorted(keys[:4])
