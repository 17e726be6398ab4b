"""What follows from the spec of a table."""

from __future__ import annotations

from tap_daktela.keboola.tables.table_spec import ID, SERVER, ColumnSpec, TableSpec

COLUMNS = (ColumnSpec("server", SERVER), ColumnSpec("id", ID), ColumnSpec("a", "x"), ColumnSpec("gone", None))


def test_what_the_table_reads() -> None:
    spec = TableSpec("t", "t", "Things.", COLUMNS, ("id",), hashed=("name",), required=("time",), spread="more")
    assert spec.reads == {"x", "name", "time", "more"}
    assert spec.column_names == ["server", "id", "a", "gone"]


def test_where_custom_fields_come_from() -> None:
    assert TableSpec("t", "t", "", COLUMNS, ("id",)).custom_fields_column is None
    assert TableSpec("t", "t", "", COLUMNS, ("id",), spread="more").custom_fields_column == "more"
    one = ColumnSpec("b", "fields", part="b")
    assert TableSpec("t", "t", "", (*COLUMNS, one), ("id",)).custom_fields_column == "fields"
