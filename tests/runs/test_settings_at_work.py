"""What settings do to a whole run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.helpers import harness
from tests.helpers.http_stub import CountingRelay
from tests.helpers.ledger import check_complete, critical, settings, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.unmeasured

CHANNELS = {"CALL", "EMAIL", "CHAT", "SMS", "FBM", "IGDM", "WAP", "VBR"}
BOUND = "2024-11-05T13:30:00Z"


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., harness.Sandbox]) -> Iterator[harness.Sandbox]:
    with sandbox("--rows", "300", "--days", "5") as running:
        running.settle()
        yield running


def test_versions_are_activated_for_full_tables(daktela: harness.Sandbox) -> None:
    config = settings(daktela, streams=["statuses", "tickets"], emit_activate_version_messages=True)
    first = harness.run_tap(config)
    second = harness.run_tap(config, state=first.last_state)
    versions = []
    for run in (first, second):
        kinds = [m["type"] for m in run.messages if m.get("stream") == "statuses"]
        assert kinds[-1] == "ACTIVATE_VERSION"
        assert (kinds[1] == "ACTIVATE_VERSION") is (run is first)
        [version] = {m["version"] for m in run.messages if m.get("stream") == "statuses" and "version" in m}
        versions.append(version)
        assert run.last_state["versions"]["statuses"] == version
        assert not [m for m in run.messages if m.get("stream") == "tickets" and "version" in m]
    assert versions[0] < versions[1]


def test_rows_that_the_instance_purges_are_never_versioned(daktela: harness.Sandbox) -> None:
    names = ["activities_call_channels", "activities_call_recordings", "realtime_sessions", "statuses"]
    run = harness.run_tap(settings(daktela, streams=names, emit_activate_version_messages=True))
    assert {name for name in names if run.records(name)} == set(names)
    assert {message["stream"] for message in run.messages if "version" in message} == {"statuses"}


@pytest.mark.parametrize("mode", [[], ["--discover"], ["--test"]])
def test_one_request_in_flight_is_never_two(daktela: harness.Sandbox, mode: list[str]) -> None:
    """Streams that nobody named: they are probed before they are read."""
    relay = CountingRelay(daktela.url)
    try:
        login = {"username": daktela.username, "password": daktela.password, "start_date": "2024-11-05"}
        run = harness.run_tap({**login, "url": relay.url, "concurrency": 1}, *mode)
        assert run.returncode == 0, run.stderr
        assert (relay.times("login"), relay.most) == (1, 1)
    finally:
        relay.stop()


def test_orphans(daktela: harness.Sandbox) -> None:
    kept, dropped = (
        harness.run_tap(settings(daktela, streams=["activities"], orphans=choice)) for choice in ("keep", "drop")
    )
    check_complete(daktela, kept)
    orphans = [
        row["name"] for row in kept.records("activities") if row["type"] in CHANNELS and row["item_name"] is None
    ]
    assert orphans
    assert set(written([kept], "activities")) - set(written([dropped], "activities")) == set(orphans)
    for run in (kept, dropped):
        assert f"activities: {len(orphans)} rows without their item (orphans)" in run.stderr


def test_local_timestamps(daktela: harness.Sandbox) -> None:
    run = harness.run_tap(settings(daktela, streams=["activities_call"], timestamps="local"))
    rows = daktela.ledger()["activitiesCall"]["rows"]
    found = {row["id_call"]: row["call_time"] for row in run.records("activities_call")}
    assert found == {key: row["call_time"] for key, row in rows.items()}
    assert run.last_state["bookmarks"]["activities_call"]["call_time"] == BOUND


def test_nested_values_as_json_text(daktela: harness.Sandbox) -> None:
    native, text = (harness.run_tap(settings(daktela, streams=["tickets"], nested=form)) for form in ("native", "json"))
    rows = {row["name"]: row for row in native.records("tickets")}
    assert any(row["statuses"] for row in rows.values())
    for row in text.records("tickets"):
        for field in ("statuses", "followers", "custom_fields"):
            assert (None if row[field] is None else json.loads(row[field])) == rows[row["name"]][field]


def test_filters(daktela: harness.Sandbox) -> None:
    calls = {"field": "type", "operator": "eq", "value": "CALL"}
    closed = {
        "logic": "or",
        "filters": [
            {"field": "stage", "operator": "in", "value": ["CLOSE", "ARCHIVE"]},
            {"field": "priority", "operator": "eq", "value": "HIGH"},
        ],
    }
    streams = ["activities", "tickets"]
    whole = harness.run_tap(settings(daktela, streams=streams))
    run = harness.run_tap(settings(daktela, streams=streams, filters={"activities": calls, "tickets": closed}))
    assert run.returncode == 0, run.stderr
    wanted = {
        "activities": {row["name"] for row in whole.records("activities") if row["type"] == "CALL"},
        "tickets": {
            row["name"]
            for row in whole.records("tickets")
            if row["stage"] in {"CLOSE", "ARCHIVE"} or row["priority"] == "HIGH"
        },
    }
    for stream, keys in wanted.items():
        assert keys
        assert {row["name"] for row in run.records(stream)} == keys


def test_a_filter_that_the_server_refuses_is_shown_in_its_own_words(daktela: harness.Sandbox) -> None:
    filters = {"tickets": {"field": "nonsense", "operator": "eq", "value": 1}}
    run = harness.run_tap(settings(daktela, streams=["tickets", "contacts"], filters=filters))
    assert run.returncode == 1
    assert "Neznámé pole filtru: nonsense" in critical(run)
    assert "HTTP 400" in critical(run)
    assert not run.records("tickets")
    assert run.records("contacts")
    assert set(run.last_state["bookmarks"]) == {"contacts"}


def test_extra_streams(sandbox: Callable[..., harness.Sandbox]) -> None:
    fields = {"title": "string", "queue.name": "integer", "time": "date-time", "answered": "boolean"}
    extra = [{"endpoint": "activitiesChat", "axis": "time", "fields": fields}]
    # Only an old server has an endpoint that is no stream of the tap's by this name.
    with sandbox("--rows", "300", "--old-server") as old:
        old.settle()
        run = harness.run_tap(settings(old, streams=["activities_chat"], extra_streams=extra, page_size=10))
        assert run.returncode == 0, run.stderr
        rows = old.ledger()["activitiesWeb"]["rows"]
        assert sorted(written([run], "activities_chat")) == sorted(rows)
        assert "time" in run.last_state["bookmarks"]["activities_chat"]


def test_a_list_that_an_older_server_knows_by_another_name(sandbox: Callable[..., harness.Sandbox]) -> None:
    with sandbox("--rows", "60", "--old-server") as old:
        old.settle()
        config = settings(old, streams=["activities_web"])
        for status in (403, 404):
            old.control("options", {"deny": [f"activitiesWeb={status}"]})
            run = harness.run_tap(config)
            assert run.returncode == 0, run.stderr
            assert sorted(written([run], "activities_web")) == sorted(old.ledger()["activitiesWeb"]["rows"])
        old.control("options", {"deny": ["activitiesWeb=403", "activitiesChat=404"]})
        refused = harness.run_tap(config)
    assert refused.returncode == 1
    assert "activities_web: the user has no right to read it" in critical(refused)


def test_extra_streams_that_cannot_be(daktela: harness.Sandbox) -> None:
    unknown = [{"endpoint": "activitiesFiles", "fields": {"title": "string"}}]
    missing = harness.run_tap(settings(daktela, streams=["activities_files"], extra_streams=unknown))
    clash = [{"endpoint": "tickets", "fields": {"title": "string"}}]
    refused = harness.run_tap(settings(daktela, extra_streams=clash))
    assert (missing.returncode, refused.returncode) == (1, 1)
    assert "HTTP 404" in critical(missing)
    assert "tickets" in critical(refused)


def test_only_the_streams_that_were_named_are_read(daktela: harness.Sandbox) -> None:
    run = harness.run_tap(settings(daktela, streams=["statuses", "tickets", "activities"]))
    assert sorted(run.streams) == ["activities", "statuses", "tickets"]


def test_an_end_date_caps_the_bookmark(daktela: harness.Sandbox) -> None:
    streams = ["tickets", "activities_call"]
    end = "2024-11-04T08:00:00Z"
    first = harness.run_tap(settings(daktela, streams=streams, end_date=end))
    assert first.last_state["bookmarks"] == {
        "tickets": {"edited": end, "created": end},
        "activities_call": {"call_time": end},
    }
    rows = daktela.ledger()["tickets"]["rows"]
    assert set(written([first], "tickets")) == {
        key for key, row in rows.items() if row["edited"] < "2024-11-04 09:00:00"
    }
    second = harness.run_tap(settings(daktela, streams=streams, lookback_days=0), state=first.last_state)
    check_complete(daktela, first, second)
    assert not set(written([first], "tickets")) & set(written([second], "tickets"))
    third = harness.run_tap(settings(daktela, streams=streams, end_date=end), state=second.last_state)
    assert third.last_state == second.last_state


def test_a_start_date_before_a_bookmark_is_told(daktela: harness.Sandbox) -> None:
    state = {"bookmarks": {"tickets": {"edited": "2024-11-05T00:00:00Z", "created": "2024-11-05T00:00:00Z"}}}
    run = harness.run_tap(settings(daktela, streams=["tickets"]), state=state)
    assert ": 1 from their bookmarks\n" in run.stderr
    assert min(row["edited"] for row in run.records("tickets")) >= "2024-11-05T00:00:00Z"
