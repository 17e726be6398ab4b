"""The tables in docs/keboola.md of what older components for Keboola had."""

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.names import OLDER_NAMES
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.keboola.tables.formats import extractor, revolt
from tap_daktela.keboola.tables.formats.fixed_tables import column_specs


def empty_columns_table() -> str:
    """Return the table of the columns of older components that Daktela has nothing for."""
    lines = ["| Format | Table | Empty columns |", "|---|---|---|"]
    known = entries(STREAMS)
    for output_format, tables in (("extractor", extractor.TABLES), ("revolt", revolt.TABLES)):
        for name, table in tables.items():
            specs = column_specs(table, known[table.stream]) if table.stream is not None else []
            empty = ", ".join(f"`{spec.name}`" for spec in specs if spec.source is None)
            if empty or not specs:
                lines.append(f"| `{output_format}` | `{name}` | {empty or 'all: Daktela has no such rows'} |")
    return "\n".join(lines) + "\n"


def aliases_table() -> str:
    """Return the table of the names that older components for Keboola had."""
    lines = ["| Asked for | Stream |", "|---|---|"]
    return "\n".join([*lines, *(f"| `{table}` | `{stream}` |" for table, stream in OLDER_NAMES.items())]) + "\n"
