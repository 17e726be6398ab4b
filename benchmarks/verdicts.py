"""The budgets of the design and the targets: what is held against what, and whether it was kept."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import cases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.runs import Sample

ROWS_IN_A_PAGE = 1000

Samples = dict[str, list["Sample"]]


@dataclass(frozen=True)
class Limit:
    """A bound from below or from above."""

    number: float
    at_least: bool

    def kept(self, measured: float) -> bool:
        """Tell whether a number is within the bound."""
        return measured >= self.number if self.at_least else measured <= self.number

    def __str__(self) -> str:
        """Return it as the table shows it."""
        return f"{'≥' if self.at_least else '≤'} {self.number:,g}"


@dataclass(frozen=True)
class Verdict:
    """A measured number and its limit; `digits` are those behind the point."""

    what: str
    measured: float
    limit: Limit
    digits: int = 2


def least(number: float) -> Limit:
    """Return the limit of what must be so much."""
    return Limit(number, at_least=True)


def most(number: float) -> Limit:
    """Return the limit of what may be so much."""
    return Limit(number, at_least=False)


def verdicts(samples: Samples, full_row_bytes: float) -> Iterator[Verdict]:
    """Yield what can be said about the samples, which may be of some cases only.

    `full_row_bytes` are the bytes of a row of which all fields are asked for.
    """
    yield from _ratios(samples)
    yield from _without_the_start(samples)
    yield from _numbers(samples)
    yield from _requests(samples)
    for sample in samples.get(cases.tap(0, 4), [])[:1]:
        yield Verdict("bytes per row, against rows with all their fields", sample.per_row / full_row_bytes, most(0.5))


def _ratios(samples: Samples) -> Iterator[Verdict]:
    """Yield the ratios, each the median of those of the rounds in which both cases were run."""
    ours, slow, slowest = cases.tap(0, 4), cases.tap(cases.SLOW_MS, 8), cases.tap(cases.SLOW_MS, 1)
    loop, sdk = cases.CANONICAL, cases.SDK
    wanted = (
        ("rows/s at 0 ms, against the singer-python loop", "pace", ours, cases.yardstick(loop, 0), least(8)),
        ("rows/s at 0 ms, against the Meltano SDK tap", "pace", ours, cases.yardstick(sdk, 0), least(3)),
        ("rows/s at 200 ms and 8 in flight, against the loop", "pace", slow, cases.yardstick(loop, 200), least(6)),
        ("rows/s at 200 ms and 8 in flight, against the SDK", "pace", slow, cases.yardstick(sdk, 200), least(6)),
        ("rows/s at 200 ms, 8 in flight against 1", "pace", slow, slowest, least(5)),
        ("CPU per row of the tap, against the floor", "cpu", ours, cases.FLOOR, most(3)),
        ("CPU per row at 10 times the rows", "cpu", cases.TAP_LARGE, ours, most(1.05)),
        ("peak of the tap at 10 times the rows", "peak_mib", cases.TAP_LARGE, ours, most(1.1)),
        ("time of the Keboola run, against the tap alone", "wait", cases.KEBOOLA, ours, most(2.5)),
        ("peak of it at 10 times the rows", "peak_mib", cases.KEBOOLA_LARGE, cases.KEBOOLA, most(1.1)),
        *(
            (f"CPU per row of wide {stream}, dirty against clean", "cpu", *_dirty_and_clean(stream), most(1.25))
            for stream in cases.WIDE
        ),
        ("time per row of five years, against one day", "wait", cases.YEARS, cases.DAY, most(1.1)),
    )
    for what, value, one, other, limit in wanted:
        pairs = list(zip(samples.get(one, []), samples.get(other, []), strict=False))
        if pairs:
            yield Verdict(what, median(getattr(a, value) / getattr(b, value) for a, b in pairs), limit)


def _dirty_and_clean(stream: str) -> tuple[str, str]:
    return cases.wide(stream, cases.DIRTY_EVERY), cases.wide(stream, 0)


def _without_the_start(samples: Samples) -> Iterator[Verdict]:
    """Yield what a further row costs, the start of the process left out: known from two runs of different length."""
    wanted = (samples.get(name, []) for name in (cases.TAP_LARGE, cases.tap(0, 4), cases.FLOOR))
    rounds = list(zip(*wanted, strict=False))
    if rounds:
        further = [(a.cpu_seconds - b.cpu_seconds) / (a.rows - b.rows) * 1e6 / floor.cpu for a, b, floor in rounds]
        yield Verdict("CPU of a further row, against the floor", median(further), most(3))


def _numbers(samples: Samples) -> Iterator[Verdict]:
    for found in _values(samples, "pace", cases.KEBOOLA):
        yield Verdict("rows/s of the Keboola run", found, least(12_000), 0)
    for count in cases.IN_FLIGHT:
        names = [cases.tap(milliseconds, count) for milliseconds in (0, cases.SLOW_MS)]
        for found in _values(samples, "peak_mib", *names):
            yield Verdict(f"peak MiB of the tap, {count} in flight", found, most(90), 0)
    for name in (cases.KEBOOLA, cases.KEBOOLA_LARGE):
        for found in _values(samples, "peak_mib", name):
            yield Verdict(f"peak MB of all processes, {name}", found * 2**20 / 1e6, most(256), 0)
    for found in _values(samples, "deepest_skip", cases.YEARS):
        yield Verdict("deepest skip of five years", found, most(9_999), 0)


def _requests(samples: Samples) -> Iterator[Verdict]:
    for name in (cases.tap(0, 4), cases.TAP_LARGE, cases.YEARS):
        for found in _values(samples, "requests", name):
            budget = int(samples[name][0].rows / ROWS_IN_A_PAGE * 1.15 + 3)
            yield Verdict(f"requests, {name}", found, most(budget), 0)


def _values(samples: Samples, value: str, *names: str) -> list[float]:
    """Return the greatest median of the cases that were run; nothing if none was."""
    found = [median(getattr(one, value) for one in samples[name]) for name in names if samples.get(name)]
    return [max(found)] if found else []
