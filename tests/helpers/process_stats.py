"""Memory, file descriptors and threads of a process and of all that it has started, measured again and again."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import mean

from tests.helpers.keboola.pipeline_helpers import children

# Growth that is none: memory is given back in pieces, and measured between them.
TOLERANCE, TOLERANCE_KIB = 1.1, 4096
# A connection that is made anew is there twice for a moment.
TOLERANCE_COUNT = 2
QUARTERS = 4


@dataclass(frozen=True)
class Sample:
    """One moment: `memory` in KiB, with what is shared divided among those who share it."""

    processes: int
    memory: int
    files: int
    threads: int


class ProcessStats(threading.Thread):
    """Takes samples of a process and all below it until it ends."""

    def __init__(self, pid: int, seconds: float = 1.0) -> None:
        """Begin at once; there are `seconds` between two samples."""
        super().__init__(daemon=True)
        self.samples: list[Sample] = []
        self._pid = pid
        self._seconds = seconds
        self._over = threading.Event()
        self.start()

    def run(self) -> None:
        """Measure until the end."""
        while not self._over.wait(self._seconds):
            if sample := _sample(self._pid):
                self.samples.append(sample)

    def stop(self) -> list[Sample]:
        """Measure no more, and return what was measured."""
        self._over.set()
        self.join()
        return self.samples


def _sample(pid: int) -> Sample | None:
    """Return the sums over a process and all below it; None where one of them ends meanwhile."""
    found = [pid]
    for parent in found:
        found += children(parent)
    with suppress(OSError, StopIteration):
        memory = sum(_number(Path(f"/proc/{one}/smaps_rollup"), "Pss:") for one in found)
        threads = sum(_number(Path(f"/proc/{one}/status"), "Threads:") for one in found)
        files = sum(len(list(Path(f"/proc/{one}/fd").iterdir())) for one in found)
        return Sample(len(found), memory, files, threads)
    return None


def _number(path: Path, name: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def phases(samples: list[Sample]) -> list[list[Sample]]:
    """Return samples in which the same number of processes ran, in their order: the pipe, then its finished tables."""
    return [list(group) for _, group in groupby(samples, key=lambda sample: sample.processes)]


def quarter(samples: list[Sample], number: int) -> list[Sample]:
    """Return the samples of a quarter of the time, the first of which has the number 1."""
    size = len(samples)
    return samples[size * (number - 1) // QUARTERS : size * number // QUARTERS]


def growth(samples: list[Sample]) -> str:
    """Return what grew from the second quarter to the last one, as the end of a sentence; nothing if all is flat."""
    early, late = quarter(samples, 2), quarter(samples, QUARTERS)
    before, after = (mean(sample.memory for sample in part) for part in (early, late))
    if after > before * TOLERANCE + TOLERANCE_KIB:
        return f"memory grew from {before:.0f} to {after:.0f} KiB"
    for name in ("files", "threads"):
        most = [max(getattr(sample, name) for sample in part) for part in (early, late)]
        if most[1] > most[0] + TOLERANCE_COUNT:
            return f"{name} grew from {most[0]} to {most[1]}"
    return ""
