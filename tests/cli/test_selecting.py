"""Which streams and fields a run reads: `--catalog`, `--streams` and `--select`, each of which only ever leaves out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import harness
from tests.helpers.cli_output import NOBODY, items, refused
from tests.helpers.ledger import requested

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.unmeasured

CATALOG = {
    "streams": [
        {
            "tap_stream_id": name,
            "metadata": [
                {"breadcrumb": [], "metadata": {"selected": True}},
                {"breadcrumb": ["properties", "description"], "metadata": {"selected": False}},
                {"breadcrumb": ["properties", "email"], "metadata": {"selected": False}},
            ],
        }
        for name in ("tickets", "users")
    ]
}
"""What somebody selected who does not want any descriptions and addresses."""


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., harness.Sandbox]) -> Iterator[harness.Sandbox]:
    with sandbox("--rows", "20") as running:
        running.settle()
        yield running


def read(daktela: harness.Sandbox, *args: str, catalog: Any = None, **settings: Any) -> dict[str, set[str]]:
    """Return the columns of each stream that a run writes."""
    config = {**daktela.login, "start_date": harness.BEGINNING, **settings}
    run = harness.run_tap(config, *args, catalog=catalog)
    assert run.returncode == 0, run.stderr
    for name in run.streams:
        assert {frozenset(record) for record in run.records(name)} <= {
            frozenset(run.schema(name)["schema"]["properties"])
        }
    return {name: set(run.schema(name)["schema"]["properties"]) for name in run.streams}


def test_streams_bring_nothing_back_that_the_catalog_leaves_out(daktela: harness.Sandbox) -> None:
    whole = read(daktela, catalog=CATALOG)
    assert set(whole) == {"tickets", "users"}
    assert not {"description", "email"} & (whole["tickets"] | whole["users"])
    assert read(daktela, "--streams", "tickets", catalog=CATALOG) == {"tickets": whole["tickets"]}
    assert read(daktela, catalog=CATALOG, streams=["users"]) == {"users": whole["users"]}
    assert read(daktela, "--select", "tickets.*", catalog=CATALOG) == {"tickets": whole["tickets"]}
    assert read(daktela, catalog=CATALOG, select=["*.*", "!users"]) == {"tickets": whole["tickets"]}


def test_patterns_without_a_catalog(daktela: harness.Sandbox) -> None:
    assert read(daktela, "--select", "users.title", "--select", "activitiesCall.duration,tickets.title") == {
        "users": {"name", "title"},
        "activities_call": {"id_call", "call_time", "duration"},
        "tickets": {"name", "title", "edited"},
    }
    some = read(daktela, streams=["tickets", "users"])
    assert read(daktela, "--select", "!*.description", streams=["tickets", "users"]) == {
        name: columns - {"description"} for name, columns in some.items()
    }
    assert "description" in some["tickets"]


def test_the_option_takes_the_place_of_the_setting(daktela: harness.Sandbox) -> None:
    assert set(read(daktela, "--select", "users", select="tickets")) == {"users"}


def test_the_default_streams_without_some_fields(daktela: harness.Sandbox) -> None:
    by_tap = read(daktela)
    less = read(daktela, select="!*.description,!activities*")
    assert less == {
        name: found - {"description"} for name, found in by_tap.items() if not name.startswith("activities")
    }
    assert len(less) < len(by_tap)


def test_discovery_writes_what_is_selected(daktela: harness.Sandbox) -> None:
    config = {**daktela.login, "start_date": harness.BEGINNING}
    patterns = ["--select", "tickets.*", "--select", "users.title", "--select", "!*.description"]
    found = harness.run_tap(config, "--discover", *patterns)
    assert found.returncode == 0, found.stderr
    streams = items(found)
    marks = {name: item["metadata"][0]["metadata"]["selected"] for name, item in streams.items()}
    assert {name for name, selected in marks.items() if selected} == {"tickets", "users"}
    assert len(marks) > 2
    direct = read(daktela, *patterns)
    assert read(daktela, catalog=json.loads(found.stdout)) == direct
    # Every column is marked, whatever a reader of catalogs does with one that is not.
    for name in ("tickets", "users"):
        selected = {
            node["breadcrumb"][1]
            for node in streams[name]["metadata"]
            if len(node["breadcrumb"]) == 2
            and (node["metadata"]["inclusion"] == "automatic" or node["metadata"]["selected"])
        }
        assert selected == direct[name]


def test_nothing_selected_is_an_error() -> None:
    nothing = {
        "streams": [
            {**item, "metadata": [{"breadcrumb": [], "metadata": {"selected": False}}]} for item in CATALOG["streams"]
        ]
    }
    for run in (
        harness.run_tap(NOBODY, catalog=nothing),
        harness.run_tap(NOBODY, catalog={"streams": []}),
        harness.run_tap(NOBODY, "--select", "users", "--select", "!users"),
        harness.run_tap({**NOBODY, "select": "!*"}),
        harness.run_tap({**NOBODY, "select": "!*"}, "--discover"),
    ):
        assert refused(run).startswith("nothing is selected")
        assert run.stdout == ""


def test_discovery_does_not_bring_back_what_a_catalog_leaves_out() -> None:
    run = harness.run_tap({}, "--discover", "--select", "tickets.*", catalog=CATALOG)
    assert refused(run) == "arguments: discover reads no catalog; leave out --catalog"
    assert run.stdout == ""


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--streams", "users,contacts"], "streams: the catalog does not select 'contacts'"),
        (["--select", "contacts.*"], "select: 'contacts.*' names nothing that catalog and streams select"),
        (
            ["--select", "tickets.description"],
            "select: 'tickets.description' names nothing that catalog and streams select",
        ),
        (["--select", "!*.descripton"], "the nearest is 'description'"),
        (["--select", ""], "arguments: --select is empty"),
    ],
)
def test_what_a_catalog_does_not_have_is_refused(args: list[str], sentence: str) -> None:
    run = harness.run_tap(NOBODY, *args, catalog=CATALOG)
    assert sentence in refused(run)
    assert run.stdout == ""


@pytest.mark.parametrize("nested", ["native", "json"])
def test_a_catalog_of_discovery_leaves_out_parts_whatever_their_form(daktela: harness.Sandbox, nested: str) -> None:
    config = {**daktela.login, "start_date": harness.BEGINNING, "nested": nested}
    patterns = ["activities.item.*", "!activities.item.email", "contacts.custom_fields.vip", "tickets.custom_fields.*"]
    found = harness.run_tap({**config, "select": [*patterns, "!tickets.custom_fields.summary"]}, "--discover")
    assert found.returncode == 0, found.stderr
    run = harness.run_tap(config, catalog=json.loads(found.stdout))
    assert run.returncode == 0, run.stderr
    parts: dict[str, set[str]] = {}
    for stream, column in (("activities", "item"), ("contacts", "custom_fields"), ("tickets", "custom_fields")):
        values = [record[column] for record in run.records(stream) if record[column]]
        parts[stream] = {part for value in values for part in (json.loads(value) if nested == "json" else value)}
    assert "email" not in parts["activities"]
    assert "duration" in parts["activities"]
    assert parts["contacts"] == {"vip"}
    assert "summary" not in parts["tickets"]
    assert "product" in parts["tickets"]


@pytest.mark.parametrize(
    "args", [["--select", "!*.custom_fields"], ["--streams", "contacts", "--test"], ["--streams", "contacts"]], ids=str
)
def test_custom_fields_that_are_left_out_are_never_asked_for(daktela: harness.Sandbox, args: list[str]) -> None:
    without = ["--select", "!*_custom_fields", "--select", "!contacts.custom_fields"]
    daktela.control("reset-requests")
    config = {**daktela.login, "start_date": harness.BEGINNING, "on_denied": "skip"}
    run = harness.run_tap(config, *args, *without)
    assert run.returncode == 0, run.stderr
    asked = [one for one in requested(daktela) if "contacts" in one["path"]]
    assert asked
    assert not [one for one in asked if "customFields" in one["query"]]
