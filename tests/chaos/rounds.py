"""One round: a server in trouble, the tap run again and again until it says that all was read, and what is checked."""

from __future__ import annotations

import json
import random
import subprocess
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.helpers import harness, ledger
from tests.helpers.keboola import keboola_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

REPEATS = 10
"""How often an orchestrator starts a run that failed again, from its last state."""

TARGET = harness.REPOSITORY / ".venv-target/bin/target-csv"
WORLD = ("--rows", "300", "--days", "3")
STREAMS = [
    "activities", "activities_statuses", "activities_call", "tickets", "tickets_statuses", "contacts",
    "campaigns_records", "statuses", "groups",
]  # fmt: skip
WITHOUT_KEY = "campaigns_records_snapshots"
"""Not read where rows change: nothing tells an added row of it from one that was there."""

SETTINGS = {"page_size": 20, "date_window_size": 0.5, "concurrency": 8, "request_timeout": 1}
TABLES = ["activities", "activities_call", "tickets", "contacts", "campaigns_records", "statuses", "groups", "users"]
"""What the component is asked for."""

# A table without times, which is read by offset and by key, in several pages.
GROUPS = [{"name": f"chaos{number:03}", "title": "Skupina"} for number in range(150)]
# What comes in between two runs.
NEWS = ("activitiesCall", "tickets", "contacts")


class Server:
    """The sandbox of a round; it can be killed and started again at its port, with the same world."""

    def __init__(self, seed: int, clock: Sequence[str], trouble: Mapping[str, Any]) -> None:
        """Start it in trouble, with nothing in it that is too fresh to be read."""
        self.dice = random.Random(seed)  # noqa: S311 - the same round for the same seed
        self._flags = ("--seed", str(seed), *WORLD)
        self._clock = clock
        self._trouble = dict(trouble)
        self._asked: list[dict[str, Any]] = []
        self.daktela = harness.Sandbox(*self._flags, clock=self._clock)
        self._prepare()
        self.before = ledger.accounts(self.daktela)
        self.trouble()

    def trouble(self, **other: Any) -> None:
        """Let the trouble begin, or `other` options be."""
        self.daktela.control("options", other or self._trouble)

    def repair(self) -> None:
        """Let the trouble end."""
        self.daktela.control("options", dict.fromkeys([*self._trouble, "fault"]))

    def asked(self) -> list[dict[str, Any]]:
        """Return all requests, with the fault that each met."""
        return self._asked + ledger.requested(self.daktela)

    def restart(self) -> None:
        """Kill the server, let nobody answer for a while, and start it again; it has forgotten all tokens."""
        self._asked = self.asked()
        self.daktela.kill()
        time.sleep(self.dice.uniform(1, 2))
        port = self.daktela.url.rpartition(":")[2]
        self.daktela = harness.Sandbox(*self._flags, "--port", port, clock=self._clock)
        self._prepare()
        assert ledger.accounts(self.daktela) == self.before, "the sandbox has another world than before"
        self.trouble()

    def _prepare(self) -> None:
        ledger.mark(self.daktela, "groups", GROUPS)
        self.daktela.settle()


