"""SIGKILL for processes of units that are being loaded."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

# The process of a task, the one of Airflow that watches over it, or a program that it started: tap or target.
VICTIMS = ("task", "supervisor", "program")


@dataclass
class Killer:
    """Kills at most one process of each unit, `most` in all, at moments that `dice` choose.

    `killed` has how many of each kind were, `commands` the command lines of all programs that were seen.
    """

    dice: random.Random
    most: int
    killed: Counter[str] = field(default_factory=Counter)
    commands: set[bytes] = field(default_factory=set)
    _units: set[str] = field(default_factory=set)
    _next: float = 0

    def strike(self, units: Iterable[dict[str, Any]]) -> None:
        """Kill a process of one of these units, if it is time to; they are what Airflow knows about its tasks."""
        running = [one for one in units if one["state"] == "running" and one["pid"]]
        for one in running:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                self.commands |= {Path(f"/proc/{child}/cmdline").read_bytes() for child in children(one["pid"])}
        fresh = [one for one in running if one["try_number"] == 1 and one["id"] not in self._units]
        if not fresh or self.killed.total() >= self.most or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self.dice.uniform(0, 6)
        unit, victim = self.dice.choice(fresh), self.dice.choice(VICTIMS)
        # The unit may end by itself meanwhile.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, IndexError):
            os.kill(self._process(unit["pid"], victim), signal.SIGKILL)
            self._units.add(unit["id"])
            self.killed[victim] += 1

    def _process(self, pid: int, victim: str) -> int:
        if b"airflow worker" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            raise ProcessLookupError
        if victim == "program":
            return self.dice.choice(children(pid))
        return pid if victim == "task" else _parent(pid)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
