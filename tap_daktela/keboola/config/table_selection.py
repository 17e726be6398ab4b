"""Which tables a configuration selects, with which fields and filters."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tap_daktela.catalog.entries import Entry, entries
from tap_daktela.catalog.fields import snake
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.errors import ConfigError
from tap_daktela.keboola.config.table_names import fixed_table_name, stream_of
from tap_daktela.keboola.config.types import TableOptions
from tap_daktela.keboola.job import FORMATS, TableRequest
from tap_daktela.keboola.tables.formats import fixed_tables
from tap_daktela.nearest import hint

KNOWN: Mapping[str, Entry] = entries(STREAMS)
"""Every stream of the tap, by name."""

FORMAT_KEYS = frozenset({"output_format", "row_output_format"})
"""The parameters that decide the output format."""

_KEYS = ("tables", "table", "fields", "filter", "table_options", "output_format")


@dataclass(frozen=True)
class TableSelection:
    """A table to extract.

    - `filter`: the tree that the tap adds to its requests for the table's stream.
    - `custom_fields`: single custom fields, as the user wrote them. Only the instance knows whether there are such.
    """

    request: TableRequest
    filter: object = None
    custom_fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Places:
    """How a sentence begins about a table, its fields and its filter; `{}` is the table's name."""

    table: str
    fields: str
    filter: str


_OF_A_ROW = _Places("table", "fields of '{}'", "filter of '{}'")
_OF_A_CONFIGURATION = _Places("tables", "table_options has fields for '{}'", "table_options has a filter for '{}'")
_IN_A_ROW = _Places("table", _OF_A_CONFIGURATION.fields, _OF_A_CONFIGURATION.filter)


def selected(values: Mapping[str, Any]) -> tuple[TableSelection, ...]:
    """Return the tables that parameters select, given by name; ConfigError with everything that is wrong with them."""
    table, options = values.get("table"), values.get("table_options") or ()
    output_format = values.get("output_format") or "table"
    if table is None:
        return _resolved(values.get("tables") or (), options, output_format, _OF_A_CONFIGURATION)
    # A row: the configuration that it belongs to may have tables and options of its own.
    fields, tree = values.get("fields"), values.get("filter")
    if fields is tree is None:
        return _resolved([table], [option for option in options if option.table == table], output_format, _IN_A_ROW)
    return _resolved([table], [TableOptions(table, fields, tree)], output_format, _OF_A_ROW)


def problems(given: Mapping[str, object], values: Mapping[str, Any]) -> list[str]:
    """Return what is wrong between the parameters of the tables; see `declared.Check`."""
    if "table" not in given and "tables" not in given:
        return ["tables is missing; it is, for example, activities, tickets; a row has table instead"]
    found = []
    if "table" not in given:
        of_a_row = [key for key in ("fields", "filter") if key in given]
        found += [f"{key} belongs to a row with one table; use table_options" for key in of_a_row]
        if values.get("row_output_format") in FORMATS:
            found.append("row_output_format belongs to a row with one table; use output_format")
    if all(key in values for key in _KEYS if key in given):
        try:
            selected(values)
        except ConfigError as error:
            found += error.problems
    return found


def _resolved(
    tables: Iterable[str], options: Iterable[TableOptions], output_format: str, places: _Places
) -> tuple[TableSelection, ...]:
    wrong: list[str] = []
    by_table: dict[str, TableOptions] = {}
    for option in options:
        if option.table in by_table:
            wrong.append(f"table_options names '{option.table}' twice")
        by_table[option.table] = option
    found = []
    for table in tables:
        try:
            found.append(_selection(by_table.pop(table, TableOptions(table)), output_format, places))
        except ValueError as error:  # noqa: PERF203 - each may be wrong in a way of its own
            wrong.append(str(error))
    wrong += [f"table_options names '{table}', which is not among the tables" for table in by_table]
    wrong += _repeated(one.request.table for one in found)
    wrong += _with_two_filters(found)
    if wrong:
        raise ConfigError(*wrong)
    return tuple(found)


def _selection(options: TableOptions, output_format: str, places: _Places) -> TableSelection:
    """Return the selection of one table; ValueError with a whole sentence."""
    fixed = fixed_tables(output_format)
    try:
        table = fixed_table_name(options.table, fixed, KNOWN) if fixed else options.table
        # A fixed table may have no stream of the same name; its format finds the streams itself.
        stream = table if fixed and options.filter is None else stream_of(options.table, KNOWN)
    except ValueError as error:
        raise ValueError(f"{places.table} {error}") from error
    of_fields, of_filter = (place.format(options.table) for place in (places.fields, places.filter))
    if fixed and options.fields is not None:
        raise ValueError(f"{of_fields}: its columns are fixed in the format {output_format}, so leave them out")
    if options.filter is not None and KNOWN[stream].derived is not None:
        raise ValueError(f"{of_filter}: its rows are made of rows of '{KNOWN[stream].parent}', so filter that")
    if options.fields is None:
        return TableSelection(TableRequest(stream, table), options.filter)
    try:
        columns = [column_of(KNOWN[stream], name) for name in options.fields]
    except ValueError as error:
        raise ValueError(f"{of_fields}: {error}") from error
    single = tuple(name for name, column in zip(options.fields, columns, strict=True) if column is None)
    fields = tuple(column for column in columns if column is not None)
    return TableSelection(TableRequest(stream, table, fields), options.filter, single)


def column_of(entry: Entry, name: str) -> str | None:
    """Return the column that a field becomes, which is named as in the table or as in the API; None: a custom field.

    ValueError ends a sentence about a field that does not exist.
    """
    columns = [column.name for column in entry.columns]
    for spelled in (name, snake(name).replace(".", "_")):
        if spelled in columns:
            return spelled
    all_of_them = entry.custom_fields
    if all_of_them is not None and name.startswith((f"{all_of_them.name}_", f"{all_of_them.api_name}.")):
        return None
    raise ValueError(f"there is no '{name}'{hint(name, columns)}")


def _repeated(tables: Iterable[str]) -> Iterator[str]:
    """Yield a problem for each table that would be written twice. Storage does not tell capitals apart."""
    seen: set[str] = set()
    for table in tables:
        if table.lower() in seen:
            yield f"tables names '{table}' twice"
        seen.add(table.lower())


def _with_two_filters(found: Iterable[TableSelection]) -> Iterator[str]:
    """Yield a problem for each stream that is selected under two names with different filters."""
    filters: dict[str, object] = {}
    for one in found:
        stream = one.request.stream
        if filters.setdefault(stream, one.filter) != one.filter:
            yield f"tables has two filters for '{stream}', which is read only once"
