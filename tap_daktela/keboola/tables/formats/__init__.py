"""The output formats. Each makes the specs of the tables that a job asks for."""

import logging
from collections import Counter
from collections.abc import Mapping

from tap_daktela.catalog.entries import Entry
from tap_daktela.errors import UserError
from tap_daktela.keboola.job import FORMATS, Job, TableRequest
from tap_daktela.keboola.tables.formats import extractor, json_rows, revolt, table
from tap_daktela.keboola.tables.table_spec import TableSpec

LOGGER = logging.getLogger(__name__)

_FIXED = {"extractor": extractor.TABLES, "revolt": revolt.TABLES}


def fixed_tables(output_format: str) -> tuple[str, ...]:
    """Return the names of the tables that a format has; none for `table` and `json`, which have one per stream."""
    return tuple(_FIXED.get(output_format, ()))


def table_specs(job: Job, known: Mapping[str, Entry]) -> list[TableSpec]:
    """Return the specs of all tables of a job. UserError for a table that does not exist or is asked for twice."""
    if job.output_format not in FORMATS:
        raise UserError(f"output_format must be one of {', '.join(FORMATS)}")
    twice = [name for name, count in Counter(request.table.lower() for request in job.tables).items() if count > 1]
    if twice:
        raise UserError(f"tables: {', '.join(twice)} is asked for more than once")
    return [_spec(job, request, known) for request in job.tables]


def _spec(job: Job, request: TableRequest, known: Mapping[str, Entry]) -> TableSpec:
    if job.output_format in _FIXED:
        return _fixed_spec(job.output_format, request.table, known)
    entry = known.get(request.stream)
    if entry is None:
        raise UserError(f"tables: there is no stream '{request.stream}'")
    return json_rows.spec(request, entry) if job.output_format == "json" else table.spec(job, request, entry)


def _fixed_spec(output_format: str, name: str, known: Mapping[str, Entry]) -> TableSpec:
    fixed = _FIXED[output_format].get(name)
    if fixed is None:
        raise UserError(f"tables: the format {output_format} has no table '{name}'")
    entry = known[fixed.stream] if fixed.stream is not None else None
    if output_format == "revolt" and entry is not None:
        return revolt.spec(name, fixed, entry)
    if entry is None:
        LOGGER.warning("%s: Daktela has no such rows, the table stays empty", name)
    return extractor.spec(name, fixed, entry)
