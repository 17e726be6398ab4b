"""Rows that are edited, deleted and added between any two requests: every row that was left alone comes out."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from tests.helpers import harness
from tests.helpers.ledger import accounts, check_complete, check_no_repeats, mark, settings

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.unmeasured

MANY = 2500
SECOND = "2024-10-20 10:00:00"
STREAMS = ["activities", "activities_call", "tickets", "contacts", "crm_records", "campaigns_records", "groups"]
WORLD = ("--rows", "300", "--days", "2")
KINDS = {
    "edit": {"churn": "edit", "churn_rows": 3},
    "delete": {"churn": "delete", "churn_rows": 1},
    "mixed": {"churn": "mixed", "churn_rows": 2},
    "add": {"churn_add": True},
}


@pytest.mark.parametrize(
    ("kind", "page_size", "concurrency"),
    [
        *product(["delete", "edit", "mixed", "add"], [7], [8]),
        *product(["delete", "mixed"], [100], [1]),
    ],
)
def test_rows_left_alone_are_not_lost(
    sandbox: Callable[..., harness.Sandbox], kind: str, page_size: int, concurrency: int
) -> None:
    with sandbox(*WORLD) as daktela:
        mark(daktela, "groups", [{"name": f"g{number:03}", "title": "Skupina"} for number in range(150)])
        daktela.settle()
        before = accounts(daktela)
        daktela.control("options", KINDS[kind])
        run = harness.run_tap(settings(daktela, streams=STREAMS, page_size=page_size, concurrency=concurrency))
        assert run.returncode == 0, run.stderr
        untouched = {name: set(one["rows"]) - set(one["touched"]) for name, one in daktela.ledger().items()}
        assert all(untouched[name] for name in ("activities", "tickets", "contacts", "groups"))
        assert kind == "add" or any(one["touched"] for one in daktela.ledger().values())
        check_complete(daktela, run, since=before)
        check_no_repeats(run)


@pytest.mark.parametrize(("kind", "page_size"), [("", 1000), ("delete", 100), ("mixed", 100), ("mixed", 1000)])
def test_a_second_that_holds_more_than_a_page(
    sandbox: Callable[..., harness.Sandbox], kind: str, page_size: int
) -> None:
    with sandbox("--rows", "10") as daktela:
        before, after = "2024-10-20 09:59:59", "2024-10-20 10:00:01"
        times = [before, *[SECOND] * MANY, after]
        mark(daktela, "contacts", [{"created": time, "edited": time} for time in times])
        daktela.control("options", {"churn": kind, "churn_rows": 5})
        run = harness.run_tap(settings(daktela, streams=["contacts"], page_size=page_size))
        assert run.returncode == 0, run.stderr
        check_complete(daktela, run)
        check_no_repeats(run)
        assert len(run.records("contacts")) > MANY / 2


@pytest.mark.parametrize(("kind", "concurrency"), [("delete", 1), ("mixed", 8)])
def test_a_table_without_times_of_more_than_ten_pages(
    sandbox: Callable[..., harness.Sandbox], kind: str, concurrency: int
) -> None:
    with sandbox("--rows", "10") as daktela:
        mark(daktela, "groups", [{"name": f"g{number:04}", "title": "Skupina"} for number in range(1000)])
        daktela.control("options", {"churn": kind, "churn_rows": 5})
        run = harness.run_tap(settings(daktela, streams=["groups"], page_size=10, concurrency=concurrency))
        assert run.returncode == 0, run.stderr
        check_complete(daktela, run)
        check_no_repeats(run)
        assert set(daktela.ledger()["groups"]["touched"])
