"""An instance and a warehouse in memory, which answer all that a comparison has to know."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tap_daktela.reconcile.comparison import Compared, Comparison
from tap_daktela.reconcile.groups import digest
from tap_daktela.reconcile.needs import Asked, ByKey, Listed, SliceTotals
from tap_daktela.reconcile.scope import AxisScope, StreamScope
from tap_daktela.reconcile.warehouse.answers import Answers
from tap_daktela.reconcile.warehouse.questions import Answer, Question, Slice, What

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_daktela.reconcile.scope import Times

PRAGUE = ZoneInfo("Europe/Prague")
START = datetime(2024, 1, 1, tzinfo=timezone.utc)
BOOKMARK = datetime(2024, 7, 1, tzinfo=timezone.utc)


def day(number: float) -> datetime:
    """Return the instant so many days after START."""
    return START + timedelta(days=number)


def tickets(zone: ZoneInfo = PRAGUE) -> StreamScope:
    """Return a stream with an axis of changes, and one of rows that never changed."""
    edited = AxisScope("edited", START, BOOKMARK, BOOKMARK)
    created = AxisScope("created", START, BOOKMARK, BOOKMARK, only_where_unset="edited")
    return StreamScope("tickets", (edited, created), zone)


@dataclass
class TwoSides:
    """Rows in the instance (`there`) and in the warehouse (`here`): their times by their key.

    `asked` is all that a comparison wanted to know. Before each answer, one of the `changes` happens in the instance: a
    row gets other times, or none and is gone.
    """

    there: dict[str, Times]
    here: dict[str, Times]
    scope: StreamScope = field(default_factory=tickets)
    asked: list[Any] = field(default_factory=list)
    changes: list[tuple[str, Times | None]] = field(default_factory=list)

    def compared(self, *, page_size: int = 3, digests: bool = False) -> Compared:
        """Compare the stream."""
        comparing = Comparison(self.scope, page_size, digests=digests).compare()
        answer = None
        while True:
            try:
                need = comparing.send(answer)
            except StopIteration as end:
                return end.value
            self.asked.append(need)
            self._change()
            answer = self._answer(need)

    def _change(self) -> None:
        if self.changes:
            key, times = self.changes.pop(0)
            if self.there.pop(key, None) is not None and times is not None:
                self.there[key] = times

    def _answer(self, need: Any) -> Any:
        if isinstance(need, SliceTotals):
            return [len(self.within(one, self.there)) for one in need.slices]
        if isinstance(need, Listed):
            return self.within(need.slice, self.there)
        if isinstance(need, ByKey):
            return {key: self.there[key] for key in need.keys if key in self.there}
        assert isinstance(need, Asked)
        return Answers(answer for question in need.questions for answer in self._answers(question))

    def within(self, one: Slice, rows: Mapping[str, Times]) -> dict[str, Times]:
        """Return the rows of a slice. What an axis has is said once more here, in other words."""
        if not one.axis:
            return dict(rows)
        axis = next(axis for axis in self.scope.axes if axis.name == one.axis)
        return {
            key: times
            for key, times in rows.items()
            if (time := times[one.axis]) is not None
            and one.lower <= time < one.upper
            and (axis.only_where_unset is None or times[axis.only_where_unset] is None)
            and (axis.started_before is None or times[axis.started_before] < axis.lower)
        }

    def _answers(self, question: Question) -> Iterator[Answer]:
        for one in question.slices:
            if question.what is What.HELD:
                for key in question.keys:
                    times = self.here.get(key)
                    yield Answer(What.HELD, one, key, times and times[one.axis], int(times is not None))
                continue
            rows = self.within(one, self.here)
            if question.what is What.KEYS:
                yield from (Answer(What.KEYS, one, key, times.get(one.axis)) for key, times in rows.items())
            yield Answer(question.what, one, None, None, len(rows), digest(rows))
