"""Lists of a well-behaved instance, and each way in which they may be odd."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.simulation.cases.oddities import ListWay, Oddities
from tests.simulation.model.asking import ask, get, pairs, read_all, where
from tests.simulation.model.clock import VirtualClock
from tests.simulation.model.instance import Instance

FOUR = "2024-06-08 00:00:00"


def instance(seed: int = 1, **odd: Any) -> Instance:
    return Instance(Oddities(**odd), seed, VirtualClock())


# --- good behaviour ---------------------------------------------------------------------------------------------------


def test_a_filter_a_sort_and_a_slice() -> None:
    one = instance()
    times = sorted(row["time"] for row in one.table("activities").rows.values())
    assert [row["time"] for row in ask(one, "activities", sort="time name", fields="time")] == times
    assert [row["time"] for row in ask(one, "activities", sort="time name", skip=5, take=3)] == times[5:8]
    late = ask(one, "activities", ("time", "gte", times[30]), ("time", "lt", times[35]), sort="time")
    assert [row["time"] for row in late] == times[30:35]
    page = get(one, "activities", [*where(("time", "gt", times[30])), *pairs(take=2)])
    assert (len(page.rows), page.total) == (2, 9)


def test_filters_by_none_by_a_list_by_a_relation_and_by_alternatives() -> None:
    one = instance()
    rows = one.table("tickets").rows.values()
    never = {row["name"] for row in rows if row["edited"] is None}
    assert {row["name"] for row in ask(one, "tickets", ("edited", "isnull", None))} == never
    assert len(ask(one, "tickets", ("name", "in", [1003, 1004]))) == 2
    users = Counter(row["user"]["name"] for row in rows if row["user"])
    user, count = users.most_common(1)[0]
    assert (
        len(ask(one, "tickets", ("user", "eq", user))) == len(ask(one, "tickets", ("user.name", "eq", user))) == count
    )
    either = [*where(("name", "eq", 1003), ("edited", "isnull", None), logic="or"), *pairs()]
    assert len(get(one, "tickets", either).rows) == len(never | {1003})


def test_rows_without_a_value_come_first_or_downwards_last() -> None:
    edited = [row["edited"] for row in ask(instance(), "tickets", sort="edited name")]
    missing = edited.count(None)
    assert 0 < missing < 40
    assert edited[:missing] == [None] * missing
    downwards = [("sort[0][field]", "edited"), ("sort[0][dir]", "desc")]
    assert [row["edited"] for row in get(instance(), "tickets", downwards).rows] == edited[::-1]


def test_keys_are_compared_as_numbers_or_as_texts() -> None:
    one = instance(keys="digits", rows=20)
    tickets = [int(row["name"]) for row in ask(one, "tickets", sort="name")]
    users = [row["name"] for row in ask(one, "users", sort="name")]
    assert tickets == sorted(tickets)
    assert users == sorted(users) != sorted(users, key=int)


def test_exactly_the_wanted_fields_come() -> None:
    row = ask(instance(), "tickets", fields="name user.title statuses.name unknown customFields")[0]
    assert row.keys() == {"name", "user", "statuses", "customFields"}
    assert all(status.keys() == {"name"} for status in row["statuses"])
    whole = ask(instance(), "tickets", fields="statuses")
    assert all("_sys" in status for row in whole for status in row["statuses"])


@pytest.mark.parametrize(
    "parameters",
    [pairs(take=1001), where(("unknown", "eq", 1)), where(("name", "resembles", 1))],
)
def test_what_the_server_does_not_understand_is_answered_with_400(parameters: list[tuple[str, str]]) -> None:
    page = get(instance(), "tickets", parameters)
    assert page.status == 400
    assert b'"error":["' in page.body


def test_pages_by_offset_bring_every_row_once() -> None:
    assert len({row["name"] for row in read_all(instance(), "tickets", 7, sort="edited name")}) == 40


# --- lists within rows ------------------------------------------------------------------------------------------------


def lists(way: str, fields: str, name: str = "tickets.statuses") -> list[Any]:
    """Return what comes for a ticket's statuses: of a row without one, of rows with one and with two."""
    one = instance(lists=(ListWay(name, way),))
    by_size = {len(row["statuses"]): row["name"] for row in one.table("tickets").rows.values()}
    rows = {row["name"]: row for row in ask(one, "tickets", fields=f"name {fields}")}
    assert one.applied[f"lists: {way}"] > 0 or way.startswith("bare")
    found = [rows[by_size[size]] for size in (0, 1, 2)]
    return [{key: value for key, value in row.items() if key != "name"} for row in found]


