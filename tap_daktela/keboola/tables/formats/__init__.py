"""The forms in which tables can leave the component, each a way to plan them."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from tap_daktela.errors import UserError
from tap_daktela.keboola.job import FORMATS, Job, TableRequest
from tap_daktela.keboola.tables.formats import extractor, json_rows, revolt, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_daktela.catalog.entries import Entry
    from tap_daktela.keboola.tables.table_spec import TableSpec

__all__ = ["documented", "table_specs"]

LOGGER = logging.getLogger(__name__)

_DOCUMENTED = {"extractor": extractor.TABLES, "revolt": revolt.TABLES}


def documented(output_format: str) -> tuple[str, ...]:
    """Return the names of the tables that a format defines; none for `table` and `json`, which take every stream."""
    return tuple(_DOCUMENTED.get(output_format, ()))


def table_specs(job: Job, known: Mapping[str, Entry]) -> list[TableSpec]:
    """Return the plans of all tables of a job. UserError if it asks for what does not exist, or for one table twice."""
    if job.output_format not in FORMATS:
        raise UserError(f"output_format must be one of {', '.join(FORMATS)}")
    twice = [name for name, count in Counter(request.table.lower() for request in job.tables).items() if count > 1]
    if twice:
        raise UserError(f"tables: {', '.join(twice)} is asked for more than once")
    return [_spec(job, request, known) for request in job.tables]


def _spec(job: Job, request: TableRequest, known: Mapping[str, Entry]) -> TableSpec:
    if job.output_format in _DOCUMENTED:
        return _documented_spec(job.output_format, request.table, known)
    entry = known.get(request.stream)
    if entry is None:
        raise UserError(f"tables: there is no stream '{request.stream}'")
    make = json_rows.spec if job.output_format == "json" else table.spec
    return make(job, request, entry)


def _documented_spec(output_format: str, name: str, known: Mapping[str, Entry]) -> TableSpec:
    definition = _DOCUMENTED[output_format].get(name)
    if definition is None:
        raise UserError(f"tables: the format {output_format} has no table '{name}'")
    entry = known[definition.stream] if definition.stream is not None else None
    if output_format == "revolt" and entry is not None:
        return revolt.spec(name, definition, entry)
    if entry is None:
        LOGGER.warning("%s: Daktela has no such rows, the table stays empty", name)
    return extractor.spec(name, definition, entry)
