"""Servers that answer in other shapes, in smaller pages, or less precisely: the same rows come out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import harness
from tests.helpers.ledger import (
    SOME_STREAMS,
    check_complete,
    check_no_repeats,
    check_states,
    critical,
    mark,
    settings,
    sorted_records,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.unmeasured

# What the server does differently, and which columns can be empty because of it.
ODD = {
    "serve-at-most-5": {"serve_at_most": 5},
    "serve-ragged": {"serve_ragged": True},
    "total-absent": {"total": "absent"},
    "total-null-and-ragged": {"total": "null", "serve_ragged": True},
    "total-text-and-data-object": {"total": "text", "data_object": True},
    "literal-dots": {"literal_dots": True},
    "bare-lists": {"bare_lists": True},
    "ignore-fields": {"ignore_fields": True},
    "no-key-sort": {"no_key_sort": True},
    "first-sort-only": {"first_sort_only": True},
    "first-sort-only-ragged": {"first_sort_only": True, "serve_ragged": True},
}


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., harness.Sandbox]) -> Iterator[harness.Sandbox]:
    with sandbox("--rows", "150", "--days", "3") as running:
        running.settle()
        yield running


@pytest.fixture(scope="module")
def plain(daktela: harness.Sandbox) -> harness.TapRun:
    return harness.run_tap(settings(daktela))


@pytest.mark.parametrize("odd", ODD)
def test_all_rows_come_out(daktela: harness.Sandbox, plain: harness.TapRun, odd: str) -> None:
    daktela.control("options", ODD[odd])
    try:
        run = harness.run_tap(settings(daktela, page_size=12, concurrency=8))
    finally:
        daktela.control("options", dict.fromkeys(ODD[odd]))
    assert run.returncode == 0, run.stderr
    check_complete(daktela, run)
    check_no_repeats(run)
    check_states(daktela, run)
    assert sorted_records(run) == sorted_records(plain)


@pytest.mark.parametrize(("page_size", "total"), [(12, "+3"), (12, "-3"), (1000, "+3")])
def test_a_wrong_total_is_an_error_and_no_row_is_withheld(daktela: harness.Sandbox, total: str, page_size: int) -> None:
    daktela.control("options", {"total": total})
    try:
        run = harness.run_tap(settings(daktela, page_size=page_size))
    finally:
        daktela.control("options", {"total": None})
    assert run.returncode == 1
    line = critical(run)
    for read in ("activities by time, [20", "tickets by edited, [20", "statuses, all", "activities_call_channels, all"):
        assert read in line
    assert not (run.last_state or {}).get("bookmarks", {}).get("tickets")
    check_complete(daktela, run)
    check_states(daktela, run)


def test_one_window_with_a_wrong_total_keeps_the_bookmark_before_it(sandbox: Callable[..., harness.Sandbox]) -> None:
    with sandbox("--rows", "10") as daktela:
        daktela.control("clear", {"endpoint": "tickets"})
        days = [f"2024-10-{day:02} 08:00:00" for day in range(1, 29)]
        mark(daktela, "tickets", [{"created": day, "edited": day} for day in days])
        streams = ["tickets", "contacts"]
        first = harness.run_tap(settings(daktela, streams=streams, end_date="2024-10-15T00:00:00Z"))
        daktela.control("options", {"total": "+3"})
        second = harness.run_tap(settings(daktela, streams=streams, date_window_size=3), state=first.last_state)
        assert second.returncode == 1
        assert critical(second).count("CRITICAL") == 1
        assert second.last_state["bookmarks"] == first.last_state["bookmarks"]
        check_complete(daktela, first, second)


def test_an_old_server(sandbox: Callable[..., harness.Sandbox]) -> None:
    with sandbox("--rows", "200", "--old-server") as daktela:
        daktela.settle()
        run = harness.run_tap(settings(daktela, streams=[*SOME_STREAMS, "activities_web"]))
        assert run.returncode == 0, run.stderr
        assert run.records("activities_web")
        check_complete(daktela, run)


def test_relations_that_the_user_may_not_see(daktela: harness.Sandbox, plain: harness.TapRun) -> None:
    options: dict[str, Any] = {"trim_relations": True}
    daktela.control("options", options)
    try:
        run = harness.run_tap(settings(daktela, page_size=50))
    finally:
        daktela.control("options", dict.fromkeys(options))
    assert run.returncode == 0, run.stderr
    check_complete(daktela, run)
    users = {record["user_name"] for record in run.records("tickets")}
    assert users == {None}
    assert any(record["user_name"] for record in plain.records("tickets"))
