"""The functions of the Airflow example, driven without Airflow: units side by side, one killed, then what is new."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import harness
from tests.helpers.postgres_cluster import Cluster
from tests.scale import example, plain_runs, warehouse
from tests.scale.instances import Instance, running
from tests.scale.killer import children
from tests.scale.plain_runs import bookmarks

pytestmark = pytest.mark.unmeasured

# A process as Airflow has one for each task: it calls a function of the example, and writes what that returns.
WORKER = """
import json, sys
import daktela_loading
function, *arguments = json.load(sys.stdin)
with open(sys.argv[1], "w") as file:
    file.write(json.dumps(getattr(daktela_loading, function)(*arguments)))
"""
STREAMS = ["activities", "activities_call", "tickets", "users"]


class Workers:
    """Starts processes that call functions of the example."""

    def __init__(self, folder: Path, target: Path) -> None:
        self.folder = folder
        commands = {"TAP_DAKTELA": str(harness.COMMANDS / "tap-daktela"), "SINGER_TARGET": str(target)}
        self.environment = {**harness.unmeasured(), **commands, "PYTHONPATH": str(example.EXAMPLE)}
        self.number = 0

    def start(self, function: str, *arguments: Any) -> tuple[subprocess.Popen[bytes], Path]:
        """Call a function in a process of its own, which writes what it returns into the file."""
        self.number += 1
        path = self.folder / f"{self.number}.json"
        command = [sys.executable, "-c", WORKER, path]
        with path.with_suffix(".log").open("wb") as log:
            worker = subprocess.Popen(
                command, env=self.environment, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
            )
        assert worker.stdin is not None
        worker.stdin.write(json.dumps([function, *arguments]).encode())
        worker.stdin.close()
        return worker, path

    def call(self, function: str, *arguments: Any) -> Any:
        """Call a function, and return what it returns."""
        return self.result(*self.start(function, *arguments))

    def result(self, worker: subprocess.Popen[bytes], path: Path) -> Any:
        """Wait for a process, and return what its function returned."""
        assert worker.wait(timeout=harness.PATIENCE) == 0, path.with_suffix(".log").read_text()
        return json.loads(path.read_text())


def killed_with_its_programs(worker: subprocess.Popen[bytes]) -> list[int]:
    """Kill a worker while the tap and the target stand still; return those that outlive it."""
    while len(programs := [pid for pid in children(worker.pid) if b"--config" in command_line(pid)]) < 2:
        assert worker.poll() is None
        time.sleep(0.01)
    for pid in programs:
        os.kill(pid, signal.SIGSTOP)  # Else they could end by themselves.
    worker.kill()
    worker.wait()
    end = time.monotonic() + harness.PATIENCE
    while (alive := [pid for pid in programs if runs(pid)]) and time.monotonic() < end:
        time.sleep(0.01)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
    return alive


def command_line(pid: int) -> bytes:
    """Return the command line of a process, nothing if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def runs(pid: int) -> bool:
    """Whether a process is there, and no zombie that waits for whoever adopted it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="the example is for Linux")
def test_units_side_by_side_are_one_plain_run(postgres: Cluster, target_postgres: Path, tmp_path: Path) -> None:
    workers = Workers(tmp_path, target_postgres)
    instance = Instance("side_by_side", rows=120, seed=7, settings={"streams": STREAMS})
    with running([instance]):
        tap = {**instance.login, **instance.described["settings"], "concurrency": 2}
        target = {**postgres.login, "default_target_schema": instance.name, "validate_records": False}
        units = workers.call("planned", tap, 70)
        shared = workers.call("unit_of_tables", units)
        assert shared["streams"][0] == "activities"
        workers.call("load_unit", tap, target, shared)

        states = []
        killed, *others = units
        assert killed_with_its_programs(workers.start("load_unit", tap, target, killed)[0]) == []
        for pair in (others[:2], others[2:]):
            started = [workers.start("load_unit", tap, target, unit) for unit in pair]
            states += [workers.result(*one) for one in started]
        plain = plain_runs.load(instance, postgres, "plain")
        behind = bookmarks(workers.call("merged", states))
        held = [stream for stream, bookmark in bookmarks(plain).items() if behind.get(stream) != bookmark]
        assert set(killed["streams"]) >= set(held) != set()

        states.append(workers.call("load_unit", tap, target, killed))
        merged = workers.call("merged", states)
        assert bookmarks(merged) == bookmarks(plain)
        assert warehouse.differences(postgres, instance.name, "plain") == []

        instance.sandbox.control("add", {"endpoint": "tickets", "count": 5})
        instance.sandbox.control("edit", {"endpoint": "tickets", "count": 5})
        instance.sandbox.settle()
        state, is_whole = workers.call("load", tap, target, "--state", merged)
        assert is_whole
        assert bookmarks(state) == bookmarks(plain_runs.load(instance, postgres, "plain", plain))
        assert warehouse.differences(postgres, instance.name, "plain") == []
        assert warehouse.rows(postgres, instance.name) > 200
