"""What a configuration may hold that is not read here, and what to write instead."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from tap_daktela.catalog.entries import Entry
from tap_daktela.keboola.config.table_names import stream_of
from tap_daktela.keboola.config.table_selection import KNOWN, column_of

LOGGER = logging.getLogger(__name__)

WITHOUT_EFFECT = {
    "advanced.max_concurrent_endpoints": "concurrency limits the requests of all tables together; leave it out",
    "destination.primary_key": "the output format decides the key of a table (mostly id); leave it out",
}
"""Parameters that a run ignores with a warning, each with the end of its sentence."""

_DEFAULT = "default"


def tell_what_is_not_read(given: dict[str, object]) -> None:
    """Log what has no effect, and take it out of `given`, the parameters by name."""
    for name in [name for name in WITHOUT_EFFECT if name in given]:
        del given[name]
        LOGGER.warning("%s does nothing here: %s", name, WITHOUT_EFFECT[name])
    table, options = given.get("table", given.get("endpoint")), given.get("table_options")
    if table is None:
        return
    unread = ["tables"] if given.pop("tables", None) is not None else []
    if isinstance(options, list) and any(isinstance(one, Mapping) and one.get("table") != table for one in options):
        unread.append("table_options (of other tables)")
    if unread:
        LOGGER.warning(
            "%s of the configuration is not read in its rows, and this row extracts only its own table ('%s'): give "
            "each table a row and take %s out of the configuration, or leave out the rows",
            " and ".join(unread), table, unread[0].partition(" ")[0],
        )  # fmt: skip


def own_tables_hint(image_fields: object, project: str) -> str:
    """Return what to write instead of tables that `image_parameters.fields` defines; "" if it defines none.

    component-ex-daktela took them from there: a list of `name`, `project_ids` and `columns`, by table. The entry
    called `default` is for everybody, others are for the projects that they name, as `{stack}-{project}`.
    """
    entries = [entry for entry in image_fields if isinstance(entry, Mapping)] if isinstance(image_fields, list) else []
    tables: dict[str, Any] = {}
    for entry in sorted(entries, key=lambda one: one.get("name") != _DEFAULT):
        projects, columns = entry.get("project_ids"), entry.get("columns")
        is_meant = entry.get("name") == _DEFAULT or (isinstance(projects, list) and project in projects)
        if is_meant and isinstance(columns, Mapping):
            tables |= columns
    options = [found for table, about in tables.items() if (found := _options(table, about)) is not None]
    unknown = [table for table in tables if table not in {one["table"] for one in options}]
    told = []
    if options:
        told.append(f"write its columns, as far as Daktela has them, into table_options: {json.dumps(options)}")
    if unknown:
        told.append(f"Daktela has no list for {', '.join(unknown)}: leave out")
    return f"image_parameters.fields is not read: {'; '.join(told)}" if told else ""


def _options(table: str, about: object) -> dict[str, str] | None:
    """Return the table_options that choose the columns of a table, as far as they exist; None if it does not."""
    try:
        entry = KNOWN[stream_of(table, KNOWN)]
    except ValueError:
        return None
    asked = about.get("columns") if isinstance(about, Mapping) else None
    names = [_field(entry, str(name)) for name in asked] if isinstance(asked, list) else []
    return {"table": table, "fields": ", ".join(filter(None, names))}


def _field(entry: Entry, name: str) -> str | None:
    """Return how a field is written today; None if Daktela has no such field. Single custom fields stay as they are."""
    try:
        return column_of(entry, name) or name
    except ValueError:
        return None
