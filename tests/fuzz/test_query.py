"""The query grammar: what is asked reaches the server as it was meant, and nothing beside it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import requests
from hypothesis import assume, given
from hypothesis import strategies as st

from tap_daktela.daktela.operators import OPERATORS, Scalar
from tap_daktela.daktela.query import Condition, Filter, Group, Query, parse_filter
from tap_daktela.sandbox.api import list_request
from tests.helpers.dirty_values import ANYTHING, TEXTS, attempt, bounded, mutated

NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
DECIMALS = st.decimals("-1e300", "1e300", allow_nan=False)
TIMES = st.dates() | st.datetimes().map(lambda moment: moment.replace(microsecond=0))
SCALARS = TEXTS | NUMBERS | DECIMALS | st.booleans() | TIMES
FIELDS = st.sampled_from(["name", "queue.name", "a[b]", "a&b=c", "skip", "filter[logic]", "é %"]) | st.text(min_size=1)
ORDERS = st.tuples(st.sampled_from(["", "-"]), FIELDS).map("".join).filter(lambda entry: entry != "-")
LISTS, NOTHING = ("in", "notin"), ("isnull", "isnotnull")
ONE_VALUE = [operator for operator in OPERATORS if operator not in {*LISTS, "between", *NOTHING}]
WRITTEN = {
    "logic": "or",
    "filters": [
        {"field": "stage", "operator": "eq", "value": "OPEN"},
        {"field": "name", "operator": "in", "value": [1, "2", True]},
        {"logic": "and", "filters": [{"field": "user.name", "operator": "isnull"}]},
    ],
}


def conditions() -> st.SearchStrategy[Condition]:
    """Return conditions of every operator."""
    return st.one_of(
        st.builds(built, FIELDS, st.sampled_from(ONE_VALUE), SCALARS),
        st.builds(built, FIELDS, st.sampled_from(NOTHING), st.none()),
        st.builds(built, FIELDS, st.sampled_from(LISTS), st.lists(SCALARS, min_size=1, max_size=12).map(tuple)),
        st.builds(built, FIELDS, st.just("between"), st.tuples(SCALARS, SCALARS)),
    )


def built(field: str, operator: str, value: Any) -> Condition:
    """Return a condition that can be asked; others are no part of these trees."""
    found = attempt(lambda: Condition(field, operator, value), ValueError)
    assume(found is not None)
    assert found is not None
    return found


def groups(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Group]:
    # More than ten members: their numbers must not be sorted as text.
    return st.builds(Group, st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=11).map(tuple))


FILTERS = st.recursive(conditions(), groups, max_leaves=12)


def read(query: Query) -> list_request.ListRequest:
    """Return what the server understands of a query, once it has been through a URL."""
    prepared = requests.Request("GET", "http://127.0.0.1/x", params=query.parameters()).prepare()
    assert prepared.url is not None
    return list_request.parse(prepared.url.partition("?")[2])


def meant(node: Filter) -> list_request.FilterNode:
    """Return what a filter means in the server's words."""
    if isinstance(node, Group):
        return list_request.FilterGroup(node.logic, tuple(meant(one) for one in node.filters))
    values = node.value if isinstance(node.value, tuple) else () if node.value is None else (node.value,)
    return list_request.FilterCondition(node.field, node.operator, tuple(map(sent, values)))


def sent(value: Scalar) -> str:
    """Return a value as it is sent: Daktela has no booleans, and no numbers with an exponent that are exact."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str({True: 1, False: 0}[value] if isinstance(value, bool) else value)


@bounded(80)
@given(
    FILTERS, st.lists(ORDERS, max_size=3), st.lists(FIELDS, max_size=12), st.integers(1, 1000), st.integers(0, 10**9)
)
def test_a_query_arrives_as_it_was_meant(tree: Filter, sort: Any, fields: Any, take: int, skip: int) -> None:
    # Daktela has no word for a list that holds but the empty text.
    assume("('',)" not in repr(tree))
    whole = tree if isinstance(tree, Group) else Group("and", (tree,))
    expected = list_request.ListRequest(
        take=take,
        skip=skip,
        filter=meant(whole),
        sort=tuple((entry.removeprefix("-"), entry.startswith("-")) for entry in sort),
        fields=tuple(fields),
    )
    assert read(Query(tree, tuple(sort), tuple(fields), take, skip)) == expected


@bounded(80)
@given(mutated(WRITTEN) | ANYTHING)
def test_a_filter_of_the_user_is_sent_or_refused(tree: Any) -> None:
    found = attempt(lambda: parse_filter(tree), ValueError)
    if found is not None:
        whole = found if isinstance(found, Group) else Group("and", (found,))
        assume("('',)" not in repr(found))
        assert read(Query(found, (), (), 1)).filter == meant(whole)
