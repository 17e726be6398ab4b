"""The format `table`: every column that is read of a stream, under its own name."""

from collections.abc import Iterable

from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.fields import Column, FieldType
from tap_daktela.catalog.schema import describe
from tap_daktela.errors import UserError
from tap_daktela.keboola.job import Job, TableRequest
from tap_daktela.keboola.tables import html
from tap_daktela.keboola.tables.columns import safe_names
from tap_daktela.keboola.tables.keys import identifiers
from tap_daktela.keboola.tables.table_spec import ID, SERVER, ColumnSpec, TableSpec

FIRST_COLUMNS = (
    ColumnSpec("server", SERVER, description="Daktela instance that the row comes from."),
    ColumnSpec("id", ID, description="MD5 of the row's key, unique among all instances."),
)
"""The two columns with which every table begins."""


def spec(job: Job, request: TableRequest, entry: Entry) -> TableSpec:
    """Return the spec of one stream's table. UserError for a field that the stream does not have.

    A column that the table had before and that is no longer read stays, and is empty: the platform refuses a table that
    has lost a column. Custom fields get columns of their own beside the one that holds them all.
    """
    read = columns_read(request, entry)
    remembered = set(job.remembered_columns.get(request.table, ()))
    keys = identifiers(entry)
    taken = {column.name for column in FIRST_COLUMNS}
    own = {column.name: f"daktela_{column.name}" if column.name in taken else column.name for column in entry.columns}
    names = safe_names(own.values(), taken)
    columns = [
        ColumnSpec(name, column.name if column in read else None, column.type, describe(column), column.name in keys)
        for column in entry.columns
        if (name := names[own[column.name]]) in remembered or column in read
    ]
    return TableSpec(
        request.table,
        entry.name,
        entry.description,
        (*FIRST_COLUMNS, *columns),
        ("id",),
        hashed=entry.key,
        clean=html.plain_text if job.strip_html else None,
        cleaned=texts(entry, read) if job.strip_html else frozenset(),
        spread=next((column.name for column in read if column.type is FieldType.CUSTOM_FIELDS), None),
    )


def columns_read(request: TableRequest, entry: Entry) -> list[Column]:
    """Return the columns of a stream that a request needs. UserError for one that the stream does not have."""
    known = {column.name for column in entry.columns}
    wanted = (
        {column.name for column in entry.columns if column.selected} if request.fields is None else set(request.fields)
    )
    unknown = sorted(wanted - known)
    if unknown:
        raise UserError(f"{request.stream} has no field {', '.join(unknown)}")
    return [column for column in entry.columns if column.name in wanted | entry.automatic]


def texts(entry: Entry, read: Iterable[Column]) -> frozenset[str]:
    """Return the columns that may hold HTML: those with text that are no keys."""
    keys = identifiers(entry)
    return frozenset(column.name for column in read if column.type is FieldType.STRING and column.name not in keys)
