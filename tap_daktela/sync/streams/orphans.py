"""Rows without their item or their key."""

from __future__ import annotations

from tap_daktela.catalog.fields import OrphanRule
from tap_daktela.sync.reading.row_range import NO_KEY
from tap_daktela.sync.records.dotted import Row


def with_item(rows: list[Row], rule: OrphanRule) -> list[Row]:
    """Return the rows that are no orphans: they embed their item, or are of a type that has none."""
    return [row for row in rows if row.get(rule.type_field) not in rule.types or _has(row, rule.field)]


def with_key(rows: list[Row], key: str | None) -> list[Row]:
    """Return the rows with a value in the field `key`; all rows if `key` is None."""
    return rows if key is None else [row for row in rows if row.get(key) not in NO_KEY]


def _has(row: Row, field: str) -> bool:
    """Tell whether a row embeds a record, or at least its key."""
    item = row.get(field)
    if isinstance(item, dict):
        values = [*item.values()]
        return values.count(None) < len(values)
    return bool(item) or any(name.startswith(f"{field}.") and row[name] is not None for name in row)
