"""From a case to a measured run of its commands."""

from __future__ import annotations

import csv
import json
import re
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from benchmarks import measure
from benchmarks.cases import ALL, SMALL, Case
from benchmarks.commands import Commands, Start
from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.instance import Instance

csv.field_size_limit(2**31 - 1)

_OTHERS = (b'{"type":"S', b'{"type": "S')


@dataclass(frozen=True)
class Sample:
    """One measured run, which took `elapsed` seconds; `seconds` are those of the floor's work, else the same.

    Of the server, `made` are the answers that were not in memory.
    """

    rows: int
    elapsed: float
    seconds: float
    cpu_seconds: float
    peak_mib: float
    requests: int
    received: int
    deepest_skip: int
    made: int
    server_cpu_seconds: float

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
        self._work = folder / "work"
        self._output = folder / "output"
        kept = folder / "kept"
        kept.mkdir()
        self._commands = Commands(instance.url, kept)
        self._cores = cores
        self._own = own
        self._rows: dict[str, int] = {}
        self._checked: dict[str, int] = {}

    def check(self, case: Case) -> int:
        """Run a case and return how many rows it delivers. `measure.FailedError` if they are not all.

        So the answers are made, and no round has to wait for that.
        """
        kind = json.dumps([case.who, case.answers, case.streams, case.since_days])
        if kind not in self._checked:
            self._checked[kind] = self._counted(replace(case, server=case.answers))
        found = self._rows[case.name] = self._checked[kind]
        return found

    def run(self, case: Case) -> Sample:
        """Run a case once."""
        usage = self._run(case, None)
        counts = self._instance.counts()
        told = re.search(r'\{"cpu_seconds": ([0-9.]+)\}', usage.log)
        cpu = float(told[1]) if told else usage.cpu_seconds
        # What tells its own cost is compared by nothing but that.
        seconds = cpu if told else usage.seconds
        return Sample(
            self._rows[case.name],
            usage.seconds,
            seconds,
            cpu,
            usage.peak_mib,
            counts["requests"],
            counts["bytes"],
            counts["deepest_skip"],
            counts["made"],
            counts["cpu_seconds"],
        )

    def _counted(self, case: Case) -> int:
        self._prepare(case)
        self._run(case, self._output)
        found = _delivered(self._output, self._work)
        wanted = _wanted(case, self._instance.counts()["sizes"])
        if wanted is not None and found != wanted:
            raise measure.FailedError(f"{case.name}: {found} rows came out where {wanted} went in")
        return found

    def _prepare(self, case: Case) -> None:
        """Let another run leave what the case begins with, if none has yet."""
        commands = self._commands
        if case.who == "target" and not commands.records(case).exists():
            self._measured(case, commands.recording(case, self._fresh()), None)
        if case.who.startswith("nothing") and not commands.state(case).exists():
            before = {name: value for name, value in case.server["world"].items() if name != "later"}
            earlier = replace(case, server={"world": before})
            self._run(replace(earlier, who="discover"), commands.catalog(case))
            self._run(replace(earlier, who="tap-default"), self._output)
            commands.state(case).write_bytes(_last_state(self._output))

    def _run(self, case: Case, output: Path | None) -> measure.Usage:
        work = self._fresh()
        return self._measured(case, self._commands.start(case, work), output)

    def _fresh(self) -> Path:
        shutil.rmtree(self._work, ignore_errors=True)
        self._work.mkdir()
        return self._work

    def _measured(self, case: Case, start: Start, output: Path | None) -> measure.Usage:
        self._instance.become(**case.server)
        cores = self._cores if start.tree else self._own
        return measure.run(
            start.command, cores, self._work, source=start.source, output=output, env=start.env, tree=start.tree
        )


def _wanted(case: Case, sizes: dict[str, Any]) -> int | None:
    """Return how many rows the instance has of the one stream that a case reads; None if it reads none or several."""
    if case.group in {ALL, SMALL} or len(case.streams or ()) != 1:
        return None
    [stream] = case.streams or ()
    return int(sizes[entries(STREAMS)[stream].stream.endpoint])


def _last_state(output: Path) -> bytes:
    with output.open("rb") as file:
        line = [line for line in file if line.startswith(b'{"type":"STATE"')][-1]
    return line.partition(b'"value":')[2].rstrip()[:-1]


def _delivered(output: Path, work: Path) -> int:
    """Return the number of rows in the finished tables, else of records in the output."""
    tables = [*work.glob("csv/*.csv"), *work.glob("data/out/tables/*.csv")]
    rows = 0
    for table in tables:
        with table.open(newline="", encoding="utf-8") as file:
            rows += sum(1 for _ in csv.reader(file)) - 1
    if tables:
        return rows
    with output.open("rb") as file:
        return sum(not line.startswith(_OTHERS) for line in file)
