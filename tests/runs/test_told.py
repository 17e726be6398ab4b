"""What is short, odd or left out is told, and what cannot be written holds the bookmark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers import harness
from tests.helpers.ledger import requested, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.unmeasured


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., harness.Sandbox]) -> Iterator[harness.Sandbox]:
    with sandbox("--rows", "120") as running:
        yield running


def test_a_bookmark_after_the_servers_clock_ends_the_run_and_stays(daktela: harness.Sandbox) -> None:
    state = {"bookmarks": {"tickets": {"edited": "2099-01-01T00:00:00Z", "created": "2024-01-01T00:00:00Z"}}}
    run = harness.run_tap(settings(daktela, streams=["tickets"]), state=state)
    assert run.returncode == 1
    assert "the bookmark 'edited' of 'tickets' is 2099-01-01T00:00:00Z, which is after the clock" in run.stderr
    assert not run.records("tickets")
    assert run.last_state == state


def test_a_start_in_the_far_future_is_told(daktela: harness.Sandbox) -> None:
    run = harness.run_tap(settings(daktela, streams=["tickets"], start_date="2027-01-01"))
    assert "WARNING tickets: nothing to read along edited: it is to begin at 2026-12-31T23:00:00Z" in run.stderr


def test_the_state_of_another_tap_is_told(daktela: harness.Sandbox) -> None:
    run = harness.run_tap(settings(daktela, streams=["queues"]), state={"bookmarks": {"orders": {"at": "2024-01-01"}}})
    assert "WARNING The state has no bookmark for any selected stream" in run.stderr
    assert run.records("queues")


def test_a_row_with_an_impossible_key_is_told_and_the_others_are_written(daktela: harness.Sandbox) -> None:
    before = set(daktela.ledger()["queues"]["rows"])
    daktela.control("rows", {"endpoint": "queues", "rows": [{"name": "abc", "title": "x"}]})
    run = harness.run_tap(settings(daktela, streams=["queues"]))
    daktela.control("delete", {"endpoint": "queues", "keys": ["abc"]})
    assert run.returncode == 1
    assert {str(record["name"]) for record in run.records("queues")} == before
    critical = run.stderr.splitlines()[-1]
    assert "queues: 1 row has no usable key and cannot be written (name is 'abc')" in critical


def test_elements_without_a_key_are_told(daktela: harness.Sandbox) -> None:
    daktela.control("options", {"trim_relations": True})
    run = harness.run_tap(settings(daktela, streams=["tickets_followers"]))
    daktela.control("options", {"trim_relations": False})
    assert not run.records("tickets_followers")
    assert "WARNING tickets_followers: in " in run.stderr
    assert "elements came without their key and were left out. " in run.stderr
    assert "the user lacks the right to read 'users'" in run.stderr


def test_relations_without_their_keys_are_told_with_the_right_that_is_missing(daktela: harness.Sandbox) -> None:
    daktela.control("options", {"trim_relations": True})
    run = harness.run_tap(settings(daktela, streams=["activities"]))
    daktela.control("options", {"trim_relations": False})
    assert {row["queue_name"] for row in run.records("activities")} == {None}
    warnings = [line for line in run.stderr.splitlines() if "WARNING activities: " in line]
    assert len([line for line in warnings if "queue_name is empty" in line and "read 'queues'" in line]) == 1
    assert len([line for line in warnings if " user_name is empty" in line and "read 'users'" in line]) == 1


def test_attachments_have_another_name_on_old_servers(daktela: harness.Sandbox) -> None:
    config = settings(daktela, streams=["activities_email_attachments"])
    new = harness.run_tap(config)
    daktela.control("options", {"old_server": True})
    old = harness.run_tap(config)
    daktela.control("options", {"old_server": False})
    name = "activities_email_attachments"
    assert new.records(name)
    assert new.records(name) == old.records(name)


def test_a_run_with_nothing_new_takes_three_requests_for_each_stream(daktela: harness.Sandbox) -> None:
    streams = ["tickets", "contacts", "accounts", "crm_records"]
    daktela.control("advance", {"seconds": 86400 * 30})
    state = {"bookmarks": {stream: dict.fromkeys(("edited", "created"), "2024-12-04T00:00:00Z") for stream in streams}}
    daktela.control("reset-requests")
    run = harness.run_tap(settings(daktela, streams=streams), state=state)
    assert run.returncode == 0
    assert not any(run.records(stream) for stream in streams)
    paths = [request["path"] for request in requested(daktela)]
    for endpoint in ("tickets", "contacts", "accounts", "crmRecords"):
        assert sum(path.endswith(f"/{endpoint}.json") for path in paths) == 3
