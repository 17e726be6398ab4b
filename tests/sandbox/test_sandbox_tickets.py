"""The invented tickets and customers are those of a contact centre at work; a clean world has nothing untidy."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import pytest

from tap_daktela.sandbox.options import SandboxOptions
from tap_daktela.sandbox.storage.tables import ITEMS, Row
from tap_daktela.sandbox.world.company.queues import MAILBOXES
from tap_daktela.sandbox.world.invented.dirt import NASTY, ZERO
from tap_daktela.sandbox.world.invented.people import PRIVATE_HOSTS, ascii_of
from tap_daktela.sandbox.world.invented.texts import SUBJECTS
from tap_daktela.sandbox.world.world import World
from tests.helpers import harness
from tests.helpers.sandbox_client import NOW, NOW_TEXT

# Without a change of the clocks: differences of wall-clock texts are seconds.
QUIET = "2024-03-20T12:00:00Z"
QUIET_TEXT = "2024-03-20 13:00:00"


@pytest.fixture(scope="module")
def world() -> World:
    return World(SandboxOptions(rows=4000, now=QUIET, freeze=True, clean=True))


def seconds(row: Row, begin: str, end: str) -> int:
    """How long it was from one time of a row to another."""
    return int((datetime.fromisoformat(row[end]) - datetime.fromisoformat(row[begin])).total_seconds())


def test_the_first_answer_agrees_with_its_deadline(world: World) -> None:
    tickets = list(world.store["tickets"])
    answered = [row for row in tickets if "first_answer" in row]
    assert 0.85 < len(answered) / len(tickets) < 1
    for row in answered:
        assert row["first_answer_duration"] == seconds(row, "created", "first_answer") > 0
        assert row["first_answer_overdue"] == max(seconds(row, "first_answer_deadline", "first_answer"), 0)
    overdue = [row for row in answered if row["first_answer_overdue"]]
    assert 0.05 < len(overdue) / len(answered) < 0.3
    unanswered = [row for row in tickets if "first_answer" not in row]
    assert {(row["first_answer_duration"], row["first_answer_overdue"]) for row in unanswered} == {(0, 0)}


def test_deadlines_are_what_the_service_level_allows(world: World) -> None:
    categories, levels = world.store["ticketsCategories"].by_key, world.store["ticketsSla"].by_key
    speeds = {"LOW": "low", "MEDIUM": "normal", "HIGH": "high"}
    for row in world.store["tickets"]:
        level, speed = levels[categories[row["category"]]["sla"]], speeds[row["priority"]]
        assert seconds(row, "created", "first_answer_deadline") == 3600 * level[f"response_{speed}"]
        assert seconds(row, "created", "sla_close_deadline") == 3600 * level[f"solution_{speed}"]
        late = max(seconds(row, "sla_close_deadline", "closed"), 0) if "closed" in row else 0
        assert row["sla_overdue"] == late
        assert row["sla_duration"] == (seconds(row, "created", "closed") if "closed" in row else 0)


def test_closed_tickets_have_ended_and_open_ones_have_not(world: World) -> None:
    for row in world.store["tickets"]:
        assert ("closed" in row) is (row["stage"] in {"CLOSE", "ARCHIVE"})
        if "closed" in row:
            assert row["created"] <= row.get("first_answer", row["created"]) <= row["closed"] <= row["edited"]
        assert row["stage"] == "WAIT" or "reopen" not in row
        assert "closed" not in row or row.get("last_activity", "") <= row["closed"]


def test_the_backlog_neither_explodes_nor_is_empty(world: World) -> None:
    tickets = list(world.store["tickets"])
    days = [datetime.fromisoformat(QUIET_TEXT) - timedelta(days=ago) for ago in range(45)]
    backlog = [
        sum(row["created"] <= str(day) and not row.get("closed", "9") <= str(day) for row in tickets) for day in days
    ]
    assert min(backlog) > 0
    assert max(backlog) < 0.12 * len(tickets)
    assert 0.4 < backlog[0] / median(backlog) < 2.5


def test_tickets_look_like_tickets(world: World) -> None:
    categories = world.store["ticketsCategories"].by_key
    for row in world.store["tickets"]:
        fitting = [subject.partition("{")[0] for subject in SUBJECTS[categories[row["category"]]["title"]]]
        assert row["title"].startswith(tuple(fitting))
        assert set(row.get("statuses", ())) <= set(categories[row["category"]]["_statuses"])
    assert set(Counter(row["category"] for row in world.store["tickets"])) == set(categories)


def test_addresses_fit_their_owners(world: World) -> None:
    accounts = world.store["accounts"].by_key
    for row in world.store["contacts"]:
        for address in row.get("customFields", {}).get("email", [])[:1]:
            if address is not None:
                mailbox, _, host = address.partition("@")
                assert ascii_of(row["lastname"]) in mailbox
                words = accounts[row["account"]]["title"].split() if "account" in row else []
                assert host in PRIVATE_HOSTS if not words else host == f"{'-'.join(map(ascii_of, words[:2]))}.example"
    logins = [row["email"].partition("@")[2] for row in world.store["users"] if row["email"]]
    assert set(logins) == {"example.com"}


def test_an_email_about_a_ticket_goes_through_the_mailbox_of_its_category(world: World) -> None:
    queues, tickets = world.store["queues"].by_key, world.store["tickets"].by_key
    categories = world.store["ticketsCategories"].by_key
    for email in world.store["activitiesEmail"]:
        about = tickets.get(world.store["activities"].by_key[email["activities"][0]].get("ticket", 0))
        if about is not None:
            subjects = MAILBOXES[queues[email["queue"]]["title"]]
            assert categories[about["category"]]["title"] in subjects, email["title"]


def test_contacts_are_there_before_their_tickets_and_activities(world: World) -> None:
    contacts = world.store["contacts"].by_key
    for name, column in (("tickets", "created"), ("activities", "time"), ("crmRecords", "created")):
        known = [row for row in world.store[name] if "contact" in row]
        assert len(known) > len(world.store[name]) / 4
        assert all(contacts[row["contact"]]["created"] <= row[column] for row in known)


def everywhere(value: Any) -> Any:
    """Yield all texts within a value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from everywhere(one)
    elif isinstance(value, str):
        yield value


def test_a_clean_world_has_nothing_untidy(world: World) -> None:
    texts = {text for rows in world.store.tables.values() for row in rows for text in everywhere(row)}
    assert texts & {ZERO, *NASTY[:-1]} == set()
    for row in world.store["activities"]:
        assert ("item" in row) is (row["type"] in ITEMS)
    for table in ITEMS.values():
        assert all(row["activities"] for row in world.store[table])
    assert {type(row["action"]) for row in world.store["campaignsRecords"]} == {int}


def test_the_first_rows_are_ordinary_also_in_an_untidy_world() -> None:
    dirty = World(SandboxOptions(rows=2000, now=NOW, freeze=True))
    assert NOW_TEXT[:4] == "2024"
    for name in ("tickets", "contacts", "articles"):
        first = [text for row in list(dirty.store[name])[:5] for text in everywhere(row)]
        assert set(first) & set(NASTY[:-1]) == set()
    assert {row["title"] for row in dirty.store["tickets"]} >= set(NASTY)


def test_the_tap_finds_no_invalid_value_in_a_clean_world() -> None:
    with harness.Sandbox("--clean", "--rows", "600") as daktela:
        daktela.settle()
        run = harness.run_tap({**daktela.login, "start_date": harness.BEGINNING})
    assert run.returncode == 0, run.stderr
    assert "invalid, and were written" not in run.stderr
    assert len(run.records("tickets")) == 240
