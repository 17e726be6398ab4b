"""`benchmarks/verdicts.py`: each target has a line, and the line says what was measured."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from benchmarks import cases
from benchmarks.report import whole
from benchmarks.runs import Sample
from benchmarks.verdicts import verdicts

CASES = cases.all_cases(1000)
ONE = Sample(
    rows=1000, elapsed=1.0, seconds=1.0, cpu_seconds=1.0, peak_mib=50, requests=10, received=10**6, deepest_skip=0,
    made=0, server_cpu_seconds=0.01,
)  # fmt: skip
MEASURED = {case.name: [ONE] for case in CASES}
MEASURED[cases.name(cases.SMALL, cases.START)] = [replace(ONE, cpu_seconds=0.5)]
WIDE = ("activities", "tickets")
READ = (*WIDE, "contacts", "e-mails")
ALL = (*READ, cases.ALL)
FLOOR = "CPU per row, against the floor"
LOOP = "rows/s at 0 ms, against the singer-python loop"
SDK = "rows/s at 0 ms, against the Meltano SDK tap"
DIRTY = "CPU per row, dirty against clean"
TARGET = "time of the component, against target-csv alone"
TARGETS = (
    *((kind, what, limit) for kind in WIDE for what, limit in ((FLOOR, "≤ 2.5"), (LOOP, "≥ 8"), (SDK, "≥ 4"))),
    *((kind, f"{FLOOR}, the start apart", "≤ 2.5") for kind in READ),
    *((kind, what, limit) for kind in ALL for what, limit in ((DIRTY, "≤ 1.2"), (TARGET, "≤ 1.25"))),
    (cases.SMALL, "seconds of --version", "≤ 0.3"),
    (cases.SMALL, "seconds of --discover at 200 ms", "≤ 2"),
    (cases.SMALL, "seconds, nothing new", "≤ 1.5"),
    (cases.SMALL, "seconds, nothing new, 200 ms", "≤ 6"),
    (cases.GROWTH, "CPU of a row, the start apart, 10 times the rows", "≤ 1.05"),
    (cases.GROWTH, "CPU of a row, the start apart, five years against a day", "≤ 1.05"),
    (cases.GROWTH, "CPU of a record, the start apart, 500 custom fields against 50", "≤ 1.05"),
    (cases.GROWTH, "peak of the tap, 10 times the rows", "≤ 1.1"),
    (cases.GROWTH, "peak of the tap, five years against a day", "≤ 1.1"),
    (cases.GROWTH, "peak of the tap, 500 custom fields against 50", "≤ 1.1"),
    (cases.LINE, "rows/s at 200 ms, 8 in flight against 1", "≥ 5"),
)


def test_names_of_cases_are_unique() -> None:
    assert [name for name, count in Counter(case.name for case in CASES).items() if count > 1] == []


@pytest.mark.parametrize(("group", "what", "limit"), TARGETS)
def test_each_target_is_judged_once_everything_was_measured(group: str, what: str, limit: str) -> None:
    found = verdicts(MEASURED, 2000.0)
    assert [str(one.limit) for one in found if (one.group, one.what) == (group, what)] == [limit]


def test_a_ratio_compares_two_cases_of_the_same_round() -> None:
    tap, floor = (cases.name("tickets", title) for title in (cases.TAP, cases.FLOOR))
    costs = {tap: [2.0, 6.0, 8.0], floor: [1.0, 2.0, 4.0]}
    samples = {name: [replace(ONE, cpu_seconds=one) for one in rounds] for name, rounds in costs.items()}
    [found] = [one for one in verdicts(samples, 2000.0) if one.what == FLOOR]
    assert (list(found.rounds), found.measured, found.kept_rounds, found.kept) == ([2.0, 3.0, 2.0], 2.0, 2, False)


def test_the_start_is_taken_off_what_further_rows_cost() -> None:
    costs = {cases.name(cases.GROWTH, cases.GRID): (1000, 1.5), cases.name(cases.GROWTH, cases.GRID_LARGE): (2000, 2.5)}
    samples = {name: [replace(ONE, rows=rows, cpu_seconds=cost)] for name, (rows, cost) in costs.items()}
    samples[cases.name(cases.SMALL, cases.START)] = [replace(ONE, cpu_seconds=0.5)]
    [found] = [one for one in verdicts(samples, 2000.0) if one.what.startswith("CPU of a row, the start apart")]
    assert found.measured == pytest.approx(1.0)


def test_the_report_names_what_was_missed() -> None:
    text = whole("- a machine", MEASURED, verdicts(MEASURED, 2000.0))
    assert f"- tickets: {LOOP}: 1.00 instead of ≥ 8, kept in 0 of 1 rounds\n" in text
    assert [f"## {group[0].upper()}{group[1:]}" in text for group in cases.GROUPS] == [True] * len(cases.GROUPS)
