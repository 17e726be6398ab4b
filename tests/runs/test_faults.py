"""Requests that break, tokens that end, rights that are missing: what can be read is read, and nothing is hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers import harness
from tests.helpers.ledger import (
    check_complete,
    check_no_repeats,
    check_states,
    critical,
    odd_for_a_while,
    requested,
    settings,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.unmeasured

TROUBLES = {
    "429": ("429",),
    "429-date": ("429-date",),
    "5xx": ("500", "502-html", "503", "504"),
    "timeout": ("timeout",),
    "connection": ("reset", "truncate", "drip"),
    "body": ("broken-json", "html"),
}
"""The kinds of the sandbox, those together that cost the same: a 429 makes all requests wait."""

RATES = {"429": 0.1, "429-date": 0.1, "5xx": 0.06, "timeout": 0.1, "connection": 0.08, "body": 0.1}

STREAMS = ["activities", "tickets", "contacts", "statuses"]
BROKEN = {"streams": STREAMS, "page_size": 30, "concurrency": 8, "request_timeout": 2}


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., harness.Sandbox]) -> Iterator[harness.Sandbox]:
    with sandbox("--rows", "400", "--days", "3") as running:
        running.settle()
        yield running


@pytest.fixture
def troubled(daktela: harness.Sandbox) -> Iterator[Callable[..., harness.Sandbox]]:
    """Give a function that puts the server into trouble, until the end of the test."""
    with odd_for_a_while(daktela) as trouble:
        yield trouble


@pytest.mark.parametrize("kind", TROUBLES)
def test_broken_requests_are_repeated(troubled: Callable[..., harness.Sandbox], kind: str) -> None:
    daktela = troubled(fault=[f"{one}={RATES[kind]}" for one in TROUBLES[kind]])
    run = harness.run_tap(settings(daktela, **BROKEN))
    assert run.returncode == 0, run.stderr
    assert "Trying again" in run.stderr
    if kind[0] in "45":
        assert {int(one[:3]) for one in TROUBLES[kind]} & {request["status"] for request in requested(daktela)}
    check_complete(daktela, run)
    check_no_repeats(run)
    check_states(daktela, run)


def test_a_token_that_is_revoked_during_the_run_is_renewed(troubled: Callable[..., harness.Sandbox]) -> None:
    daktela = troubled(fault=["expired@7", "expired@25", "expired@40"])
    # One after another, or the request that follows the new login may be the next one to be refused.
    run = harness.run_tap(settings(daktela, **{**BROKEN, "concurrency": 1}))
    assert run.returncode == 0, run.stderr
    assert sum(request["path"].endswith("/login.json") for request in requested(daktela)) > 1
    check_complete(daktela, run)


def test_tokens_that_end_during_the_run_are_renewed(sandbox: Callable[..., harness.Sandbox]) -> None:
    flags = ("--token-seconds", "1", "--latency-ms", "100")
    # The clock must run, or no token would ever end; where it starts is given.
    with sandbox("--rows", "200", "--days", "3", *flags, clock=harness.STILL[:2]) as daktela:
        daktela.settle()
        run = harness.run_tap(settings(daktela, **{**BROKEN, "concurrency": 2}))
        assert run.returncode == 0, run.stderr
        logins = [request for request in requested(daktela) if request["path"].endswith("/login.json")]
        assert len(logins) > 1
        check_complete(daktela, run)


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_one_stream_that_is_refused_does_not_stop_the_others(
    troubled: Callable[..., harness.Sandbox], status: int
) -> None:
    daktela = troubled(deny=[f"tickets={status}"])
    run = harness.run_tap(settings(daktela, streams=STREAMS, max_retries=1))
    assert run.returncode == 1
    line = critical(run)
    assert "1 of 4 streams failed: tickets: " in line
    assert f"HTTP {status}" in line
    bookmarks = run.last_state["bookmarks"]
    assert bookmarks["contacts"]["edited"] == bookmarks["activities"]["time"] == "2024-11-05T13:30:00Z"
    assert "tickets" not in bookmarks
    assert not run.records("tickets")
    daktela.control("options", {"deny": None})
    rest = harness.run_tap(settings(daktela, streams=STREAMS), state=run.last_state)
    check_complete(daktela, run, rest)


def test_a_stream_that_fails_half_way_keeps_what_it_has(troubled: Callable[..., harness.Sandbox]) -> None:
    small = {"streams": ["tickets", "statuses"], "page_size": 30, "date_window_size": 0.1, "concurrency": 1}
    daktela = troubled(fault=["500@14"])
    run = harness.run_tap(settings(daktela, **small, max_retries=0))
    assert run.returncode == 1
    assert "tickets: GET tickets" in critical(run)
    assert "2024-11-04" < run.last_state["bookmarks"]["tickets"]["edited"] < "2024-11-05T13"
    assert run.last_state["currently_syncing"] == "tickets"
    assert run.records("statuses")
    check_states(daktela, run)
    rest = harness.run_tap(settings(daktela, **small), state=run.last_state)
    check_complete(daktela, run, rest)
