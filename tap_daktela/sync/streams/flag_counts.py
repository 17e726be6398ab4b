"""How many rows have a flag, in each month: counted in few small requests."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from tap_daktela.daktela.client import Page
from tap_daktela.daktela.query import all_of, where
from tap_daktela.errors import ContractError
from tap_daktela.sync.reading.endpoint import Endpoint
from tap_daktela.sync.reading.row_range import RowQuery
from tap_daktela.sync.reading.windows import Window
from tap_daktela.sync.records.json_values import only_element
from tap_daktela.sync.scheduling.steps import Get, Reading

_YES = (True, "1", "true")


class FlagCounts:
    """Counts the rows of `query` that have `flag` set. `known` are counts of the last run: one mapping for each stream.

    Rows that fit on one page are counted by their times. More are counted by years, and by months where a year has
    another number of them than in the last run, or too many for one page.
    """

    def __init__(self, endpoint: Endpoint, query: RowQuery, flag: str, known: Sequence[Mapping[str, int]]) -> None:
        self._endpoint = endpoint
        self._query = query
        self._axis = str(query.axis)
        self._flag = flag
        self._known = known

    def query(self, *, is_set: bool) -> RowQuery:
        """Return the query for the rows that have the flag, or for all others."""
        wanted = all_of(self._query.wanted, where(self._flag, "eq", is_set))
        return replace(self._query, wanted=wanted, flag=self._flag if is_set else None)

    def count(self, whole: Window) -> Reading:
        """Return the number of flagged rows in each month of `whole`, which begins with a month; {} if there are none.

        ContractError if the instance does not tell.
        """
        flagged: Page = yield from self._endpoint.ask(self._get(whole))
        if not flagged.rows and not flagged.total:
            return {}
        other: Page = yield from self._endpoint.ask(self._get(whole, is_set=False))
        if any(map(self._is_flagged, other.rows)):
            raise self._unfiltered()
        counts: dict[str, int] = {}
        pages = {whole: flagged}
        while pages:
            parts: list[Window] = []
            for window, page in pages.items():
                found = self._by_month(window, page)
                if found is None:
                    parts += _parts(window)
                else:
                    counts |= found
            gets = {part: self._get(part) for part in parts}
            yield [*gets.values()]
            pages = {}
            for part, get in gets.items():
                pages[part] = yield from self._endpoint.ask(get)
        return counts

    def changed(self, counts: Mapping[str, int]) -> set[str]:
        """Return the months with flagged rows whose number is not that of the last run."""
        known = self._known
        return {month for month, count in counts.items() if count and any(one.get(month) != count for one in known)}

    def _by_month(self, window: Window, page: Page) -> dict[str, int] | None:
        """Return the number of flagged rows in each month of `window`; None if its first `page` does not show it."""
        total, size = page.total, len(page.rows)
        if not all(map(self._is_flagged, page.rows)):
            raise self._unfiltered()
        if total is None or total < size or (total > 0) is not bool(size):
            raise ContractError("its totals cannot be trusted")
        if total == size < page.take:
            return self._of_rows(window, page)
        if _parts(window) == [window]:
            return {month_of(window.lower): total}
        known = [_within(window, one) for one in self._known]
        is_quiet = all(one == known[0] for one in known) and sum(known[0].values()) == total
        return known[0] if is_quiet else None

    def _of_rows(self, window: Window, page: Page) -> dict[str, int]:
        months = Counter(month_of(str(only_element(row.get(self._axis)))) for row in page.rows)
        if _within(window, months) != months:
            raise ContractError("it gives rows of other times than those that were asked for")
        return dict(months)

    def _get(self, window: Window, *, is_set: bool = True) -> Get:
        """Return the request for the first flagged rows of a window, or for one of the others; in no order."""
        query = self.query(is_set=is_set)
        take = self._endpoint.request.page_size if is_set else 1
        get = self._endpoint.get(self._endpoint.unknown(self._axis), query.within(window), (), take=take)
        return replace(get, query=replace(get.query, fields=(self._axis, self._flag)))

    def _is_flagged(self, row: Mapping[str, object]) -> bool:
        return row.get(self._flag) in _YES

    def _unfiltered(self) -> ContractError:
        return ContractError(f"it does not apply the filter on {self._flag}")


def months(window: Window) -> list[Window]:
    """Cut a window that begins with a month at the beginning of each further month."""
    edges, day = [window.lower], datetime.fromisoformat(window.lower)
    while (text := str(day := (day + timedelta(days=31)).replace(day=1))) < window.upper:
        edges.append(text)
    return [Window(*edge) for edge in pairwise([*edges, window.upper])]


def next_month(text: str) -> str:
    """Return the first beginning of a month that is not before the time `text`."""
    day = datetime.fromisoformat(text)
    first = day.replace(day=1, hour=0, minute=0, second=0)
    return text if day == first else str((first + timedelta(days=31)).replace(day=1))


def _parts(window: Window) -> list[Window]:
    """Cut a window into years; into months if it lies within one year."""
    by_month = months(window)
    by_year = [[*year] for _, year in groupby(by_month, key=lambda month: month.lower[: len("2024")])]
    return [Window(year[0].lower, year[-1].upper) for year in by_year] if by_year[1:] else by_month


def month_of(text: str) -> str:
    """Return the month of a time or date, as it is named in counts: `2024-01`."""
    return text[: len("2024-01")]


def _within(window: Window, counts: Mapping[str, int]) -> dict[str, int]:
    """Return the counts of the months in a window."""
    return {month: count for month, count in counts.items() if window.lower <= f"{month}-01 00:00:00" < window.upper}
