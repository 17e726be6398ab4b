"""Reading a list in an order that the user asks for.

Daktela V6 API: there is no cursor, only an offset, and rows move while they are read. So each page begins with the last
rows of the page before; where it does not, rows slid over the border, and the reading goes back until it finds rows
that it knows. A row that moves itself may still be passed over. So behind the last page all keys are read once more,
along the key, and the rows that have not come are fetched.
"""

from collections import Counter
from collections.abc import Generator, Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from tap_daktela.daktela.client import Page
from tap_daktela.daktela.query import MAX_TAKE, Filter, Query, all_of, where
from tap_daktela.errors import ConfigError, ContractError, IncompleteError, RemoteError
from tap_daktela.python_client.by_key import rows_by_key
from tap_daktela.python_client.list_source import ListSource
from tap_daktela.sync.reading.pages import MAX_PAGES
from tap_daktela.sync.reading.request import EndpointRequest
from tap_daktela.sync.reading.row_range import RowQuery
from tap_daktela.sync.records.dotted import Row, dig
from tap_daktela.sync.records.row_keys import is_key, shown

OVERLAP = 10
"""Rows that a page shares with the page before. If more are deleted between the two, the reading goes back."""

KEYS_AT_ONCE = 50
"""Keys in one request: longer addresses are refused by some servers."""

FAILED_PAGES = 3
"""Pages that may fail one after another where errors are skipped."""

PAGES_WITHOUT_NEWS = 10
"""Pages that may come one after another without a new row. Then the rows move too fast for their order."""


