"""Streams that the user may not read: in the catalog and marked, and a failure where somebody selected them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import ALL_STREAMS
from tests.helpers.cli_output import items, refused
from tests.helpers.harness import BEGINNING, run_tap, select
from tests.helpers.http_stub import TOKEN, HttpStub, Reply, answered, page
from tests.helpers.ledger import DEFAULT_STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers.harness import Sandbox, TapRun

pytestmark = pytest.mark.unmeasured

KNOWN = entries(ALL_STREAMS)
DENIED = ("contacts", "pauses", "activities_call")
"""Of which `contacts` has derived streams, and `activities_call` a child stream."""
GONE = [
    name
    for name, entry in KNOWN.items()
    if entry.stream.name in DENIED or (entry.stream.child and entry.stream.child.parent in DENIED)
]
CHILD = "activities_call_transcripts"
REMEDY = "Where a stream may not be read: ask for the right, deselect it, or set on_denied to skip"
REMEDY_WHERE_ON_DENIED_IS_SET = "Where a stream may not be read: ask for the right, or deselect it"


@pytest.fixture(scope="module")
def generous(sandbox: Callable[..., Sandbox]) -> Iterator[Sandbox]:
    with sandbox("--rows", "30") as running:
        yield running


@pytest.fixture(scope="module")
def strict(sandbox: Callable[..., Sandbox]) -> Iterator[Sandbox]:
    with sandbox(
        "--rows", "30", "--deny", "contacts=403", "--deny", "pauses=404", "--deny", "activitiesCall=403"
    ) as one:
        yield one


@pytest.fixture(scope="module")
def discovery(strict: Sandbox) -> TapRun:
    return run_tap(strict.login, "--discover")


@pytest.fixture(scope="module")
def catalog(discovery: TapRun) -> dict[str, Any]:
    return json.loads(discovery.stdout)


def read(daktela: Sandbox, *arguments: str, catalog: Any = None, **settings: Any) -> TapRun:
    return run_tap({**daktela.login, "start_date": BEGINNING, **settings}, *arguments, catalog=catalog)


def test_discovery_keeps_and_marks_what_may_not_be_read(discovery: TapRun, generous: Sandbox) -> None:
    assert discovery.returncode == 0
    assert list(items(discovery)) == list(KNOWN)
    marks = {
        name: node["metadata"]
        for name, item in items(discovery).items()
        for node in item["metadata"]
        if node["breadcrumb"] == []
    }
    assert [name for name in marks if "daktela-refused" in marks[name]] == GONE
    assert {marks[name]["inclusion"] for name in GONE} == {"available"}
    assert not any(marks[name]["selected-by-default"] for name in GONE)
    for name in ("contacts", "contacts_custom_fields"):
        assert marks[name]["daktela-refused"].startswith("contacts: the user has no right to read it (HTTP 403")
    assert marks["pauses"]["daktela-refused"].startswith("pauses: there is no such list, or it is hidden from the user")
    assert marks[CHILD]["daktela-refused"].startswith("activities_call: the user has no right to read it")
    assert [name for name in DEFAULT_STREAMS if marks[name]["selected-by-default"]] == [
        name for name in DEFAULT_STREAMS if name not in GONE
    ]
    # Nobody can say which custom fields there are.
    allowed = items(run_tap(generous.login, "--discover"))
    here, there = (found["contacts"]["schema"]["properties"]["custom_fields"] for found in (items(discovery), allowed))
    assert here["properties"] == {}
    assert there["properties"]
    assert here["additionalProperties"] == there["additionalProperties"]


def test_discovery_tells_what_may_not_be_read(discovery: TapRun) -> None:
    begin = "WARNING In the catalog, but not selected by default: "
    told = [line.removeprefix(begin) for line in discovery.stderr.splitlines() if line.startswith(begin)]
    assert len(told) == len(DENIED)
    assert any(line.startswith("contacts, contacts_custom_fields. contacts: the user has no right") for line in told)
    assert any(CHILD in line and "activities_call: the user has no right" in line for line in told)


def test_what_is_denied_is_not_read_from_the_catalog_as_it_is(strict: Sandbox, catalog: dict[str, Any]) -> None:
    run = read(strict, catalog=catalog, start_date="2100-01-01")
    assert run.returncode == 0, run.stderr
    assert set(run.streams) == set(DEFAULT_STREAMS) - set(GONE)


@pytest.mark.parametrize("when", ["denied at discovery", "denied later"])
def test_a_selected_stream_that_is_denied_fails_the_run(
    strict: Sandbox, generous: Sandbox, catalog: dict[str, Any], when: str
) -> None:
    found = catalog if when == "denied at discovery" else json.loads(run_tap(generous.login, "--discover").stdout)
    run = read(strict, catalog=select(found, "contacts", "contacts_custom_fields", "users", CHILD, "queues"))
    said = refused(
        run,
        "3 of 5 streams failed: ",
        "contacts: the user has no right to read it (HTTP 403",
        f"{CHILD}: activities_call: the user has no right to read it (HTTP 403",
    )
    assert said.endswith(REMEDY)
    assert said.count("ask for the right") == 1
    assert run.records("users")
    assert run.records("queues")
    assert not run.records("contacts")
    assert run.messages[-1]["type"] == "STATE"


def test_a_catalog_selects_and_the_setting_skips(strict: Sandbox, catalog: dict[str, Any]) -> None:
    chosen = select(catalog, "contacts", "contacts_custom_fields", "users", CHILD)
    run = read(strict, catalog=chosen, on_denied="skip")
    assert run.returncode == 0, run.stderr
    assert run.streams == ["users"]
    assert run.records("users")
    assert (
        "WARNING Left out: contacts, contacts_custom_fields. contacts: the user has no right to read it" in run.stderr
    )
    assert f"WARNING Left out: {CHILD}. activities_call: the user has no right to read it" in run.stderr
    assert re.search(r"INFO ✓ [\d,]+ rows of 1 stream in [\d.]+ s; 3 streams left out \(", run.stderr)


@pytest.mark.parametrize("arguments", [["--streams", "pauses,users"], ["--select", "pauses", "--select", "user*.*"]])
def test_named_streams_are_skipped_where_that_is_set(strict: Sandbox, arguments: list[str]) -> None:
    run = read(strict, *arguments, on_denied="Skip")
    assert (run.returncode, run.streams) == (0, ["users"])
    assert "WARNING Left out: pauses. pauses: there is no such list" in run.stderr


@pytest.mark.parametrize("settings", [{"streams": "contacts"}, {"streams": "contacts,pauses"}])
def test_everything_that_is_selected_is_denied(strict: Sandbox, settings: dict[str, str]) -> None:
    run = read(strict, on_denied="skip", **settings)
    assert refused(run) == ("the user may read none of the streams; ask for the rights of a role that reads them")
    assert run.stdout == ""


def test_the_default_streams_fail_where_that_is_set(strict: Sandbox) -> None:
    run = read(strict, on_denied="fail")
    said = refused(run, "4 of ", "contacts: the user has no right", "pauses: there is no such list", "activities_call")
    assert said.endswith(REMEDY_WHERE_ON_DENIED_IS_SET)
    assert "Left out" not in run.stderr
    assert set(run.streams) >= set(DEFAULT_STREAMS) - set(GONE)


def test_the_default_streams_are_skipped_where_nothing_is_set(strict: Sandbox) -> None:
    run = read(strict, start_date="2100-01-01")
    assert run.returncode == 0, run.stderr
    assert "WARNING Left out: contacts, contacts_custom_fields. contacts: the user has no right" in run.stderr
    assert set(run.streams) == set(DEFAULT_STREAMS) - set(GONE)


def test_a_word_that_on_denied_does_not_know(strict: Sandbox) -> None:
    assert refused(read(strict, on_denied="ignore")) == "on_denied must be 'fail' or 'skip'"


@pytest.fixture
def fickle() -> Iterator[HttpStub]:
    """Give an instance whose user may read `users` once, and `contacts` never, which repeats the token in its words."""
    server = HttpStub()
    server.on("whoim", answered({"user": {"name": "me"}, "version": "6"}, _timezone="Europe/Prague"))
    server.lists = {"queues": [{"name": 1, "title": "Q"}]}
    server.on("users", page({"name": "u"}, total=1), Reply(403))
    server.on("contacts", Reply(403, json.dumps({"error": [f"not with \x1b{TOKEN}"], "result": None}).encode()))
    yield server
    server.stop()


def test_a_right_that_goes_away_in_the_middle_of_a_run_fails_it(fickle: HttpStub) -> None:
    settings = {"url": fickle.url, "access_token": TOKEN, "start_date": BEGINNING, "streams": "users,queues"}
    run = run_tap({**settings, "on_denied": "skip"})
    refused(run, "1 of 2 streams failed: users: the user has no right to read it (HTTP 403)")
    assert run.records("queues")


def test_the_refusal_in_the_catalog_holds_no_secret(fickle: HttpStub) -> None:
    run = run_tap({"url": fickle.url, "access_token": TOKEN}, "--discover")
    [node] = [node for node in items(run)["contacts"]["metadata"] if node["breadcrumb"] == []]
    sentence = node["metadata"]["daktela-refused"]
    assert sentence.startswith(r"contacts: the user has no right to read it (HTTP 403: not with \x1b")
    assert TOKEN not in run.stdout + run.stderr


def test_test_asks_for_the_parents_of_children(strict: Sandbox) -> None:
    run = read(strict, "--test", "--streams", CHILD)
    assert refused(run).startswith("activities_call: the user has no right to read it (HTTP 403): ask for the right")
    assert run.stdout.splitlines()[-1].startswith("!!: 0 of 1 streams can be read")
