"""Tables of older components: where each of their columns comes from."""

from __future__ import annotations

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.fields import FieldType
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.keboola.tables.formats import extractor, revolt
from tap_daktela.keboola.tables.formats.fixed_tables import FixedTable, column_specs

KNOWN = entries(STREAMS)
TABLES = [
    *(("extractor", name, table) for name, table in extractor.TABLES.items()),
    *(("revolt", name, table) for name, table in revolt.TABLES.items()),
]


def test_each_column_has_its_source() -> None:
    sources = {"renamed": "title", "mail": "custom_fields.email", "nowhere": ""}
    table = FixedTable("contacts", ("name", "renamed", "mail", "nowhere", "strange"), ("name",), ("name",), sources)
    found = column_specs(table, KNOWN["contacts"])
    assert [(one.name, one.source, one.part, one.key) for one in found] == [
        ("name", "name", None, True),
        ("renamed", "title", None, False),
        ("mail", "custom_fields", "email", False),
        ("nowhere", None, None, False),
        ("strange", None, None, False),
    ]
    assert found[0].type is FieldType.STRING
    assert found[-1].description == "Daktela does not have it: always empty."


def test_a_table_without_a_stream_is_empty() -> None:
    table = FixedTable(None, ("name", "title"), ("name",), ("name",))
    assert [one.source for one in column_specs(table, None)] == [None, None]


@pytest.mark.parametrize(("output_format", "name", "table"), TABLES, ids=lambda one: one if type(one) is str else "")
def test_what_is_declared_exists(output_format: str, name: str, table: FixedTable) -> None:
    assert set(table.sources) <= set(table.columns), (output_format, name)
    if table.stream is not None:
        columns = {column.name for column in KNOWN[table.stream].columns}
        assert set(table.hashed) <= columns, (output_format, name)
