"""What is told of a comparison: a table, what was not compared, what to do, and what it took. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from tabulate import tabulate

from tap_daktela.daktela.clock import utc_text
from tap_daktela.planning.telling import bytes_text
from tap_daktela.reconcile.comparison import Compared
from tap_daktela.reconcile.findings import Finding, FindingKind
from tap_daktela.reconcile.scopes import NotCompared
from tap_daktela.sync.telling.closing_words import Words
from tap_daktela.sync.telling.lines import plural
from tap_daktela.sync.telling.signs import Signs

APART = timedelta(days=7)
"""Missing rows that are further apart than this are read again by commands of their own."""

MOST_COMMANDS = 3
"""Commands for one stream. If more were needed, one reads all that lies between the first row and the last."""

REMEDY = "reconcile --repair writes these rows; the commands read also what lies between them (keep your state)"
REASONS = "deleted, no longer readable, or outside of the filters; no run changes them in the warehouse"


class ComparisonEnd(NamedTuple):
    """How all comparisons ended.

    `results` are those that ended well; `not_compared` is all else, `failed` of it by an error. `requests` and
    `received` (bytes) are what it took of the instance, `full_read` the requests for all rows in full pages.
    `is_repaired` says that the missing rows were written. `source` are the options of the command line that lead to the
    instance.
    """

    results: Sequence[Compared]
    not_compared: Sequence[NotCompared]
    failed: int
    requests: int
    received: int
    full_read: int
    is_repaired: bool
    source: str

    def of(self, kind: FindingKind) -> list[Finding]:
        """Return the findings of one kind."""
        return [finding for result in self.results for finding in result.findings if finding.kind is kind]


def closing_words(ending: ComparisonEnd, signs: Signs) -> Iterator[Words]:
    """Yield what is told at the end of a comparison."""
    if ending.results:
        yield Words("Compared:", _table(ending.results))
    if ending.not_compared:
        yield Words("Not compared:", [f"{what}: {why}" for what, why in _grouped(ending.not_compared)])
    by_stream = groupby(ending.of(FindingKind.MISSING), lambda one: one.stream)
    missing = [(stream, list(some)) for stream, some in by_stream]
    if missing and ending.is_repaired:
        yield Words("Written for the target:", [f"{stream}: {plural(len(some), 'row')}" for stream, some in missing])
    elif missing:
        lines = [line for stream, some in missing for line in _commands(stream, some, ending.source)]
        yield Words(f"Missing here. {REMEDY}:", lines)
    gone = Counter(one.stream for one in ending.of(FindingKind.GONE))
    if gone:
        yield Words(f"Gone there ({REASONS}):", [f"{stream}: {plural(count, 'row')}" for stream, count in gone.items()])
    if any(result.moved for result in ending.results):
        moved = [f"{one.stream}: {plural(one.moved, 'row')}" for one in ending.results if one.moved]
        yield Words("Different, but outside of what is compared (their times lie before start_date now):", moved)
    yield Words(_whole(ending, signs))


def _table(results: Sequence[Compared]) -> list[str]:
    columns = {"stream": [one.stream for one in results]}
    columns["rows here"] = [f"{one.here:,}" for one in results]
    columns["rows there"] = [f"{one.there:,}" for one in results]
    for kind in FindingKind:
        counts = [sum(finding.kind is kind for finding in one.findings) for one in results]
        if any(counts):
            columns[kind.value] = [f"{count:,}" if count else "" for count in counts]
    align = ("left", *["right"] * (len(columns) - 1))
    text = tabulate(columns, headers="keys", tablefmt="plain", colalign=align, disable_numparse=True)
    return [line.rstrip() for line in text.splitlines()]


def _grouped(not_compared: Sequence[NotCompared]) -> Iterator[tuple[str, str]]:
    """Yield what shares a reason together, in the order of the first."""
    reasons = dict.fromkeys(one.reason for one in not_compared)
    for reason in reasons:
        yield ", ".join(one.what for one in not_compared if one.reason == reason), reason


def _commands(stream: str, missing: Sequence[Finding], source: str) -> Iterator[str]:
    """Yield the commands that read missing rows of a stream again."""
    times = sorted(one.there for one in missing if one.there is not None)
    ranges: list[tuple[datetime, datetime]] = []
    for time in times:
        end = time + timedelta(seconds=1)
        if ranges and time - ranges[-1][1] <= APART:
            ranges[-1] = (ranges[-1][0], end)
        else:
            ranges.append((time, end))
    if len(ranges) > MOST_COMMANDS:
        ranges = [(ranges[0][0], ranges[-1][1])]
    for begin, end in ranges:
        dates = f"--start-date {utc_text(begin)} --end-date {utc_text(end)}"
        yield f"tap-daktela {source} --streams {stream} {dates} | target"


def _whole(ending: ComparisonEnd, signs: Signs) -> str:
    counts = {kind: len(ending.of(kind)) for kind in FindingKind}
    missing = 0 if ending.is_repaired else counts[FindingKind.MISSING]
    is_good = not (missing or counts[FindingKind.GONE] or ending.failed)
    parts = [f"{count:,} {kind.value}" for kind, count in counts.items()]
    said = f"{plural(len(ending.results), 'stream')} compared: {', '.join(parts)}"
    if ending.failed:
        said = f"{said}; {plural(ending.failed, 'stream')} could not be compared"
    took = f"{plural(ending.requests, 'request')}, {bytes_text(ending.received)}"
    full = f"all rows would take at least {plural(ending.full_read, 'request')}"
    return f"{signs.good if is_good else signs.bad} {said} ({took}; {full})"
