"""What probing asks of an instance, and makes of the answers."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.catalog.discovery import catalog
from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.errors import (
    AccessError,
    ConfigError,
    ContractError,
    RateLimitError,
    RemoteError,
    TapError,
    UnreachableError,
)
from tap_daktela.probing import any_row, defined_custom_fields, marked, probe_all, probed
from tests.helpers.cli_output import items
from tests.helpers.harness import PATIENCE
from tests.helpers.http_stub import HttpStub, Reply, give, page

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from contextlib import AbstractContextManager
    from http.server import BaseHTTPRequestHandler

    from tap_daktela.daktela.query import Query
    from tests.helpers.harness import Sandbox, TapRun

KNOWN = entries(STREAMS)
BY_NAME = {stream.name: stream for stream in STREAMS}


@dataclass
class Instance:
    """Answers each endpoint with rows or an error, and remembers the questions."""

    answers: dict[str, list[dict[str, Any]] | TapError] = field(default_factory=dict)
    asked: dict[str, Query] = field(default_factory=dict)

    def probing(self) -> AbstractContextManager[int]:
        """Let two be asked at the same time."""
        return nullcontext(2)

    def read(self, endpoint: str, query: Query) -> Any:
        """Answer."""
        self.asked[endpoint] = query
        answer = self.answers.get(endpoint, [])
        if isinstance(answer, TapError):
            raise answer
        return SimpleNamespace(rows=answer)


def test_each_stream_is_asked_for_little() -> None:
    instance = Instance()
    probes = probe_all(instance, STREAMS)
    assert [probe.stream for probe in probes] == list(STREAMS)
    assert set(instance.asked) == {stream.endpoint for stream in STREAMS}
    assert instance.asked["users"].fields == ("name",)
    assert (instance.asked["users"].take, instance.asked["tickets"].take) == (1, 100)
    assert instance.asked["tickets"].fields == ("name", "_sys.cfScheme", "customFields")
    assert instance.asked["activitiesCall"].fields == ("id_call",)


def test_any_row_of_a_stream_without_a_key_shows_its_first_field() -> None:
    for name, first in (("users", "name"), ("activities_call", "id_call"), ("contacts_snapshots", "time")):
        query = any_row(BY_NAME[name])
        assert (query.fields, query.take) == ((first,), 1)


@pytest.mark.parametrize("status", [403, 404])
def test_what_may_not_be_read_is_marked_with_what_is_made_of_it(status: int) -> None:
    refusal = AccessError("no", status)
    probes = probe_all(Instance({"tickets": refusal}), STREAMS)
    assert [probe.refusal for probe in probes if probe.stream.name == "tickets"] == [refusal]
    found = marked(KNOWN, probes)
    assert list(found) == list(KNOWN)
    refused = {name for name, entry in found.items() if entry.refusal == "no"}
    assert refused == {name for name in KNOWN if KNOWN[name].stream.name == "tickets"}
    assert {entry.refusal for name, entry in found.items() if name not in refused} == {None}
    assert not any(found[name].selected for name in refused)


def test_a_child_stream_is_refused_with_its_parent_and_not_the_other_way_round() -> None:
    wanted = {name: KNOWN[name] for name in ("activities_call", "activities_call_transcripts")}
    [parent, child] = [entry.stream for entry in wanted.values()]
    for denied, expected in ((parent, ["no", "no"]), (child, [None, "no"])):
        probes = probe_all(Instance({denied.endpoint: AccessError("no", 403)}), [parent, child])
        assert [entry.refusal for entry in marked(wanted, probes).values()] == expected


def test_the_parents_of_child_streams_are_asked_as_well() -> None:
    instance = Instance({"activitiesCall": AccessError("no", 403)})
    wanted = {name: KNOWN[name] for name in ("users", "activities_call_transcripts")}
    found = probed(instance, wanted, KNOWN)
    assert set(instance.asked) == {"users", "activitiesCall", "activitiesCallTranscripts"}
    assert {name: entry.refusal for name, entry in found.items()} == {
        "users": None,
        "activities_call_transcripts": "no",
    }
    with pytest.raises(AccessError, match="none of the streams"):
        probed(instance, {"activities_call_transcripts": wanted["activities_call_transcripts"]}, KNOWN)
    assert probed(instance, {}, KNOWN) == {}


@pytest.mark.parametrize(
    "error", [AccessError("who", 401), AccessError("who"), UnreachableError("who"), ConfigError("who")]
)
def test_what_concerns_every_stream_ends_discovery(error: TapError) -> None:
    with pytest.raises(type(error), match="who"):
        probe_all(Instance({"tickets": error}), STREAMS)


@pytest.mark.parametrize("trouble", [RemoteError("broken"), ContractError("odd")])
def test_a_stream_that_cannot_be_looked_at_stays_in(trouble: TapError) -> None:
    probes = probe_all(Instance({"tickets": trouble}), STREAMS)
    assert [probe.trouble for probe in probes if probe.trouble] == [trouble]
    assert not any(entry.refusal for entry in marked(KNOWN, probes).values())


def test_a_stream_that_cannot_be_looked_at_is_told(caplog: pytest.LogCaptureFixture) -> None:
    probed(Instance({"tickets": RemoteError("broken")}), {"tickets": KNOWN["tickets"]}, KNOWN)
    assert caplog.messages == ["Not looked at: broken"]


def test_the_names_of_custom_fields(caplog: pytest.LogCaptureFixture) -> None:
    streams = [BY_NAME["tickets"], BY_NAME["contacts"], BY_NAME["accounts"]]
    rows = [{"customFields": {"vip": ["1"], "city": []}}]
    instance = Instance({"tickets": rows, "accounts": RemoteError("broken")})
    assert defined_custom_fields(instance, streams) == {"tickets": ["city", "vip"], "contacts": [], "accounts": []}
    assert caplog.messages == ["accounts: which custom fields the instance defines is not known: broken"]
    refusing = Instance({"tickets": AccessError("not these", 403), "contacts": AccessError("nor these", 404)})
    with pytest.raises(AccessError, match=r"^not these; nor these.*ask for the right"):
        defined_custom_fields(refusing, streams)


def test_the_older_name_of_an_endpoint_counts_too() -> None:
    instance = Instance({"activitiesWeb": AccessError("no", 404)})
    [probe] = probe_all(instance, [BY_NAME["activities_web"]])
    assert probe.refusal is None
    assert set(instance.asked) == {"activitiesWeb", "activitiesChat"}
    both = Instance({"activitiesWeb": AccessError("new", 403), "activitiesChat": AccessError("old", 404)})
    [probe] = probe_all(both, [BY_NAME["activities_web"]])
    assert str(probe.refusal) == "new"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], {}),
        ([{"_sys": {"cfScheme": {"vip": {"title": "VIP", "type": "CHECKBOX"}}}}], {"vip": "VIP (CHECKBOX)"}),
        ([{"_sys.cfScheme": {"vip": {"title": "VIP"}}}], {"vip": "VIP"}),
        ([{"_sys": {"cfScheme": {"vip": {"type": "TEXT"}}}}], {"vip": "(TEXT)"}),
        ([{"_sys": {"cfScheme": {"vip": None}}}], {"vip": ""}),
        ([{"_sys": {"cfScheme": []}, "customFields": []}], {}),
        ([{"_sys": None, "customFields": None}], {}),
        ([{"customFields": {"b": ["x"], "a": []}}], {"a": "", "b": ""}),
        (
            [
                {"customFields": {"vip": ["1"]}},
                {"_sys": {"cfScheme": {"vip": {"title": "VIP", "type": "TEXT"}}}},
                {"_sys": {"cfScheme": {"city": {"title": "City", "type": "TEXT"}}}, "customFields": {"vip": []}},
            ],
            {"city": "City (TEXT)", "vip": "VIP (TEXT)"},
        ),
    ],
)
def test_custom_fields_by_their_definitions_and_by_their_values(rows: Any, expected: dict[str, str]) -> None:
    [probe] = probe_all(Instance({"tickets": rows}), [BY_NAME["tickets"]])
    assert dict(probe.custom_fields) == expected


def test_custom_fields_in_the_catalog() -> None:
    rows = [{"_sys": {"cfScheme": {"vip": {"title": "VIP", "type": "CHECKBOX"}}}}]
    found = marked(KNOWN, probe_all(Instance({"tickets": rows}), STREAMS))
    items = {item["tap_stream_id"]: item for item in catalog(found, nested="native", timestamps="utc")["streams"]}
    values = {"type": ["null", "array"], "items": {"type": ["null", "string"]}}
    schema = items["tickets"]["schema"]["properties"]["custom_fields"]
    assert schema["properties"] == {"vip": {**values, "description": "VIP (CHECKBOX)"}}
    assert schema["additionalProperties"] == values
    crumbs = [list(node["breadcrumb"]) for node in items["tickets"]["metadata"]]
    assert ["properties", "custom_fields", "properties", "vip"] in crumbs
    assert items["contacts"]["schema"]["properties"]["custom_fields"]["properties"] == {}


@pytest.mark.parametrize(("settings", "together"), [({}, 12), ({"concurrency": 3}, 3)], ids=["by default", "as set"])
def test_so_many_probes_are_in_flight(instance: HttpStub, settings: dict[str, Any], together: int) -> None:
    flying, most, lock = [0], [0], threading.Lock()
    barrier = threading.Barrier(together, timeout=PATIENCE)  # passes only if so many ask at the same time

    def count(handler: BaseHTTPRequestHandler) -> None:
        with lock:
            flying[0] += 1
            most[0] = max(most[0], flying[0])
        barrier.wait()
        with lock:
            flying[0] -= 1
        give(handler, page())

    streams = STREAMS[: 2 * together]
    for stream in streams:
        instance.on(stream.endpoint, Reply(raw=count))
    client = instance.client(**settings)
    assert [probe.trouble for probe in probe_all(client, streams)] == [None] * len(streams)
    assert most == [together]
    assert client.allowed() == settings.get("concurrency", 4)


class Crowded(Instance):
    """Answers 429 for some endpoints while many requests may be in flight, and for others always."""

    def __init__(self, crowded: Collection[str], always: Collection[str] = ()) -> None:
        super().__init__()
        self.crowded = {*crowded, *always}
        self.always = always
        self.times: Counter[str] = Counter()

    @contextmanager
    def probing(self) -> Iterator[int]:
        """Let two be asked at the same time."""
        yield 2
        self.crowded = {*self.always}

    def read(self, endpoint: str, query: Query) -> Any:
        """Answer."""
        self.times[endpoint] += 1
        if endpoint in self.crowded:
            raise RateLimitError(f"{endpoint}: HTTP 429")
        return super().read(endpoint, query)


def test_what_was_refused_among_many_requests_is_asked_alone() -> None:
    crowded = Crowded(["users", "tickets"])
    assert [probe.trouble for probe in probe_all(crowded, STREAMS)] == [None] * len(STREAMS)
    assert crowded.times == {**dict.fromkeys((stream.endpoint for stream in STREAMS), 1), "users": 2, "tickets": 2}


def test_nothing_more_is_asked_where_that_does_not_help() -> None:
    streams = [BY_NAME[name] for name in ("users", "tickets", "queues")]
    crowded = Crowded(["users"], always=["tickets", "queues"])
    told = {probe.stream.name: str(probe.trouble) for probe in probe_all(crowded, streams)}
    assert told == {"users": "None", "tickets": "tickets: HTTP 429", "queues": "queues: HTTP 429"}
    assert crowded.times == {"users": 2, "tickets": 2, "queues": 1}


# --- the installed command ------------------------------------------------------------------------------------------


def test_streams_that_cannot_be_looked_at_stay_in(
    sandbox: Callable[..., Sandbox], run_tap: Callable[..., TapRun]
) -> None:
    with sandbox("--rows", "20", "--deny", "queues=500") as daktela:
        run = run_tap(daktela.login, "--discover")
    assert run.returncode == 0
    assert "WARNING Not looked at: " in run.stderr
    [node] = [node for node in items(run)["queues"]["metadata"] if node["breadcrumb"] == []]
    assert node["metadata"]["selected-by-default"]
    assert "daktela-refused" not in node["metadata"]


def test_nothing_may_be_read(sandbox: Callable[..., Sandbox], run_tap: Callable[..., TapRun]) -> None:
    endpoints = [name for stream in STREAMS for name in (stream.endpoint, *stream.aliases)]
    denied = [flag for name in endpoints for flag in ("--deny", f"{name}=403")]
    with sandbox("--rows", "20", *denied) as daktela:
        run = run_tap(daktela.login, "--discover")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.splitlines()[-1].startswith("CRITICAL the user may read none of the streams")
