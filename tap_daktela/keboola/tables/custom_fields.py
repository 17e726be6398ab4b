"""Custom fields, which each instance defines for itself, as columns. A table keeps them once it has them."""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from tap_daktela.keboola.tables.columns import safe_names
from tap_daktela.keboola.tables.table_spec import NOT_READ, ColumnSpec, TableSpec


def parse(text: str) -> dict[str, Any]:
    """Return the object in a cell of JSON text, or the first one in a list; an empty one if there is none.

    ValueError if it is something else.
    """
    found = orjson.loads(text) if text else {}
    if isinstance(found, list):
        found = next((element for element in found if element is not None), {})
    if not isinstance(found, dict):
        raise ValueError("custom fields or embedded records are not an object")
    return found


def cell_text(values: Any, clean: Callable[[str], str] | None = None) -> str:
    """Return the cell of one custom field: one value as it is, several as a JSON list. `clean` is applied to texts."""
    found = values if isinstance(values, list) else [values]
    filled = [value for value in found if value is not None and value != ""]
    if clean is not None:
        filled = [clean(value) if isinstance(value, str) else value for value in filled]
    if len(filled) > 1:
        return orjson.dumps(filled).decode()
    return str(filled[0]) if filled else ""


def column_names(source: str, fields: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """Return the column of each custom field of `source`, sorted; `taken` are the table's other columns."""
    names = safe_names((f"{source}_{field}" for field in sorted(fields)), set(taken))
    return {field: names[f"{source}_{field}"] for field in sorted(fields)}


def columns(spec: TableSpec, found: Iterable[str], remembered: Iterable[str]) -> list[ColumnSpec]:
    """Return a column for each custom field `found` of a table, and the columns `remembered` from earlier runs.

    Columns are sorted by name. Those of fields that are not read stay empty.
    """
    by_column = {}
    for field, column in column_names(spec.spread or "", found, spec.column_names).items():
        text = f"Custom field {field}."
        if spec.chosen is None or field in spec.chosen:
            by_column[column] = ColumnSpec(column, spec.spread, description=text, part=field)
        else:
            by_column[column] = ColumnSpec(column, None, description=f"{text} {NOT_READ}")
    # The platform ignores case.
    present = {column.lower() for column in (*spec.column_names, *by_column)}
    for column in remembered:
        if column.lower() not in present:
            by_column[column] = ColumnSpec(
                column, None, description="Not read any more, or without a value in this run."
            )
    return [by_column[column] for column in sorted(by_column)]