@pytest.mark.parametrize(("way", "empty"), [("empty null", {"statuses": None}), ("empty absent", {})])
def test_lists_without_elements(way: str, empty: dict[str, Any]) -> None:
    assert lists(way, "statuses.name")[0] == lists(way, "statuses")[0] == empty
    assert len(lists(way, "statuses.name")[1]["statuses"]) == 1


@pytest.mark.parametrize(
    ("way", "sent"), [("bare null", {"statuses": None}), ("bare []", {"statuses": []}), ("bare absent", {})]
)
def test_a_server_that_does_not_pick_inside_a_list(way: str, sent: dict[str, Any]) -> None:
    assert lists(way, "statuses.name statuses.title") == [sent] * 3
    assert [len(row["statuses"]) for row in lists(way, "statuses")] == [0, 1, 2]
    assert [len(row["statuses"]) for row in lists(way, "statuses.name", "tickets.followers")] == [0, 1, 2]


def test_literal_dotted_names_beside_the_row() -> None:
    rows = lists("dotted names", "statuses.name statuses.title")
    assert [row.keys() for row in rows] == [{"statuses.name", "statuses.title"}] * 3
    assert [len(row["statuses.name"]) for row in rows] == [0, 1, 2]


def test_elements_as_bare_keys_where_one_part_is_wanted() -> None:
    assert all(isinstance(key, str) for row in lists("bare keys", "statuses.name") for key in row["statuses"])
    assert lists("bare keys", "statuses.name statuses.title")[1]["statuses"][0].keys() == {"name", "title"}


def test_one_element_as_an_object_and_elements_by_index() -> None:
    assert lists("single object", "statuses.name")[1]["statuses"].keys() == {"name"}
    assert isinstance(lists("single object", "statuses.name")[2]["statuses"], list)
    assert lists("by index", "statuses.name")[2]["statuses"].keys() == {"0", "1"}


def test_parts_of_relations_under_dotted_names() -> None:
    row = next(row for row in ask(instance(relations="dotted"), "tickets", fields="user.name") if "user" not in row)
    assert row["user.name"].startswith("users_")


# --- totals, pages, order, filters ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "totals"),
    [
        ("right", [40, 40, 40]),
        ("text", ["40", "40", "40"]),
        ("absent", [..., ..., ...]),
        ("null", [None, None, None]),
        ("page", [15, 15, 10]),
        ("one more", [41, 41, 41]),
        ("one less", [39, 39, 39]),
    ],
)
def test_totals(way: str, totals: list[Any]) -> None:
    one = instance(total=way)
    assert [get(one, "users", pairs(skip=skip, take=15)).total for skip in (0, 15, 30)] == totals
    assert one.applied[f"total: {way}"] == (0 if way == "right" else 3)


@pytest.mark.parametrize(("way", "wrong"), [("one more once", 41), ("one less once", 39)])
def test_totals_that_are_wrong_once(way: str, wrong: int) -> None:
    one = instance(total=way)
    assert Counter(get(one, "users").total for _ in range(10)) == {40: 9, wrong: 1}


def test_totals_that_change() -> None:
    one = instance(total="changing")
    assert len({get(one, "users").total for _ in range(20)}) > 2


