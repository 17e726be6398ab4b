"""Rows of the target, and what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_daktela.catalog.fields import FieldType
from tap_daktela.errors import ApplicationError
from tap_daktela.keboola.tables.rows import RowFinisher
from tap_daktela.keboola.tables.table_spec import ID, SERVER, ColumnSpec, TableSpec
from tests.helpers.keboola.finished_tables import filled, spec_of

if TYPE_CHECKING:
    from tests.helpers.keboola.finished_tables import TableMaker


def test_a_row_gets_server_id_and_prefixed_keys(maker: TableMaker) -> None:
    spec = spec_of("activities_call")
    rows = [
        filled(
            spec,
            id_call="t1",
            queue_name="5",
            answered="True",
            clid="=1+1",
            missed_call_time="2024-01-01 00:00:00",
        ),
        filled(spec, id_call="t2", answered="False"),
        filled(spec, id_call="t3"),
    ]
    maker.take("activities_call", rows)
    first, second, third = maker.finish(spec)
    assert maker.header[:3] == ["server", "id", "id_call"]
    assert first["server"] == "acme"
    assert first["id"] == "9d59664e3dfb04d4d21934aa02478fc4"
    assert first["id_call"] == "acme_t1"
    assert first["queue_name"] == "acme_5"
    assert (second["queue_name"], second["activities_name"]) == ("", "")
    assert [row["answered"] for row in (first, second, third)] == ["true", "false", ""]
    assert first["clid"] == "=1+1"
    assert first["missed_call_time"] == "2024-01-01 00:00:00"


def test_rows_without_a_key_of_their_own_are_told_apart_by_content(maker: TableMaker) -> None:
    spec = spec_of("contacts_snapshots")
    rows = [filled(spec, time="2024-01-01 00:00:00", title=title) for title in ("a", "b", "a")]
    maker.take("contacts_snapshots", rows)
    ids = [row["id"] for row in maker.finish(spec)]
    assert ids[0] == ids[2] != ids[1]


def test_html_is_only_touched_when_asked_and_never_in_keys(maker: TableMaker) -> None:
    for strip, text in ((False, "<p>a &amp; <b@c></p>"), (True, "a & <b@c>")):
        spec = spec_of("activities_email", strip_html=strip)
        maker.take(
            "activities_email",
            [filled(spec, name="<p>k</p>", text="<p>a &amp; <b@c></p>", attachments='["<p>"]')],
        )
        [row] = maker.finish(spec)
        assert row["text"] == text
        assert row["name"] == "acme_<p>k</p>"
        assert row["attachments"] == '["<p>"]'


def test_a_row_whose_key_is_missing_is_never_written(maker: TableMaker) -> None:
    spec = spec_of("users")
    maker.take("users", [filled(spec, title="nobody")])
    with pytest.raises(ApplicationError, match=r"users: a row came out of the target without \('name',\)"):
        maker.finish(spec)


HEADER = ["name", "good", "text", "more"]
COLUMNS = (
    ColumnSpec("server", SERVER),
    ColumnSpec("id", ID),
    ColumnSpec("name", "name", FieldType.INTEGER, key=True),
    ColumnSpec("plain_name", "name"),
    ColumnSpec("good", "good", FieldType.BOOLEAN),
    ColumnSpec("text", "text"),
    ColumnSpec("gone", None, key=True),
    ColumnSpec("more_a", "more", part="a"),
)


def finisher(**options: object) -> RowFinisher:
    """Return the finisher of a table of every kind of columns."""
    options = {"hashed": ("name",), "booleans": ("yes", "no"), **options}
    return RowFinisher(TableSpec("t", "things", "Things.", COLUMNS, ("id",), **options), HEADER, "acme")  # type: ignore[arg-type]


def test_each_cell_by_the_rule_of_its_column() -> None:
    rows = finisher(spread="more")
    one, two = rows.finish([["7", "True", " x ", '{"a":["1"]}'], ["8", "", "", ""]])
    assert one[:1] + one[2:] == ["acme", "acme_7", "7", "yes", " x ", "", "1"]
    assert two[:1] + two[2:] == ["acme", "acme_8", "8", "", "", "", ""]
    assert (rows.read, rows.dropped, rows.unknown) == (2, 0, set())


def test_one_custom_field_may_be_a_column_without_the_others() -> None:
    [row] = finisher().finish([["7", "False", "", '{"a":["1","2"],"b":["3"]}']])
    assert row[4:] == ["no", "", "", '["1","2"]']


def test_only_booleans_get_the_words_of_booleans() -> None:
    [row] = finisher().finish([["True", "True", "True", '{"a":["True"]}']])
    assert row[2:] == ["acme_True", "True", "yes", "True", "", "True"]


def test_a_cell_under_a_condition_and_one_with_another_in_its_place() -> None:
    columns = (
        ColumnSpec("name", "name", when=("good", "Call")),
        ColumnSpec("text", "text", instead="more", key=True),
    )
    rows = RowFinisher(TableSpec("t", "things", "Things.", columns, ("name",), hashed=("name",)), HEADER, "acme")
    found = rows.finish([["1", "CALL", "x", "y"], ["2", "call", "", "y"], ["3", "calls", "", ""], ["4", "", "x", ""]])
    assert list(found) == [["1", "acme_x"], ["2", "acme_y"], ["", ""], ["", "acme_x"]]


def test_half_a_key_is_none() -> None:
    with pytest.raises(ApplicationError, match=r"things: a row came out of the target without \('name', 'text'\)"):
        list(finisher(hashed=("name", "text")).finish([["7", "", "", ""]]))


def test_cleaning_comes_before_everything_else() -> None:
    [row] = finisher(clean=str.strip, cleaned=frozenset({"name", "text"})).finish([[" 7 ", "", " x ", ""]])
    assert row[1:3] == [next(finisher().finish([["7", "", "", ""]]))[1], "acme_7"]
    assert row[5] == "x"


def test_rows_without_a_required_column_are_left_out_and_counted() -> None:
    rows = finisher(required=("name", "text"))
    found = list(rows.finish([["7", "", "", ""], ["8", "", "x", ""], ["", "", "x", ""]]))
    assert [row[2] for row in found] == ["acme_8"]
    assert (rows.read, rows.dropped) == (3, 2)


def test_a_custom_field_without_a_column_ends_the_writing() -> None:
    rows = finisher(spread="more")
    cells = ('{"a":["1"]}', '{"b":["2"]}', "", '{"c":[]}')
    assert len(list(rows.finish([["7", "", "", more] for more in cells]))) == 1
    assert (rows.read, rows.unknown) == (4, {"b", "c"})


@pytest.mark.parametrize("row", [["7"], ["7", "", "", "", ""], []])
def test_a_row_that_does_not_fit_the_header_is_an_error(row: list[str]) -> None:
    with pytest.raises(ApplicationError, match="things: the target wrote a row that does not fit its header"):
        list(finisher().finish([row]))


def test_a_header_without_a_column_is_an_error() -> None:
    with pytest.raises(ApplicationError, match="things: the target's file has no column other, that"):
        finisher(hashed=("name", "that", "other"))
