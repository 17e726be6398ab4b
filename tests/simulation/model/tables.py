"""One list of the instance: its rows, their times, and what happens to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.simulation.model.clock import changes, reading
from tests.simulation.model.rows import ZERO_DATE, Row, row_maker

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tap_daktela.catalog.fields import Stream
    from tests.simulation.cases.oddities import Oddities

__all__ = ["MOST_INSERTED", "Table"]

DAYS = 10
"""How far back the rows of a new instance reach."""


MOST_INSERTED = 800
"""Rows inserted into one list at most: twice as many as the pages that a run of the model asks for in a row."""


class Table:
    """The rows of one endpoint.

    `rows` are whole rows by an id that the API does not know. A row is replaced and never changed in place. `touched`
    are the ids of rows that were edited, deleted or inserted since the set was last cleared. `version` is another one
    after every change.
    """

    def __init__(self, stream: Stream, oddities: Oddities, dice: random.Random, born: datetime) -> None:
        self.stream = stream
        self.maker = row_maker(stream, oddities)
        self.key = self.maker.key
        self.rows: dict[int, Row] = {}
        self.touched: set[int] = set()
        self.version = 0
        self._oddities = oddities
        self._zone = ZoneInfo(oddities.zone)
        self._dice = dice
        self._born = born
        self._deleted: list[tuple[int, Row]] = []
        self._numbers = 0
        self._edits = 0
        self._fill()
        self._most = self._numbers + MOST_INSERTED

    def _fill(self) -> None:
        """Make the rows that the instance has from the beginning, in no particular order."""
        moments = [self._past() for _ in range(self._oddities.rows)]
        if self._oddities.ties > 1:
            moments += [self._born - timedelta(days=3)] * self._oddities.ties
        numbers = list(range(len(moments)))
        self._numbers = len(numbers)
        self._dice.shuffle(numbers)
        for number, moment in zip(numbers, moments, strict=True):
            tied = len(self.rows) >= self._oddities.rows
            self.rows[number] = self.maker.row(number, 1) | self._times(moment, self._born, tied=tied)

    def _past(self) -> datetime:
        """Return an instant of the last days, often one near a change of the clock."""
        change = changes(self._oddities.zone).get(self._oddities.night)
        if change is not None and self._dice.random() < 0.5:
            return min(self._born, change + timedelta(seconds=self._dice.randrange(-9000, 9000)))
        return self._born - timedelta(seconds=self._dice.randrange(DAYS * 86_400))

    def _times(self, moment: datetime, now: datetime, *, tied: bool = False) -> Row:
        """Return the axes of a row that came about at `moment`: of some rows the second one as well."""
        axes = self.stream.axes
        if len(axes) == 2 and axes[1].only_where_unset:
            unset = ZERO_DATE if "zero dates" in self._oddities.values and self._dice.random() < 0.5 else None
            later = moment if tied else moment + min(now - moment, timedelta(seconds=self._dice.randrange(200_000)))
            edited = unset if self._dice.random() < 0.3 else reading(later, self._zone)
            return {axes[0].field: edited, axes[1].field: reading(moment, self._zone)}
        times: Row = {axis.field: None for axis in axes}
        if axes:
            times[axes[0].field] = reading(moment, self._zone)
        if len(axes) == 2 and self._dice.random() < 0.75:
            closed = moment + min(now - moment, timedelta(seconds=self._dice.randrange(200_000)))
            times[axes[1].field] = reading(closed, self._zone)
        return times

    # --- what happens to rows: each is told the server's time and the run, and returns whether it took effect ------

    def change(self, kind: str, now: datetime, run: int) -> bool:
        """Do what a `Churn` of this kind says."""
        changes_of: dict[str, Callable[[datetime, int], bool]] = {
            "edit": self._edit_any,
            "hot": self._edit_first,
            "delete": self._delete,
            "insert": self._insert,
            "late": self._insert_late,
            "again": self._insert_again,
        }
        return changes_of[kind](now, run)

    def _edit_any(self, now: datetime, run: int) -> bool:
        return bool(self.rows) and self._edit(self._dice.choice(list(self.rows)), now, run)

    def _edit_first(self, now: datetime, run: int) -> bool:
        return bool(self.rows) and self._edit(min(self.rows), now, run)

    def _edit(self, number: int, now: datetime, run: int) -> bool:
        """Change a row; `edited` moves to now, an open activity closes, and other lists have no stamp of a change."""
        row = dict(self.rows[number])
        self._edits += 1
        row["_sys"] = {**row["_sys"], "hash": f"{row['_sys']['hash']}.{self._edits}.{run}"}
        if self.maker.text is not None:
            row[self.maker.text] = f"edited {self._edits}"
        if self.maker.has_custom_fields:
            row["customFields"] = self.maker.row(number + 1, run)["customFields"]
        first, *others = self.stream.axes or (None,)
        if others and others[0].only_where_unset:
            row[first.field] = reading(now, self._zone)
        elif others and row[others[0].field] is None:
            row[others[0].field] = reading(now, self._zone)
        self._put(number, row)
        return True

    def _delete(self, _now: datetime, _run: int) -> bool:
        if not self.rows:
            return False
        number = self._dice.choice(list(self.rows))
        self._deleted.append((number, self.rows.pop(number)))
        self.touched.add(number)
        self.version += 1
        return True

    def _insert(self, now: datetime, run: int) -> bool:
        return self._insert_at(now, now, run)

    def _insert_late(self, now: datetime, run: int) -> bool:
        return self._insert_at(self._past(), now, run)

    def _insert_at(self, moment: datetime, now: datetime, run: int) -> bool:
        number = self._numbers
        if number > self._most:
            return False
        self._numbers += 1
        self._put(number, self.maker.row(number, run) | self._times(moment, now))
        return True

    def _insert_again(self, now: datetime, run: int) -> bool:
        if not self._deleted:
            return self._delete(now, run)
        number, row = self._deleted.pop(0)
        self._put(number, row)
        return True

    def _put(self, number: int, row: Row) -> None:
        self.rows[number] = row
        self.touched.add(number)
        self.version += 1
