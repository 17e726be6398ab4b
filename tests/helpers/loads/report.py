"""What `make targets` found, as the tables of docs/targets.md."""

import os
import platform
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path

from tests.helpers.documents import marked
from tests.helpers.documents.marked import table
from tests.helpers.loads.loading import Effort, Outcome

KINDS = ("integer", "number", "boolean", "date-time", "string", "object", "array")
SAID, MEASURED = "said", "measured"


def said(outcomes: Iterable[Outcome]) -> str:
    """Return what is to be said of each target: no number that changes with the sandbox or the machine."""
    rows = [(one.trial.name, _rows(one), _values(one)) for one in outcomes]
    types = [(one.trial.name, *(", ".join(one.types.get(kind, ())) for kind in KINDS)) for one in outcomes if one.types]
    return f"{table(('Target', 'Rows', 'Values'), rows)}\n\n{table(('Target', *KINDS), types)}"


def measured(outcomes: Iterable[Outcome], alone: Mapping[str, Effort]) -> str:
    """Return the numbers of this run, and the machine that they are from."""
    rows = [(name, *_effort(effort), "", "", "") for name, effort in alone.items()]
    loaded = [one for one in outcomes if one.first is not None]
    for one in loaded:
        counts = (f"{sum(len(getattr(found, what)) for found in one.after):,}" for what in ("lost", "surplus"))
        differing = "; ".join(f"{how} {count:,}" for how, count in one.after[-1].differing.items())
        rows.append((one.trial.name, *_effort(one.first), *counts, differing))
    headers = ("Target", "rows/s", "CPU µs/row", "rows lost", "rows too many", "values that differ")
    machine = f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    about = [f"{datetime.now(timezone.utc):%Y-%m-%d}, {machine}, load {os.getloadavg()[0]:.1f}."]
    for first, last in ((one.after[0], one.after[-1]) for one in loaded[:1]):
        counted = f"{first.rows:,} rows, after the second one {last.rows:,} with {last.values:,} values"
        about.append(f"After the first load there are {counted}.")
    return "\n".join([*about, "", table(headers, rows)])


def _effort(effort: Effort) -> tuple[str, str]:
    return f"{effort.rows / effort.seconds:,.0f}", f"{effort.cpu / effort.rows * 1e6:,.0f}"


def filled(text: str, parts: Mapping[str, str]) -> str:
    """Return a document with `parts` between their markers."""
    for name, content in parts.items():
        text = marked.filled(text, f"<!-- {name}: written by make targets -->", f"<!-- end of {name} -->", content)
    return text


def unsaid(found: str, page: str) -> list[str]:
    """Return the lines of `said` that a page does not have."""
    return [line for line in found.splitlines() if line and line not in page.splitlines()]


def loss(outcome: Outcome) -> str:
    """Return a sentence about the rows that a target lost."""
    lost = next(found for found in outcome.after if found.lost)
    stream, key = lost.lost[0]
    rows = f"{len(lost.lost):,} of {lost.rows:,} rows, such as {', '.join(key)} of {stream}"
    return f"{outcome.trial.name} loses rows and ends with exit code 0: {rows}. Do not use it."


def _rows(outcome: Outcome) -> str:
    if outcome.failure:
        return outcome.failure
    if outcome.loses:
        return "**loses rows**"
    if any(found.surplus for found in outcome.after):
        return "all, some twice"
    return "all, each as often as it was sent" if outcome.trial.appends else "all, each once"


def _values(outcome: Outcome) -> str:
    if not outcome.after:
        return ""
    return "; ".join(sorted({how for found in outcome.after for how in found.differing})) or "as they were sent"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.machine())
