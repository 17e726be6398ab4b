"""The format `table`: every column of a stream under its own name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_daktela.errors import UserError
from tests.helpers.keboola.finished_tables import filled, spec_of

if TYPE_CHECKING:
    from tests.helpers.keboola.finished_tables import TableMaker


def test_the_columns_do_not_depend_on_the_rows(maker: TableMaker) -> None:
    spec = spec_of("tickets_statuses")
    maker.take("tickets_statuses", [], list(filled(spec)))
    assert maker.finish(spec) == []
    assert maker.header == ["server", "id", "ticket_name", "status_name", "status_title", "edited"]


def test_only_chosen_fields_and_the_key_are_read() -> None:
    spec = spec_of("users", "email")
    assert spec.column_names == spec_of("users").column_names == spec_of("users", "record_calls").column_names
    assert spec.reads == {"name", "email"}
    assert {column.name for column in spec.columns if not column.description.endswith("Not read in this run.")} == {
        "server", "id", "name", "email",
    }  # fmt: skip
    with pytest.raises(UserError, match="users has no field nonsense"):
        spec_of("users", "nonsense")


def test_a_table_never_loses_a_column(maker: TableMaker) -> None:
    remembered = ["server", "id", "name", "title", "email", "strange"]
    spec = spec_of("users", "email")
    maker.take("users", [filled(spec, name="joe", email="j@example.com")])
    [row] = maker.finish(spec, {"users": remembered})
    # What nobody knows any more comes last.
    assert maker.header == [*spec.column_names, "strange"]
    assert (row["title"], row["email"], row["strange"]) == ("", "j@example.com", "")


def test_a_declared_column_gives_way_to_ours(maker: TableMaker) -> None:
    spec = spec_of("recordings")
    maker.take("recordings", [filled(spec, name="r", id="17")])
    [row] = maker.finish(spec)
    assert row["daktela_id"] == "17"
    assert len(row["id"]) == 32
