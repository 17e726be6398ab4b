"""Single custom fields that a user chose, found among those that the instance defines."""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from tap_daktela.errors import ConfigError
from tap_daktela.keboola.config.table_selection import KNOWN, TableSelection
from tap_daktela.keboola.job import TableRequest
from tap_daktela.keboola.tables.formats.table import custom_field_columns
from tap_daktela.nearest import hint

LOGGER = logging.getLogger(__name__)


def resolved(
    selections: Iterable[TableSelection],
    defined: Mapping[str, Collection[str]],
    remembered: Mapping[str, Collection[str]],
) -> tuple[TableRequest, ...]:
    """Return the request for each table, with the names of its custom fields; ConfigError if one does not exist.

    `defined` are the custom fields of the instance, by stream, and `remembered` the columns of earlier runs, by table.
    """
    requests, problems = [], []
    for one in selections:
        try:
            fields = tuple(_names(one, defined.get(one.request.stream, ()), remembered.get(one.request.table, ())))
            requests.append(replace(one.request, custom_fields=fields))
        except ValueError as error:  # noqa: PERF203 - each may be wrong in a way of its own
            problems.append(str(error))
    if problems:
        raise ConfigError(*problems)
    return tuple(requests)


def _names(one: TableSelection, defined: Collection[str], remembered: Collection[str]) -> Iterator[str]:
    """Yield the name of each custom field that a selection names as a column or as the API does."""
    entry = KNOWN.get(one.request.stream)
    if entry is None or entry.custom_fields is None:
        return
    everything, columns = entry.custom_fields, custom_field_columns(entry, defined)
    spellings = {f"{everything.api_name}.{field}": field for field in defined}
    spellings |= {column: field for field, column in columns.items()}
    for name in one.custom_fields:
        if name in spellings:
            yield spellings[name]
            continue
        field = name.removeprefix(f"{everything.name}_").removeprefix(f"{everything.api_name}.")
        if name not in remembered:
            raise ValueError(
                f"fields of '{one.request.table}': the instance shows no custom field '{name}'"
                f"{hint(field, columns)}; '{everything.name}' reads all that there are"
            )
        # The instance shows those of its first rows only. Others may have the field that an earlier run found.
        LOGGER.warning("fields of '%s': the instance does not show '%s' any more", one.request.table, name)
        yield field
