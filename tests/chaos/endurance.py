"""Millions of rows, slow targets and silent servers: memory, file descriptors and threads stay as they are."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tabulate import tabulate

from tests.chaos.endurance_runs import Endured, extract, instance, read, stop_the_target, wait_in_vain
from tests.helpers.process_stats import TOLERANCE, TOLERANCE_KIB

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

# What a slow target is given: fast enough to wait for, and far more than fits into memory that is not to grow.
SLOW_ROWS = 200_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--rows", type=int, default=2_000_000)


def main(args: argparse.Namespace) -> int:
    """Run everything, print what it took, and return the exit code."""
    broken = [*_volume(args.rows), *_slowness(min(args.rows, SLOW_ROWS)), *_silence()]
    for sentence in broken:
        _say(f"BROKEN  {sentence}")
    return int(bool(broken))


def _volume(rows: int) -> list[str]:
    """Read all rows, as fast as it goes; return what is broken."""
    with instance(rows) as daktela:
        runs = [read("tap", daktela), extract(daktela)]
    _report(runs)
    return [sentence for run in runs for sentence in run.grown]


def _slowness(rows: int) -> list[str]:
    """Read into targets that are slow or stand still; return what is broken."""
    # An instance closes connections that nobody uses, as most do.
    with instance(rows, "--idle", "2") as daktela:
        runs = [read("tap, fast target", daktela, every=0.2), read("tap, slow target", daktela, pause=0.3, every=0.2)]
        runs.append(stop_the_target(daktela, every=0.2))
    _report(runs)
    return list(slower(*runs))


def slower(fast: Endured, *others: Endured) -> Iterator[str]:
    """Yield what a slow target costs that it must not."""
    for other in others:
        if other.peak > fast.peak * TOLERANCE + TOLERANCE_KIB:
            yield f"{other.name}: {other.peak} KiB where a fast target takes {fast.peak}"
        if other.requests > fast.requests * TOLERANCE:
            yield f"{other.name}: {other.requests} requests where a fast target takes {fast.requests}"


def _silence() -> list[str]:
    """Read from instances that accept requests and do not answer them; return what is broken."""
    rows = []
    for answered in (1, 40):
        with instance(100_000, "--silent-after", str(answered)) as daktela:
            seconds, words, samples = wait_in_vain(daktela, timeout=2, retries=3)
        rows.append((answered, f"{seconds:.0f}", f"{max(one.memory for one in samples) / 1024:.1f}", words))
    _say(tabulate(rows, ("answers, then silence", "seconds", "MiB at most", "last words")))
    return [words for *_, words in rows if not gave_up(words)]


def gave_up(words: str) -> bool:
    """Tell whether the last words of a run say that the instance does not answer."""
    return "CRITICAL " in words and "gave no usable answer in" in words


def _report(runs: list[Endured]) -> None:
    """Print what runs took."""
    totals = [(run.name, run.rows, f"{run.seconds:.0f}", f"{run.rows / run.seconds:.0f}", run.requests) for run in runs]
    _say(tabulate(totals, ("run", "rows", "seconds", "rows/s", "requests")))
    headers = ("run", "processes", "samples", "MiB, 2nd to 4th quarter", "peak", "files", "threads")
    _say(tabulate([line for run in runs for line in run.lines()], headers))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n\n")
    sys.stdout.flush()
