"""What an instance shows of one list: whether it sorts, whether its totals fit, whether filters work.

A conclusion needs a proof that nothing else explains (docs/reading.md). One page is a snapshot: rows in the wrong order
within it, or more rows than its total, prove a fault. What two pages say may differ since rows moved, so it is looked
at again before it counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tap_daktela.catalog.fields import Stream
from tap_daktela.daktela import clock
from tap_daktela.daktela.client import Client, Page
from tap_daktela.daktela.query import Filter, Query, all_of, where
from tap_daktela.probing import first_page
from tap_daktela.sync.reading.row_range import ascend
from tap_daktela.sync.records.json_values import only_element

ROWS = 20
"""Rows that are looked at, at each end of a list."""

_LONG_AGO = "1971-01-01 00:00:00"


@dataclass
class Findings:
    """What was found of one list: for each check a sentence about a fault, "" if it works, None if it is not known.

    - `sorting`: whether rows come in the order that is asked for; `cannot_sort`: that the instance gives no rows in
      the order of both time and key, which a run survives.
    - `totals`: whether totals fit the rows; `has_totals`: whether there are any.
    - `filters`: whether a filter gives the rows that pass it, and no others.
    """

    sorting: str | None = None
    cannot_sort: bool = False
    totals: str | None = None
    has_totals: bool = True
    filters: str | None = None


def looked_at(client: Client, stream: Stream, field: str, key: str) -> Findings:
    """Return what a list shows that is read by `field`, a time or the `key`.

    The errors are those of `probing.first_page`.
    """
    look = _Look(client, stream, field, key)
    found = look.findings()
    return look.findings() if found.filters or found.totals else found


class _Look:
    """Asks for rows of one list, as a run does: those that have a time, in the order of `field` and `key`."""

    def __init__(self, client: Client, stream: Stream, field: str, key: str) -> None:
        self._client = client
        self._stream = stream
        self._field = field
        self._key = key
        self._fields = self._order = tuple(dict.fromkeys((field, key)))
        self._all = where(field, "gte", _LONG_AGO) if field != key else None

    def findings(self) -> Findings:
        found = Findings()
        low = self._page(self._order)
        while not low.rows:
            if not self._order or (not found.cannot_sort and not self._page((), take=1).rows):
                return found  # There are no rows.
            found.cannot_sort = True
            self._order = self._order[:-1]
            low = self._page(self._order)
        if not self._order:
            return found
        high = self._page(tuple(f"-{name}" for name in self._order))
        first, last = self._values(low), self._values(high)
        if None in (*first, *last):
            found.filters = f"a filter on {self._field} gives rows without it"
            return found
        if not (self._ascends(first) and self._ascends(last[::-1])):
            found.sorting = f"rows do not come in the order of {self._field}"
        elif last and first[0] != last[0]:
            found.sorting = ""
        found.has_totals = low.total is not None
        if low.total is not None:
            found.totals = self._about_total(low)
        if found.sorting == "" and first[-1] != first[0]:
            self._look_through_filter(low, found)
        return found

    def _about_total(self, page: Page) -> str:
        """Return what is wrong with the total of the first page; "" if nothing is."""
        total, rows = page.total or 0, len(page.rows)
        if total < rows:
            return f"the instance promises {total} rows and sends {rows}"
        if (total > rows) == (rows >= page.take):
            return ""
        behind = self._page(self._order, take=1, skip=rows)
        if bool(behind.rows) == (total > rows):
            return ""
        more = "more" if behind.rows else "none"
        return f"the instance promises {total} rows and sends {rows}, with {more} behind them"

    def _look_through_filter(self, low: Page, found: Findings) -> None:
        """Ask for the first rows by a filter: all rows of the page but those with its last value."""
        values = self._values(low)
        inside = [key for key, value in zip(self._keys(low), values, strict=True) if value != values[-1]]
        begin, end = (only_element(low.rows[place].get(self._field)) for place in (0, -1))
        page = self._page(self._order, wanted=all_of(where(self._field, "gte", begin), where(self._field, "lt", end)))
        keys = self._keys(page)
        if set(keys) != set(inside):
            others = len(set(keys) - set(inside))
            found.filters = f"a filter on {self._field} gives {others} rows that do not pass it, of {len(keys)} rows"
            return
        found.filters = ""
        if not found.totals and page.total not in (None, len(inside)):
            found.totals = f"the instance promises {page.total} rows that pass a filter, and sends {len(inside)}"

    def _page(self, order: tuple[str, ...], *, wanted: Filter | None = None, take: int = ROWS, skip: int = 0) -> Page:
        passing = self._all if wanted is None else wanted
        return first_page(self._client, self._stream, Query(passing, order, self._fields, take, skip))

    def _values(self, page: Page) -> list[Any]:
        """Return the values of the field; times with their clock."""
        values = [only_element(row.get(self._field)) for row in page.rows]
        return [clock.with_time(value) if isinstance(value, str) else value for value in values]

    def _keys(self, page: Page) -> list[str]:
        return [str(only_element(row.get(self._key))) for row in page.rows]

    def _ascends(self, values: Sequence[Any]) -> bool:
        """Tell whether values ascend: times as text, keys in one of the ways in which databases compare them."""
        return ascend(values) if self._field == self._key else values == sorted(values, key=str)
