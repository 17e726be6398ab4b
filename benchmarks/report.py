"""The tables, and what they mean."""

from __future__ import annotations

import os
import platform
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tabulate import tabulate

from benchmarks import cases, measure
from benchmarks.instance import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from benchmarks.limits import Verdict
    from benchmarks.runs import Sample
    from benchmarks.verdicts import Samples

HEADERS = ("", "rows", "seconds", "rows/s", "CPU µs/row", "peak MiB", "requests", "bytes/row")
WITHOUT_ROWS = ("", "seconds", "CPU seconds", "peak MiB", "requests")

OVERVIEW = (cases.FLOOR, cases.TAP, cases.DIRTY, cases.SDK, cases.LOOP, cases.TARGET, cases.COMPONENT)

NOTES = """\
Each number is the median of its rounds (with the least and the greatest), each ratio the median of those of the rounds;
a target is kept if at most one round of five missed it. Rows are those of the sandbox, as records or lines of tables.
CPU is that of all processes of a run, its start included; of the floor only the work on the bytes counts, also as time.
The peak of the component is that of all its processes together. The tap, the yardsticks and target-csv alone have one
core and the server has another; the component has both, beside the server. Bytes are those of answers. The component
reads the columns of its tables, which are fewer than all.
"""


def whole(about: str, samples: Samples, found: Sequence[Verdict]) -> str:
    """Return all of it, as Markdown."""
    parts = [f"# What the benchmark measured\n\n{about}\n{_server(samples)}\n\n{NOTES}", *_overview(samples)]
    missed = [
        f"- {one.group}: {one.what}: {one.measured:,.{one.digits}f} instead of {one.limit}, "
        f"kept in {one.kept_rounds} of {len(one.rounds)} rounds"
        for one in found
        if not one.kept
    ]
    kept = f"{len(found) - len(missed)} of {len(found)} targets are kept"
    parts.append("\n".join([f"{kept}. Missed:\n", *missed, ""]) if missed else f"{kept}.\n")
    for group in cases.GROUPS:
        own = {name: found for name, found in samples.items() if name.startswith(cases.name(group, "")) and found}
        if own:
            parts.append(f"## {group[0].upper()}{group[1:]}\n\n{_table(group, own)}\n")
            judged = [one for one in found if one.group == group]
            if judged:
                parts.append(f"{_targets(judged)}\n")
    return "\n".join(parts)


def _overview(samples: Samples) -> Iterator[str]:
    """Yield the CPU of a row of each kind, in µs, by what reads or writes it, if any was measured."""
    rows: list[tuple[str, ...]] = []
    for kind in cases.KINDS:
        found = [samples.get(cases.name(kind, title), []) for title in OVERVIEW]
        if any(found):
            rows.append((kind, *(f"{median(one.cpu for one in rounds):,.0f}" if rounds else "" for rounds in found)))
    if rows:
        yield _markdown(rows, ("CPU µs/row", *OVERVIEW), "left", *["right"] * len(OVERVIEW)) + "\n"


def _table(group: str, samples: Samples) -> str:
    """Return a line for each case of a group."""
    rows: list[tuple[str, ...]] = []
    for name, found in samples.items():
        title = name.removeprefix(cases.name(group, ""))
        peak = _spread(found, lambda one: one.peak_mib, 0)
        requests = _spread(found, lambda one: one.requests, 0)
        seconds = _spread(found, lambda one: one.seconds, 2)
        if group == cases.SMALL:
            rows.append((title, seconds, _spread(found, lambda one: one.cpu_seconds, 2), peak, requests))
            continue
        pace, cpu = _spread(found, lambda one: one.pace, 0), _spread(found, lambda one: one.cpu, 1)
        per_row = _spread(found, lambda one: one.per_row, 0)
        rows.append((title, f"{found[0].rows:,}", seconds, pace, cpu, peak, requests, per_row))
    headers = WITHOUT_ROWS if group == cases.SMALL else HEADERS
    return _markdown(rows, headers, "left", *["right"] * (len(headers) - 1))


def _targets(found: Iterable[Verdict]) -> str:
    """Return a line for each verdict."""
    rows = [
        (
            one.what,
            f"{one.measured:,.{one.digits}f}",
            one.limit,
            f"{one.kept_rounds} of {len(one.rounds)}",
            "ok" if one.kept else "MISSED",
        )
        for one in found
    ]
    return _markdown(rows, ("", "measured", "wanted", "rounds", ""), "left", "right", "right", "right", "left")


def _server(samples: Samples) -> str:
    """Return what the server cost, which no run should have to wait for."""
    found = [one for rounds in samples.values() for one in rounds]
    share = max(one.server_cpu_seconds / one.elapsed for one in found)
    made = sum(one.made for one in found)
    return f"- the server: at most {share:.0%} of its core, {made} answers made while something was measured"


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
