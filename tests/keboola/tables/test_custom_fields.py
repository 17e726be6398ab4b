"""Custom fields as columns and as cells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.keboola.tables.custom_fields import cell_text, columns, parse
from tap_daktela.keboola.tables.table_spec import ColumnSpec, TableSpec
from tests.helpers.keboola.finished_tables import filled, spec_of

if TYPE_CHECKING:
    from tests.helpers.keboola.finished_tables import TableMaker


def test_custom_fields_become_columns_that_stay(maker: TableMaker) -> None:
    spec = spec_of("contacts", "title", "custom_fields")
    rows = [
        filled(spec, name="a", custom_fields='{"number":["1","2"],"Město":["Brno"],"empty":[],"null":[null]}'),
        filled(spec, name="b", custom_fields='{"mesto":["Praha"],"one":"x"}'),
        filled(spec, name="c", custom_fields="{}"),
        filled(spec, name="d"),
    ]
    maker.take("contacts", rows)
    first, second, third, fourth = maker.finish(spec, {"contacts": ["custom_fields_before", "custom_fields_NUMBER"]})
    assert maker.header[:4] == ["server", "id", "name", "title"]
    assert "custom_fields_NUMBER" not in maker.header
    extra = [name for name in maker.header if name.startswith("custom_fields_")]
    assert extra == sorted(extra)
    assert {"custom_fields_before", "custom_fields_empty", "custom_fields_mesto", "custom_fields_number"} <= set(extra)
    assert first["custom_fields_number"] == '["1","2"]'
    assert first["custom_fields_empty"] == first["custom_fields_null"] == first["custom_fields_before"] == ""
    # Two fields that the platform would give the same name.
    assert second["custom_fields_mesto"] == "Praha"
    [other] = [name for name in extra if first[name] == "Brno"]
    assert other.startswith("custom_fields_Mesto_")
    assert second["custom_fields_one"] == "x"
    for row in (third, fourth):
        assert not any(row[name] for name in extra)


def test_custom_fields_of_the_instance_are_columns_without_a_row(maker: TableMaker) -> None:
    defined = {"contacts": ["order_id", "Město", "mesto"], "tickets": ["other"]}
    headers = []
    for rows in ([], [filled(spec_of("contacts"), name="a", custom_fields='{"mesto":["Praha"]}')]):
        maker.take("contacts", rows, list(filled(spec_of("contacts"))))
        maker.finish(spec_of("contacts"), defined=defined)
        headers.append(maker.header)
    assert headers[0] == headers[1]
    assert {"custom_fields_order_id", "custom_fields_mesto"} <= set(headers[0])
    assert len([name for name in headers[0] if name.startswith("custom_fields_")]) == 3
    maker.take("contacts", [], list(filled(spec_of("contacts", "title"))))
    maker.finish(spec_of("contacts", "title"), defined=defined)
    assert maker.header == headers[0]


def test_html_in_columns_of_custom_fields_is_text_too(maker: TableMaker) -> None:
    fields = r'{"one":["<p>a&nbsp;b</p>"],"two":["<i>&quot;x&quot;</i>","y"],"number":7,"empty":[""]}'
    for strip, one, two in (
        (False, "<p>a&nbsp;b</p>", r'["<i>&quot;x&quot;</i>","y"]'),
        (True, "a b", r'["\"x\"","y"]'),
    ):
        spec = spec_of("contacts", strip_html=strip)
        maker.take("contacts", [filled(spec, name="a", custom_fields=fields)])
        [row] = maker.finish(spec)
        assert (row["custom_fields_one"], row["custom_fields_two"]) == (one, two)
        assert (row["custom_fields_number"], row["custom_fields_empty"]) == ("7", "")
        # The object itself stays as it is.
        assert row["custom_fields"] == fields


@pytest.mark.parametrize(
    ("text", "fields"),
    [("", {}), ("{}", {}), ("[]", {}), ('{"a":["1",null]}', {"a": ["1", None]}), ('[null,{"a":1},{"a":2}]', {"a": 1})],
)
def test_custom_fields_are_read_from_json(text: str, fields: dict[str, Any]) -> None:
    assert parse(text) == fields


@pytest.mark.parametrize("text", ["[1]", "1", "{"])
def test_what_is_no_object_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(text)


@pytest.mark.parametrize(
    ("values", "cell"),
    [
        (["x"], "x"),
        (["x", "y"], '["x","y"]'),
        (["x", None, ""], "x"),
        ([], ""),
        (None, ""),
        (0, "0"),
        ([1, "é"], '[1,"é"]'),
    ],
)
def test_one_value_is_a_cell_and_several_are_a_list(values: Any, cell: str) -> None:
    assert cell_text(values) == cell


def test_only_texts_are_cleaned() -> None:
    assert cell_text(["a", 1], str.upper) == '["A",1]'


def test_columns_are_sorted_and_never_lost() -> None:
    spec = TableSpec("t", "t", "", (ColumnSpec("name", "name"),), ("id",), spread="custom_fields")
    for chosen, read in ((None, "ab"), (frozenset("b"), "b"), (frozenset(), "")):
        found = columns(replace(spec, chosen=chosen), {"b", "a"}, ["custom_fields_A", "old", "name"])
        assert [one.name for one in found] == ["custom_fields_a", "custom_fields_b", "old"]
        assert {(one.source, one.part) for one in found} == {(None, None), *(("custom_fields", part) for part in read)}
