"""Load every target twice: first everything, then what is new and changed since, with the state of the first load."""

import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.helpers import harness
from tests.helpers.loads.comparison import Comparison, compare
from tests.helpers.loads.sent import Table, tables
from tests.helpers.loads.stores import Stored
from tests.helpers.loads.trials import Trial

CHANGES = ("tickets", "activities", "activitiesCall", "contacts")
CHANGED_ROWS = 50


@dataclass(frozen=True)
class Effort:
    """What it took to send `rows`: wall-clock seconds, and CPU seconds of the processes that were started for it."""

    rows: int
    seconds: float
    cpu: float


@dataclass
class Outcome:
    """What became of a trial: how it ended badly (`failure`, and the `log`), and the effort of its `first` load.

    `types` are those of the stored columns by the kind that was sent, the most frequent one first.
    """

    trial: Trial
    first: Effort | None = None
    after: list[Comparison] = field(default_factory=list)
    types: dict[str, list[str]] = field(default_factory=dict)
    failure: str = ""
    log: str = ""

    @property
    def loses(self) -> bool:
        """Whether a row was missing after one of the loads."""
        return any(found.lost for found in self.after)


class Loading:
    """All loads from one sandbox; `alone` is the effort of the tap without a target, by `Trial.tap_name`."""

    def __init__(self, daktela: harness.Sandbox, folder: Path) -> None:
        self._daktela = daktela
        self._folder = folder
        self._runs: defaultdict[str, list[harness.TapRun]] = defaultdict(list)
        self.alone: dict[str, Effort] = {}

    def all(self, trials: Iterable[Trial]) -> Iterator[Outcome]:
        """Yield the outcome of each trial after its last load."""
        outcomes = [Outcome(trial) for trial in trials]
        self._daktela.settle()
        self._tap_alone(outcomes)
        for outcome in outcomes:
            self._load(outcome)
        for endpoint in CHANGES:
            for change in ("edit", "add"):
                self._daktela.control(change, {"endpoint": endpoint, "count": CHANGED_ROWS})
        self._daktela.settle()
        self._tap_alone(outcomes)
        for outcome in outcomes:
            if not outcome.failure:
                self._load(outcome)
            yield outcome

    def _settings(self, trial: Trial) -> dict[str, Any]:
        return {**self._daktela.login, "start_date": harness.BEGINNING, **trial.tap}

    def _state(self, trial: Trial, loads: int) -> Any:
        return self._runs[trial.tap_name][loads - 1].last_state if loads else None

    def _tap_alone(self, outcomes: Iterable[Outcome]) -> None:
        """Run the tap without a target, once for each of its settings: what it sends is what targets should store."""
        for name, trial in {outcome.trial.tap_name: outcome.trial for outcome in outcomes}.items():
            runs = self._runs[name]
            begun, used = time.monotonic(), _cpu_of_ended_processes()
            run = harness.run_tap(self._settings(trial), state=self._state(trial, len(runs)))
            effort = Effort(_records(run), time.monotonic() - begun, _cpu_of_ended_processes() - used)
            if run.returncode:
                raise RuntimeError(f"the tap alone failed: {run.stderr[-2000:]}")
            runs.append(run)
            self._check_truth(tables(*runs))
            self.alone.setdefault(name, effort)

    def _check_truth(self, sent: dict[str, Table]) -> None:
        """Fail unless the keys that were sent are those that the instance has."""
        for endpoint, account in self._daktela.ledger().items():
            table = sent.get(harness.snake(endpoint))
            if table and {harness.key_of(row, table.key) for row in table.rows} != {(key,) for key in account["rows"]}:
                raise RuntimeError(f"the tap sent other rows of {endpoint} than the instance has")

    def _load(self, outcome: Outcome) -> None:
        trial, loads = outcome.trial, len(outcome.after)
        runs = self._runs[trial.tap_name][: loads + 1]
        options = harness.write_json(self._folder / "target.json", {**trial.store.options(), **trial.options})
        tap = harness.tap_command(self._folder, self._settings(trial), state=self._state(trial, loads))
        begun, used = time.monotonic(), _cpu_of_ended_processes()
        done = harness.deliver(tap, [trial.program, "--config", options], self._folder)
        effort = Effort(_records(runs[-1]), time.monotonic() - begun, _cpu_of_ended_processes() - used)
        if done.tap_code or done.target_code:
            outcome.failure, outcome.log = f"fails with exit code {done.target_code}", done.log
            return
        if done.last_state != runs[-1].last_state:
            outcome.failure = "does not hand back the last state"
            return
        stored, sent = trial.store.read(), tables(*runs)
        outcome.after.append(compare(sent, stored.rows, appended=trial.appends))
        outcome.types = _types(sent, stored)
        outcome.first = outcome.first or effort


def _cpu_of_ended_processes() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _records(run: harness.TapRun) -> int:
    return sum(message["type"] == "RECORD" for message in run.messages)


def _types(sent: dict[str, Table], stored: Stored) -> dict[str, list[str]]:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for stream, columns in stored.types.items():
        for name, kind in sent[stream].kinds.items():
            found[kind][columns[name]] += 1
    return {kind: [name for name, _ in types.most_common()] for kind, types in found.items()}
