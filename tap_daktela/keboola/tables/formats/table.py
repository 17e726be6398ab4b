"""The format `table`: every column that is read of a stream, under its own name."""

from collections.abc import Iterable

from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.fields import Column, FieldType
from tap_daktela.catalog.schema import describe
from tap_daktela.errors import UserError
from tap_daktela.keboola.job import Job, TableRequest
from tap_daktela.keboola.tables import custom_fields, html
from tap_daktela.keboola.tables.columns import safe_names
from tap_daktela.keboola.tables.keys import identifiers
from tap_daktela.keboola.tables.table_spec import ID, NOT_READ, SERVER, ColumnSpec, TableSpec

FIRST_COLUMNS = (
    ColumnSpec("server", SERVER, description="Daktela instance that the row comes from."),
    ColumnSpec("id", ID, description="MD5 of the row's key, unique among all instances."),
)
"""The two columns with which every table begins."""


def spec(job: Job, request: TableRequest, entry: Entry) -> TableSpec:
    """Return the spec of one stream's table. UserError for a field that the stream does not have.

    It has every column that the stream declares, whatever is chosen: the platform refuses a table that has lost a
    column, and the state, which remembers columns, may be reset. Columns that are not chosen are empty. Custom fields
    get columns of their own beside the one that holds them all.
    """
    read = columns_read(request, entry)
    chosen = custom_fields_read(request, entry)
    # Single custom fields are no reason to fill the column of all.
    filled = {column.name for column in read if chosen is None or column is not entry.custom_fields}
    keys, names = identifiers(entry), column_names(entry)
    columns = [_column(names[one.name], one, one.name in filled, one.name in keys) for one in entry.columns]
    return TableSpec(
        request.table,
        entry.name,
        entry.description,
        (*FIRST_COLUMNS, *columns),
        ("id",),
        hashed=entry.key,
        clean=html.plain_text if job.strip_html else None,
        cleaned=texts(entry, read) if job.strip_html else frozenset(),
        spread=entry.custom_fields.name if entry.custom_fields is not None else None,
        chosen=chosen,
    )


def _column(name: str, column: Column, filled: bool, key: bool) -> ColumnSpec:
    if filled:
        return ColumnSpec(name, column.name, column.type, describe(column), key)
    return ColumnSpec(name, None, column.type, f"{describe(column)} {NOT_READ}".strip(), key)


def column_names(entry: Entry) -> dict[str, str]:
    """Return the table's name for each column of a stream: its own, unless the platform or we use that otherwise."""
    taken = {column.name for column in FIRST_COLUMNS}
    own = {column.name: f"daktela_{column.name}" if column.name in taken else column.name for column in entry.columns}
    names = safe_names(own.values(), taken)
    return {name: names[wanted] for name, wanted in own.items()}


def custom_field_columns(entry: Entry, fields: Iterable[str]) -> dict[str, str]:
    """Return the table's column for each of the custom `fields` of a stream, by the field's name."""
    if entry.custom_fields is None:
        return {}
    taken = (column.name for column in FIRST_COLUMNS)
    return custom_fields.column_names(entry.custom_fields.name, fields, (*taken, *column_names(entry).values()))


def columns_read(request: TableRequest, entry: Entry) -> list[Column]:
    """Return the columns of a stream that a request needs. UserError for one that the stream does not have."""
    known = {column.name for column in entry.columns}
    wanted = (
        {column.name for column in entry.columns if column.selected} if request.fields is None else set(request.fields)
    )
    unknown = sorted(wanted - known)
    if unknown:
        raise UserError(f"{request.stream} has no field {', '.join(unknown)}")
    if request.custom_fields and entry.custom_fields is not None:
        wanted.add(entry.custom_fields.name)
    return [column for column in entry.columns if column.name in wanted | entry.automatic]


def custom_fields_read(request: TableRequest, entry: Entry) -> frozenset[str] | None:
    """Return the custom fields that a request needs of a stream; None for all of them."""
    column = entry.custom_fields
    if column is None or (column.selected if request.fields is None else column.name in request.fields):
        return None
    return frozenset(request.custom_fields)


def texts(entry: Entry, read: Iterable[Column]) -> frozenset[str]:
    """Return the columns that may hold HTML: those with text that are no keys."""
    keys = identifiers(entry)
    return frozenset(column.name for column in read if column.type is FieldType.STRING and column.name not in keys)
