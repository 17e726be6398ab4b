"""The targets: what is held against what, by kind of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import cases
from benchmarks.cases import GROWTH, LINE, SMALL
from benchmarks.limits import Limit, Verdict, least, most
from tap_daktela.catalog.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.runs import Sample

ROWS_IN_A_PAGE = 1000
FLOOR = "CPU per row, against the floor"

_START = cases.name(SMALL, cases.START)

Samples = dict[str, list["Sample"]]


def verdicts(samples: Samples, full_row_bytes: float) -> list[Verdict]:
    """Return what can be said about the samples, which may be of some cases only.

    `full_row_bytes` are the bytes of an activity of which all fields are asked for.
    """
    found = [one for kind in cases.KINDS for one in _of_kind(_Judge(samples, kind))]
    what = "bytes per row, against rows with all their fields"
    activities = _Judge(samples, "activities")
    found += activities.number(what, lambda one: one.per_row / full_row_bytes, cases.TAP, most(0.5))
    what = "time of the component, against the tap alone"
    found += activities.ratio(what, _seconds, cases.COMPONENT, cases.TAP, most(2.5))
    found += [*_small(_Judge(samples, SMALL)), *_growth(_Judge(samples, GROWTH))]
    what = "rows/s at 200 ms, 8 in flight against 1"
    found += _Judge(samples, LINE).ratio(what, _pace, cases.LINE_SLOW, cases.LINE_SLOWEST, least(5))
    return sorted(found, key=lambda one: cases.GROUPS.index(one.group))


class _Judge:
    """Makes verdicts on the cases of a group; none on what was not measured."""

    def __init__(self, samples: Samples, group: str) -> None:
        self.group = group
        self._samples = samples

    def of(self, title: str) -> list[Sample]:
        """Return the samples of a case, by rounds."""
        return self._samples.get(cases.name(self.group, title), [])

    def number(
        self, what: str, value: Callable[[Sample], float], title: str, limit: Limit, digits: int = 2
    ) -> Iterator[Verdict]:
        """Yield a verdict on a number of one case."""
        found = self.of(title)
        if found:
            yield Verdict(self.group, what, [value(one) for one in found], limit, digits)

    def ratio(
        self, what: str, value: Callable[[Sample], float], one: str, other: str, limit: Limit
    ) -> Iterator[Verdict]:
        """Yield a verdict on a number of one case against that of another in the same round."""
        pairs = list(zip(self.of(one), self.of(other), strict=False))
        if pairs:
            yield Verdict(self.group, what, [value(a) / value(b) for a, b in pairs], limit)

    def further(self, what: str, one: str, other: str, limit: Limit, *, floor: bool = False) -> Iterator[Verdict]:
        """Yield a verdict on the CPU of rows alone, that of a run without any taken off.

        Of a `floor` none is taken off.
        """
        rounds = list(zip(self.of(one), self.of(other), self._samples.get(_START, []), strict=False))
        if rounds:
            found = [_further(a, start) / (b.cpu if floor else _further(b, start)) for a, b, start in rounds]
            yield Verdict(self.group, what, found, limit)


def _further(one: Sample, start: Sample) -> float:
    return (one.cpu_seconds - start.cpu_seconds) / one.rows * 1e6


def _cpu(one: Sample) -> float:
    return one.cpu


def _pace(one: Sample) -> float:
    return one.pace


def _seconds(one: Sample) -> float:
    return one.seconds


def _wait(one: Sample) -> float:
    return one.wait


def _peak(one: Sample) -> float:
    return one.peak_mib


def _peak_mb(one: Sample) -> float:
    return one.peak_mib * 2**20 / 1e6


def _requests(one: Sample) -> float:
    return one.requests


def _of_kind(judge: _Judge) -> Iterator[Verdict]:
    """Yield what is wanted of every kind of rows, and what only of wide ones."""
    tap = cases.TAP
    if judge.group in cases.WIDE:
        yield from judge.ratio(FLOOR, _cpu, tap, cases.FLOOR, most(2.5))
    yield from judge.further(f"{FLOOR}, the start apart", tap, cases.FLOOR, most(2.5), floor=True)
    if judge.group in cases.WIDE:
        yield from judge.ratio("rows/s at 0 ms, against the singer-python loop", _pace, tap, cases.LOOP, least(8))
        yield from judge.ratio("rows/s at 0 ms, against the Meltano SDK tap", _pace, tap, cases.SDK, least(4))
        yield from _of_pages(judge, tap)
    yield from judge.ratio("CPU per row, dirty against clean", _cpu, cases.DIRTY, tap, most(1.2))
    what = "time of the component, against target-csv alone"
    yield from judge.ratio(what, _seconds, cases.COMPONENT, cases.TARGET, most(1.25))
    yield from judge.number("peak MiB of the tap", _peak, tap, most(90), 0)
    yield from judge.number("peak MiB of the tap, 8 in flight", _peak, cases.SLOW, most(90), 0)
    yield from judge.number("peak MB of the component, all processes", _peak_mb, cases.COMPONENT, most(256), 0)


def _of_pages(judge: _Judge, title: str) -> Iterator[Verdict]:
    """Yield how many requests there may be for rows that come in full pages."""
    for rows in {one.rows for one in judge.of(title)}:
        limit = most(int(rows / ROWS_IN_A_PAGE * 1.15 + 3))
        yield from judge.number(f"requests, {title}", _requests, title, limit, 0)


def _small(judge: _Judge) -> Iterator[Verdict]:
    slow = cases.slow_title
    yield from judge.number("seconds of --version", _seconds, cases.VERSION, most(0.3))
    yield from judge.number("seconds of --discover at 200 ms", _seconds, slow(cases.DISCOVER), most(2))
    for title in (cases.NOTHING, cases.NOTHING_BARE):
        yield from judge.number(f"seconds, {title}", _seconds, title, most(1.5))
        yield from judge.number(f"seconds, {slow(title)}", _seconds, slow(title), most(6))
    limit = most(_requests_of_nothing_new())
    yield from judge.number(f"requests, {cases.NOTHING}", _requests, cases.NOTHING, limit, 0)


def _requests_of_nothing_new() -> int:
    """Return two requests for each axis of the default streams, and two for each that has none."""
    return sum(2 * max(1, len(stream.axes)) for stream in STREAMS if stream.selected)


def _growth(judge: _Judge) -> Iterator[Verdict]:
    base, large = cases.GRID, cases.GRID_LARGE
    yield from judge.further("CPU of a row, the start apart, 10 times the rows", large, base, most(1.05))
    yield from judge.ratio("peak of the tap, 10 times the rows", _peak, large, base, most(1.1))
    base, large = cases.GRID_COMPONENT, cases.GRID_COMPONENT_LARGE
    yield from judge.ratio("CPU of a row, component, 10 times the rows", _cpu, large, base, most(1.05))
    yield from judge.ratio("peak of the component, 10 times the rows", _peak, large, base, most(1.1))
    yield from judge.number("peak MB of the component, 10 times the rows", _peak_mb, large, most(256), 0)
    day, years = cases.DAY, cases.YEARS
    yield from judge.further("CPU of a row, the start apart, five years against a day", years, day, most(1.05))
    yield from judge.ratio("time per row, five years against a day", _wait, years, day, most(1.1))
    yield from judge.ratio("peak of the tap, five years against a day", _peak, years, day, most(1.1))
    yield from judge.number("deepest skip, five years", lambda one: one.deepest_skip, years, most(9_999), 0)
    yield from _of_pages(judge, cases.GRID_LARGE)
    few, many = cases.FEW_FIELDS, cases.MANY_FIELDS
    what = "CPU of a record, the start apart, 500 custom fields against 50"
    yield from judge.further(what, many, few, most(1.05))
    yield from judge.ratio("peak of the tap, 500 custom fields against 50", _peak, many, few, most(1.1))
