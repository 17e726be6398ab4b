"""FULL_TABLE in a catalog: every run reads all rows again, whatever the state says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.unmeasured

LATER = "2024-11-04"
"""A start_date after most of the rows."""


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., harness.Sandbox]) -> Iterator[harness.Sandbox]:
    with sandbox("--rows", "40") as running:
        running.settle()
        yield running


def catalog(*streams: str, whole: str) -> dict[str, Any]:
    """Return a catalog with `streams` selected, of which `whole` is read by FULL_TABLE."""
    marks = {name: {"replication-method": "FULL_TABLE"} if name == whole else {} for name in streams}
    return {
        "streams": [
            {"tap_stream_id": name, "metadata": [{"breadcrumb": [], "metadata": {"selected": True, **marks[name]}}]}
            for name in streams
        ]
    }


def run(daktela: harness.Sandbox, document: dict[str, Any], state: Any = None, **more: Any) -> harness.TapRun:
    config = {**daktela.login, "start_date": LATER, **more}
    done = harness.run_tap(config, catalog=document, state=state)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("stream", ["tickets", "tickets_statuses", "activities", "activities_call", "crm_records"])
def test_all_rows_come_every_time(daktela: harness.Sandbox, stream: str) -> None:
    document = catalog(stream, whole=stream)
    first = run(daktela, document)
    assert {harness.key_of(record, first.key(stream)) for record in first.records(stream)} == daktela.keys(
        stream, first
    )
    second = run(daktela, document, state=first.last_state)
    assert second.records(stream) == first.records(stream)
    assert "bookmark_properties" not in {key for key, value in first.schema(stream).items() if value}
    assert not first.last_state.get("bookmarks", {}).get(stream)


def test_a_derived_stream_keeps_its_own_method_and_its_times(daktela: harness.Sandbox) -> None:
    streams = ("tickets", "tickets_statuses")
    done = run(daktela, catalog(*streams, whole="tickets"))
    assert set(done.last_state["bookmarks"]) == {"tickets_statuses"}
    assert len(done.records("tickets")) == len(daktela.keys("tickets", done))
    other = run(daktela, catalog(*streams, whole="tickets_statuses"))
    assert set(other.last_state["bookmarks"]) == {"tickets"}
    edited = {record["edited"] for record in other.records("tickets_statuses")}
    assert None not in edited
    assert len(other.records("tickets_statuses")) > len(done.records("tickets_statuses"))


def test_the_bookmark_stays_for_whoever_goes_back(daktela: harness.Sandbox) -> None:
    before = run(daktela, catalog("tickets", whole=""), start_date=harness.BEGINNING)
    between = run(daktela, catalog("tickets", whole="tickets"), before.last_state)
    assert between.last_state["bookmarks"] == before.last_state["bookmarks"]
    assert len(between.records("tickets")) == len(daktela.keys("tickets", between))
    after = run(daktela, catalog("tickets", whole=""), between.last_state)
    assert len(after.records("tickets")) < len(between.records("tickets"))


def test_deleted_rows_show_where_versions_are_activated(daktela: harness.Sandbox) -> None:
    done = run(daktela, catalog("tickets", "activities", whole="tickets"), emit_activate_version_messages=True)
    versions: dict[str, set[int]] = {"ACTIVATE_VERSION": set(), "RECORD": set()}
    for message in done.messages:
        if message.get("stream") == "tickets" and message["type"] != "SCHEMA":
            versions[message["type"]].add(message["version"])
    assert versions["RECORD"] == versions["ACTIVATE_VERSION"] != set()
    assert not [message for message in done.messages if message.get("stream") == "activities" and "version" in message]


def test_rows_that_were_loaded_by_their_times_stay_until_all_have_come(daktela: harness.Sandbox) -> None:
    before = run(daktela, catalog("tickets", whole=""), start_date=harness.BEGINNING)
    document, more = catalog("tickets", whole="tickets"), {"emit_activate_version_messages": True}
    first = run(daktela, document, **more)
    after = run(daktela, document, before.last_state, **more)
    again = run(daktela, document, after.last_state, **more)
    # A target deletes older rows at each of these messages, and a run may end before all rows have come again.
    assert [activations(done) for done in (first, after, again)] == [["first", "last"], ["last"], ["last"]]


def activations(done: harness.TapRun) -> list[str]:
    """Return where ACTIVATE_VERSION comes among the records of tickets."""
    types = [one["type"] for one in done.messages if one["type"] in ("RECORD", "ACTIVATE_VERSION")]
    assert "RECORD" in types
    return [place for place, at in (("first", 0), ("last", -1)) if types[at] == "ACTIVATE_VERSION"]


def test_children_of_all_parents_come_every_time(daktela: harness.Sandbox) -> None:
    child = "activities_call_transcripts"
    document = catalog(child, whole=child)
    first = run(daktela, document, start_date=harness.BEGINNING)
    second = run(daktela, document, first.last_state, start_date=harness.BEGINNING)
    assert len(second.records(child)) == len(first.records(child)) > 0
    incremental = run(daktela, catalog(child, whole=""), first.last_state, start_date=harness.BEGINNING)
    assert len(incremental.records(child)) < len(first.records(child))
    assert "bookmark" not in second.stderr.partition("Rows written")[0]


def test_what_is_not_followed_is_told(daktela: harness.Sandbox) -> None:
    document = catalog("users", whole="")
    document["streams"][0]["metadata"][0]["metadata"]["replication-method"] = "INCREMENTAL"
    done = run(daktela, document)
    assert "WARNING The catalog has what the tap does not do. users: the replication method INCREMENTAL" in done.stderr