def test_caps_and_ragged_pages() -> None:
    assert len(ask(instance(serve_at_most=7), "users", take=20)) == 7
    ragged = instance(ragged=True)
    assert len({len(ask(ragged, "users", take=20)) for _ in range(10)}) > 2
    assert len({row["name"] for row in read_all(ragged, "users", 20, sort="name")}) == 40


def order(one: Instance, sort: str) -> list[Any]:
    return [(row["time"], row["name"]) for row in ask(one, "activities", sort=sort, fields="time name")]


def test_orders_that_are_not_kept() -> None:
    right = sorted(order(instance(ties=20), ""))
    ignored, unsorted = instance(ties=20, sort="ignored"), instance(ties=20, sort="unsorted")
    assert order(ignored, "time name") == order(ignored, "time name") != right
    assert order(unsorted, "time name") != order(unsorted, "time name")
    first = order(instance(ties=20, sort="first only"), "time name")
    assert first != right
    assert [time for time, _ in first] == [time for time, _ in right]


def test_orders_that_a_server_does_not_know_give_no_rows() -> None:
    key_unknown, all_unknown = instance(sort="key unknown"), instance(sort="all unknown")
    assert [len(order(key_unknown, sort)) for sort in ("time name", "name", "time", "")] == [0, 0, 40, 40]
    assert [len(order(all_unknown, sort)) for sort in ("time name", "time", "")] == [0, 0, 40]
    assert get(all_unknown, "activities", pairs(sort="time")).total == 0
    assert not ask(instance(), "users", sort="unknown")


def test_filters_that_are_ignored() -> None:
    time, key, other = ("time", "gte", FOUR), ("name", "eq", "x"), ("type", "eq", "CALL")
    rows = {
        way: [len(ask(instance(filter=way), "activities", one)) for one in (time, key, other)]
        for way in ("right", "key ignored", "time ignored", "ignored")
    }
    some, _, calls = rows["right"]
    assert 0 < some < 40
    assert 0 < calls < 40
    assert rows == {
        "right": [some, 0, calls],
        "key ignored": [some, 40, calls],
        "time ignored": [40, 0, calls],
        "ignored": [40, 40, 40],
    }


def test_slices_and_fields_that_are_ignored() -> None:
    ignored = instance(skip="ignored")
    assert ask(ignored, "users", skip=30, take=5) == ask(ignored, "users", take=5)
    assert len(ask(instance(take="ignored"), "users", take=5)) == 40
    assert "_sys" in ask(instance(fields="ignored"), "users", fields="name")[0]
    assert get(instance(data="object"), "users", pairs(take=2)).body.startswith(b'{"error":[],"result":{"data":{"0_')


# --- keys and texts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "kinds"),
    [
        ("plain", {str}),
        ("numbers", {int}),
        ("mixed", {int, str}),
        ("some null", {str, type(None)}),
    ],
)
def test_types_of_keys(way: str, kinds: set[type]) -> None:
    assert {type(row["name"]) for row in ask(instance(keys=way), "users")} == kinds


def test_keys_that_are_empty_or_come_twice() -> None:
    assert "" in {row["name"] for row in ask(instance(keys="some empty"), "users")}
    assert len({row["name"] for row in ask(instance(keys="some twice"), "users")}) < 40


def test_texts_are_compared_without_regard_to_case() -> None:
    names = [row["name"] for row in ask(instance(collation="case-insensitive"), "users", sort="name")]
    assert names == sorted(names, key=str.casefold) != sorted(names)
    behind = ask(instance(collation="case-insensitive"), "users", ("name", "gt", names[20]))
    assert {row["name"] for row in behind} == set(names[21:])


def test_dirt_comes_as_json_escapes() -> None:
    assert rb"\u0000title" in get(instance(dirt=("nul",)), "tickets").body
    assert rb"\ud83dtitle" in get(instance(dirt=("surrogate",)), "tickets").body
    assert b": NaN" in get(instance(dirt=("nan",)), "tickets").body
