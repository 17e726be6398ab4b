"""The ledger of whole runs, as a user gets it: over a sandbox that knows what it has."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.catalog.streams.runs import STREAMS
from tests.helpers import harness
from tests.helpers.ledger import Begun, accounts, requested

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.unmeasured

[LEDGER] = STREAMS
NAME = LEDGER.name
READ = ["activities", "activities_call", "activities_call_transcripts", "tickets", "users"]


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., harness.Sandbox]) -> Iterator[harness.Sandbox]:
    with sandbox("--rows", "600", "--clean") as running:
        running.settle()
        yield running


def config(daktela: harness.Sandbox, **more: Any) -> dict[str, Any]:
    return {**daktela.login, "start_date": harness.BEGINNING, "page_size": 20, "streams": [*READ, NAME], **more}


def run(daktela: harness.Sandbox, *args: str, catalog: Any = None, **more: Any) -> harness.TapRun:
    done = harness.run_tap(config(daktela, **more), *args, catalog=catalog)
    assert done.returncode == 0, done.stderr
    return done


def sums(one: harness.TapRun, column: str) -> Counter[str]:
    """Return the sums of a column of the ledger by stream."""
    found: Counter[str] = Counter()
    for line in one.records(NAME):
        found[line["stream"]] += line[column]
    return found


def test_the_sums_are_what_the_sandbox_has(daktela: harness.Sandbox) -> None:
    one = run(daktela)
    has = {stream: len(account["rows"]) for stream, account in accounts(daktela).items() if stream in READ}
    assert sums(one, "promised") == sums(one, "written") == has == {name: len(one.records(name)) for name in READ}
    assert all(line["settled"] for line in one.records(NAME))
    ranges = Counter(line["stream"] for line in one.records(NAME))
    assert ranges["activities"] > 3
    assert f"  {NAME}" in one.stderr
    assert set(one.last_state) == {"bookmarks"}
    assert NAME not in one.last_state["bookmarks"]


def test_a_killed_run_tells_only_of_rows_that_came_out(daktela: harness.Sandbox) -> None:
    one, _ = Begun(config(daktela)).stop(after=400_000)
    noted = sums(one, "written")
    assert 0 < sum(noted.values()) < 600
    assert all(count <= len(one.records(stream)) for stream, count in noted.items())
    # A state says of no time that it is written, unless the ledger has it.
    ends = [
        line["window_end"] for line in one.records(NAME) if (line["stream"], line["axis"]) == ("activities", "time")
    ]
    assert one.last_state["bookmarks"]["activities"]["time"] <= max(ends)


def test_a_catalog_selects_it_and_whole_tables_have_no_windows(daktela: harness.Sandbox) -> None:
    catalog = harness.run_tap({}, "--discover").stdout
    found = harness.select(json.loads(catalog), "tickets", "users", NAME)
    marks = {entry["tap_stream_id"]: entry["metadata"][0]["metadata"] for entry in found["streams"]}
    assert marks[NAME]["forced-replication-method"] == "INCREMENTAL"
    assert not marks[NAME]["selected-by-default"]
    for stream in ("tickets", NAME):
        marks[stream]["replication-method"] = "FULL_TABLE"
    one = run(daktela, catalog=found, streams=None)
    assert {(line["stream"], line["axis"], line["window_start"]) for line in one.records(NAME)} == {
        ("tickets", None, None), ("users", None, None),
    }  # fmt: skip
    assert sums(one, "written") == {"tickets": len(one.records("tickets")), "users": len(one.records("users"))}
    assert f"{NAME}: the replication method FULL_TABLE is not followed: the stream gets new rows" in one.stderr
    assert not any(message["type"] == "ACTIVATE_VERSION" for message in one.messages)


def test_patterns_choose_its_columns(daktela: harness.Sandbox) -> None:
    one = run(daktela, "--select", f"{NAME}.written", "--select", "users", streams=None)
    [line] = one.records(NAME)
    assert list(line) == ["run_id", "number", "written"]
    assert set(one.streams) == {"users", NAME}


def test_nobody_asks_the_instance_for_it_and_units_write_it(daktela: harness.Sandbox, tmp_path: Path) -> None:
    daktela.control("reset-requests")
    streams = ["users", NAME]
    assert "written by the tap" in run(daktela, "--list", streams=streams).stdout
    assert "2 of 2 streams can be read" in run(daktela, "--test", streams=streams).stdout
    [unit] = run(daktela, "--plan", streams=streams).stdout.splitlines()
    assert json.loads(unit)["streams"] == ["users"]
    (tmp_path / "unit.json").write_text(unit, encoding="utf-8")
    done = run(daktela, "--unit", str(tmp_path / "unit.json"), streams=streams, on_denied="skip")
    assert sums(done, "written") == {"users": len(done.records("users"))}
    assert {one["path"].rpartition("/")[2] for one in requested(daktela)} <= {"users.json", "whoim.json", "login.json"}
