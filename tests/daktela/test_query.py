"""Filters and the parameters of a request."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.daktela.query import Condition, Filter, Group, Query, all_of, any_of, parse_filter, where


def parameters(found: Any, **rest: Any) -> dict[str, str]:
    return dict(Query(found, (), (), 1, **rest).parameters())


def test_everything_at_once() -> None:
    window = all_of(where("edited", "gte", "2024-01-01 00:00:00"), where("edited", "lt", "2024-02-01 00:00:00"))
    query = Query(window, ("edited", "name"), ("name", "queue.name"), 1000, 2000)
    assert query.parameters() == [
        ("filter[logic]", "and"),
        ("filter[filters][0][field]", "edited"),
        ("filter[filters][0][operator]", "gte"),
        ("filter[filters][0][value]", "2024-01-01 00:00:00"),
        ("filter[filters][1][field]", "edited"),
        ("filter[filters][1][operator]", "lt"),
        ("filter[filters][1][value]", "2024-02-01 00:00:00"),
        ("sort[0][field]", "edited"),
        ("sort[0][dir]", "asc"),
        ("sort[1][field]", "name"),
        ("sort[1][dir]", "asc"),
        ("fields[0]", "name"),
        ("fields[1]", "queue.name"),
        ("skip", "2000"),
        ("take", "1000"),
    ]


def test_a_minus_before_a_field_sorts_it_descending() -> None:
    asked = dict(Query(sort=("-edited", "name", "-queue.title")).parameters())
    order = [(asked[f"sort[{index}][field]"], asked[f"sort[{index}][dir]"]) for index in range(3)]
    assert order == [("edited", "desc"), ("name", "asc"), ("queue.title", "desc")]


def test_nothing_needs_to_be_said() -> None:
    assert Query() == Query(None, (), (), 1000, 0)
    assert dict(Query(take=5).parameters()) == {"skip": "0", "take": "5"}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"sort": "edited"}, r"'sort' is a list of fields, not 'edited'"),
        ({"fields": "name"}, r"'fields' is a list of fields, not 'name'"),
        ({"sort": ("edited", "")}, "'sort' holds an entry without the name of a field"),
        ({"sort": ("-",)}, "'sort' holds an entry without the name of a field"),
        ({"fields": ("",)}, "'fields' holds an entry without the name of a field"),
        ({"fields": (7,)}, "'fields' holds an entry without the name of a field"),
    ],
)
def test_queries_that_a_server_would_answer_with_no_rows_or_all_fields(asked: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Query(**asked)


def test_without_filter_only_the_slice_is_asked() -> None:
    assert parameters(None) == {"skip": "0", "take": "1"}


def test_one_condition_is_sent_as_a_tree() -> None:
    assert parameters(where("user", "isnull")) == {
        "filter[logic]": "and",
        "filter[filters][0][field]": "user",
        "filter[filters][0][operator]": "isnull",
        "skip": "0",
        "take": "1",
    }


def test_trees_nest() -> None:
    tree = all_of(where("a", "eq", 1), any_of(where("b", "eq", 2), where("c", "eq", 3)))
    assert parameters(tree)["filter[filters][1][logic]"] == "or"
    assert parameters(tree)["filter[filters][1][filters][1][field]"] == "c"


def test_lists_of_values() -> None:
    sent = parameters(where("a", "in", ["x", True]))
    assert sent["filter[filters][0][value][0]"] == "x"
    assert sent["filter[filters][0][value][1]"] == "1"


def test_joining_skips_none_and_leaves_one_alone() -> None:
    one = where("a", "eq", 1)
    assert all_of(None, one, None) is one
    assert any_of(one) is one
    assert all_of() is None
    assert any_of(None) is None
    assert any_of(one, None, one) == Group("or", (one, one))


A, B, C = where("a", "eq", 1), where("b", "eq", 2), where("c", "eq", 3)


@pytest.mark.parametrize(
    ("joined", "meant"),
    [
        (A & B, Group("and", (A, B))),
        (A | B, Group("or", (A, B))),
        (A & (B | C), Group("and", (A, Group("or", (B, C))))),
        ((A & B) | C, Group("or", (Group("and", (A, B)), C))),
        (A & B | B & C, Group("or", (Group("and", (A, B)), Group("and", (B, C))))),
        # Brackets that change nothing add no level.
        (A & B & C, Group("and", (A, B, C))),
        (A & (B & C), Group("and", (A, B, C))),
        ((A | B) | (C | A), Group("or", (A, B, C, A))),
    ],
)
def test_filters_are_joined_with_operators(joined: Any, meant: Any) -> None:
    assert joined == meant


TREES = st.recursive(
    st.sampled_from([A, B, C]),
    lambda inner: (
        st.builds(lambda left, right: left & right, inner, inner)
        | st.builds(lambda left, right: left | right, inner, inner)
        | st.builds(Group, st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3).map(tuple))
    ),
)


def passes(found: Filter, true: set[str]) -> bool:
    """Tell whether a row passes for which the conditions on these fields hold."""
    if isinstance(found, Condition):
        return found.field in true
    return {"and": all, "or": any}[found.logic](passes(one, true) for one in found.filters)


@given(TREES, TREES, st.sets(st.sampled_from("abc")))
def test_joining_means_what_it_says(left: Filter, right: Filter, true: set[str]) -> None:
    assert passes(left & right, true) == (passes(left, true) and passes(right, true))
    assert passes(left | right, true) == (passes(left, true) or passes(right, true))


@pytest.mark.parametrize("found", [A, A & B, A | B])
def test_a_filter_is_neither_true_nor_false(found: Any) -> None:
    for truth in (bool, lambda one: one and B, lambda one: one or B, lambda one: not one):
        with pytest.raises(TypeError, match=r"join filters with & and \|.*each comparison in brackets"):
            truth(found)


@pytest.mark.parametrize("found", [A, A & B])
@pytest.mark.parametrize("other", [None, True, "b", {"field": "b", "operator": "isnull"}])
def test_a_filter_is_joined_with_filters_only(found: Any, other: Any) -> None:
    with pytest.raises(TypeError, match=f"join filters.*, not with {type(other).__name__}"):
        found & other
    with pytest.raises(TypeError, match=f"join filters.*, not with {type(other).__name__}"):
        found | other


@pytest.mark.parametrize("found", [A, A & (B | C)])
def test_filters_are_values(found: Any) -> None:
    assert pickle.loads(pickle.dumps(found)) == found == copy.deepcopy(found)  # noqa: S301 - our own bytes
    assert hash(found) == hash(copy.copy(found))


@pytest.mark.parametrize(
    ("tree", "found"),
    [
        ({"field": "a", "operator": "eq", "value": 1}, Condition("a", "eq", 1)),
        ({"field": "a", "operator": "isnull"}, Condition("a", "isnull")),
        ({"field": "a", "operator": "between", "value": [1, 2]}, Condition("a", "between", (1, 2))),
        ([{"field": "a", "operator": "isnull"}], Group("and", (Condition("a", "isnull"),))),
        (
            {"logic": "OR", "filters": [{"field": "a", "operator": "isnull"}]},
            Group("or", (Condition("a", "isnull"),)),
        ),
        (
            {"filters": [{"field": "a", "operator": "isnull"}]},
            Group("and", (Condition("a", "isnull"),)),
        ),
    ],
)
def test_filters_of_the_configuration(tree: Any, found: Any) -> None:
    assert parse_filter(tree) == found


OK = {"field": "a", "operator": "isnull"}


@pytest.mark.parametrize(
    ("tree", "sentence"),
    [
        (7, "a filter is an object"),
        ({}, "'field' is the name of a field"),
        ({"field": "a"}, "'operator' is one of eq, neq"),
        ({"field": "a", "operator": "nin", "value": [1]}, "there is no operator 'nin'; the nearest is 'notin'"),
        ({"field": "a", "operator": "EQ", "value": 1}, "there is no operator 'EQ'; the nearest is 'eq'"),
        ({"field": "a", "operator": "contain", "value": 1}, "the nearest is 'contains'"),
        ({"field": "a", "operator": "§", "value": 1}, "the operators are eq, neq"),
        ({"field": "", "operator": "eq", "value": 1}, "needs the name of a field"),
        ({"field": "a\n", "operator": "eq", "value": 1}, "needs the name of a field"),
        ({"field": "a", "operator": "eq"}, "'eq' needs a value"),
        ({"field": "a", "operator": "eq", "value": None}, "'eq' needs a value"),
        ({"field": "a", "operator": "eq", "value": [1]}, "a list goes with 'in'"),
        ({"field": "a", "operator": "eq", "value": {}}, "a value is text, a number.* not of the type 'dict'"),
        ({"field": "a", "operator": "eq", "value": [[1]]}, "takes one value"),
        ({"field": "a", "operator": "in", "value": [[1]]}, "not of the type 'list'"),
        ({"field": "a", "operator": "in", "value": {"b": 1}}, "'in' takes a list"),
        ({"field": "a", "operator": "eq", "value": float("nan")}, "finite"),
        ({"field": "a", "operator": "in", "value": [1.0, float("inf")]}, "finite"),
        ({"field": "a", "operator": "eq", "value": "a\ud800"}, "half a character"),
        ({"field": "a", "operator": "in", "value": ["b", "\udfff"]}, "half a character"),
        ({"field": "a", "operator": "in", "value": []}, "at least one value"),
        ({"field": "a", "operator": "in", "value": 1}, "'in' takes a list"),
        ({"field": "a", "operator": "in", "value": [None]}, "holds no null"),
        ({"field": "a", "operator": "between", "value": [1]}, "takes two values"),
        ({"field": "a", "operator": "isnull", "value": True}, "'isnull' takes no value"),
        ({"AND": [OK]}, r'write {"logic": "and", "filters": \[\.\.\.\]} instead of "AND"'),
        ({"field": "a", "operator": "isnull", "op": 1}, "the keys here are field, operator, value, not 'op'"),
        ({"logic": "xor", "filters": [OK]}, "^'logic' is 'and' or 'or'$"),
        ({"logic": 7, "filters": [OK]}, "^'logic' is 'and' or 'or'$"),
        ({"filters": [OK], "op": 1}, "the keys here are logic, filters, not 'op'$"),
        ({"logic": "and", "filters": []}, "at least one condition"),
        ([], "at least one condition"),
        ({"filters": OK}, "at least one condition"),
        ([OK, 1], r"at \[1\]: a filter is an object"),
        ({"filters": [OK, {"filters": [{"field": 1}]}]}, r"at filters\[1\].filters\[0\]: 'field' is"),
        ([{"filters": [OK, [7]]}], r"at \[0\].filters\[1\]\[0\]: a filter"),
    ],
)
def test_filters_that_are_refused(tree: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_filter(tree)


def test_filters_that_are_made_already_stand_in_a_tree() -> None:
    assert parse_filter(A | B) == (A | B)
    assert parse_filter([A, {"logic": "or", "filters": [B, OK]}]) == (A & (B | where("a", "isnull")))


@pytest.mark.parametrize("given", [(1, 2), [1, 2], iter([1, 2]), range(1, 3), {1: "x", 2: "y"}.keys()])
def test_whatever_gives_values_is_a_list_of_values(given: Any) -> None:
    assert where("a", "in", given) == Condition("a", "in", (1, 2))


@pytest.mark.parametrize("field", ["", "a\n", 7, None])
def test_a_condition_needs_a_field(field: Any) -> None:
    with pytest.raises(ValueError, match="needs the name of a field"):
        where(field, "isnull")


def test_a_deep_tree() -> None:
    tree, found = OK, Condition("a", "isnull")
    for _ in range(19):
        tree, found = {"filters": [tree]}, Group("and", (found,))
    assert parse_filter(tree) == found


def test_a_tree_without_end_is_refused() -> None:
    tree = OK
    for _ in range(2000):
        tree = {"filters": [tree]}
    with pytest.raises(ValueError, match="deeper than 20 levels"):
        parse_filter(tree)


def test_groups_made_by_hand_are_checked() -> None:
    with pytest.raises(ValueError, match="not 'nor'"):
        Group("nor", (where("a", "isnull"),))
    with pytest.raises(ValueError, match="is empty"):
        Group("and", ())
