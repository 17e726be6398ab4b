"""The words of a plan: a table of what each stream takes, what is not known, and one line for the whole."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tabulate import tabulate

from tap_daktela.planning.cost import Cost
from tap_daktela.sync.reading.endpoint import RequestStats
from tap_daktela.sync.telling.closing_words import WIDTH, Words
from tap_daktela.sync.telling.lines import plural, shortened, took
from tap_daktela.sync.telling.signs import Signs
from tap_daktela.units.unit import Unit

UNKNOWN = "unknown"

_HEADERS = ("stream", "rows", "requests", "bytes", "time", "units")
_BLANK = "\0"  # tabulate takes blanks away.
_PREFIXES = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000

TEN = 10
"""Numbers of bytes below it have a digit more."""


class Planned(NamedTuple):
    """What is planned for one endpoint: the `streams` made of its rows, the cost, and in how many units they are."""

    streams: Sequence[str]
    cost: Cost
    units: int


class Told(NamedTuple):
    """All that is told.

    `unknown` says why rows of a stream are not known, and `large` why a unit of it has more rows than it should, both
    by name. `own` is what the plan took, in `seconds`.
    """

    planned: Sequence[Planned]
    units: Sequence[Unit]
    unknown: Mapping[str, str]
    large: Mapping[str, str]
    own: RequestStats
    seconds: float


def words(told: Told, signs: Signs) -> list[Words]:
    """Return what is told at the end of a plan."""
    result = [Words("Reading takes about:", table(told.planned))]
    for line, reasons in (("Not known, and not in the sums:", told.unknown), ("Larger than the others:", told.large)):
        if reasons:
            result.append(Words(line, _by_reason(reasons)))
    units = told.units
    rows, requests, size = (sum(getattr(unit, name) or 0 for unit in units) for name in ("rows", "requests", "bytes"))
    seconds = sum(unit.seconds or 0.0 for unit in units)
    least = "at least " if any(unit.rows is None for unit in units) else ""
    streams = plural(sum(len(one.streams) for one in told.planned), "stream")
    cost = f"{plural(rows, 'row')}, {plural(requests, 'request')}, {bytes_text(size)}, {took(seconds)}"
    result.append(Words(f"{signs.good} {streams} in {plural(len(units), 'unit')}: {least}{cost}"))
    own = f"{plural(told.own.requests, 'request')}, {bytes_text(told.own.received)}, {took(told.seconds)}"
    result.append(Words(f"The plan itself took {own}"))
    return result


def _by_reason(reasons: Mapping[str, str]) -> list[str]:
    """Return a line for each reason, with the names of the streams that have it."""
    names: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        names.setdefault(reason, []).append(name)
    return [f"{', '.join(some)}: {reason}" for reason, some in names.items()]


def table(planned: Sequence[Planned]) -> list[str]:
    """Return the lines of the table. Derived streams stand below the one whose rows they are made of."""
    names = [name if number == 0 else f"  {name}" for one in planned for number, name in enumerate(one.streams)]
    numbers = [cells for one in planned for cells in (_numbers(one), *[[""] * 5] * (len(one.streams) - 1))]
    lines = _lines(names, numbers)
    excess = max(map(len, lines)) - WIDTH
    if excess > 0:
        longest = max(map(len, names)) - excess
        lines = _lines([shortened(name, longest) for name in names], numbers)
    return lines


def _lines(names: Sequence[str], numbers: Sequence[Sequence[str]]) -> list[str]:
    align = ("left", *["right"] * (len(_HEADERS) - 1))
    cells = [(name.replace(" ", _BLANK), *more) for name, more in zip(names, numbers, strict=True)]
    text = tabulate(cells, _HEADERS, tablefmt="plain", colalign=align, disable_numparse=True)
    return [line.replace(_BLANK, " ").rstrip() for line in text.splitlines()]


def _numbers(one: Planned) -> list[str]:
    cost = one.cost
    return [
        UNKNOWN if cost.rows is None else f"{cost.rows:,}",
        f"{'> ' if cost.rows is None else ''}{cost.requests:,}",
        bytes_text(cost.bytes),
        UNKNOWN if cost.seconds is None else took(cost.seconds),
        f"{one.units:,}",
    ]


def bytes_text(size: int | None) -> str:
    """Return a number of bytes as `812 B`, `9.1 MB` or `210 MB`."""
    if size is None:
        return UNKNOWN
    value, place = float(size), 0
    while round(value) >= _STEP and place < len(_PREFIXES) - 1:
        value, place = value / _STEP, place + 1
    digits = 1 if place and round(value, 1) < TEN else 0
    return f"{value:.{digits}f} {_PREFIXES[place]}"
