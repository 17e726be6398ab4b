"""What the tap asks of the server: few requests, small offsets, only declared fields, and no secret comes back."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tests.helpers import harness
from tests.helpers.ledger import EVERY_STREAM, check_complete, check_no_repeats, mark, requested, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.unmeasured

UNWANTED = re.compile(r"options|extensions|algo|fcm|sip|passw|token|secret|_rdata|_sys|guiData", re.IGNORECASE)
# Whether profiles demand it, and no password.
HARMLESS = {"oneTimePassword", "passwordReset"}
MOST_ROWS = 10_000
KNOWN = entries(STREAMS)


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., harness.Sandbox]) -> Iterator[harness.Sandbox]:
    with sandbox("--rows", "800", "--days", "3") as running:
        running.settle()
        yield running


def lists(daktela: harness.Sandbox) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return endpoint and parameters of each list request."""
    asked = [
        (request["path"].removeprefix("/api/v6/").removesuffix(".json"), parse_qsl(request["query"]))
        for request in requested(daktela)
    ]
    return [(name, query) for name, query in asked if name not in {"login", "whoim"}]


def too_many(daktela: harness.Sandbox, page_size: int) -> dict[str, tuple[int, int]]:
    """Return requests and rows of the endpoints that were asked more often than their rows explain."""
    rows = {name: len(account["rows"]) for name, account in daktela.ledger().items()}
    counts = Counter(name for name, _ in lists(daktela))
    return {name: (n, rows[name]) for name, n in counts.items() if n > rows[name] / page_size * 1.15 + 3}


@pytest.mark.parametrize(("page_size", "concurrency"), [(50, 8), (1000, 1)])
def test_only_declared_fields_are_asked_for_and_no_secret_comes_out(
    daktela: harness.Sandbox, page_size: int, concurrency: int
) -> None:
    daktela.control("reset-requests")
    config = settings(daktela, streams=EVERY_STREAM, page_size=page_size, concurrency=concurrency)
    run = harness.run_tap(config)
    assert run.returncode == 0, run.stderr
    check_complete(daktela, run)
    check_no_repeats(run)
    for name, query in lists(daktela):
        fields = [value for key, value in query if key.startswith("fields[")]
        assert fields, name
        assert not [field for field in fields if UNWANTED.search(field) and field not in HARMLESS], name
        parameters = dict(query)
        assert int(parameters["take"]) <= page_size
        assert int(parameters.get("skip", 0)) < MOST_ROWS
    assert "SANDBOX-SECRET-" not in run.stdout + run.stderr
    assert daktela.password not in run.stdout + run.stderr


def test_many_rows_in_an_even_flow_take_few_requests(sandbox: Callable[..., harness.Sandbox]) -> None:
    with sandbox("--rows", "10") as daktela:
        begin = datetime(2024, 9, 1, tzinfo=timezone.utc)
        moments = [str(begin + timedelta(minutes=20 * n))[:19] for n in range(4000)]
        mark(daktela, "tickets", [{"created": moment, "edited": moment} for moment in moments])
        mark(daktela, "activitiesCall", [{"call_time": moment} for moment in moments])
        daktela.control("reset-requests")
        run = harness.run_tap(settings(daktela, streams=["tickets", "activities_call"], page_size=100))
        assert run.returncode == 0, run.stderr
        check_complete(daktela, run)
        assert not too_many(daktela, 100)


def test_where_nothing_is_new_there_are_two_requests_for_each_axis(sandbox: Callable[..., harness.Sandbox]) -> None:
    most: Counter[str] = Counter({"activities": 2})  # How many rows are anonymised.
    for entry in map(KNOWN.get, EVERY_STREAM):
        if entry is not None and entry.derived is None:
            timed = KNOWN[entry.stream.child.parent].stream if entry.stream.child else entry.stream
            most[timed.endpoint] += 2 * max(1, len(timed.axes))
    with sandbox("--rows", "30") as daktela:
        daktela.settle()
        config = settings(daktela, streams=EVERY_STREAM, lookback_days=0)
        state = harness.run_tap(config).last_state
        daktela.settle()
        daktela.control("reset-requests")
        run = harness.run_tap(config, state=state)
        asked = Counter(name for name, _ in lists(daktela))
    assert run.returncode == 0, run.stderr
    assert {name: (count, most[name]) for name, count in asked.items() if count > most[name]} == {}
    assert not run.records("tickets")
    assert run.records("users")


def test_offsets_stay_small_in_a_table_without_times(sandbox: Callable[..., harness.Sandbox]) -> None:
    with sandbox("--rows", "10") as daktela:
        mark(daktela, "groups", [{"title": "Skupina"} for _ in range(12_500)])
        run = harness.run_tap(settings(daktela, streams=["groups"]))
        assert run.returncode == 0, run.stderr
        check_complete(daktela, run)
        assert max(int(dict(query).get("skip", 0)) for _, query in lists(daktela)) < MOST_ROWS
        assert not too_many(daktela, 1000)


def test_pages_of_long_rows_have_fewer_of_them(sandbox: Callable[..., harness.Sandbox]) -> None:
    with sandbox("--rows", "10") as daktela:
        rows = [{"time": f"2024-10-{1 + n % 28:02} 10:{n // 28:02}:00", "text": "x" * 50_000} for n in range(300)]
        mark(daktela, "activitiesEmail", rows)
        daktela.control("reset-requests")
        run = harness.run_tap(settings(daktela, streams=["activities_email"]))
        assert run.returncode == 0, run.stderr
        check_complete(daktela, run)
        takes = [int(dict(query)["take"]) for name, query in lists(daktela) if name == "activitiesEmail"]
        assert takes[0] < 100  # before anything is known of the rows
        assert max(takes) * 50_000 < 3 * 2**20
        assert len(takes) < 30


def test_absurd_totals_do_not_make_thousands_of_requests(sandbox: Callable[..., harness.Sandbox]) -> None:
    with sandbox("--rows", "300", "--days", "3", "--total=+100000") as daktela:
        daktela.settle()
        daktela.control("reset-requests")
        run = harness.run_tap(settings(daktela, streams=["tickets"]))
        assert run.returncode == 1
        assert "promises" in run.stderr
        check_complete(daktela, run)
        assert len(lists(daktela)) < 500
