"""One run of a command: how long it took, what it cost, and how much memory it had at its peak."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from benchmarks.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Command = list[str]

_MIB = 2**20
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
    command: Command,
    wanted: Sequence[int],
    folder: Path,
    *,
    source: Path | None = None,
    output: Path | None = None,
    env: Mapping[str, str] | None = None,
    tree: bool = False,
) -> Usage:
    """Run a command on some cores, in `folder`, its input from a file or none, its output into a file or nowhere.

    The peak is that of its resident memory; with `tree`, that of the memory of all processes that it starts together,
    shared pages counted once. FailedError if it fails.
    """
    nothing = Path(os.devnull)
    with (source or nothing).open("rb") as given, (output or nothing).open("wb") as sink, _log(folder) as log:
        begun = time.monotonic()
        with on(wanted):
            # As on a user's machine: else the tap alone, which is not installed as a wheel, is compiled at every start.
            whole = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(env or {})}
            process = subprocess.Popen(command, cwd=folder, env=whole, stdin=given, stdout=sink, stderr=log)
        with Watch(process.pid, tree=tree) as watch:
            _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begun
        log.seek(0)
        text = log.read().decode("utf-8", "replace")
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise FailedError(f"{process.args!r} ended with {process.returncode}:\n{text[-2000:]}")
    return Usage(seconds, usage.ru_utime + usage.ru_stime, watch.peak / _MIB, text)


def _log(folder: Path) -> BinaryIO:
    return (folder / "log").open("w+b")
