"""Which tables a configuration chooses, with which fields and filters, and how it is asked for them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.fields import snake
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.errors import ConfigError
from tap_daktela.keboola.config.names import documented_name, stream_of
from tap_daktela.keboola.config.types import TableOptions
from tap_daktela.keboola.job import TableRequest
from tap_daktela.keboola.tables.formats import documented

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tap_daktela.catalog.entries import Entry

__all__ = ["FIELDS", "KNOWN", "OPTIONS", "TABLE", "TABLES", "TableSelection", "chosen"]

KNOWN: Mapping[str, Entry] = entries(STREAMS)
"""Every stream of the tap, by name."""


def _asked(action: str) -> dict[str, Any]:
    """Return how a form offers what an action of the component lists; other names may be typed in."""
    return {"async": {"label": "Load", "action": action, "cache": False}, "tags": True, "creatable": True}


_LIST = {"type": "array", "format": "select", "uniqueItems": True, "items": {"type": "string", "enum": []}}
TABLES = {**_LIST, "options": _asked("listStreams")}
TABLE = {"format": "select", "enum": [], "options": _asked("listStreams")}
FIELDS = {**_LIST, "options": _asked("listFields")}
OPTIONS = {
    "type": "array",
    "items": {
        "type": "object",
        "title": "Table",
        "required": ["table"],
        "properties": {
            "table": {"type": "string", "title": "Table", "propertyOrder": 1},
            "fields": {
                "type": "string",
                "title": "Fields",
                "description": "Columns, with commas between them. All usual ones if left empty.",
                "propertyOrder": 2,
            },
            "filter": {
                "type": "string",
                "format": "textarea",
                "title": "Filter",
                "description": "Condition in Daktela's own form, as JSON.",
                "propertyOrder": 3,
            },
        },
    },
}


@dataclass(frozen=True)
class TableSelection:
    """A table to extract; `filter` is the tree that the tap adds to its requests for the table's stream."""

    request: TableRequest
    filter: object = None


def chosen(given: Mapping[str, Any]) -> tuple[TableSelection, ...]:
    """Return the tables that parameters choose, given by name; ConfigError with everything that cannot be."""
    table, options = given.get("table"), given.get("table_options") or ()
    output_format = given.get("output_format") or "table"
    if table is None:
        return _resolved(given.get("tables") or (), options, output_format)
    # A row: the configuration that it belongs to may have tables and options of its own.
    options = [option for option in options if option.table == table]
    fields, tree = given.get("fields"), given.get("filter")
    return _resolved([table], options if fields is tree is None else [TableOptions(table, fields, tree)], output_format)


def _resolved(tables: Iterable[str], options: Iterable[TableOptions], output_format: str) -> tuple[TableSelection, ...]:
    problems: list[str] = []
    by_table: dict[str, TableOptions] = {}
    for option in options:
        if option.table in by_table:
            problems.append(f"table_options names '{option.table}' twice")
        by_table[option.table] = option
    found = []
    for table in tables:
        try:
            found.append(_choice(by_table.pop(table, TableOptions(table)), output_format))
        except ValueError as error:  # noqa: PERF203 - each may be wrong in a way of its own
            problems.append(f"tables {error}")
    problems += [f"table_options names '{table}', which is not among the tables" for table in by_table]
    problems += _repeated(choice.request.table for choice in found)
    problems += _disputed(found)
    if problems:
        raise ConfigError(*problems)
    return tuple(found)


def _choice(wanted: TableOptions, output_format: str) -> TableSelection:
    """Return one choice; ValueError ends a sentence that begins with "tables"."""
    names = documented(output_format)
    if names and wanted.fields is not None:
        raise ValueError(f"has fields for '{wanted.table}', whose columns are fixed in the format {output_format}")
    table = documented_name(wanted.table, names, KNOWN) if names else wanted.table
    # A format's own table may have no stream of the same name; it finds its streams itself.
    stream = table if names and wanted.filter is None else stream_of(wanted.table, KNOWN)
    if wanted.filter is not None and KNOWN[stream].derived is not None:
        parent = KNOWN[stream].parent
        raise ValueError(f"has a filter for '{wanted.table}', which is made of rows of '{parent}': filter that")
    fields = None if wanted.fields is None else tuple(_column(KNOWN[stream], name) for name in wanted.fields)
    return TableSelection(TableRequest(stream, table, fields), wanted.filter)


def _column(entry: Entry, name: str) -> str:
    """Return the column that a field becomes."""
    columns = [column.name for column in entry.columns]
    for spelled in (name, snake(name).replace(".", "_")):
        if spelled in columns:
            return spelled
    near = difflib.get_close_matches(name, columns, 1, 0)
    raise ValueError(f"has fields for '{entry.name}': there is no '{name}'; the nearest is '{near[0]}'")


def _repeated(tables: Iterable[str]) -> Iterator[str]:
    """Yield a problem for each table that would be written twice; Storage does not tell capitals apart."""
    seen: set[str] = set()
    for table in tables:
        if table.lower() in seen:
            yield f"tables names '{table}' twice"
        seen.add(table.lower())


def _disputed(found: Iterable[TableSelection]) -> Iterator[str]:
    """Yield a problem for each stream that is asked for under two names with different filters."""
    filters: dict[str, object] = {}
    for choice in found:
        stream = choice.request.stream
        if filters.setdefault(stream, choice.filter) != choice.filter:
            yield f"tables has two filters for '{stream}', which is read only once"
