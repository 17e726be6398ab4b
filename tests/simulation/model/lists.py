"""One list of the instance as a request sees it: which rows a page has, and which total."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.simulation.model.projection import Projection, projection
from tests.simulation.model.query import Comparison, Query, conditions

if TYPE_CHECKING:
    import random
    from collections import Counter

    from tests.simulation.cases.oddities import Oddities
    from tests.simulation.model.rows import Row
    from tests.simulation.model.tables import Table

__all__ = ["List"]

ROWS_WITHOUT_TAKE = 100


class List:
    """Answers queries over a table, with the oddities of the instance. `applied` counts those that took effect.

    `hides_rows` tells whether the last page was empty because the instance cannot sort by a field.
    """

    def __init__(self, table: Table, oddities: Oddities, dice: random.Random, applied: Counter[str]) -> None:
        self.table = table
        self.hides_rows = False
        self._oddities = oddities
        self._dice = dice
        self._applied = applied
        ignore_case = oddities.collation == "case-insensitive"
        number = table.maker.key_is_number
        self._comparison = Comparison(table.stream, table.key, key_is_number=number, ignore_case=ignore_case)
        key = {table.key} if table.key else set()
        every = frozenset({*key, *self._comparison.times})
        by_oddity = {"right": frozenset(), "key ignored": frozenset(key), "time ignored": self._comparison.times}
        self._ignored: frozenset[str] = by_oddity.get(oddities.filter, every)
        self._projections: dict[tuple[str, ...], Projection] = {}
        self._orders: dict[tuple[tuple[str, str], ...], list[Row]] = {}
        self._version = table.version
        self._once_at = dice.choice((1, 1, 2, 3, 5))
        self._totals = 0

    def page(self, query: Query) -> tuple[dict[str, bytes], Any]:
        """Return the JSON of the rows of a page by their key, and the total; `...` stands for none.

        BadQueryError where the server cannot answer.
        """
        rows = self._passing(self._ordered(query), query)
        chosen = self._slice(rows, query)
        encoded = self._projection(query.fields).encoded
        sent = {self._name(row, index): encoded(row, self._applied) for index, row in enumerate(chosen)}
        return sent, self._total(len(rows), len(sent))

    def _projection(self, fields: tuple[str, ...]) -> Projection:
        """Return the way to the JSON of rows of which these fields are asked for."""
        if self._oddities.fields == "ignored":
            self._note("fields: ignored", bool(fields))
            fields = ()
        if fields not in self._projections:
            table, times = self.table, self._comparison.times
            self._projections[fields] = projection(table.stream.endpoint, table.maker, times, fields, self._oddities)
        return self._projections[fields]

    def _passing(self, rows: list[Row], query: Query) -> list[Row]:
        """Return the rows that pass the filter, or what the server takes for one."""
        asked = {one["field"] for one in conditions(query.filter)}
        if self._oddities.filter == "ignored":
            self._note("filter: ignored", bool(asked))
            return rows
        self._note(f"filter: {self._oddities.filter}", bool(asked & self._ignored))
        return self._comparison.passing(rows, query.filter, self._ignored)

    def _ordered(self, query: Query) -> list[Row]:
        """Return all rows in the order that the server gives them; none where it cannot sort by a field."""
        way, sort = self._oddities.sort, query.sort
        rows = list(self.table.rows.values())
        self.hides_rows = False
        if not sort:
            return rows
        unknown = way == "all unknown" or (way == "key unknown" and self.table.key in dict(sort))
        if unknown or not all(self._comparison.knows(field) for field, _ in sort):
            self._note(f"sort: {way}", bool(rows))
            self.hides_rows = True
            return []
        self._note(f"sort: {way}", way in ("ignored", "unsorted") or (way == "first only" and len(sort) > 1))
        if way == "unsorted":
            return self._dice.sample(rows, len(rows))
        return rows if way == "ignored" else self._sorted(rows, sort[:1] if way == "first only" else sort)

    def _sorted(self, rows: list[Row], sort: tuple[tuple[str, str], ...]) -> list[Row]:
        """Return all rows in an order, as long as no row changes without sorting them again."""
        if self._version != self.table.version:
            self._version, self._orders = self.table.version, {}
        if sort not in self._orders:
            self._orders[sort] = self._comparison.ordered(rows, sort)
        return self._orders[sort]

    def _slice(self, rows: list[Row], query: Query) -> list[Row]:
        oddities, skip, take = self._oddities, query.skip, query.take
        if oddities.skip == "ignored":
            self._note("skip: ignored", skip > 0)
            skip = 0
        if oddities.take == "ignored":
            self._note("take: ignored", len(rows) - skip > take)
            take = ROWS_WITHOUT_TAKE
        chosen = rows[skip : skip + take]
        if oddities.serve_at_most is not None:
            self._note("serve_at_most", len(chosen) > oddities.serve_at_most)
            chosen = chosen[: oddities.serve_at_most]
        if oddities.ragged and len(chosen) > 1:
            self._note("ragged", True)
            chosen = chosen[: self._dice.randint(1, len(chosen))]
        return chosen

    def _total(self, right: int, sent: int) -> Any:
        """Return the total that the server gives for `right` rows of which it sends `sent`."""
        self._totals += 1
        way, once = self._oddities.total, self._totals == self._once_at
        totals: dict[str, Any] = {
            "right": right,
            "text": str(right),
            "absent": ...,
            "null": None,
            "page": sent,
            "one more": right + 1,
            "one less": max(0, right - 1),
            "one more once": right + once,
            "one less once": max(0, right - once),
        }
        total = totals[way] if way in totals else max(0, right + self._dice.randint(-3, 3))
        self._note(f"total: {way}", total != right)
        return total

    def _name(self, row: Row, index: int) -> str:
        """Return the key of a row in an answer in which rows are an object: as no two are the same, with its place."""
        return f"{index}_{row.get(self.table.key)}" if self.table.key else str(index)

    def _note(self, oddity: str, happened: bool) -> None:
        if happened:
            self._applied[oddity] += 1
