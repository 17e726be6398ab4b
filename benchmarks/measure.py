"""One run of one or several commands: how long it took, what it cost, and how much memory it had at its peak."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from benchmarks.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Command = list[str]

_MIB = 2**20
_KIB = 2**10
_HAS_CORES = hasattr(os, "sched_setaffinity")


@dataclass(frozen=True)
class Usage:
    """What a run took: seconds by the clock, seconds of all its processes on a core, and MiB at its peak."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    log: str


class FailedError(Exception):
    """A command ended with an error; the message has the end of its log."""


def cores() -> list[int]:
    """Return the numbers of the cores that we may use."""
    return sorted(os.sched_getaffinity(0)) if _HAS_CORES else list(range(os.cpu_count() or 1))


@contextmanager
def on(wanted: Sequence[int]) -> Iterator[None]:
    """Let what is started in this block run on these cores only, where the system can do that."""
    before = cores()
    if _HAS_CORES:
        os.sched_setaffinity(0, wanted)
    try:
        yield
    finally:
        if _HAS_CORES:
            os.sched_setaffinity(0, before)


def run(
    pipe: Sequence[Command],
    wanted: Sequence[int],
    folder: Path,
    *,
    output: Path | None = None,
    env: Mapping[str, str] | None = None,
    tree: bool = False,
) -> Usage:
    """Run commands as a pipe on some cores, in `folder`, the last one's output into a file or nowhere.

    The peak is that of the first command's resident memory; with `tree`, that of the memory of all processes together,
    shared pages counted once. FailedError if a command fails.
    """
    with (output or Path(os.devnull)).open("wb") as sink, (folder / "log").open("w+b") as log:
        begun = time.monotonic()
        with on(wanted):
            processes = _started(pipe, sink, log, cwd=folder, env={**os.environ, **(env or {})})
        with Watch([process.pid for process in processes], memory=tree) as watch:
            ends = [os.wait4(process.pid, 0) for process in processes]
        seconds = time.monotonic() - begun
        log.seek(0)
        text = log.read().decode("utf-8", "replace")
    for process, (_, status, _) in zip(processes, ends, strict=True):
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise FailedError(f"{process.args!r} ended with {process.returncode}:\n{text[-2000:]}")
    usages = [usage for _, _, usage in ends]
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    peak = watch.peak / _MIB if tree else usages[0].ru_maxrss / _KIB
    return Usage(seconds, cpu, peak, text)


def _started(
    pipe: Sequence[Command], sink: BinaryIO, log: BinaryIO, *, cwd: Path, env: Mapping[str, str]
) -> list[subprocess.Popen[bytes]]:
    """Start commands, each reading what the one before writes."""
    processes: list[subprocess.Popen[bytes]] = []
    source: IO[bytes] | int = subprocess.DEVNULL
    for command in pipe:
        target = sink if command is pipe[-1] else subprocess.PIPE
        process = subprocess.Popen(command, cwd=cwd, env=env, stdin=source, stdout=target, stderr=log)
        processes.append(process)
        if process.stdout is not None:
            source = process.stdout
    for process in processes:
        # Only the next command may hold the pipe: else this one would never learn that the other died.
        if process.stdout is not None:
            process.stdout.close()
    return processes
