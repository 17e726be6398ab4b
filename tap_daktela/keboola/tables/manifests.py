"""The manifest of a table, in its two forms.

Keboola's common interface: a project without native types reads the legacy manifest, one with native types wants a
`schema`. The job fails if a manifest has a key that the platform does not know. Every file has a header; a legacy
manifest says so by not listing the columns.
"""

from typing import Any

from tap_daktela.catalog.fields import FieldType
from tap_daktela.keboola.tables.table_spec import ID, ColumnSpec, TableSpec

_BASE_TYPES = {
    FieldType.INTEGER: "INTEGER",
    # Not NUMERIC: without a length, it is a whole number on Snowflake.
    FieldType.NUMBER: "FLOAT",
    FieldType.BOOLEAN: "BOOLEAN",
    FieldType.DATETIME: "TIMESTAMP",
}
_MD5_LENGTH = "32"


def manifest(spec: TableSpec, *, incremental: bool, native_types: bool) -> dict[str, Any]:
    """Return the manifest of a finished table, with a `schema` if the project has `native_types`."""
    if native_types:
        return {
            "manifest_type": "out",
            "has_header": True,
            "incremental": incremental,
            "description": spec.description,
            "schema": [_column(column, primary_key=column.name in spec.primary_key) for column in spec.columns],
        }
    return {
        "primary_key": list(spec.primary_key),
        "incremental": incremental,
        "metadata": [{"key": "KBC.description", "value": spec.description}],
        "column_metadata": {column.name: _metadata(column) for column in spec.columns},
    }


def _base_type(column: ColumnSpec) -> str:
    """Return the platform's type for the values of a column. Keys with a prefix are text, whatever they were."""
    return "STRING" if column.key or column.part else _BASE_TYPES.get(column.type, "STRING")


def _column(column: ColumnSpec, *, primary_key: bool) -> dict[str, Any]:
    base = {"type": _base_type(column), **({"length": _MD5_LENGTH} if column.source == ID else {})}
    described: dict[str, Any] = {"name": column.name, "data_type": {"base": base}, "nullable": not primary_key}
    if primary_key:
        described["primary_key"] = True
    if column.description:
        described["description"] = column.description
    return described


def _metadata(column: ColumnSpec) -> list[dict[str, str]]:
    items = [{"key": "KBC.datatype.basetype", "value": _base_type(column)}]
    if column.description:
        items.insert(0, {"key": "KBC.description", "value": column.description})
    return items
