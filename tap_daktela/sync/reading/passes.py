"""Reading a list that the instance cannot sort: all pages by offset, again until a pass proves that it is complete."""

from collections import Counter
from collections.abc import Hashable, Sequence

from tap_daktela.daktela.client import Page
from tap_daktela.daktela.query import Filter
from tap_daktela.errors import ContractError
from tap_daktela.sync.reading.found import CONFIRMATIONS_NEEDED, FoundRows, matches
from tap_daktela.sync.reading.pages import Pages
from tap_daktela.sync.reading.results import Contradiction
from tap_daktela.sync.reading.row_range import RowQuery
from tap_daktela.sync.scheduling.steps import Reading

MAX_PASSES = 4
"""How often a range is read, before its rows are said to move too much."""

OVERLAP = 0.01
"""Share of its rows (at least one row) that a page repeats from the page before. All but one of them may be deleted."""

BEHIND_EVERYTHING = 10**9
"""An offset behind the end of every list."""


class Passes:
    """Reads the rows that pass a filter by offset, in up to `MAX_PASSES` passes.

    A pass is chained if every page shares rows with the page before: then no row slid between the two.
    """

    def __init__(self, pages: Pages, query: RowQuery, found: FoundRows) -> None:
        self._pages = pages
        self._query = query
        self._found = found
        self._overlap = 0
        self._chained = True

    def read(self, wanted: Filter | None) -> Reading:
        """Read all pages until a pass proves that nothing is missing; Contradiction if none does."""
        known: set[Hashable] = set()
        chained_passes = 0
        for _ in range(MAX_PASSES):
            before = len(known)
            totals, met = yield from self._read_once(wanted)
            known |= met
            chained_passes += self._chained
            if totals == {None}:
                is_proven = chained_passes >= CONFIRMATIONS_NEEDED
            elif self._chained:
                is_proven = None not in totals and matches(list(totals), len(met))
            else:
                is_proven = totals == {len(known)} == {before}
            if is_proven:
                return
        self._found.consistent = False
        yield Contradiction(f"{self._found.place}: rows moved while they were read, also when read {MAX_PASSES} times")

    def _read_once(self, wanted: Filter | None) -> Reading:
        """Read all pages once. Return the totals that came, and what tells the rows apart."""
        skip, totals, met = 0, set(), set()
        self._overlap, self._chained = 0, True
        came: Counter[bytes] = Counter()
        before: Sequence[Hashable] = []
        page = yield from self._pages.ask(wanted, (), skip)
        while True:
            rows, here = len(page.rows), self._query.keys(page.rows)
            if rows and here == before and self._overlap < rows:
                yield from self._refuse_ignored_skip(wanted)
            self._drop_shared_rows(page, before, here)
            identities = self._query.identities(page.rows, came)
            met.update(identities)
            totals.add(page.total if self._found.quirks.totals_trusted else None)
            yield from self._found.use(page, identities)
            self._found.counts.reread += rows
            if rows > self._overlap:
                before, self._overlap = here, max(1, int(rows * OVERLAP))
                skip += rows - self._overlap
                page = yield from self._pages.ask(wanted, (), skip)
                continue
            behind = yield from self._pages.ask(wanted, (), skip + rows)
            if not behind.rows:
                return totals, met
            page = yield from self._pages.ask(wanted, (), skip)
            if len(page.rows) <= rows:  # It gives so few rows a page that no two pages can share any.
                before, skip, page = here, skip + rows, behind
                self._overlap, self._chained = 0, False

    def _drop_shared_rows(self, page: Page, before: Sequence[Hashable], here: Sequence[Hashable]) -> None:
        """Take the rows out of a page that were on the page before. `before` and `here` are the keys of both pages."""
        overlap = self._overlap
        if here[:overlap] == before[len(before) - overlap :]:
            page.rows = page.rows[overlap:]
            return
        self._chained = self._chained and share_rows(before, here)
        known = set(before)
        page.rows = [row for row, key in zip(page.rows, here, strict=True) if key not in known]

    def _refuse_ignored_skip(self, wanted: Filter | None) -> Reading:
        """Raise a ContractError if rows come from behind every list. Two equal pages alone prove nothing."""
        page = yield from self._pages.ask(wanted, (), BEHIND_EVERYTHING)
        if page.rows:
            raise ContractError(f"{self._found.place}: the instance ignores skip, and sends the same rows for ever")


def share_rows(before: Sequence[Hashable], here: Sequence[Hashable]) -> bool:
    """Tell whether two pages share rows, by their keys, in the same order."""
    both = set(before) & set(here)
    return bool(both) and [key for key in before if key in both] == [key for key in here if key in both]
