"""How one stream is compared: from counts of months down to keys. Pure: it yields what it has to know (see `needs`).

Each claim has a proof. A key that the warehouse did not list is looked up there as a whole; a key that the instance did
not list is asked for without a window. So a row that has only moved is never taken for one that is missing or gone.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from tap_daktela.reconcile import cuts
from tap_daktela.reconcile.findings import Finding, judged
from tap_daktela.reconcile.groups import PARTS, FirstNumbers, differing
from tap_daktela.reconcile.needs import Asked, ByKey, Comparing, InstanceRows, Listed, SliceTotals
from tap_daktela.reconcile.scope import StreamScope, Times
from tap_daktela.reconcile.warehouse.answers import Answers
from tap_daktela.reconcile.warehouse.questions import Question, Slice, What


@dataclass
class Compared:
    """What came of comparing a stream.

    `findings` are its differences. `here` and `there` are the rows along all axes that the warehouse and the instance
    have. `moved` rows differ, and lie outside of what is compared.
    """

    stream: str
    findings: list[Finding] = field(default_factory=list)
    here: int = 0
    there: int = 0
    moved: int = 0


class Comparison:
    """Compares the stream of `scope`. `page_size` is the most rows of a page, `digests` as `differing` explains it."""

    def __init__(self, scope: StreamScope, page_size: int, *, digests: bool) -> None:
        self._scope = scope
        self._page_size = page_size
        self._digests = digests
        # Rows that may differ, by key: as they were listed here or there.
        self._there: dict[str, Times] = {}
        self._here: dict[str, Times] = {}

    def compare(self) -> Comparing:
        """Return what came of it (Compared)."""
        slices = self._scope.slices()
        what = What.DIGESTS if self._digests else What.COUNTS
        answers: Answers = yield Asked([Question(what, slices)])
        counted: FirstNumbers = yield from differing(slices, answers, self._page_size, digests=self._digests)
        compared = Compared(self._scope.stream, here=counted.here, there=counted.there)
        if counted.slices:
            yield from self._search(counted)
            yield from self._judge(compared)
        return compared

    def _search(self, counted: FirstNumbers) -> Comparing:
        """Find the keys that differ: compare keys where the rows fit on a page, else cut by totals."""
        answers: Answers = yield Asked([Question(What.KEYS, counted.slices)])
        work = [_Part(one, answers.keys(one) or {}, counted.totals[one]) for one in counted.slices]
        while work:
            larger: list[_Part] = []
            for part in work:
                is_listed = part.slice in counted.rows
                cut = [part] if is_listed else self._cut(part)
                if len(cut) > 1:
                    larger += cut
                    continue
                rows: InstanceRows = counted.rows[part.slice] if is_listed else (yield Listed(part.slice))
                self._suspect(part, rows)
            totals: list[int] = yield SliceTotals([part.slice for part in larger])
            with_totals = [part._replace(total=total) for part, total in zip(larger, totals, strict=True)]
            work = [part for part in with_totals if len(part.here) != part.total]

    def _cut(self, part: "_Part") -> "list[_Part]":
        """Return the parts into which a part is cut; one if its keys are to be compared as they are."""
        one, rows = part.slice, len(part.here)
        # Where most rows differ, those of each part would, too.
        is_similar = rows <= 2 * part.total and part.total <= 2 * rows
        if one.lower is None or one.upper is None or not is_similar or part.total <= self._page_size:
            return [part]
        in_order = sorted((time, key) for key, time in part.here.items() if time is not None)
        edges = cuts.parts(one.lower, one.upper, [time for time, _ in in_order], PARTS, self._scope.zone)
        pieces = []
        for lower, upper in edges:
            first, last = (bisect_left(in_order, (edge, "")) for edge in (lower, upper))
            here = {key: time for time, key in in_order[first:last]}
            pieces.append(_Part(one._replace(lower=lower, upper=upper), here))
        return pieces

    def _suspect(self, part: "_Part", rows: InstanceRows) -> None:
        """Note the keys of a part that are only on one side, or have another time there."""
        axis = part.slice.axis
        for key in [*rows, *(key for key in part.here if key not in rows)]:
            listed = {axis: part.here[key]} if axis and key in part.here else {}
            if key not in rows or key not in part.here or not self._scope.is_same_on(axis, rows[key], listed):
                if key in rows:
                    self._there[key] = rows[key]
                if key in part.here:
                    self._here[key] = listed

    def _judge(self, compared: Compared) -> Comparing:
        """Find out what both sides have of the keys that may differ, and say what that means."""
        scope, suspects = self._scope, list(dict.fromkeys([*self._there, *self._here]))
        unlisted = [key for key in suspects if key not in self._there]
        if unlisted:
            found: InstanceRows = yield ByKey(scope.stream, unlisted)
            self._there.update(found)
        if scope.axes and self._there:
            # A whole table was listed as a whole.
            slices = [Slice(scope.stream, axis.name) for axis in scope.axes]
            answers: Answers = yield Asked([Question(What.HELD, slices, list(self._there))])
            for key in self._there:
                held = [(one.axis, answers.held(one, key)) for one in slices]
                self._here.pop(key, None)
                if any(answer is not None and answer.rows for _, answer in held):
                    self._here[key] = {axis: answer.time for axis, answer in held if answer is not None}
        for key in suspects:
            there, here = self._there.get(key), self._here.get(key)
            finding = judged(scope, key, there, here)
            if finding is not None:
                compared.findings.append(finding)
            elif there is not None and (here is None or not scope.is_same(there, here)):
                compared.moved += 1


class _Part(NamedTuple):
    """A part of time, the times of its rows in the warehouse by key, and the instance's total."""

    slice: Slice
    here: Mapping[str, datetime | None]
    total: int = 0
