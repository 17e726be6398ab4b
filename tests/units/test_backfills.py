"""A whole backfill by units, against one run that reads the same: rows, states, and the daily run behind both."""

from __future__ import annotations

import json
import random
import signal
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela import commands
from tap_daktela.choosing import chosen_streams, known_streams, selected_in
from tap_daktela.settings import Settings
from tap_daktela.sync.singer.state import State, axes_of
from tap_daktela.sync.singer.unit_state import UnitState
from tap_daktela.sync.singer.writer import Writer
from tap_daktela.units.merging import merge_files
from tap_daktela.units.unit import Unit
from tests.helpers import harness
from tests.helpers.ledger import SOME_STREAMS, Begun, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

pytestmark = pytest.mark.unmeasured

SINCE, END = "2019-12-31T23:00:00Z", "2024-11-05T11:30:00Z"
"""Where a run begins and ends: a midnight in Prague, and half an hour before what the sandbox's clock shows."""

EDGES = (SINCE, "2024-10-15T08:00:00Z", "2024-10-27T00:30:00Z", END)
"""Where units meet: the second time in the hour that Prague's clocks show twice."""

LARGE = (
    ("activities", "activities_statuses"),
    ("tickets", "tickets_statuses"),
    ("activities_call", "activities_call_channels"),
)


def units(url: str) -> list[Unit]:
    """Return a plan: large streams in three units each, all others together in one."""
    ranges = list(pairwise(EDGES))
    small = tuple(name for name in SOME_STREAMS if not any(name in streams for streams in LARGE))
    parts = [(streams, *each) for streams in LARGE for each in ranges] + [(small, SINCE, END)]
    lines = [
        {"id": f"u{number}", "url": url, "streams": streams, "since": SINCE, "start_date": start, "end_date": end}
        for number, (streams, start, end) in enumerate(parts)
    ]
    return [Unit.parse(json.dumps(line), "plan") for line in lines]


def run(given: Mapping[str, Any], *, state: Any = None, unit: Unit | None = None) -> harness.TapRun:
    """Run as the command does, in this process."""
    parsed = Settings.parse(dict(given), {})
    known = known_streams(parsed)
    chosen = chosen_streams(parsed, known, None)
    before = State(state or {}, axes_of(known))
    if unit is not None:
        before = UnitState(unit, axes_of(known | selected_in(unit, "unit", parsed, known, chosen)))
    with tempfile.TemporaryFile() as output:
        writer = Writer(output.fileno())
        commands.sync(parsed, known, chosen, unit=unit, state=before, writer=writer, report=None)
        output.seek(0)
        return harness.TapRun(0, output.read().decode(), "")


@dataclass
class Warehouse:
    """The newest record of each key, by stream."""

    tables: dict[str, dict[tuple[str, ...], Any]] = field(default_factory=dict)

    def load(self, one: harness.TapRun) -> None:
        """Take what a run wrote."""
        for stream in one.streams:
            table = self.tables.setdefault(stream, {})
            table |= {harness.key_of(record, one.key(stream)): record for record in one.records(stream)}


@dataclass
class Backfill:
    """A backfill in two ways: the warehouse and the state of each, and the folder with the states of the units."""

    daktela: harness.Sandbox
    folder: Path
    given: dict[str, Any]
    by_units: Warehouse = field(default_factory=Warehouse)
    at_once: Warehouse = field(default_factory=Warehouse)
    state: dict[str, Any] = field(default_factory=dict)

    def keep(self, name: str, one: harness.TapRun) -> None:
        """Load what the run of a unit wrote, and keep what a target would have printed."""
        self.by_units.load(one)
        lines = "".join(f"{json.dumps(state)}\n" for state in one.states)
        if lines:
            (self.folder / f"{name}.jsonl").write_text(lines)

    def merged(self) -> dict[str, Any]:
        """Return the joined state of all units that are kept."""
        value: dict[str, Any] = json.loads(merge_files([str(path) for path in self.folder.iterdir()]))
        return value