@dataclass(frozen=True)
class FieldType:
    """One kind of trouble: options of the sandbox, its clock, and what else makes the round.

    `happens` is done to the server in the middle of the first run, after which that run has to fail if `fatal`.
    `repaired` tells that the trouble ends once a run has failed of it, and that values are compared, too, unless rows
    come in.
    `changing` tells that rows are touched meanwhile; `again` lets rows come in and has them read by another run.
    """

    trouble: dict[str, Any]
    clock: Sequence[str] = harness.STILL
    happens: Callable[[Server], None] | None = None
    fatal: bool = False
    repaired: bool = False
    changing: bool = False
    again: bool = False
    component: bool = False
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass
class Outcome:
    """What came of a round, or of several, and every deviation from the promise."""

    rounds: int = 0
    runs: int = 0
    resumed: int = 0
    requests: int = 0
    injected: int = 0
    retries: int = 0
    promised: int = 0
    written: int = 0
    repeated: int = 0
    seconds: float = 0.0
    deviations: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Add another round."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def play(kind: FieldType, seed: int) -> Outcome:
    """Play one round."""
    outcome, begun = Outcome(rounds=1), time.monotonic()
    server = Server(seed, kind.clock, kind.trouble)
    try:
        (_component if kind.component else _tap)(server, kind, outcome)
    except AssertionError as broken:
        outcome.deviations.append(str(broken) or "".join(traceback.format_exc(limit=-1)))
    except subprocess.TimeoutExpired as broken:
        outcome.deviations.append(f"a run did not end within {broken.timeout:g} s")
    finally:
        asked = server.asked()
        server.daktela.stop()
    outcome.requests = len(asked)
    outcome.injected = sum(bool(one["fault"]) for one in asked)
    outcome.retries += sum(one["path"].endswith("/login.json") and one["status"] == 200 for one in asked) - outcome.runs
    outcome.seconds = time.monotonic() - begun
    return outcome


# --- the tap ----------------------------------------------------------------------------------------------------------


def _tap(server: Server, kind: FieldType, outcome: Outcome) -> None:
    """Run the tap until it succeeds, and hold everything that all runs wrote against the ledger."""
    runs: list[harness.TapRun] = []
    try:
        _until_complete(server, kind, outcome, runs)
        if kind.again:
            for endpoint in NEWS:
                server.daktela.control("add", {"endpoint": endpoint, "count": 15})
            server.daktela.settle()
            _until_complete(server, kind, outcome, runs)
    finally:
        _count(server, kind, runs, outcome)


def _until_complete(server: Server, kind: FieldType, outcome: Outcome, runs: list[harness.TapRun]) -> None:
    """Start the tap from the last state until it ends with 0, which has to be true then."""
    streams = STREAMS if kind.changing else [*STREAMS, WITHOUT_KEY]
    config = ledger.settings(server.daktela, **{**SETTINGS, "streams": streams, **kind.settings})
    states = [state for run in runs for state in run.states]
    first = not runs
    for _ in range(REPEATS):
        run = _run(server, kind.happens if first else None, config, states[-1] if states else None)
        runs.append(run)
        states += run.states
        outcome.runs += 1
        outcome.retries += run.stderr.count("Trying again")
        assert not first or not kind.fatal or run.returncode, "the first run had to fail, and says that it succeeded"
        first = False
        if run.returncode == 0:
            break
        outcome.resumed += 1
        ledger.critical(run)  # It says why, in one line and without a traceback.
        if kind.fatal or kind.repaired:
            server.repair()
    else:
        raise AssertionError(f"none of {REPEATS} runs succeeded; the last: {ledger.critical(runs[-1])}")
    check(server, runs, changing=kind.changing)
    if kind.repaired and not kind.again:
        server.repair()
        check_values(harness.run_tap(config), runs)


def check_values(plain: harness.TapRun, runs: list[harness.TapRun]) -> None:
    """Fail unless `runs` wrote every record of a run without trouble, with all values; no list is an empty one."""
    for stream in plain.streams:
        found = {_spelled(record) for run in runs if stream in run.streams for record in run.records(stream)}
        lost = [record for record in plain.records(stream) if _spelled(record) not in found]
        assert not lost, f"{stream}: {len(lost)} records are missing or differ, such as {list(lost[0].items())[:3]}"


def _spelled(record: Mapping[str, Any]) -> str:
    return json.dumps({name: value or None if isinstance(value, list) else value for name, value in record.items()})


def check(server: Server, runs: list[harness.TapRun], *, changing: bool) -> None:
    """Fail unless `runs`, of which the last ended with 0, wrote what the ledger has, and no state was ahead of rows."""
    *failed, last = runs  # A run that failed early knows fewer streams.
    ledger.check_complete(server.daktela, last, *failed, since=server.before if changing else None)
    if not changing:
        ledger.check_states(server.daktela, _joined(runs))


