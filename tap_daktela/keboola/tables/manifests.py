"""What the platform is told about a table, in its two forms.

Keboola's common interface: a project without native types reads the legacy manifest, one with them wants a `schema`.
A key that the platform does not know fails the job, so nothing else is ever written. Every file has a header; a legacy
manifest says so by not listing the columns.
"""

from __future__ import annotations

from typing import Any

from tap_daktela.catalog.fields import Kind
from tap_daktela.keboola.tables.table_spec import ID, Cell, Layout

__all__ = ["manifest"]

_BASE_TYPES = {
    Kind.INTEGER: "INTEGER",
    # Not NUMERIC: without a length that is a whole number on Snowflake.
    Kind.NUMBER: "FLOAT",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DATETIME: "TIMESTAMP",
}
_MD5_LENGTH = "32"


def manifest(layout: Layout, *, incremental: bool, native_types: bool) -> dict[str, Any]:
    """Return the manifest of a finished table, with a `schema` for `native_types`."""
    if native_types:
        return {
            "manifest_type": "out",
            "has_header": True,
            "incremental": incremental,
            "description": layout.description,
            "schema": [_column(cell, primary_key=cell.name in layout.primary_key) for cell in layout.cells],
        }
    return {
        "primary_key": list(layout.primary_key),
        "incremental": incremental,
        "metadata": [{"key": "KBC.description", "value": layout.description}],
        "column_metadata": {cell.name: _metadata(cell) for cell in layout.cells},
    }


def base_type(cell: Cell) -> str:
    """Return the platform's type for the values of a column; keys with a prefix are text whatever they were."""
    return "STRING" if cell.key or cell.part else _BASE_TYPES.get(cell.kind, "STRING")


def _column(cell: Cell, *, primary_key: bool) -> dict[str, Any]:
    base = {"type": base_type(cell), **({"length": _MD5_LENGTH} if cell.source == ID else {})}
    column: dict[str, Any] = {"name": cell.name, "data_type": {"base": base}, "nullable": not primary_key}
    if primary_key:
        column["primary_key"] = True
    if cell.description:
        column["description"] = cell.description
    return column


def _metadata(cell: Cell) -> list[dict[str, str]]:
    items = [{"key": "KBC.datatype.basetype", "value": base_type(cell)}]
    if cell.description:
        items.insert(0, {"key": "KBC.description", "value": cell.description})
    return items
