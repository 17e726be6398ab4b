"""Manifests: both kinds hold what the platform knows, and nothing else."""

from __future__ import annotations

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.fields import FieldType
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.keboola.job import Job, TableRequest
from tap_daktela.keboola.tables import formats
from tap_daktela.keboola.tables.manifests import manifest
from tap_daktela.keboola.tables.table_spec import ID, ColumnSpec, TableSpec

# Everything that the platform accepts (keboola/platform-libraries, BaseConfiguration); a further key fails the job.
COMMON = {"destination", "incremental", "write_always", "delimiter", "enclosure", "tags", "delete_where"}
LEGACY = COMMON | {"columns", "primary_key", "distribution_key", "metadata", "column_metadata"}
NATIVE = COMMON | {"manifest_type", "has_header", "description", "table_metadata", "schema"}
COLUMN = {"name", "data_type", "nullable", "primary_key", "distribution_key", "description", "metadata"}
TYPES = {"STRING", "INTEGER", "NUMERIC", "FLOAT", "BOOLEAN", "DATE", "TIMESTAMP"}

KNOWN = entries(STREAMS)


def every_spec() -> list[TableSpec]:
    """Return the spec of every table in every format."""
    result = []
    for output_format in ("table", "extractor", "revolt", "json"):
        names = formats.fixed_tables(output_format) or tuple(KNOWN)
        tables = tuple(TableRequest(name, name) for name in names)
        result += formats.table_specs(Job({}, tables, "acme", output_format), KNOWN)
    return result


SPECS = every_spec()


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.table)
def test_nothing_unknown_is_written(spec: TableSpec) -> None:
    legacy = manifest(spec, incremental=True, native_types=False)
    native = manifest(spec, incremental=False, native_types=True)
    assert set(legacy) <= LEGACY
    assert set(native) <= NATIVE
    assert legacy["incremental"] is True
    assert native["incremental"] is False
    assert legacy["primary_key"] == list(spec.primary_key)
    assert set(spec.primary_key) <= set(spec.column_names)
    # A list of columns would say that the file has no header.
    assert "columns" not in legacy
    assert list(legacy["column_metadata"]) == spec.column_names
    assert native["has_header"] is True
    assert [column["name"] for column in native["schema"]] == spec.column_names
    assert [column["name"] for column in native["schema"] if column.get("primary_key")] == [
        name for name in spec.column_names if name in spec.primary_key
    ]
    for column in native["schema"]:
        assert set(column) <= COLUMN
        assert column["data_type"]["base"]["type"] in TYPES
        assert column["nullable"] is not column.get("primary_key", False)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.table)
def test_columns_are_ones_that_the_platform_takes(spec: TableSpec) -> None:
    assert len({name.lower() for name in spec.column_names}) == len(spec.column_names)


def test_types_and_descriptions_are_told() -> None:
    spec = TableSpec(
        "t",
        "t",
        "Things.",
        (
            ColumnSpec("id", ID),
            ColumnSpec("name", "name", FieldType.INTEGER, "Key.", key=True),
            ColumnSpec("count", "count", FieldType.INTEGER),
            ColumnSpec("share", "share", FieldType.NUMBER),
            ColumnSpec("good", "good", FieldType.BOOLEAN, "Whether it is."),
            ColumnSpec("at", "at", FieldType.DATETIME),
            ColumnSpec("more", "more", FieldType.OBJECT),
        ),
        ("id",),
    )
    native = manifest(spec, incremental=False, native_types=True)
    types = {column["name"]: column["data_type"]["base"]["type"] for column in native["schema"]}
    assert types == {
        "id": "STRING", "name": "STRING", "count": "INTEGER", "share": "FLOAT", "good": "BOOLEAN", "at": "TIMESTAMP",
        "more": "STRING",
    }  # fmt: skip
    assert native["schema"][0]["data_type"]["base"]["length"] == "32"
    assert native["description"] == "Things."
    legacy = manifest(spec, incremental=False, native_types=False)
    assert legacy["metadata"] == [{"key": "KBC.description", "value": "Things."}]
    assert legacy["column_metadata"]["good"] == [
        {"key": "KBC.description", "value": "Whether it is."},
        {"key": "KBC.datatype.basetype", "value": "BOOLEAN"},
    ]
