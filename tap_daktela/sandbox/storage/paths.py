"""Dotted paths such as `queue.title`: reading their value through relations, items and custom fields."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tap_daktela.sandbox.storage.store import Store
from tap_daktela.sandbox.storage.tables import FILTER_NAMES, ITEMS, TABLES, ColumnType, Row, SandboxColumn, SandboxTable

Getter = Callable[[Row], Any]


@dataclass(frozen=True)
class ColumnPath:
    """A path that was found.

    `get` reads it from a row: one value, or a list of values if it is `many`. `type` is that of the values. A `local`
    path reads only the row itself.
    """

    get: Getter
    type: ColumnType
    many: bool = False
    local: bool = True


def resolve_path(store: Store, table: SandboxTable, path: str) -> ColumnPath | None:
    """Find the path that a filter or a sort names; None if the table does not have it."""
    head, _, rest = path.partition(".")
    head = FILTER_NAMES.get((table.name, head), head)
    column = table.columns.get(head)
    if column is None or column.hidden:
        return None
    if column.type is ColumnType.CUSTOM:
        return _custom(store, table, rest)
    if rest:
        return _through(store, column, rest)
    many = column.type is ColumnType.RELATIONS
    own = ColumnType.TEXT if column.type is ColumnType.ITEM else column.type
    return ColumnPath(lambda row: row.get(head), TABLES[column.target].key_type if column.target else own, many=many)


def _custom(store: Store, table: SandboxTable, key: str) -> ColumnPath | None:
    if key not in store.custom_fields.get(table.name, {}):
        return None
    return ColumnPath(lambda row: row.get("customFields", {}).get(key), ColumnType.TEXT, many=True)


def _through(store: Store, column: SandboxColumn, rest: str) -> ColumnPath | None:
    """A path that goes on in the row or rows that a relation points to."""
    if column.type is ColumnType.ITEM:
        return _through_item(store, column, rest)
    if not column.target:
        return None
    inner = resolve_path(store, TABLES[column.target], rest)
    if inner is None:
        return None
    rows = store[column.target].by_key
    many = column.type is ColumnType.RELATIONS

    def values(row: Row) -> list[Any]:
        keys = row.get(column.name)
        found = [rows[key] for key in (keys if many else [keys]) or [] if key in rows]
        return _flat([inner.get(one) for one in found])

    if many or inner.many:
        return ColumnPath(values, inner.type, many=True, local=False)
    return ColumnPath(lambda row: next(iter(values(row)), None), inner.type, local=False)


def _through_item(store: Store, column: SandboxColumn, rest: str) -> ColumnPath | None:
    """A path into the item of an activity. The activity's type tells the table of the item."""
    inner = {kind: resolve_path(store, TABLES[name], rest) for kind, name in ITEMS.items()}
    known = {kind: path for kind, path in inner.items() if path is not None}
    if not known:
        return None

    def value(row: Row) -> Any:
        path = known.get(row.get("type", ""))
        item = store[ITEMS[row["type"]]].by_key.get(row.get(column.name, "")) if path else None
        return path.get(item) if path and item is not None else None

    first = next(iter(known.values()))
    return ColumnPath(value, first.type, many=first.many, local=False)


def _flat(values: list[Any]) -> list[Any]:
    return [one for value in values for one in (value if isinstance(value, list) else [value])]