class InOrder:
    """Reads the rows of a list that pass `wanted`, sorted by `sort` (`-` before a field: descending; none: the key).

    `skip` rows at the beginning are left out. With `skips_errors`, pages that cannot be read are left out; `skipped`
    says which rows are missing therefore.
    """

    def __init__(
        self,
        source: ListSource,
        request: EndpointRequest,
        wanted: Filter | None,
        sort: Sequence[str],
        *,
        skip: int,
        skips_errors: bool,
    ) -> None:
        self.skipped: list[str] = []
        self._source = source
        self._request = request
        self._fields = request.with_whole(request.lists)  # No page need prove that the instance picks in lists.
        self._wanted = wanted
        key_order = (request.key,) if request.key else ()
        self._sort = tuple(sort) or key_order
        self._is_sort_needed = bool(sort)
        self._skip = skip
        self._skips_errors = skips_errors
        self._failed = 0
        self._pages = 0
        self._came: Counter[Hashable] = Counter()
        self._keys = RowQuery(source.name, None, request.key, wanted).keys

    def pages(self) -> Iterator[list[Row]]:
        """Yield the rows in order, page by page, and then those that were passed over because they moved.

        ConfigError if the instance cannot sort like this; without `skips_errors` also the errors of `Client.read`.
        """
        is_snapshot = yield from self._by_offset()
        if not (is_snapshot or self._skip):
            yield from self._passed_over()

    def tell_skipped(self) -> None:
        """Raise IncompleteError if rows are missing."""
        if self.skipped:
            raise IncompleteError(f"some rows could not be read: {'; '.join(self.skipped)}", skipped=self.skipped)

    # --- by offset --------------------------------------------------------------------------------------------------

    def _by_offset(self) -> Generator[list[Row], None, bool]:
        """Yield new rows from offset to offset, up to an empty page behind the last row.

        Return whether all of them came on one page: then none can have been passed over.
        """
        at, take = self._skip, self._request.page_size
        is_behind, totals_trusted = True, True
        recent, before = set[Hashable](), set[Hashable]()
        without_news = 0
        while without_news < PAGES_WITHOUT_NEWS and self._pages < MAX_PAGES:
            without_news += 1
            page = self._slice(at, take)
            if page is None:
                # Nobody knows where the rows behind these begin.
                at, is_behind, before = at + take, True, set()
                continue
            if not page.rows and self._is_odd(page, at, without_news):
                continue
            if not page.rows and is_behind:
                self._refuse_rows_alike(at)
                is_snapshot = self._pages == 1 and self._source.total == page.total == at
                return not self.skipped and (is_snapshot or not self._pages)
            places = self._places(page.rows)
            # A page of one row shares none with the next.
            if len(before) > 1 and at > self._skip and not (places and places[0] in recent):
                totals_trusted = totals_trusted and not (is_behind and places)
                at, is_behind = max(self._skip, at - len(before) // 2), False
                continue
            self._pages += bool(places)
            new = self._new(page.rows)
            if new:
                without_news = 0
                yield new
            before, recent = set(places), before.union(places)
            at += len(places)
            if self._only_newer_follow(page, at):
                return False
            is_behind = not new or (totals_trusted and page.total == at)
            at -= 0 if is_behind else min(OVERLAP, len(places) // 2)
        if self._skip:
            raise ContractError(f"{self._source.name}: rows move faster than they can be read in this order")
        return False

    def _only_newer_follow(self, page: Page, end: int) -> bool:
        """Tell whether as many rows have come as there were at first, and rows are added: then reading on has no end.

        `end` is the number of the row behind the page. A total that does not even count the rows before that is none.
        What has not come is fetched by its key then. Nothing fetches it where rows were left out at the beginning: then
        the page must be the last one.
        """
        first, now = self._source.total, page.total
        if first is None or now is None or now <= first:
            return False
        return end == now if self._skip else end <= now and len(self._came) >= first

    def _refuse_rows_alike(self, end: int) -> None:
        """Raise ContractError if rows without a key may be taken for others, and no rows are fetched by their key.

        `end` is the number of the row behind the last one.
        """
        alike = end - self._skip > self._came.total() and any(type(one) is bytes for one in self._came)
        if self._skip and alike:
            name = f"rows without {self._request.key}" if self._request.key else "rows"
            raise ContractError(f"{self._source.name}: {name} look alike, so some may be missing; leave out skip")

    def _slice(self, at: int, take: int) -> Page | None:
        """Return the page of `take` rows from number `at` on; None if it cannot be read and is to be left out."""
        try:
            page = self._source.page(Query(self._wanted, self._sort, self._fields, take, at))
        except (RemoteError, ContractError) as error:
            self._failed += 1
            if not self._skips_errors or self._failed >= FAILED_PAGES:
                raise
            self.skipped.append(f"rows {at} to {at + take - 1}: {error}")
            return None
        self._failed = 0
        return page

    def _is_odd(self, empty: Page, at: int, answers: int) -> bool:
        """Tell whether the page at number `at`, which is `empty`, is to be asked for again.

        There may be rows all the same, or the instance cannot sort like this. It is the answer number `answers` without
        a new row.
        """
        promised = (empty.total or 0) > at
        if self._came:
            return promised
        try:
            has_rows = self._source.has_rows_after_all(Query(self._wanted, self._sort, self._request.fields))
        except ConfigError:
            if self._is_sort_needed:
                raise
            self._sort = ()
            return True
        if promised and not has_rows:
            raise ContractError(f"{self._source.name}: the instance promises {empty.total} rows and gives none")
        return has_rows and (promised or at == 0 or answers == 1)

    def _places(self, rows: list[Row]) -> list[Hashable]:
        """Return what tells where each row stands: its key, and the values by which it is sorted."""
        fields = [field.removeprefix("-").split(".") for field in self._sort]
        keys = self._keys(rows)
        return [(key, *(repr(dig(row, field)) for field in fields)) for key, row in zip(keys, rows, strict=True)]

    def _new(self, rows: list[Row]) -> list[Row]:
        """Return the rows that have not come before. A key that is on a page twice counts twice."""
        here: Counter[Hashable] = Counter()
        new = []
        for row, key in zip(rows, self._keys(rows), strict=True):
            here[key] += 1
            if here[key] > self._came[key]:
                self._came[key] = here[key]
                new.append(row)
        return new

    # --- passed over ------------------------------------------------------------------------------------------------

    def _passed_over(self) -> Iterator[list[Row]]:
        """Yield the rows that have not come, by reading all keys, or whole rows where some have no key."""
        left_out, self.skipped = self.skipped, []
        key = str(self._request.key)
        have_keys = self._request.key is not None and not any(type(one) is bytes for one in self._came)
        only_keys = replace(self._request, fields=(key,), lists={}, links={}, page_size=MAX_TAKE)
        request = only_keys if have_keys else self._request
        now: Counter[Hashable] = Counter()
        keys = []
        try:
            for rows in rows_by_key(self._source, request, self._wanted):
                missing = []
                for row, identity in zip(rows, self._keys(rows), strict=True):
                    now[identity] += 1
                    if now[identity] > self._came[identity]:
                        missing.append(row)
                if have_keys:
                    keys += [row.get(key) for row in missing]
                elif missing:
                    yield missing
            yield from self._fetched(keys)
        except (RemoteError, ContractError) as error:
            if not self._skips_errors:
                raise
            self.skipped += [*left_out, f"rows that moved meanwhile: {error}"]

    def _fetched(self, keys: list[Any]) -> Iterator[list[Row]]:
        """Yield the rows with these keys, as far as they still pass the filter. ContractError if one is no key."""
        name = str(self._request.key)
        if not all(map(is_key, keys)):
            raise ContractError(f"{self._source.name}: rows without {name} moved while they were read")
        for begin in range(0, len(keys), KEYS_AT_ONCE):
            some = keys[begin : begin + KEYS_AT_ONCE]
            try:
                yield from rows_by_key(self._source, self._request, all_of(self._wanted, where(name, "in", some)))
            except (RemoteError, ContractError) as error:
                if not self._skips_errors:
                    raise
                self.skipped.append(f"{len(some)} rows, of which the first has the {name} {shown(some[0])}: {error}")
