"""Reading the value at a dotted path of a row, through relations, items and custom fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_daktela.sandbox.tables import FILTER_NAMES, ITEMS, TABLES, Column, Kind, Row, Table

if TYPE_CHECKING:
    from tap_daktela.sandbox.store import Store

Getter = Callable[[Row], Any]


@dataclass(frozen=True)
class Path:
    """A resolved path: how to read it, what it holds, whether it gives many values and stays in its own table."""

    get: Getter
    kind: Kind
    many: bool = False
    local: bool = True
    column: str = ""


def resolve(store: Store, table: Table, path: str) -> Path | None:
    """Resolve a dotted path as filters and sorts know it; None when the table has no such thing."""
    head, _, rest = path.partition(".")
    head = FILTER_NAMES.get((table.name, head), head)
    column = table.columns.get(head)
    if column is None or column.hidden:
        return None
    if column.kind is Kind.CUSTOM:
        return _custom(store, table, rest)
    if rest:
        return _through(store, column, rest)
    many = column.kind is Kind.RELATIONS
    kind = TABLES[column.target].key_kind if column.target else column.kind
    return Path(lambda row: row.get(head), Kind.TEXT if kind is Kind.ITEM else kind, many=many, column=head)


def _custom(store: Store, table: Table, key: str) -> Path | None:
    if key not in store.custom_fields.get(table.name, {}):
        return None
    return Path(lambda row: row.get("customFields", {}).get(key), Kind.TEXT, many=True)


def _through(store: Store, column: Column, rest: str) -> Path | None:
    """A path that goes on in the rows that a relation points to."""
    if column.kind is Kind.ITEM:
        return _through_item(store, column, rest)
    if not column.target:
        return None
    inner = resolve(store, TABLES[column.target], rest)
    if inner is None:
        return None
    rows = store[column.target].by_key
    many = column.kind is Kind.RELATIONS

    def values(row: Row) -> list[Any]:
        keys = row.get(column.name)
        found = [rows[key] for key in (keys if many else [keys]) or [] if key in rows]
        return _flat([inner.get(one) for one in found])

    if many or inner.many:
        return Path(values, inner.kind, many=True, local=False)
    return Path(lambda row: next(iter(values(row)), None), inner.kind, local=False)


def _through_item(store: Store, column: Column, rest: str) -> Path | None:
    """A path into the item of an activity, whose table depends on the activity's type."""
    inner = {kind: resolve(store, TABLES[name], rest) for kind, name in ITEMS.items()}
    known = {kind: path for kind, path in inner.items() if path is not None}
    if not known:
        return None

    def value(row: Row) -> Any:
        path = known.get(row.get("type", ""))
        item = store[ITEMS[row["type"]]].by_key.get(row.get(column.name, "")) if path else None
        return path.get(item) if path and item is not None else None

    first = next(iter(known.values()))
    return Path(value, first.kind, many=first.many, local=False)


def _flat(values: list[Any]) -> list[Any]:
    return [one for value in values for one in (value if isinstance(value, list) else [value])]