def _run(
    server: Server, happens: Callable[[Server], None] | None, config: Mapping[str, Any], state: Any
) -> harness.TapRun:
    """Run the tap while something happens to the server."""
    if happens is None:
        return harness.run_tap(config, state=state)
    with ThreadPoolExecutor(1) as pool:
        happening = pool.submit(happens, server)
        run = harness.run_tap(config, state=state)
        # Where it has not begun by now, it waits for requests that never come.
        happening.result(timeout=harness.PATIENCE)
    return run


def _joined(runs: list[harness.TapRun]) -> harness.TapRun:
    """Return several runs as one; the schemas that came before are left out."""
    messages, known = [], set()
    for message in (message for run in runs for message in run.messages):
        name = message["stream"] if message["type"] == "SCHEMA" else None
        if name is None or name not in known:
            messages.append(json.dumps(message))
            known.add(name)
    return harness.TapRun(runs[-1].returncode, "\n".join(messages), "")


def _count(server: Server, kind: FieldType, runs: list[harness.TapRun], outcome: Outcome) -> None:
    """Count the rows of the streams that have a ledger and one column as their key."""
    keyed = {stream for run in runs for stream in run.streams if run.key(stream)}
    accounts = ledger.accounts(server.daktela)
    for stream in keyed & set(accounts):
        account = accounts[stream]
        keys = ledger.written(runs, stream)
        known = set(account["rows"]) & set((server.before if kind.changing else accounts)[stream]["rows"])
        outcome.promised += len(known - set(account["touched"]))
        outcome.written += len(set(keys))
        outcome.repeated += len(keys) - len(set(keys))


# --- the component ----------------------------------------------------------------------------------------------------


def _component(server: Server, kind: FieldType, outcome: Outcome) -> None:
    """Run the component until it succeeds, as the platform does: a run that failed leaves nothing behind."""
    parameters = {**keboola_folder.parameters_of(server.daktela), "tables": ", ".join(TABLES), **kind.settings}
    with tempfile.TemporaryDirectory() as name:
        folder = keboola_folder.DataFolder(Path(name), TARGET)
        for _ in range(REPEATS):
            run = folder.run(parameters)
            outcome.runs += 1
            outcome.retries += (run.stdout + run.stderr).count("Trying again")
            if run.returncode == 0:
                break
            outcome.resumed += 1
            assert run.stderr.strip(), f"the component ended with {run.returncode} and did not say why"
        else:
            raise AssertionError(f"none of {REPEATS} runs succeeded; the last: {run.stderr.strip()}")
        _check_tables(server, run, outcome)


def _check_tables(server: Server, run: keboola_folder.Run, outcome: Outcome) -> None:
    tables, accounts = run.tables, ledger.accounts(server.daktela)
    for name in TABLES:
        expected = set(accounts[name]["rows"])
        [key] = ledger.ENTRIES[name].key
        found = [value.removeprefix("acme_") for value in tables[f"acme_{name}"].values(key)]
        outcome.promised += len(expected)
        outcome.written += len(set(found))
        outcome.repeated += len(found) - len(set(found))
        lost, strange = expected - set(found), set(found) - expected
        assert not lost, f"{name}: {len(lost)} of {len(expected)} rows are missing, such as {sorted(lost)[:3]}"
        assert not strange, f"{name}: unknown rows {sorted(strange)[:3]}"


# --- what happens in the middle of a run ------------------------------------------------------------------------------


def restart(server: Server) -> None:
    """Kill the server and start it again."""
    _wait_for_the_middle(server)
    server.restart()


def stall(server: Server) -> None:
    """Let the server take every request and answer none, for ever."""
    _wait_for_the_middle(server)
    server.trouble(fault=["timeout=1"])


def _wait_for_the_middle(server: Server) -> None:
    wanted, pause = server.dice.randint(10, 40), threading.Event()
    until = time.monotonic() + 50
    while len(server.asked()) < wanted:
        assert time.monotonic() < until, f"the run was over before its request {wanted}"
        pause.wait(0.02)
