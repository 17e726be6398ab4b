"""What becomes of each value that an instance may send for a column of some kind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsonschema
import orjson
import pytest

from tap_daktela.catalog.fields import Column, FieldType
from tap_daktela.catalog.schema import record_schema
from tap_daktela.sync.records.bad_values import Occurrences
from tap_daktela.sync.records.compiler import compile_shape
from tests.helpers.record_helpers import column, shape_one, values

if TYPE_CHECKING:
    from collections.abc import Callable

HUGE = 12345678901234567890

# Field type, what comes, what becomes of it; how it is counted: not, as invalid, as unwrapped, or as both.
CLEAN, DIRTY, UNWRAPPED, BOTH = range(4)
TABLE: list[tuple[FieldType, Any, Any, int]] = [
    (FieldType.STRING, "text", "text", CLEAN),
    (FieldType.STRING, "", "", CLEAN),
    (FieldType.STRING, None, None, CLEAN),
    (FieldType.STRING, 7, "7", CLEAN),
    (FieldType.STRING, 7.0, "7", CLEAN),
    (FieldType.STRING, 1.5, "1.5", CLEAN),
    (FieldType.STRING, HUGE, "12345678901234567890", CLEAN),
    (FieldType.STRING, True, "true", CLEAN),
    (FieldType.STRING, False, "false", CLEAN),
    (FieldType.STRING, {"name": "n", "title": "t"}, "n", CLEAN),
    (FieldType.STRING, {"name": 3}, "3", CLEAN),
    (FieldType.STRING, {"title": "t"}, None, DIRTY),
    (FieldType.STRING, {"name": True}, None, DIRTY),
    (FieldType.STRING, ["a"], "a", UNWRAPPED),
    (FieldType.STRING, [7], "7", UNWRAPPED),
    (FieldType.STRING, [None], None, UNWRAPPED),
    (FieldType.STRING, [{"name": "n", "title": "t"}], "n", UNWRAPPED),
    (FieldType.STRING, [["a"]], None, DIRTY),
    (FieldType.STRING, [[]], None, DIRTY),
    (FieldType.STRING, ["a", "b"], None, DIRTY),
    (FieldType.STRING, [], None, CLEAN),
    (FieldType.STRING, {}, None, CLEAN),
    (FieldType.STRING, 1e300, None, DIRTY),
    (FieldType.STRING, 2.0**63, None, DIRTY),
    (FieldType.STRING, 2.0**62, "4611686018427387904", CLEAN),
    (FieldType.INTEGER, 3, 3, CLEAN),
    (FieldType.INTEGER, None, None, CLEAN),
    (FieldType.INTEGER, "", None, CLEAN),
    (FieldType.INTEGER, " ", None, CLEAN),
    (FieldType.INTEGER, "12", 12, CLEAN),
    (FieldType.INTEGER, " -12 ", -12, CLEAN),
    (FieldType.INTEGER, "007", 7, CLEAN),
    (FieldType.INTEGER, "12.0", 12, CLEAN),
    (FieldType.INTEGER, 3.0, 3, CLEAN),
    (FieldType.INTEGER, 3.7, None, DIRTY),
    (FieldType.INTEGER, "3.7", None, DIRTY),
    (FieldType.INTEGER, "1,5", None, DIRTY),
    (FieldType.INTEGER, "1_000", None, DIRTY),
    (FieldType.INTEGER, "12 kg", None, DIRTY),
    (FieldType.INTEGER, "٣", None, DIRTY),
    (FieldType.INTEGER, "9" * 5000, None, DIRTY),
    (FieldType.INTEGER, True, 1, CLEAN),
    (FieldType.INTEGER, {"name": 3}, 3, CLEAN),
    (FieldType.INTEGER, {"name": "3"}, 3, CLEAN),
    (FieldType.INTEGER, {"title": "t"}, None, DIRTY),
    (FieldType.INTEGER, {"name": True}, None, DIRTY),
    (FieldType.INTEGER, [], None, CLEAN),
    (FieldType.INTEGER, [3], 3, UNWRAPPED),
    (FieldType.INTEGER, ["12"], 12, UNWRAPPED),
    (FieldType.INTEGER, [""], None, UNWRAPPED),
    (FieldType.INTEGER, [{"name": 3}], 3, UNWRAPPED),
    (FieldType.INTEGER, ["x"], None, BOTH),
    (FieldType.INTEGER, [3, 3], None, DIRTY),
    (FieldType.INTEGER, [[3]], None, DIRTY),
    (FieldType.INTEGER, 2**63 - 1, 2**63 - 1, CLEAN),
    (FieldType.INTEGER, -(2**63), -(2**63), CLEAN),
    (FieldType.INTEGER, 2**63, None, DIRTY),
    (FieldType.INTEGER, HUGE, None, DIRTY),
    (FieldType.INTEGER, str(HUGE), None, DIRTY),
    (FieldType.INTEGER, float(HUGE), None, DIRTY),
    (FieldType.NUMBER, 1.5, 1.5, CLEAN),
    (FieldType.NUMBER, 2, 2, CLEAN),
    (FieldType.NUMBER, "1.5", 1.5, CLEAN),
    (FieldType.NUMBER, "1e3", 1000.0, CLEAN),
    (FieldType.NUMBER, 1e300, 1e300, CLEAN),
    (FieldType.NUMBER, "1e300", 1e300, CLEAN),
    (FieldType.NUMBER, "1,5", None, DIRTY),
    (FieldType.NUMBER, "nan", None, DIRTY),
    (FieldType.NUMBER, "inf", None, DIRTY),
    (FieldType.NUMBER, "1e999", None, DIRTY),
    (FieldType.NUMBER, HUGE, None, DIRTY),
    (FieldType.NUMBER, True, 1, CLEAN),
    (FieldType.NUMBER, "", None, CLEAN),
    (FieldType.NUMBER, None, None, CLEAN),
    (FieldType.NUMBER, [], None, CLEAN),
    (FieldType.NUMBER, {"a": 1}, None, DIRTY),
    (FieldType.NUMBER, [1.5], 1.5, UNWRAPPED),
    (FieldType.NUMBER, ["1.5"], 1.5, UNWRAPPED),
    (FieldType.NUMBER, [1.5, 2.5], None, DIRTY),
    (FieldType.BOOLEAN, True, True, CLEAN),
    (FieldType.BOOLEAN, False, False, CLEAN),
    (FieldType.BOOLEAN, None, None, CLEAN),
    (FieldType.BOOLEAN, "", None, CLEAN),
    (FieldType.BOOLEAN, "0", False, CLEAN),
    (FieldType.BOOLEAN, "1", True, CLEAN),
    (FieldType.BOOLEAN, 0, False, CLEAN),
    (FieldType.BOOLEAN, 1, True, CLEAN),
    (FieldType.BOOLEAN, "no", False, CLEAN),
    (FieldType.BOOLEAN, "Yes", True, CLEAN),
    (FieldType.BOOLEAN, "FALSE", False, CLEAN),
    (FieldType.BOOLEAN, "maybe", None, DIRTY),
    (FieldType.BOOLEAN, 2, None, DIRTY),
    (FieldType.BOOLEAN, [], None, CLEAN),
    (FieldType.BOOLEAN, [1], True, UNWRAPPED),
    (FieldType.BOOLEAN, [False], False, UNWRAPPED),
    (FieldType.BOOLEAN, ["no"], False, UNWRAPPED),
    (FieldType.BOOLEAN, [None], None, UNWRAPPED),
    (FieldType.BOOLEAN, [True, True], None, DIRTY),
    (FieldType.DATETIME, [None], None, UNWRAPPED),
    (FieldType.DATETIME, ["2024-01-15 10:00:00"], "2024-01-15T09:00:00Z", UNWRAPPED),
    (FieldType.DATETIME, ["2024-01-15"], "2024-01-14T23:00:00Z", UNWRAPPED),
    (FieldType.DATETIME, "2024-01-15", "2024-01-14T23:00:00Z", CLEAN),
    (FieldType.DATETIME, [], None, CLEAN),
    (FieldType.DATETIME, [""], None, UNWRAPPED),
    (FieldType.DATETIME, ["0000-00-00 00:00:00"], None, BOTH),
    (FieldType.DATETIME, ["2024-01-15", "2024-01-16"], None, DIRTY),
    (FieldType.OBJECT, {"a": 1}, {"a": 1}, CLEAN),
    (FieldType.OBJECT, [], {}, CLEAN),
    (FieldType.OBJECT, {}, {}, CLEAN),
    (FieldType.OBJECT, ["a", None], {"0": "a", "1": None}, CLEAN),
    (FieldType.OBJECT, None, None, CLEAN),
    (FieldType.OBJECT, "", None, CLEAN),
    (FieldType.OBJECT, "text", None, DIRTY),
    (FieldType.OBJECT, 3, None, DIRTY),
    (FieldType.OBJECT, {"a": {"big": HUGE}}, {"a": {"big": float(HUGE)}}, CLEAN),
    (FieldType.ARRAY, [1, None, "a"], [1, "a"], CLEAN),
    (FieldType.ARRAY, [], [], CLEAN),
    (FieldType.ARRAY, {"3": "a", "7": "b"}, ["a", "b"], CLEAN),
    (FieldType.ARRAY, {}, [], CLEAN),
    (FieldType.ARRAY, "", None, CLEAN),
    (FieldType.ARRAY, "text", None, DIRTY),
    (FieldType.ARRAY, 0, None, DIRTY),
    (FieldType.CUSTOM_FIELDS, {"vip": ["a", None], "none": []}, {"vip": ["a", None], "none": []}, CLEAN),
    (FieldType.CUSTOM_FIELDS, [], {}, CLEAN),
    (FieldType.CUSTOM_FIELDS, {"one": "a", "no": None}, {"one": ["a"], "no": [None]}, CLEAN),
    (FieldType.CUSTOM_FIELDS, {"number": [5, 1.5, True]}, {"number": ["5", "1.5", "true"]}, CLEAN),
    (FieldType.CUSTOM_FIELDS, {"holes": {"0": "a", "2": "b"}}, {"holes": ["a", "b"]}, CLEAN),
    (FieldType.CUSTOM_FIELDS, {"deep": [["a"]]}, {"deep": ["a"]}, UNWRAPPED),
    (FieldType.CUSTOM_FIELDS, {"deep": [[["a"]]]}, {"deep": [None]}, DIRTY),
    (FieldType.CUSTOM_FIELDS, {"deep": [["a", "b"]]}, {"deep": [None]}, DIRTY),
    (FieldType.CUSTOM_FIELDS, None, None, CLEAN),
    (FieldType.CUSTOM_FIELDS, "text", None, DIRTY),
    (FieldType.CUSTOM_FIELDS, ["a"], None, DIRTY),
]


@pytest.mark.parametrize(("kind", "given", "expected", "counted"), TABLE, ids=str)
def test_a_value(kind: FieldType, given: Any, expected: Any, counted: int) -> None:
    into = values()
    found = shape_one({"name": "row 1", "x": given}, column(kind), into=into)
    assert found == {"x": expected}
    assert type(found["x"]) is type(expected)
    once = {"x": Occurrences(1, "row 1")}
    assert into.bad.values == (once if counted in {DIRTY, BOTH} else {})
    assert into.bad.unwrapped == (once if counted in {UNWRAPPED, BOTH} else {})


def test_values_inside_embedded_records_are_unwrapped_and_named_by_their_column() -> None:
    into = values()
    inner = (replace(column(FieldType.DATETIME), name="time", paths=(("time",),)),)
    outer = replace(column(FieldType.RECORDS), items=inner)
    row = {"name": "row 1", "x": [{"time": ["2024-01-15"]}, {"time": "2024-01-15"}]}
    assert shape_one(row, outer, into=into) == {"x": [{"time": "2024-01-14T23:00:00Z"}] * 2}
    assert into.bad.unwrapped == {"x.time": Occurrences(1, "row 1")}


def test_the_key_of_a_relation_is_unwrapped() -> None:
    into = values()
    key = replace(column(FieldType.INTEGER), paths=(("queue", "name"),))
    assert shape_one({"name": "row 1", "queue": {"name": ["12"]}}, key, into=into) == {"x": 12}
    assert into.bad.unwrapped == {"x": Occurrences(1, "row 1")}


@pytest.mark.parametrize("kind", list(FieldType), ids=lambda kind: kind.value)
def test_a_field_that_is_missing_is_null(kind: FieldType) -> None:
    into = values()
    assert shape_one({"name": "row 1"}, column(kind), into=into) == {"x": None}
    assert not into.bad.values


def test_dirt_is_counted_by_column_with_the_first_row_as_example() -> None:
    into = values()
    for number in range(3):
        shape_one({"name": f"row {number}", "x": "one"}, column(FieldType.INTEGER), into=into)
    assert (into.bad.values["x"].count, into.bad.values["x"].example) == (3, "row 0")


NEEDED = column(FieldType.STRING, nullable=False)


@pytest.mark.parametrize(
    ("row", "expected", "dirty"),
    [
        ({"x": "a"}, "a", 0),
        ({"x": ""}, "", 0),
        ({"x": 5}, "5", 0),
        ({}, "", 1),
        ({"x": None}, "", 1),
        ({"x": ["a", "b"]}, "", 1),
    ],
)
def test_text_that_may_not_be_null_becomes_empty_and_is_counted(row: dict[str, Any], expected: str, dirty: int) -> None:
    into = values()
    assert shape_one({"name": "n", **row}, NEEDED, into=into) == {"x": expected}
    assert sum(found.count for found in into.bad.values.values()) == dirty


@pytest.mark.parametrize("number", [-(2**63) - 1, -(2**63), 2**63 - 1, 2**63])
@pytest.mark.parametrize("written", [int, str, lambda number: [number]], ids=["number", "text", "in a list"])
def test_a_whole_number_is_kept_exactly_if_the_schema_allows_it(number: int, written: Callable[[int], Any]) -> None:
    whole = column(FieldType.INTEGER)
    columns = [whole, replace(whole, name="y", type=FieldType.RECORDS, paths=(("y",),), items=(whole,))]
    schema = record_schema(columns, nested="native", timestamps="utc")
    allowed = jsonschema.Draft4Validator(schema).is_valid({"x": number, "y": [{"x": number}]})
    kept = number if allowed else None
    record = shape_one({"x": written(number), "y": [{"x": written(number)}]}, *columns)
    assert record == {"x": kept, "y": [{"x": kept}]}


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        (FieldType.STRING, None),
        (FieldType.STRING, ["a", "b"]),
        (FieldType.STRING, ""),
        (FieldType.STRING, " "),
        (FieldType.STRING, [""]),
        (FieldType.INTEGER, "a"),
        (FieldType.INTEGER, None),
        (FieldType.INTEGER, 2**63),
    ],
)
def test_a_row_without_a_usable_key_is_left_out_alone(kind: FieldType, bad: Any) -> None:
    into, columns = values(), [column(kind, nullable=False)]
    good = 1 if kind is FieldType.INTEGER else "a"
    shape = compile_shape(columns, "name", into, nested="native", identity=["x"])
    assert shape([{"x": good}, {"x": bad, "name": "n"}, {"x": good}]) == [{"x": good}, {"x": good}]
    assert into.bad.refused.count == 1
    [example] = into.bad.refused.examples
    assert example.startswith("x is ")


@pytest.mark.parametrize(("kind", "good"), [(FieldType.STRING, "a"), (FieldType.STRING, "0"), (FieldType.INTEGER, 0)])
def test_a_key_that_is_usable(kind: FieldType, good: Any) -> None:
    assert shape_one({"x": good}, column(kind, nullable=False), identity=["x"]) == {"x": good}


SECRETS = {
    "password": "s3cret",
    "sip_passwd": "s3cret",
    "accessToken": "s3cret",
    "client_secret": "s3cret",
    "apiKey": "s3cret",
    "api_key": "s3cret",
    "credentials": {"a": "s3cret"},
    "private_key": "s3cret",
    "pin": "s3cret",
    "smtp_auth": "s3cret",
}


@pytest.mark.parametrize("kind", [FieldType.OBJECT, FieldType.ARRAY])
@pytest.mark.parametrize("nested", ["native", "json"])
def test_secrets_inside_open_values_never_leave(kind: FieldType, nested: str) -> None:
    inside = {"kept": 1, "deep": [{**SECRETS, "kept": 2}], **SECRETS}
    given = inside if kind is FieldType.OBJECT else [inside]
    found = shape_one({"x": given}, column(kind), nested=nested)
    assert "s3cret" not in str(found)
    assert str(found).count("kept") == 2


def test_no_secret_leaves_an_object_that_came_for_a_list() -> None:
    assert shape_one({"x": {**SECRETS, "a": "b"}}, column(FieldType.ARRAY)) == {"x": ["b"]}


def within(levels: int, value: Any) -> Any:
    """Return a value in so many lists."""
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("kind", [FieldType.OBJECT, FieldType.ARRAY])
@pytest.mark.parametrize("nested", ["native", "json"])
@pytest.mark.parametrize("levels", [190, 300, 900])
def test_a_value_that_is_nested_too_deeply_is_null_and_counted(kind: FieldType, nested: str, levels: int) -> None:
    into = values()
    given = {"a": within(levels, 1)} if kind is FieldType.OBJECT else within(levels, 1)
    found = shape_one({"name": "row 1", "x": given}, column(kind), into=into, nested=nested)
    assert (found["x"] is None) == (levels > 190)
    assert {name: found.count for name, found in into.bad.values.items()} == ({"x": 1} if levels > 190 else {})
    assert orjson.dumps(found)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"name": "a", "size": 1, "password": "s3cret"}, {"name": "a", "size": 1}),
        ({"name": "a", "size": None}, {"name": "a"}),
        ({"password": "s3cret"}, {}),
        ({"size": "big"}, {}),
        ({}, {}),
        ([], None),
        ("", None),
        (False, None),
        (None, None),
        ([{"name": "a"}], {"name": "a"}),
        (7, {"name": "7"}),
        ("a", {"name": "a"}),
    ],
)
def test_one_embedded_record_without_its_nulls(given: Any, expected: Any) -> None:
    into = values()
    assert shape_one({"x": given}, column(FieldType.RECORD, items=ITEMS), into=into) == {"x": expected}
    assert set(into.bad.values) == ({"x.size"} if given == {"size": "big"} else set())


def test_an_example_is_short_whatever_the_key_is() -> None:
    into = values()
    shape_one({"name": within(900, "n"), "x": "one"}, column(FieldType.INTEGER), into=into)
    assert into.bad.values["x"].example == "[[[[[[[...]]]]]]]"
    into.unwritable(within(900, "n"), "x", {}, ())
    assert into.bad.refused.examples == ["x is [[[[[[[...]]]]]]]"]


ITEMS = (Column("name", FieldType.STRING, (("name",),)), Column("size", FieldType.INTEGER, (("size",),)))
A = {"name": "a", "size": 1}
B = {"name": "b", "size": None}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([A, {"name": "b"}], [A, B]),
        ([A, None], [A]),
        ([], []),
        ({"0": A, "2": B}, [A, B]),
        ({"a": A, "b": B}, [A, B]),
        (A, [A]),
        ({}, []),
        (["a"], [{"name": "a", "size": None}]),
        ([7], [{"name": "7", "size": None}]),
        ("", None),
        ([{"name": "a", "size": "big", "password": "s3cret"}], [{"name": "a", "size": None}]),
    ],
)
def test_a_list_of_records(given: Any, expected: Any) -> None:
    assert shape_one({"x": given}, column(FieldType.RECORDS, items=ITEMS)) == {"x": expected}


def test_the_dirt_of_an_embedded_record_bears_the_name_of_its_list_and_the_key_of_its_row() -> None:
    columns = (column(FieldType.RECORDS, items=ITEMS), Column("size", FieldType.INTEGER, (("size",),)))
    into = values()
    shape_one({"name": "row 1", "size": 3, "x": [A, {"name": ["b", "b"], "size": "big"}]}, *columns, into=into)
    shape_one({"name": "row 2", "x": ["c", {"name": ["d", "d"]}]}, *columns, into=into)
    shape_one({"name": "row 3", "x": "text"}, *columns, into=into)
    assert {name: (found.count, found.example) for name, found in into.bad.values.items()} == {
        "x.name": (2, "row 1"),
        "x.size": (1, "row 1"),
        "x": (1, "row 3"),
    }


def test_the_dirt_behind_an_embedded_record_bears_its_own_name() -> None:
    into = values()
    columns = (column(FieldType.RECORD, items=ITEMS), Column("size", FieldType.INTEGER, (("size",),)))
    shape_one({"name": "row 1", "x": A, "size": "big"}, *columns, into=into)
    assert into.bad.values == {"size": Occurrences(1, "row 1")}


def test_only_the_custom_fields_that_are_wanted() -> None:
    some = column(FieldType.CUSTOM_FIELDS, wanted=frozenset({"vip"}))
    assert shape_one({"x": {"vip": ["a"], "other": ["b"]}}, some) == {"x": {"vip": ["a"]}}
    assert shape_one({"x.vip": ["a"], "x.other": ["b"]}, some) == {"x": {"vip": ["a"]}}


def test_custom_fields_are_the_users_own_whatever_their_names() -> None:
    secrets = {"password": "1234", "api_token": "5678"}
    own = {name: [value] for name, value in secrets.items()}
    columns = (column(FieldType.CUSTOM_FIELDS), Column("options", FieldType.OBJECT, (("options",),)))
    assert shape_one({"x": own, "options": secrets}, *columns) == {"x": own, "options": {}}


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (FieldType.OBJECT, {"a": ["ž", None]}, '{"a":["ž",null]}'),
        (FieldType.OBJECT, [], "{}"),
        (FieldType.ARRAY, [1, {"b": True}], '[1,{"b":true}]'),
        (FieldType.ARRAY, None, None),
        (FieldType.RECORDS, [A], '[{"name":"a","size":1}]'),
        (FieldType.CUSTOM_FIELDS, {"vip": [1]}, '{"vip":["1"]}'),
        (FieldType.STRING, "plain", "plain"),
    ],
)
def test_nested_values_as_json_text(kind: FieldType, given: Any, expected: Any) -> None:
    items = ITEMS if kind is FieldType.RECORDS else ()
    assert shape_one({"x": given}, column(kind, items=items), nested="json") == {"x": expected}
