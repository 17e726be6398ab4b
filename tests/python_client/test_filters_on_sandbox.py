"""Each operator with each type of value finds at a server the rows that Python finds among all rows."""

import operator
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tap_daktela import Daktela, F
from tap_daktela.daktela.operators import OPERATORS
from tap_daktela.daktela.query import Condition, Filter
from tap_daktela.errors import ContractError
from tests.helpers.sandbox_client import Client, serving

Row = dict[str, Any]
ZONE = ZoneInfo("Europe/Prague")
COMPARISONS = {
    "eq": operator.eq,
    "neq": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


def folded(text: str) -> str:
    """Return what the instance compares of a text: it makes no difference between large and small letters."""
    return text.casefold()


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def half_a_second_later(text: str) -> datetime:
    return instant(text) + timedelta(seconds=0.5)


def day(text: str) -> date:
    return date.fromisoformat(text[:10])


def midnight(text: str) -> datetime:
    return datetime.fromisoformat(text[:10])


# What is compared: the list and its field, how the value of a row is written in Python, and what both mean.
TYPES: dict[str, tuple[str, str, Callable[[Any], Any], Callable[[Any], Any], Callable[[Any], Any]]] = {
    "text": ("tickets", "title", str, folded, folded),
    "text of a relation": ("tickets", "user.name", str, folded, folded),
    "integer": ("tickets", "name", int, int, int),
    "boolean": ("tickets", "unread", bool, int, int),
    "float": ("activitiesCallTranscripts", "start", float, float, float),
    "decimal": ("activitiesCallTranscripts", "start", lambda value: Decimal(str(value)), float, float),
    "text of a time": ("tickets", "edited", str, str, str),
    "wall clock": ("tickets", "edited", datetime.fromisoformat, str, str),
    "instant": ("tickets", "edited", instant, instant, instant),
    "part of a second": ("tickets", "edited", half_a_second_later, instant, half_a_second_later),
    "date": ("tickets", "edited", day, datetime.fromisoformat, midnight),
    "date of its own": ("contacts", "customFields.born", date.fromisoformat, date.fromisoformat, date.fromisoformat),
}
WHOLE = {name: one for name, one in TYPES.items() if name != "part of a second"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Client]:
    with serving(rows=600) as client:
        yield client


@pytest.fixture(scope="module")
def daktela(sandbox: Client) -> Iterator[Daktela]:
    with Daktela(sandbox.sandbox.url, access_token=sandbox.sandbox.access_token) as opened:
        yield opened


@pytest.fixture(scope="module")
def lists(sandbox: Client) -> dict[str, list[Row]]:
    return {
        "tickets": sandbox.all("tickets", "name", "title", "user.name", "unread", "edited", "stage", "closed"),
        "contacts": sandbox.all("contacts", "name", "customFields"),
        "activitiesCallTranscripts": sandbox.all("activitiesCallTranscripts", "name", "start"),
    }


def value(row: Row, path: str) -> Any:
    """Return the value of a row at a dotted path; of a custom field, which is a list, the first."""
    for name in path.split("."):
        row = row.get(name) if isinstance(row, dict) else None  # type: ignore[assignment]
    return next(iter(row), None) if isinstance(row, list) else row


def middle(rows: list[Row], field: str) -> Any:
    """Return the value in the middle of all different ones."""
    values = sorted({found for row in rows if (found := value(row, field)) is not None})
    return values[len(values) // 2]


def found(daktela: Daktela, endpoint: str, wanted: Filter) -> set[Any]:
    names = [row["name"] for row in daktela.rows(endpoint, wanted, fields="name")]
    assert daktela.count(endpoint, wanted) == len(names) == len(set(names))
    return set(names)


def expected(rows: list[Row], field: str, test: Callable[[Any], bool]) -> set[Any]:
    """Return the keys of the rows that have a value that passes: without a value no comparison is true."""
    return {row["name"] for row in rows if (one := value(row, field)) is not None and test(one)}


def check(daktela: Daktela, rows: list[Row], wanted: Condition, endpoint: str, test: Callable[[Any], bool]) -> set[Any]:
    names = expected(rows, wanted.field, test)
    assert found(daktela, endpoint, wanted) == names
    return names


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("compared", COMPARISONS)
def test_comparisons(daktela: Daktela, lists: dict[str, list[Row]], name: str, compared: str) -> None:
    endpoint, field, written, of_row, of_value = TYPES[name]
    rows, compare = lists[endpoint], COMPARISONS[compared]
    pivot = middle(rows, field)
    wanted = compare(F[field], written(pivot))
    assert wanted.operator == compared
    names = check(daktela, rows, wanted, endpoint, lambda one: compare(of_row(one), of_value(pivot)))
    # A midnight equals no row, and nothing is above true.
    assert names or (name, compared) in {("date", "eq"), ("boolean", "gt"), ("boolean", "lt")}


@pytest.mark.parametrize("compared", ["lt", "lte", "gt", "gte"])
def test_bounds_within_a_second(daktela: Daktela, lists: dict[str, list[Row]], compared: str) -> None:
    rows, compare = lists["tickets"], COMPARISONS[compared]
    bound = half_a_second_later(middle(rows, "edited"))
    wanted = compare(F.edited, bound)
    assert check(daktela, rows, wanted, "tickets", lambda one: compare(instant(one), bound))


@pytest.mark.parametrize("name", TYPES)
def test_between(daktela: Daktela, lists: dict[str, list[Row]], name: str) -> None:
    endpoint, field, written, of_row, of_value = TYPES[name]
    rows = lists[endpoint]
    values = sorted(one for row in rows if (one := value(row, field)) is not None)
    first, last = values[len(values) // 4], values[len(values) * 3 // 4]
    wanted = F[field].between(written(first), written(last))
    names = check(daktela, rows, wanted, endpoint, lambda one: of_value(first) <= of_row(one) <= of_value(last))
    assert names


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("compared", ["in", "notin"])
def test_lists_of_values(daktela: Daktela, lists: dict[str, list[Row]], name: str, compared: str) -> None:
    endpoint, field, written, of_row, of_value = TYPES[name]
    rows = lists[endpoint]
    values = sorted({one for row in rows if (one := value(row, field)) is not None})[:3]
    members, inside = {of_value(one) for one in values}, compared == "in"
    listed = [written(one) for one in values]
    wanted = F[field].in_(listed) if inside else F[field].notin(listed)
    check(daktela, rows, wanted, endpoint, lambda one: (of_row(one) in members) is inside)


@pytest.mark.parametrize(
    ("wanted", "test"),
    [
        (F.title.like("%na%"), lambda title: "na" in title),
        (F.title.like("re%"), lambda title: title.startswith("re")),
        (F.title.like("_e%"), lambda title: title[1:2] == "e"),
        (F.title.notlike("%na%"), lambda title: "na" not in title),
        (F.title.contains("na"), lambda title: "na" in title),
        (F.title.contains("%"), lambda title: "%" in title),
        (F.title.doesnotcontain("na"), lambda title: "na" not in title),
        (F.title.startswith("RE"), lambda title: title.startswith("re")),
        (F.title.endswith("y"), lambda title: title.endswith("y")),
        (F.title.begins("RE"), lambda title: title.startswith("re")),
        (F.title.notbegins("RE"), lambda title: not title.startswith("re")),
        (F.title.ends("y"), lambda title: title.endswith("y")),
        (F.title.notends("y"), lambda title: not title.endswith("y")),
        (F.title.regexp("^re.*[0-4]$"), lambda title: title.startswith("re") and title[-1] in "01234"),
    ],
)
def test_operators_for_texts(
    daktela: Daktela, lists: dict[str, list[Row]], wanted: Condition, test: Callable[[str], bool]
) -> None:
    rows = lists["tickets"]
    names = check(daktela, rows, wanted, "tickets", lambda title: test(title.casefold()))
    assert (0 < len(names) < len(rows)) or wanted.value == "%"


def test_nothing_and_anything(daktela: Daktela, lists: dict[str, list[Row]]) -> None:
    rows = lists["tickets"]
    unclosed = {row["name"] for row in rows if row["closed"] is None}
    assert found(daktela, "tickets", F.closed.isnull()) == unclosed
    assert found(daktela, "tickets", F.closed.isnotnull()) == {row["name"] for row in rows} - unclosed
    assert 0 < len(unclosed) < len(rows)


def test_joined_conditions(daktela: Daktela, lists: dict[str, list[Row]]) -> None:
    rows = lists["tickets"]
    edited = middle(rows, "edited")
    wanted = ((F.stage == "OPEN") | (F.stage == "WAIT")) & (F.edited >= instant(edited)) | F.user.isnull()
    assert found(daktela, "tickets", wanted) == {
        row["name"]
        for row in rows
        if (row["stage"] in {"OPEN", "WAIT"} and row["edited"] >= edited) or value(row, "user.name") is None
    }


def test_a_list_of_values_that_is_too_long_says_what_to_do(daktela: Daktela) -> None:
    with pytest.raises(ContractError, match=r"tickets: the request is too long.*fewer values.*HTTP 414"):
        daktela.count("tickets", F.name.in_(range(10_000, 13_000)))


def test_this_table_knows_every_operator() -> None:
    texts = {"like", "notlike", "contains", "doesnotcontain", "startswith", "endswith", "regexp"}
    others = {"begins", "notbegins", "ends", "notends"}
    assert {*COMPARISONS, "between", "in", "notin", "isnull", "isnotnull"} | texts | others == set(OPERATORS)
