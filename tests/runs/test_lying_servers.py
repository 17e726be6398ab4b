"""Servers whose answers look right and are not: nothing is lost without a word, and no bookmark moves past it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import harness
from tests.helpers.ledger import check_complete, critical, mark, odd_for_a_while, settings, sorted_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.unmeasured

# Streams with lists: links to activities, and derived ones.
LISTS = ["activities_email", "activities_email_attachments", "activities_sms", "tickets_statuses", "tickets_followers"]
MANY = 3000


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., harness.Sandbox]) -> Iterator[harness.Sandbox]:
    with sandbox("--rows", "600", "--days", "3") as running:
        running.settle()
        yield running


@pytest.fixture(scope="module")
def plain(daktela: harness.Sandbox) -> harness.TapRun:
    run = harness.run_tap(settings(daktela, streams=LISTS))
    assert run.returncode == 0, run.stderr
    assert any(record["activities_name"] for record in run.records("activities_email"))
    return run


@pytest.fixture
def odd(daktela: harness.Sandbox) -> Iterator[Callable[..., harness.Sandbox]]:
    """Give a function that makes the server odd, until the end of the test."""
    with odd_for_a_while(daktela) as become:
        yield become


@pytest.fixture(scope="module")
def flow(sandbox: Callable[..., harness.Sandbox]) -> Iterator[harness.Sandbox]:
    """Give a server with 3,000 tickets, one every twenty minutes."""
    with sandbox("--rows", "10") as running:
        moments = [
            f"2024-{9 + n // 2160:02}-{1 + n // 72 % 30:02} {n // 3 % 24:02}:{n % 3 * 20:02}:00" for n in range(MANY)
        ]
        mark(running, "tickets", [{"created": moment, "edited": moment} for moment in moments])
        yield running


# --- lists ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"bare_list": ["activities"], "bare_as": "null"},
        {"bare_list": ["statuses"], "bare_as": "empty"},
        {"bare_list": ["attachments"]},
        {"bare_lists": True, "bare_as": "null"},
        {"null_lists": True},
        {"one_as_object": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("concurrency", [1, 4])
def test_no_link_and_no_derived_row_is_lost(
    odd: Callable[..., harness.Sandbox], plain: harness.TapRun, options: dict[str, Any], concurrency: int
) -> None:
    run = harness.run_tap(settings(odd(**options), streams=LISTS, concurrency=concurrency))
    assert run.returncode == 0, run.stderr
    assert values(run) == values(plain)


def values(run: harness.TapRun) -> dict[str, list[str]]:
    """Return all records, in which a list may be null where it was empty."""
    return {
        stream: [record.replace(": []", ": null") for record in records]
        for stream, records in sorted_records(run).items()
    }


def test_a_ticket_whose_list_is_null_empties_no_stream(sandbox: Callable[..., harness.Sandbox]) -> None:
    with sandbox("--rows", "60") as daktela:
        daktela.settle()
        before = harness.run_tap(settings(daktela, streams=["tickets_statuses"])).records("tickets_statuses")
        mark(daktela, "tickets", [{"created": "2020-02-01 10:00:00", "edited": "2020-02-01 10:00:00", "statuses": []}])
        daktela.control("options", {"null_lists": True})
        run = harness.run_tap(settings(daktela, streams=["tickets_statuses"]))
        assert run.returncode == 0, run.stderr
        assert before
        assert run.records("tickets_statuses") == before


# --- answers ----------------------------------------------------------------------------------------------------------


# The simulation, which starts no process, hits many more requests.
@pytest.mark.parametrize("number", [3, 4, 5, 8, 13])
@pytest.mark.parametrize("kind", ["empty", "partial"])
def test_one_answer_without_its_rows_loses_none(flow: harness.Sandbox, kind: str, number: int) -> None:
    flow.control("reset-requests")
    flow.control("options", {"fault": [f"{kind}@{number}"]})
    run = harness.run_tap(settings(flow, streams=["tickets"], page_size=100, concurrency=4))
    flow.control("options", {"fault": None})
    assert run.returncode == 0, run.stderr
    check_complete(flow, run)


def test_an_error_beside_rows_is_told(flow: harness.Sandbox) -> None:
    flow.control("options", {"fault": ["partial=1"]})
    run = harness.run_tap(settings(flow, streams=["tickets"], page_size=100))
    flow.control("options", {"fault": None})
    assert run.returncode == 1
    assert "Query timed out, the result is partial" in critical(run)
    assert "tickets" not in run.last_state.get("bookmarks", {})


def test_a_cap_of_rows_whose_total_is_the_pages_own_loses_none(flow: harness.Sandbox) -> None:
    flow.control("options", {"serve_at_most": 100, "total": "own"})
    run = harness.run_tap(settings(flow, streams=["tickets"]))
    flow.control("options", {"serve_at_most": None, "total": None})
    assert run.returncode == 0, run.stderr
    assert len(run.records("tickets")) >= MANY
    check_complete(flow, run)


def test_skip_that_is_ignored_ends_with_an_error(odd: Callable[..., harness.Sandbox]) -> None:
    daktela = odd(ignore_skip=True, total="absent")
    run = harness.run_tap(settings(daktela, streams=["realtime_sessions"], page_size=5))
    assert run.returncode == 1
    assert "ignores skip" in critical(run)


# --- clocks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [["7200@1", "0@3"], ["-86400@4"], ["7200@4"], ["250000000000@4"]], ids=str)
def test_a_clock_that_jumps_moves_no_bookmark(odd: Callable[..., harness.Sandbox], jump: list[str]) -> None:
    daktela = odd(clock_jump=jump)
    run = harness.run_tap(settings(daktela, streams=["tickets"], page_size=20, concurrency=1))
    assert run.returncode == 1, run.stderr
    assert "clock of the instance" in critical(run)
    assert "tickets" not in run.last_state.get("bookmarks", {})


def test_a_clock_that_contradicts_its_own_date_is_told(odd: Callable[..., harness.Sandbox]) -> None:
    run = harness.run_tap(settings(odd(time_skew=7200.0), streams=["tickets"]))
    assert run.returncode == 1
    assert "its Date header" in critical(run)
    assert not run.records("tickets")


def test_a_clock_of_1970_is_told(odd: Callable[..., harness.Sandbox]) -> None:
    run = harness.run_tap(settings(odd(clock_jump=["-1700000000@1"]), streams=["tickets"]))
    assert run.returncode == 1
    assert "before start_date" in critical(run)


# --- rows that do not rest --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("settle_minutes", "comes"), [(30, [5]), (0, [*range(5)])])
def test_a_ticket_edited_before_each_of_five_hourly_runs_comes_once_it_rests(
    sandbox: Callable[..., harness.Sandbox], settle_minutes: int, comes: list[int]
) -> None:
    with sandbox("--rows", "10") as daktela:
        daktela.settle()
        [key] = mark(daktela, "tickets", [{"title": "hot"}])
        state, seen = None, []
        for number in range(6):
            if number < 5:
                daktela.control("edit", {"endpoint": "tickets", "keys": [int(key)]})
                daktela.control("advance", {"seconds": 60})
            run = harness.run_tap(settings(daktela, streams=["tickets"], settle_minutes=settle_minutes), state=state)
            assert run.returncode == 0, run.stderr
            state = run.last_state
            seen += [number] if any(str(record["name"]) == key for record in run.records("tickets")) else []
            daktela.control("advance", {"seconds": 3540})
        assert seen == comes
