"""The table, and what it means."""

from __future__ import annotations

import os
import platform
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tabulate import tabulate

from benchmarks import measure
from benchmarks.instance import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from benchmarks.runs import Sample
    from benchmarks.verdicts import Samples, Verdict

HEADERS = ("", "rows", "rows/s", "CPU µs/row", "peak MiB", "requests", "bytes/row")

NOTES = """\
Each number is the median of its rounds (with the least and the greatest), each ratio the median of those of the rounds.
CPU is that of all processes of a run, its start included; of the floor only the work on the bytes counts, also as time.
The peak of the pipe and of the Keboola run is that of all processes together. The tap alone and the yardsticks have one
core and the server has another; the pipe and the Keboola run have both, beside the server. Bytes are those of answers.
"""


def whole(about: str, samples: Samples, found: Iterable[Verdict]) -> str:
    """Return all of it, as Markdown."""
    return f"# What the benchmark measured\n\n{about}\n\n{NOTES}\n{table(samples)}\n\n{ratios(found)}\n"


def table(samples: Samples) -> str:
    """Return a line for each case."""
    rows = [
        (
            name,
            f"{found[0].rows:,}",
            _spread(found, lambda one: one.pace, 0),
            _spread(found, lambda one: one.cpu, 1),
            _spread(found, lambda one: one.peak_mib, 0),
            _spread(found, lambda one: one.requests, 0),
            _spread(found, lambda one: one.per_row, 0),
        )
        for name, found in samples.items()
        if found
    ]
    return _markdown(rows, HEADERS, "left", *["right"] * (len(HEADERS) - 1))


def ratios(found: Iterable[Verdict]) -> str:
    """Return a line for each verdict."""
    rows = [
        (one.what, f"{one.measured:,.{one.digits}f}", one.limit, "ok" if one.limit.kept(one.measured) else "MISSED")
        for one in found
    ]
    return _markdown(rows, ("", "measured", "wanted", ""), "left", "right", "right", "left")


def machine() -> str:
    """Return when and on what it is measured, as lines of Markdown."""
    model = next((line.split(": ")[1] for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    kib = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    ours = ("tap-daktela", "requests", "orjson", "singer-python")
    versions = [f"{name} {metadata.version(name)}" for name in ours]
    versions += [_installed(".venv-sdk", "singer_sdk"), _installed(".venv-target", "meltanolabs_target_csv")]
    lines = (
        f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC",
        f"{model}, {len(measure.cores())} cores, {kib / 2**20:.0f} GiB, {platform.system()} {platform.release()}",
        f"Python {platform.python_version()}, {', '.join(versions)}",
        f"load of the machine just before: {os.getloadavg()[0]:.1f}",
    )
    return "\n".join(f"- {line}" for line in lines)


def _installed(environment: str, name: str) -> str:
    """Return a package of another environment with its version."""
    [found] = (REPOSITORY / environment).glob(f"lib/python*/site-packages/{name}-*.dist-info")
    return found.name.removesuffix(".dist-info").replace("-", " ").replace("_", "-")


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


def _spread(samples: list[Sample], value: Callable[[Sample], float], digits: int) -> str:
    values = sorted(map(value, samples))
    middle, first, last = (f"{one:,.{digits}f}" for one in (median(values), values[0], values[-1]))
    return middle if first == last else f"{middle} ({first} to {last})"


def _markdown(rows: Sequence[tuple[object, ...]], headers: tuple[str, ...], *align: str) -> str:
    return tabulate(rows, headers, tablefmt="pipe", disable_numparse=True, colalign=align)
