"""Instances loaded by Airflow while processes are killed and one instance is gone; then all that must be true."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.scale import example, plain_runs, warehouse
from tests.scale.plain_runs import bookmarks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.helpers.postgres_cluster import Cluster
    from tests.scale.airflow_home import AirflowHome
    from tests.scale.instances import Instance
    from tests.scale.killer import Killer

ENDED = {"success", "failed"}


@dataclass
class Trial:
    """One trial: `say` tells how far it is, `problems` has what was not as it must be."""

    home: AirflowHome
    cluster: Cluster
    instances: Sequence[Instance]
    killer: Killer
    say: Callable[[str], None]
    problems: list[str] = field(default_factory=list)
    _states: dict[str, Any] = field(default_factory=dict)

    def run(self) -> None:
        """Load the history, compare it with plain runs; change rows, load what is new, compare again."""
        merged = self._load_history()
        for one in self.instances:
            self._check_cap(one)
        self._compare(merged)
        self._change_rows()
        runs = {one.name: example.begin(self.home, one) for one in self.instances}
        self._wait_for(runs)
        self.say("Airflow has loaded what is new")
        for one in self.instances:
            self._check_cap(one)
        self._compare({one.name: example.kept_state(self.home, one) for one in self.instances})
        self._check_secrets()

    def _load_history(self) -> dict[str, Any]:
        """Let Airflow load everything, in spite of all; return the merged state of each instance."""
        for one in self.instances:
            one.sandbox.control("reset-requests")
        gone = self.instances[-1]
        runs = {one.name: example.begin(self.home, one) for one in self.instances}
        example.until(lambda: self._is_half_loaded(gone, runs[gone.name]), f"{gone.name} was not half loaded in time")
        self._check_cap(gone)
        gone.sandbox.kill()
        self.say(f"{gone.name} is gone")
        outcomes = self._wait_for(runs, failed=gone)
        self.say(f"all others are loaded; killed: {dict(self.killer.killed)}; {gone.name}: {outcomes[gone.name]}")

        missing = [one for one in example.units(self.home, gone, runs[gone.name]) if one["state"] != "success"]
        gone.start_again()
        runs[gone.name] = example.begin(self.home, gone)
        self._wait_for({gone.name: runs[gone.name]})
        again = example.units(self.home, gone, runs[gone.name])
        self.say(f"{gone.name} is back: {len(again)} units were missing")
        if len(again) != len(missing) or not missing:
            self.problems.append(f"{gone.name} had {len(missing)} missing units, and {len(again)} were loaded again")
        return {one.name: example.merged_state(self.home, one, runs[one.name]) for one in self.instances}

    def _is_half_loaded(self, instance: Instance, run: str) -> bool:
        self.killer.strike(example.running_units(self.home))
        units = example.units(self.home, instance, run)
        return sum(one["state"] == "success" for one in units) * 2 >= len(units) > 0

    def _wait_for(self, runs: dict[str, str], failed: Instance | None = None) -> dict[str, str]:
        """Wait until runs have ended, and kill meanwhile; return how they ended. Only the `failed` one may fail."""
        outcomes: dict[str, str] = {}
        while set(runs) != {name for name, outcome in outcomes.items() if outcome in ENDED}:
            time.sleep(1)
            self.killer.strike(example.running_units(self.home))
            outcomes = example.outcomes(self.home, runs)
        for name, outcome in outcomes.items():
            expected = "failed" if failed and name == failed.name else "success"
            if outcome != expected:
                self.problems.append(f"the run {runs[name]} of {name}: {outcome}")
        return outcomes

    def _compare(self, states: dict[str, Any]) -> None:
        """Load the same by plain runs, into other schemas, and compare rows and states."""
        with ThreadPoolExecutor(2) as pool:
            plainly = list(pool.map(self._load_plainly, self.instances))
        for one, state in zip(self.instances, plainly, strict=True):
            self._states[one.name] = state
            self.problems += warehouse.differences(self.cluster, one.name, plain(one))
            ours, theirs = bookmarks(states[one.name]), bookmarks(state)
            if ours != theirs:
                self.problems.append(f"{one.name}: the bookmarks are {ours}, those of the plain run {theirs}")
        rows = sum(warehouse.rows(self.cluster, one.name) for one in self.instances)
        self.say(f"compared: {rows:,} rows, {len(self.problems)} problems")

    def _load_plainly(self, instance: Instance) -> Any:
        return plain_runs.load(instance, self.cluster, plain(instance), self._states.get(instance.name))

    def _change_rows(self) -> None:
        """Let rows be added and edited in every instance, and let them settle."""
        for one in self.instances:
            one.sandbox.control("reset-requests")
            one.sandbox.settle()
            for endpoint in ("tickets", "contacts", "activities"):
                one.sandbox.control("add", {"endpoint": endpoint, "count": 20})
            for endpoint in ("tickets", "contacts"):
                one.sandbox.control("edit", {"endpoint": endpoint, "count": 20})
            one.sandbox.settle()

    def _check_cap(self, instance: Instance) -> None:
        """Look whether the instance had more requests in flight than its pool allows, since they were counted anew."""
        most = max(one["in_flight"] for one in instance.requests())
        if most > instance.requests_in_flight:
            self.problems.append(
                f"{instance.name} had {most} requests in flight, {instance.requests_in_flight} allowed"
            )

    def _check_secrets(self) -> None:
        """Look for passwords in what Airflow logged, and in the command lines of all programs."""
        secrets = [self.cluster.password, *(one.sandbox.access_token for one in self.instances)]
        written = [path.read_bytes() for path in self.home.folder.rglob("*.log")] + list(self.killer.commands)
        if any(secret.encode() in text for secret in secrets for text in written):
            self.problems.append("a password is in a log or a command line")


def plain(instance: Instance) -> str:
    """Return the schema into which the plain runs load an instance."""
    return f"{instance.name}_plain"
