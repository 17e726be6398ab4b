"""Which rows a list request gets, and in which order. Results are kept until a row changes."""

import random
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from tap_daktela.sandbox.api.filters import comparable, compile_filter, is_local, time_span
from tap_daktela.sandbox.api.list_request import BadRequestError, FilterCondition, FilterGroup, FilterNode, ListRequest
from tap_daktela.sandbox.options import SandboxOptions
from tap_daktela.sandbox.storage.paths import ColumnPath, resolve_path
from tap_daktela.sandbox.storage.store import Store, collate
from tap_daktela.sandbox.storage.tables import ColumnType, Row, SandboxTable

_REMEMBERED = 64
"""The number of results that are kept. Each holds only references to rows."""


class RowSelector:
    """Filters and sorts the rows of a store."""

    def __init__(self, store: Store, rng: random.Random) -> None:
        self._store = store
        self._rng = rng
        self._memory: OrderedDict[Hashable, list[Row]] = OrderedDict()

    def select(
        self, table: SandboxTable, request: ListRequest, options: SandboxOptions, candidates: list[Row] | None = None
    ) -> list[Row]:
        """All matching rows in order, before paging, of the candidates or else of the table. May raise BadRequestError.

        Daktela V6 API: sorting by an unknown field gives no rows and no error.
        """
        node = _with_search(request)
        if options.flag_filters != "applied":
            node = _without_flags(table, node, refused=options.flag_filters == "refused")
        if candidates is not None or options.first_sort_only:
            return self._select_anew(table, request, node, options, candidates)
        own = is_local(self._store, table, node) and all("." not in field for field, _ in request.sort)
        version = self._store[table.name].version if own else self._store.version
        question = (table.name, version, own, node, request.sort, options.no_key_sort)
        rows = self._memory.pop(question, None)
        if rows is None:
            rows = self._select_anew(table, request, node, options, None)
        self._memory[question] = rows
        if len(self._memory) > _REMEMBERED:
            self._memory.popitem(last=False)
        return rows

    def _select_anew(
        self,
        table: SandboxTable,
        request: ListRequest,
        node: FilterNode | None,
        options: SandboxOptions,
        candidates: list[Row] | None,
    ) -> list[Row]:
        matches = compile_filter(self._store, table, node) if node else None
        span = time_span(table, node) if candidates is None else None
        if candidates is None:
            stored = self._store[table.name]
            candidates = stored.between(span.column, span.low, span.high) if span else list(stored)
        rows = [row for row in candidates if matches(row)] if matches and not (span and span.exact) else candidates
        ordered = ((span.column, False), (table.key, False)) if span else ()
        if span and request.sort in {ordered, ordered[:1]} and not (options.no_key_sort or options.first_sort_only):
            return rows
        return self._sorted(table, list(rows), request.sort, options)

    def _sorted(
        self, table: SandboxTable, rows: list[Row], sort: tuple[tuple[str, bool], ...], options: SandboxOptions
    ) -> list[Row]:
        paths = [(resolve_path(self._store, table, field), descending) for field, descending in sort]
        unknown_key = options.no_key_sort and any(field == table.key for field, _ in sort)
        if unknown_key or any(path is None for path, _ in paths):
            return []
        if not sort:
            return newest_first(table, rows)
        if options.first_sort_only:
            self._rng.shuffle(rows)
            paths = paths[:1]
        for path, descending in reversed(paths):
            if path is not None:
                _sort_by(rows, path, descending=descending)
        return rows


def newest_first(table: SandboxTable, rows: list[Row]) -> list[Row]:
    """The rows in the order of a list without `sort`."""
    if not table.axis:
        return rows[::-1]
    return sorted(rows, key=lambda row: (row.get(table.axis) or "", collate(row[table.key])), reverse=True)


def _sort_by(rows: list[Row], path: ColumnPath, *, descending: bool) -> None:
    """Sort in place and stably. As in MySQL, null comes first."""
    get, to_comparable = path.get, comparable(path.type)

    def order(row: Row) -> tuple[bool, Any]:
        value = get(row)
        if isinstance(value, list):
            value = next(iter(value), None)
        return (False, 0) if value is None else (True, to_comparable(value))

    rows.sort(key=order, reverse=descending)


def _with_search(request: ListRequest) -> FilterNode | None:
    """The filter, with the full-text search `q` as one more condition on the title."""
    if not request.search:
        return request.filter
    search = FilterCondition("title", "contains", (request.search,))
    return FilterGroup("and", (request.filter, search)) if request.filter else search


def _without_flags(table: SandboxTable, node: FilterNode | None, *, refused: bool) -> FilterNode | None:
    """The filter without conditions on yes-or-no fields. BadRequestError for such a condition if they are `refused`."""
    if isinstance(node, FilterGroup):
        parts = (_without_flags(table, part, refused=refused) for part in node.parts)
        kept = tuple(part for part in parts if part is not None)
        return FilterGroup(node.logic, kept) if kept else None
    column = table.columns.get(node.field) if node else None
    if column is None or column.type is not ColumnType.BOOLEAN:
        return node
    if refused:
        raise BadRequestError(f"Podle pole {column.name} nelze filtrovat")
    return None
