"""What a page keeps of its run for the next one, and what changed between the two."""

import re
from typing import Any, NamedTuple

import orjson

from tap_daktela.report_page.words import counted, duration, instant, listed

FORM = 1
"""The form of what a page keeps. A page of another form is not compared."""

_YEARS = range(1970, 9999)
_KEPT = re.compile(r'<script type="application/json" id="(kept|kept-before)">(.*?)</script>', re.DOTALL)


class Change(NamedTuple):
    """The rows of one stream in the earlier run and in this one; None where the run had no such stream."""

    stream: str
    before: int | None
    now: int | None


def kept(document: dict[str, Any]) -> dict[str, Any]:
    """Return what the page of a report keeps for the next one."""
    endpoints = document["endpoints"]
    outputs = {name: output for one in endpoints for name, output in one["streams"].items()}
    invalid = {f"{name}.{column}": n for name, one in outputs.items() for column, n in one["invalid_values"].items()}
    return {
        "form": FORM,
        "began": document["began"],
        "ended": document["ended"],
        "complete": document["complete"],
        "rows": {name: output["records"] for name, output in outputs.items()},
        "failing": sorted(one["stream"] for one in endpoints if one["failure"]),
        "invalid": invalid,
    }


def earlier_run(text: str) -> dict[str, Any] | None:
    """Return what the page `text` keeps of the last run that had ended when it was written; None if it keeps none."""
    found = dict(_KEPT.findall(text))
    for name in ("kept", "kept-before"):
        try:
            run = orjson.loads(found.get(name, "null"))
        except orjson.JSONDecodeError:
            continue  # Somebody changed the page: it is one without a run.
        if _is_kept(run) and run["ended"] is not None:
            return dict(run)
    return None


def _is_kept(run: Any) -> bool:
    """Tell whether a value has the form of what a page keeps."""
    if not isinstance(run, dict) or run.get("form") != FORM or not isinstance(run.get("complete"), bool):
        return False
    maps = [run.get("rows"), run.get("invalid")]
    try:
        moments = [instant(run[name]) for name in ("began", "ended")]
    except (KeyError, ValueError, AttributeError, OverflowError):
        return False
    numbers = all(isinstance(one, dict) and all(type(count) is int for count in one.values()) for one in maps)
    names = run.get("failing")
    is_named = isinstance(names, list) and all(isinstance(name, str) for name in names)
    # In other years there is not in every zone a day before and a day after.
    is_dated = moments[0] is not None and all(one is None or one.year in _YEARS for one in moments)
    return numbers and is_named and is_dated


def seconds_of(run: dict[str, Any]) -> float | None:
    """Return how long a run took; None if it has not ended."""
    began, ended = instant(run["began"]), instant(run["ended"])
    return None if began is None or ended is None else (ended - began).total_seconds()


def changes(now: dict[str, Any], before: dict[str, Any]) -> list[str]:
    """Return sentences about what changed from the run `before`, the worst first."""
    said = []
    if names := _new(now["failing"], before["failing"]):
        said.append(f"Newly failing: {listed(names)}.")
    if names := _new(before["failing"], now["failing"]):
        said.append(f"No longer failing: {listed(names)}.")
    if names := _new(before["rows"], now["rows"]):
        said.append(f"No longer read: {listed(names)}.")
    if names := _new(now["rows"], before["rows"]):
        said.append(f"New since the last run: {listed(names)}.")
    if names := _new(now["invalid"], before["invalid"]):
        said.append(f"Invalid values in columns that had none: {listed(names)}.")
    rows, rows_before = sum(now["rows"].values()), sum(before["rows"].values())
    said.append(f"{counted(rows, 'row')}, {_compared(rows, rows_before)}.")
    seconds, seconds_before = seconds_of(now), seconds_of(before)
    if seconds is not None and seconds_before is not None:
        said.append(f"It took {duration(seconds)}; the last time {duration(seconds_before)}.")
    return said


def row_changes(now: dict[str, Any], before: dict[str, Any]) -> list[Change]:
    """Return the rows of every stream in both runs."""
    rows, rows_before = now["rows"], before["rows"]
    return [Change(name, rows_before.get(name), rows.get(name)) for name in dict.fromkeys([*rows, *rows_before])]


def _new(now: Any, before: Any) -> list[str]:
    return sorted(set(now) - set(before))


def _compared(now: int, before: int) -> str:
    difference = now - before
    if not difference:
        return "as many as the last time"
    return f"{abs(difference):,} {'more' if difference > 0 else 'fewer'} than the last time ({before:,})"
