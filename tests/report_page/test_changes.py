"""What a page keeps for the next one, and what changed between two runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tap_daktela.report_page.changes import changes, earlier_run, kept, row_changes
from tap_daktela.report_page.page import page
from tests.helpers.report.documents import document, endpoint, output

RUN = kept(document(endpoint(), endpoint("queues", streams={"queues": output(3)})))


def page_of(one: dict[str, Any], earlier: dict[str, Any] | None = None) -> str:
    return page(one, None, earlier).decode()


def test_a_page_keeps_its_run_for_the_next_one() -> None:
    assert earlier_run(page_of(document(endpoint()))) == kept(document(endpoint()))


def test_a_page_of_a_killed_run_keeps_the_run_before_it() -> None:
    killed = page_of(document(ended=None, complete=False, failure="the run has not ended"), RUN)
    assert earlier_run(killed) == RUN


def test_a_page_keeps_hostile_names_as_they_are() -> None:
    name = "</script><script>alert(1)</script>\u2028<!--"
    run = document(endpoint(name))
    assert earlier_run(page_of(run)) == kept(run)


@pytest.mark.parametrize(
    "change",
    [
        {"form": 2}, {"rows": {"tickets": "10"}}, {"rows": []}, {"failing": [1]}, {"began": None}, {"began": "soon"},
        {"ended": 5}, {"complete": "yes"}, {"invalid": None}, {"began": "0001-01-01T00:00:00Z"},
        {"ended": "9999-12-31T23:59:59Z"},
    ],
    ids=str,
)  # fmt: skip
def test_what_no_page_keeps_is_no_run(change: dict[str, Any]) -> None:
    def text(run: Any) -> str:
        return f'<script type="application/json" id="kept">{json.dumps(run)}</script>'

    assert earlier_run(text(RUN)) == RUN
    assert earlier_run(text(RUN | change)) is None
    assert earlier_run(text([RUN])) is None


@pytest.mark.parametrize(
    "text", ["", "<!doctype html><p>Mine</p>", '<script type="application/json" id="kept">{</script>']
)
def test_another_file_is_no_run(text: str) -> None:
    assert earlier_run(text) is None


def test_what_changed_is_said_with_the_worst_first() -> None:
    invalid = output(12, invalid_values={"reopen": 2}, invalid_examples={"reopen": "7"})
    now = kept(
        document(
            endpoint(streams={"tickets": invalid}, failure="tickets: no answer", complete=False),
            endpoint("users", streams={"users": output(5)}),
            ended="2024-11-05T12:02:00Z",
        )
    )
    assert changes(now, RUN) == [
        "Newly failing: tickets.",
        "No longer read: queues.",
        "New since the last run: users.",
        "Invalid values in columns that had none: tickets.reopen.",
        "17 rows, 4 more than the last time (13).",
        "It took 2 min; the last time 30 s.",
    ]
    assert "No longer failing: tickets." in changes(RUN, now)
    assert [tuple(one) for one in row_changes(now, RUN)] == [
        ("tickets", 10, 12), ("users", None, 5), ("queues", 3, None)
    ]  # fmt: skip
