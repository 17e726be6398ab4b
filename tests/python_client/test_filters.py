"""Conditions written as comparisons: what each means, and that a slip is an error instead of another filter."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from tap_daktela.daktela.operators import OPERATORS
from tap_daktela.daktela.query import Condition, where
from tap_daktela.python_client.filters import F, FilterField

EACH: dict[str, Callable[[Any], Any]] = {
    "eq": lambda field: field == 1,
    "neq": lambda field: field != 1,
    "lt": lambda field: field < 1,
    "lte": lambda field: field <= 1,
    "gt": lambda field: field > 1,
    "gte": lambda field: field >= 1,
    "like": lambda field: field.like("%x%"),
    "notlike": lambda field: field.notlike("%x%"),
    "contains": lambda field: field.contains("x"),
    "doesnotcontain": lambda field: field.doesnotcontain("x"),
    "startswith": lambda field: field.startswith("x"),
    "endswith": lambda field: field.endswith("x"),
    "begins": lambda field: field.begins("x"),
    "notbegins": lambda field: field.notbegins("x"),
    "ends": lambda field: field.ends("x"),
    "notends": lambda field: field.notends("x"),
    "regexp": lambda field: field.regexp("^x"),
    "in": lambda field: field.in_(["x", "y"]),
    "notin": lambda field: field.notin(one for one in "xy"),
    "between": lambda field: field.between(1, 2),
    "isnull": lambda field: field.isnull(),
    "isnotnull": lambda field: field.isnotnull(),
}
VALUES = {"in": ("x", "y"), "notin": ("x", "y"), "between": (1, 2), "isnull": None, "isnotnull": None}
TEXTS = {
    "like": "%x%",
    "notlike": "%x%",
    "regexp": "^x",
    **dict.fromkeys(["startswith", "endswith", "begins", "notbegins", "ends", "notends"], "x"),
}


def test_every_operator_has_a_spelling() -> None:
    assert set(EACH) == set(OPERATORS)


@pytest.mark.parametrize("operator", EACH)
def test_each_spelling_means_its_operator(operator: str) -> None:
    usual = "x" if operator in {"contains", "doesnotcontain"} else 1
    value = {**VALUES, **TEXTS}.get(operator, usual)
    assert EACH[operator](F["queue.title"]) == Condition("queue.title", operator, value)


@pytest.mark.parametrize(("written", "operator"), [(1 < F.a, "gt"), (1 >= F.a, "lte"), ("x" == F.a, "eq")])  # noqa: SIM300 - the other way round is the test
def test_a_value_may_stand_before_the_field(written: Any, operator: str) -> None:
    assert (written.field, written.operator) == ("a", operator)


def test_the_example_of_the_issue() -> None:
    written = (F.stage == "OPEN") & ((F.priority == "HIGH") | F.title.like("%faktura%"))
    high = where("priority", "eq", "HIGH") | where("title", "like", "%faktura%")
    assert written == where("stage", "eq", "OPEN") & high


@pytest.mark.parametrize("name", ["name", "like", "in_", "title", "_sys", "isnull", "F"])
def test_no_name_of_a_field_is_taken(name: str) -> None:
    assert (getattr(F, name) == 1) == (F[name] == 1) == where(name, "eq", 1)


@pytest.mark.parametrize(
    ("slip", "sentence"),
    [
        (lambda: F.a == F.b, "compares a field with a value, not with another field: F.a and F.b"),
        (lambda: F.a < F.b < F.c, "compares a field with a value, not with another field: F.a and F.b"),
        (lambda: F.a in [F.b, F.c], "not with another field: F.b and F.a"),
        (lambda: F.a == None, r"use F\.a\.isnull\(\)"),  # noqa: E711 - the slip
        (lambda: F.a != None, r"use .*F\.a\.isnotnull\(\)"),  # noqa: E711 - the slip
        (lambda: F.a == [1, 2], r"use F\.a\.in_\("),
        (lambda: F.a != {1, 2}, r"use .*F\.a\.notin\("),
        (lambda: F.a == {"b": 1}, "not of the type 'dict'"),
        (lambda: F.a.in_([F.b]), "not of the type 'FilterField'"),
        (lambda: F.a.in_("xy"), "'in' takes a list"),
        (lambda: F.a.in_([]), "at least one value"),
        (lambda: F.a.like(["x"]), "'like' takes one value"),
        (lambda: F.a.contains(None), "'contains' needs a value"),
        (lambda: F[""] == 1, "needs the name of a field"),
    ],
)
def test_values_that_a_field_is_not_compared_with(slip: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        slip()


@pytest.mark.parametrize(
    ("slip", "sentence"),
    [
        (lambda: bool(F.a), "F.a is a field, not a condition"),
        (lambda: not F.a, "F.a is a field, not a condition"),
        (lambda: F.a and F.b, "F.a is a field, not a condition"),
        (lambda: 1 < F.a < 5, "each comparison in brackets"),
        (lambda: (F.a == 1) and (F.b == 2), "each comparison in brackets"),
        (lambda: any([F.a == 1]), "each comparison in brackets"),
        (lambda: F.a == 1 & F.b == 2, "each comparison in brackets"),
        (lambda: F.a == "x" | F.b == "y", "each comparison in brackets"),
        (lambda: F.a & (F.b == 1), "F.a is no condition"),
        (lambda: F.a | (F.b == 1), "F.a is no condition"),
        (lambda: (F.a == 1) & F.b, "each comparison in brackets.* not with FilterField"),
        (lambda: "x" in F.a, r"use F\.a\.in_\("),
        (lambda: list(F.a), "not iterable"),
        (lambda: list(F), "the name of a field is text"),
        (lambda: "x" in F, "the name of a field is text"),
        (lambda: F[7], "the name of a field is text"),
        (lambda: {F.a: 1}, "unhashable"),
    ],
)
def test_slips_that_would_be_another_filter_or_a_loop(slip: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence):
        slip()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("lik", "F.a has no operator 'lik'; the nearest is 'like'"),
        ("Contains", "the nearest is 'contains'"),
        ("isin", "the nearest is 'in_'"),
        ("eq", "the nearest is '=='"),
        ("is_null", "the nearest is 'isnull'"),
        ("title", r"a field of a relation is F\['a.title'\]"),
        ("name", r"a field of a relation is F\['a.name'\]"),
    ],
)
def test_an_operator_that_is_none_is_named(name: str, sentence: str) -> None:
    with pytest.raises(AttributeError, match=sentence):
        getattr(F.a, name)


@pytest.mark.parametrize("target", [F, F.a])
def test_an_assignment_instead_of_a_comparison_is_refused(target: Any) -> None:
    with pytest.raises(AttributeError):
        target.stage = "OPEN"


@pytest.mark.parametrize(
    ("field", "code"),
    [(F.stage, "F.stage"), (F["queue.title"], "F['queue.title']"), (F["from"], "F['from']"), (F, "F")],
)
def test_fields_show_themselves_as_code(field: Any, code: str) -> None:
    assert repr(field) == str(field) == code


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])  # noqa: S301 - our own bytes
def test_fields_can_be_copied(copied: Callable[[Any], Any]) -> None:
    again = copied(F["queue.title"])
    assert isinstance(again, FilterField)
    assert (again == 1) == where("queue.title", "eq", 1)
    assert copied(F) is F