@pytest.fixture(scope="module")
def backfill(sandbox: Callable[..., harness.Sandbox], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backfill]:
    """Read a plan in random order, one unit twice, one killed and begun again; and all at once."""
    with sandbox("--rows", "900", "--days", "40") as daktela:
        one = Backfill(daktela, tmp_path_factory.mktemp("states"), settings(daktela, on_denied="fail"))
        plan = units(daktela.url)
        random.Random(5).shuffle(plan)  # noqa: S311 - an order is no secret
        with slow(daktela):
            killed, _ = Begun(one.given | {"page_size": 20}, unit=json.loads(plan[3].line())).stop(60_000)
        assert killed.returncode == -signal.SIGKILL
        one.keep("killed", killed)
        for unit in [*plan, plan[1]]:
            one.keep(unit.id, run(one.given, unit=unit))
        sequential = run(one.given)
        one.at_once.load(sequential)
        one.state = sequential.last_state or {}
        yield one


@contextmanager
def slow(daktela: harness.Sandbox) -> Iterator[None]:
    daktela.control("options", {"latency_ms": 20})
    yield
    daktela.control("options", {"latency_ms": None})


def test_units_bring_what_one_run_brings(backfill: Backfill) -> None:
    assert set(backfill.by_units.tables) == set(SOME_STREAMS)
    assert backfill.by_units.tables == backfill.at_once.tables


def test_their_states_join_to_that_of_one_run(backfill: Backfill) -> None:
    merged = backfill.merged()
    assert {name: without_zeros(marks) for name, marks in merged["bookmarks"].items()} == backfill.state["bookmarks"]
    assert set(merged["backfill"]["streams"]) == set(SOME_STREAMS)


def without_zeros(marks: Mapping[str, Any]) -> dict[str, Any]:
    """Return bookmarks as a daily run writes them: without the months that have no anonymised row."""
    counts = marks.get("anonymized")
    return {**marks, **({"anonymized": {month: one for month, one in counts.items() if one}} if counts else {})}


def test_a_missing_unit_holds_back_its_streams_alone(backfill: Backfill) -> None:
    paths = [str(path) for path in backfill.folder.iterdir() if path.stem not in ("u4", "killed")]
    marks = json.loads(merge_files(paths))["bookmarks"]
    assert marks["tickets"] == {"edited": EDGES[1], "created": EDGES[1]}
    assert marks["contacts"] == backfill.state["bookmarks"]["contacts"]


def test_a_daily_run_goes_on_from_either(backfill: Backfill) -> None:
    """Also for rows that were anonymised since, and with what the daily run itself leaves for the next merge."""
    daktela, merged = backfill.daktela, backfill.merged()
    rows = backfill.by_units.tables["activities"].values()
    erased = [row["name"] for row in rows if row["time"] < "2024-10-20" and not row["anonymized"]][::50]
    daktela.control("erase", {"keys": erased})
    daktela.control("edit", {"endpoint": "tickets", "count": 20})
    daktela.control("add", {"endpoint": "activities", "count": 30})
    daktela.control("advance", {"seconds": 90_000})
    by_units, at_once = run(backfill.given, state=merged), run(backfill.given, state=backfill.state)
    assert by_units.stdout.count("\n") == at_once.stdout.count("\n") > 100
    assert erased
    assert {record["name"] for record in by_units.records("activities")} >= set(erased)
    for stream in SOME_STREAMS:
        assert by_units.records(stream) == at_once.records(stream), stream
    last = by_units.last_state or {}
    assert last["bookmarks"] == (at_once.last_state or {})["bookmarks"]
    assert last["backfill"] == merged["backfill"]
    (backfill.folder / "daily.jsonl").write_text(json.dumps(last))
    again = backfill.merged()["bookmarks"]
    assert again["tickets"] == last["bookmarks"]["tickets"]
