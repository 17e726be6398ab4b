"""Which months differ: few large groups of months are compared first, and single months where a group differs. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import md5
from itertools import groupby

from tap_daktela.reconcile.needs import Comparing, InstanceRows, Listed, SliceTotals
from tap_daktela.reconcile.scope import Times
from tap_daktela.reconcile.warehouse.answers import Answers
from tap_daktela.reconcile.warehouse.questions import Slice

PAGES_TOGETHER = 25
"""Pages whose rows the instance counts together: months are joined up to there, so a small stream costs one request."""

PARTS = 4
"""Parts into which something is cut where its total differs: so few that most of them are equal again."""

_DIGITS = 8  # of the hash, as the warehouse takes them.


@dataclass
class FirstNumbers:
    """What the first numbers of a stream show.

    `slices` differ; of each, `totals` has the instance's total, and `rows` its rows where they were listed anyway.
    `here` and `there` are all rows along all axes in the warehouse and in the instance.
    """

    here: int = 0
    there: int = 0
    slices: list[Slice] = field(default_factory=list)
    totals: dict[Slice, int] = field(default_factory=dict)
    rows: dict[Slice, InstanceRows] = field(default_factory=dict)

    def differs(self, one: Slice, total: int) -> None:
        """Note that a slice differs."""
        self.slices.append(one)
        self.totals[one] = total


def digest(keys: Iterable[str]) -> int:
    """Return the digest of different keys: the sum of the first digits of their hashes, whatever their order."""
    return sum(int(md5(key.encode(), usedforsecurity=False).hexdigest()[:_DIGITS], 16) for key in keys)


def differing(slices: Sequence[Slice], answers: Answers, page_size: int, *, digests: bool) -> Comparing:
    """Return which of `slices` differ (FirstNumbers). They are in the order of time along each axis.

    The keys of a group that fits on one page are listed at once: that is one request, too. With `digests`, those of
    every group with rows are. Other groups that differ are cut, until single slices do.
    """
    numbers = FirstNumbers(here=_rows(slices, answers))
    counted = []
    for group in grouped(slices, answers, PAGES_TOGETHER * page_size):
        rows = _rows(group, answers)
        if rows and (digests or rows <= page_size):
            numbers.there += yield from _list(group, answers, numbers, digests=digests)
        else:
            counted.append(group)
    totals: list[int] = yield SliceTotals([span(group) for group in counted])
    numbers.there += sum(totals)
    while counted:
        smaller = []
        for group, total in zip(counted, totals, strict=True):
            if total == _rows(group, answers):
                continue
            if len(group) == 1:
                numbers.differs(group[0], total)
            elif max(total, _rows(group, answers)) <= page_size:
                yield from _list(group, answers, numbers, digests=digests)
            else:
                smaller += _cut(group, answers)
        counted = smaller
        totals = yield SliceTotals([span(group) for group in counted])
    return numbers


def _list(group: Sequence[Slice], answers: Answers, numbers: FirstNumbers, *, digests: bool) -> Comparing:
    """Compare each slice of a group by its rows, which are listed. Return their number."""
    rows: InstanceRows = yield Listed(span(group))
    for one, within in zip(group, _by_slice(group, rows), strict=True):
        same = len(within) == answers.count(one)
        if not same or (digests and digest(within) != answers.digest(one)):
            numbers.differs(one, len(within))
            numbers.rows[one] = within
    return len(rows)


def _cut(group: Sequence[Slice], answers: Answers) -> list[list[Slice]]:
    """Return two to `PARTS` parts of a group of several slices, with about equally many rows."""
    # An empty slice counts, too: it may have rows in the instance.
    weights = [1 + (answers.count(one) or 0) for one in group]
    share, filled, parts = sum(weights) / PARTS, 0, [[group[0]]]
    for before, weight, one in zip(weights, weights[1:], group[1:], strict=False):
        filled += before
        if filled + weight / 2 > share * len(parts):
            parts.append([])
        parts[-1].append(one)
    return parts


def grouped(slices: Sequence[Slice], answers: Answers, most_rows: int) -> Iterator[list[Slice]]:
    """Yield consecutive slices of one axis, together as long as they have at most `most_rows` rows."""
    for _, along in groupby(slices, key=lambda one: one.axis):
        group: list[Slice] = []
        for one in along:
            if group and _rows([*group, one], answers) > most_rows:
                yield group
                group = []
            group.append(one)
        yield group


def span(group: Sequence[Slice]) -> Slice:
    """Return consecutive slices as one."""
    return group[0]._replace(upper=group[-1].upper)


def _rows(group: Sequence[Slice], answers: Answers) -> int:
    return sum(answers.count(one) or 0 for one in group)


def _by_slice(group: Sequence[Slice], rows: InstanceRows) -> Sequence[InstanceRows]:
    """Return the rows in each slice of a group."""
    if len(group) == 1:
        return [rows]
    within: list[dict[str, Times]] = [{} for _ in group]
    begins = [one.lower for one in group if one.lower is not None]
    for key, times in rows.items():
        time = times[group[0].axis]
        if time is not None:
            within[max(0, bisect_right(begins, time) - 1)][key] = times
    return within
