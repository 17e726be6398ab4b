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
    every group with rows are.
    """
    counted = FirstNumbers(here=_rows(slices, answers))
    groups = list(grouped(slices, answers, PAGES_TOGETHER * page_size))
    listed = [group for group in groups if _rows(group, answers) and (digests or _rows(group, answers) <= page_size)]
    for group in listed:
        rows: InstanceRows = yield Listed(span(group))
        counted.there += len(rows)
        for one, within in zip(group, _by_slice(group, rows), strict=True):
            same = len(within) == answers.count(one)
            if not same or (digests and digest(within) != answers.digest(one)):
                counted.differs(one, len(within))
                counted.rows[one] = within
    others = [group for group in groups if group not in listed]
    totals: list[int] = yield SliceTotals([span(group) for group in others])
    months = []
    for group, total in zip(others, totals, strict=True):
        counted.there += total
        if total != _rows(group, answers):
            months += group
    totals = yield SliceTotals(months)
    for one, total in zip(months, totals, strict=True):
        if total != answers.count(one):
            counted.differs(one, total)
    return counted


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
