"""What follows from the spec of a table."""

from __future__ import annotations

from tap_daktela.keboola.tables.table_spec import ID, SERVER, ColumnSpec, TableSpec

COLUMNS = (ColumnSpec("server", SERVER), ColumnSpec("id", ID), ColumnSpec("a", "x"), ColumnSpec("gone", None))


def test_what_the_table_reads() -> None:
    spec = TableSpec("t", "t", "Things.", COLUMNS, ("id",), hashed=("name",), required=("time",), spread="more")
    assert spec.reads == {"x", "name", "time", "more"}
    assert spec.column_names == ["server", "id", "a", "gone"]


def test_which_parts_of_columns_it_needs() -> None:
    assert TableSpec("t", "t", "", COLUMNS, ("id",)).parts == {}
    assert TableSpec("t", "t", "", COLUMNS, ("id",), spread="more").parts == {"more": set()}
    two = (ColumnSpec("b", "fields", part="b"), ColumnSpec("c", "fields", part="c"))
    assert TableSpec("t", "t", "", (*COLUMNS, *two), ("id",)).parts == {"fields": {"b", "c"}}


def test_a_condition_and_a_substitute_are_read_too() -> None:
    one = ColumnSpec("b", "address", when=("direction", "in"), instead="sender")
    assert TableSpec("t", "t", "", (one,), ("b",)).reads == {"address", "direction", "sender"}


def test_custom_fields_of_which_none_is_chosen_are_not_read() -> None:
    for chosen, read in ((None, True), (frozenset({"b"}), True), (frozenset(), False)):
        spec = TableSpec("t", "t", "", COLUMNS, ("id",), spread="more", chosen=chosen)
        assert ("more" in spec.parts, "more" in spec.reads) == (read, read)
