"""From a case to a measured run of its commands."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from benchmarks import ENDPOINT, TOKEN, measure, since
from benchmarks.cases import CHECKED_ROWS, Case
from benchmarks.instance import REPOSITORY
from tap_daktela.catalog import discovery
from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.instance import Instance

COMMANDS = REPOSITORY / ".venv/bin"
TARGET = REPOSITORY / ".venv-target/bin/target-csv"
YARDSTICKS = {"floor": ".venv", "canonical": ".venv", "sdk": ".venv-sdk"}

csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class Sample:
    """One measured run."""

    rows: int
    seconds: float
    cpu_seconds: float
    peak_mib: float
    requests: int
    received: int
    deepest_skip: int

    @property
    def pace(self) -> float:
        """Rows in a second."""
        return self.rows / self.seconds

    @property
    def cpu(self) -> float:
        """Microseconds of a core for each row."""
        return self.cpu_seconds / self.rows * 1e6

    @property
    def wait(self) -> float:
        """Microseconds by the clock for each row."""
        return self.seconds / self.rows * 1e6

    @property
    def per_row(self) -> float:
        """Bytes received for each row."""
        return self.received / self.rows


class Runs:
    """Runs cases, in a folder for their files, against one server that has a core of its own."""

    def __init__(self, instance: Instance, folder: Path, cores: list[int], own: list[int]) -> None:
        """Take the cores for processes that run together, and those that one process has for its own."""
        self._instance = instance
        self._folder = folder
        self._cores = cores
        self._own = own

    def check(self, case: Case) -> None:
        """Run a case and count the rows that it delivers. `measure.FailedError` if they are not all."""
        output = self._folder / "output"
        # The tap with all rows: so its pages are encoded, and no round has to wait for that.
        rows = case.rows if case.who == "tap" else CHECKED_ROWS
        self._run(replace(case, rows=rows), output)
        found = _delivered(output, self._folder)
        if found != rows:
            raise measure.FailedError(f"{case.name}: {found} rows came out where {rows} went in")
        output.unlink(missing_ok=True)

    def run(self, case: Case) -> Sample:
        """Run a case once."""
        usage = self._run(case, None)
        counts = self._instance.counts()
        told = re.search(r'\{"cpu_seconds": ([0-9.]+)\}', usage.log)
        cpu = float(told[1]) if told else usage.cpu_seconds
        # What tells its own cost is compared by nothing but that.
        seconds = cpu if told else usage.seconds
        return Sample(
            case.rows, seconds, cpu, usage.peak_mib, counts["requests"], counts["bytes"], counts["deepest_skip"]
        )

    def _run(self, case: Case, output: Path | None) -> measure.Usage:
        self._instance.become(**{"rows": case.rows, "days": case.days, **case.server})
        work = self._folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        if case.who in YARDSTICKS:
            env = {"PYTHONPATH": str(REPOSITORY)}
            return measure.run([self._yardstick(case, work)], self._own, work, output=output, env=env)
        if case.who == "tap":
            return measure.run([self._tap(case, work)], self._own, work, output=output)
        if case.who == "pipe":
            pipe = [self._tap(case, work), self._target(work)]
            return measure.run(pipe, self._cores, work, tree=True)
        env = {"KBC_DATADIR": f"{self._data_folder(case, work)}/", "TARGET_CSV": str(TARGET)}
        return measure.run([[str(COMMANDS / "tap-daktela-keboola")]], self._cores, work, tree=True, env=env)

    def _tap(self, case: Case, work: Path) -> list[str]:
        login = {"url": self._instance.url, "access_token": TOKEN}
        config = {**login, "start_date": since(case.days).isoformat(), **case.settings}
        command = [str(COMMANDS / "tap-daktela"), "--config", _write(work / "config.json", config)]
        if case.stream == ENDPOINT:
            _write(work / "config.json", {**config, "streams": [ENDPOINT]})
            return command
        return [*command, "--catalog", _write(work / "catalog.json", _whole_stream(case.stream))]

    def _target(self, work: Path) -> list[str]:
        options = {"output_path": str(work / "csv"), "validate_records": False, "batch_size_rows": 10_000}
        return [str(TARGET), "--config", _write(work / "target.json", options)]

    def _data_folder(self, case: Case, work: Path) -> Path:
        for name in ("in/tables", "in/files", "out/tables", "out/files"):
            (work / "data" / name).mkdir(parents=True)
        parameters = {
            "url": self._instance.url,
            "server": "acme",
            "#access_token": TOKEN,
            "tables": [ENDPOINT],
            "from": since(case.days).isoformat(),
        }
        _write(work / "data/config.json", {"action": "run", "parameters": parameters})
        return work / "data"

    def _yardstick(self, case: Case, work: Path) -> list[str]:
        maker = [str(COMMANDS / "python"), "-m", "benchmarks.yardsticks.job"]
        made = subprocess.run(
            [*maker, self._instance.url, since(case.days).isoformat()], cwd=REPOSITORY, check=True, capture_output=True
        )
        job = work / "job.json"
        job.write_bytes(made.stdout)
        python = REPOSITORY / YARDSTICKS[case.who] / "bin/python"
        return [str(python), "-m", f"benchmarks.yardsticks.{case.who}", str(job)]


def _whole_stream(stream: str) -> dict[str, Any]:
    """Return a catalog in which all columns of one stream are selected."""
    document = discovery.catalog({stream: entries(STREAMS)[stream]}, nested="native", timestamps="utc")
    for node in document["streams"][0]["metadata"]:
        node["metadata"]["selected"] = True
    return document


def _write(path: Path, value: Any) -> str:
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def _delivered(output: Path, folder: Path) -> int:
    """Return the number of rows in the finished tables, else in the output."""
    tables = [*folder.glob("work/csv/*.csv"), *folder.glob("work/data/out/tables/*.csv")]
    if tables:
        with tables[0].open(newline="", encoding="utf-8") as file:
            return sum(1 for _ in csv.reader(file)) - 1
    with output.open("rb") as file:
        return sum(not line.startswith((b'{"type":"S', b'{"type": "S')) for line in file)
