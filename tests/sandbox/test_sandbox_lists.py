"""Lists: paging, filters, sorting and projection, through a real socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.sandbox_client import fields, order, serving, where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.sandbox_client import Client

ROWS = [
    {"name": "a", "title": "Alfa", "description": None, "edited": "2024-01-01 00:00:00", "nps_score": 1.5},
    {"name": "b", "title": "BETA", "description": "", "edited": "2024-01-01 12:30:00", "nps_score": 10},
    {"name": "c", "title": "100 % čaj", "description": "x_y", "edited": "2024-01-02 00:00:00", "nps_score": 2},
    {"name": "d", "title": "alfabeta", "description": "xzy", "edited": None, "nps_score": None},
]


@pytest.fixture(scope="module")
def four() -> Iterator[Client]:
    with serving() as client:
        client.control("clear", {"endpoint": "contacts"})
        users = [{"name": "eva", "title": "Eva Malá", "role": "admin"}, {"name": "jan", "title": "Jan Velký"}]
        client.control("rows", {"endpoint": "users", "rows": users})
        owned = [{**row, "user": user} for row, user in zip(ROWS, ("eva", "jan", None, "eva"), strict=True)]
        owned[0]["customFields"] = {"email": ["A@x.cz", None], "number": []}
        owned[1]["customFields"] = {"email": []}
        client.control("rows", {"endpoint": "contacts", "rows": owned})
        yield client


def names(client: Client, query: dict[str, Any]) -> str:
    return "".join(sorted(row["name"] for row in client.rows("contacts", {**fields("name"), **query})))


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("title", "eq", "alfa", "a"),
        ("title", "eq", "Alf", ""),
        ("title", "neq", "ALFA", "bcd"),
        ("title", "gt", "alfa", "bd"),
        ("title", "gte", "alfa", "abd"),
        ("title", "lt", "alfa", "c"),
        ("title", "lte", "alfa", "ac"),
        ("title", "like", "%BETA", "bd"),
        ("title", "like", "alf_", "a"),
        ("title", "like", "100 \\% %", "c"),
        ("title", "like", "bet", ""),
        ("title", "notlike", "%beta", "ac"),
        ("title", "contains", "FAB", "d"),
        ("title", "contains", "%", "c"),
        ("title", "doesnotcontain", "a", ""),
        ("title", "doesnotcontain", "beta", "ac"),
        ("title", "startswith", "ALF", "ad"),
        ("title", "begins", "alf", "ad"),
        ("title", "notbegins", "alf", "bc"),
        ("title", "endswith", "TA", "bd"),
        ("title", "ends", "ta", "bd"),
        ("title", "notends", "ta", "ac"),
        ("title", "regexp", "^[0-9]+ ", "c"),
        ("title", "regexp", "BETA$", "bd"),
        ("title", "in", ["alfa", "beta"], "ab"),
        ("title", "in", "alfa", "a"),
        ("title", "notin", ["alfa", "beta"], "cd"),
        ("description", "isnull", None, "a"),
        ("description", "isnull", "true", "a"),
        ("description", "isnotnull", None, "bcd"),
        ("description", "neq", "xzy", "bc"),
        ("description", "contains", "_", "c"),
        ("nps_score", "gt", "2", "b"),
        ("nps_score", "gte", "2", "bc"),
        ("nps_score", "eq", "10", "b"),
        ("nps_score", "between", ["1.5", "2"], "ac"),
        ("nps_score", "lt", "100", "abc"),
        ("edited", "gte", "2024-01-01", "abc"),
        ("edited", "gt", "2024-01-01", "bc"),
        ("edited", "lt", "2024-01-02", "ab"),
        ("edited", "lte", "2024-01-02", "abc"),
        ("edited", "lte", "2024-01-01 12:30:00", "ab"),
        ("edited", "lte", "2024-01-01 12:30", "ab"),
        ("edited", "eq", "2024-01-02", "c"),
        ("edited", "between", ["2024-01-01 00:00:01", "2024-01-02"], "bc"),
        ("edited", "in", ["2024-01-01", "2024-01-02"], "ac"),
        ("edited", "isnull", None, "d"),
        ("edited", "neq", "2024-01-02", "ab"),
        ("user", "eq", "EVA", "ad"),
        ("user", "isnull", None, "c"),
        ("user.title", "contains", "malá", "ad"),
        ("user.name", "in", ["jan", "nikdo"], "b"),
        ("user.role", "eq", "admin", "ad"),
        ("user.role.title", "eq", "administrátor", "ad"),
        ("customFields.email", "eq", "a@X.cz", "a"),
        ("customFields.email", "contains", "@", "a"),
        ("customFields.number", "isnull", None, "abcd"),
        ("customFields.email", "isnotnull", None, "a"),
    ],
)
def test_operator(four: Client, field: str, operator: str, value: Any, expected: str) -> None:
    assert names(four, where((field, operator, value))) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"filter[field]": "title", "filter[operator]": "eq", "filter[value]": "alfa"},
        {"filter[0][field]": "title", "filter[0][operator]": "eq", "filter[0][value]": "alfa"},
        where(("title", "eq", "alfa")),
        {"filter[0][field]": "name", "filter[0][operator]": "in", "filter[0][value][]": "a"},
    ],
)
def test_three_spellings_of_a_filter(four: Client, query: dict[str, str]) -> None:
    assert names(four, query) == "a"


def test_numbered_filters_are_joined_by_and(four: Client) -> None:
    one = {"filter[0][field]": "title", "filter[0][operator]": "contains", "filter[0][value]": "beta"}
    two = {"filter[1][field]": "user", "filter[1][operator]": "eq", "filter[1][value]": "jan"}
    assert names(four, one | two) == "b"


def test_groups_nest(four: Client) -> None:
    inner = {"filter[filters][1][logic]": "or"}
    for number, title in enumerate(("alfa", "beta")):
        start = f"filter[filters][1][filters][{number}]"
        inner |= {f"{start}[field]": "title", f"{start}[operator]": "eq", f"{start}[value]": title}
    assert names(four, {**where(("user", "eq", "eva")), **inner}) == "a"
    assert names(four, {**where(("user", "isnull", None), logic="or"), **inner}) == "abc"


@pytest.mark.parametrize(
    "query",
    [
        where(("nothing", "eq", "1")),
        where(("user.nothing", "eq", "1")),
        where(("title.name", "eq", "1")),
        where(("customFields.nothing", "eq", "1")),
        where(("_parent", "eq", "1")),
        where(("title", "nin", ["a"])),
        where(("title", "similar", "a")),
        where(("title", "in", None)),
        where(("title", "in", "")),
        where(("title", "eq", None)),
        where(("title", "eq", ["a", "b"])),
        where(("nps_score", "between", ["1"])),
        where(("edited", "gte", "yesterday")),
        where(("edited", "gte", "2024-01-01T00:00:00Z")),
        where(("title", "regexp", "(")),
        {"filter[logic]": "and"},
        {"filter[logic]": "xor", **{k: v for k, v in where(("title", "eq", "a")).items() if k != "filter[logic]"}},
        {"filter[filters][x][field]": "title"},
        {"filter[operator]": "eq", "filter[value]": "a"},
        {"filter": "edited[gte]=2024"},
        {"filter[edited][gte]": "2024-01-01"},
        {"take": "1001"},
        {"take": "-1"},
        {"take": "many"},
        {"skip": "x"},
        {"pageSize": "1001", "page": "1"},
        {"sort[0][dir]": "asc"},
        {"sort[0][field]": "title", "sort[0][dir]": "up"},
    ],
)
def test_a_request_against_the_grammar_is_refused_with_words(four: Client, query: dict[str, str]) -> None:
    response = four.get("contacts.json", query)
    assert response.status_code == 400
    body = response.json()
    assert body["result"] is None
    assert isinstance(body["error"][0], str)
    assert body["_time"] == "2024-04-20 14:00:00"


def test_the_texts_of_the_two_best_known_errors(four: Client) -> None:
    assert four.get("contacts", {"take": "1001"}).json()["error"] == ["Max defined take is 1000"]
    assert four.get("contacts", where(("nothing", "eq", "1"))).json()["error"] == ["Neznámé pole filtru: nothing"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (("name",), "abcd"),
        (("-name",), "dcba"),
        (("title",), "cadb"),
        (("edited",), "dabc"),
        (("-edited",), "cbad"),
        (("nps_score",), "dacb"),
        (("user", "-name"), "cdab"),
        (("user", "name"), "cadb"),
        (("-user.title", "name"), "badc"),
        (("customFields.email", "-name"), "dcba"),
    ],
)
def test_sort(four: Client, sort: tuple[str, ...], expected: str) -> None:
    rows = four.rows("contacts", {**fields("name"), **order(*sort)})
    assert "".join(row["name"] for row in rows) == expected


def test_a_single_sort_object_is_understood(four: Client) -> None:
    rows = four.rows("contacts", {"sort[field]": "name", "sort[dir]": "desc"})
    assert [row["name"] for row in rows] == ["d", "c", "b", "a"]


@pytest.mark.parametrize("sort", ["nothing", "user.nothing", "customFields.nothing", "_parent"])
def test_an_unknown_sort_field_gives_nothing_and_no_error(four: Client, sort: str) -> None:
    assert four.result("contacts", order(sort)) == {"data": [], "total": 0}
    assert four.result("contacts", order("name", sort))["total"] == 0


def test_without_sort_the_newest_come_first(client: Client) -> None:
    times = [row["time"] for row in client.rows("activities", {"take": 1000, **fields("time")})]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) > 1


def test_a_range_in_index_order_equals_the_same_rows_sorted_by_hand(client: Client) -> None:
    everything = client.all("activities", "name", "time")
    low, high = "2024-03-25 08:00:00", "2024-04-10 16:00:00"
    inside = sorted(
        (row for row in everything if low <= row["time"] < high), key=lambda row: (row["time"], row["name"])
    )
    query = {**where(("time", "gte", low), ("time", "lt", high)), **fields("name", "time"), "take": 1000}
    assert 0 < len(inside) < len(everything)
    assert client.rows("activities", {**query, **order("time", "name")}) == inside
    assert client.rows("activities", {**query, **order("-time", "-name")}) == inside[::-1]


def test_paging(client: Client) -> None:
    everything = client.all("tickets", "name")
    assert len(everything) == 240
    assert len(client.rows("tickets")) == 100
    by_name = {**fields("name"), **order("name")}
    names = [row["name"] for row in client.rows("tickets", {**by_name, "take": 1000})]
    assert names == sorted(row["name"] for row in everything)
    assert [row["name"] for row in client.rows("tickets", {**by_name, "take": 7, "skip": 5})] == names[5:12]
    assert [row["name"] for row in client.rows("tickets", {**by_name, "page": 3, "pageSize": 10})] == names[20:30]
    assert client.result("tickets", {"skip": 5000}) == {"data": [], "total": 240}
    assert client.result("tickets", {"take": 0}) == {"data": [], "total": 240}
    assert "total" not in client.result("tickets", {"take": 1, "total": "false"})


def test_fields_give_exactly_these_keys_nested(four: Client) -> None:
    asked = fields("name", "user.name", "user.role.title", "nothing", "user.nothing", "title.name", "_parent")
    rows = four.rows("contacts", {**asked, **order("name")})
    assert rows[0] == {"name": "a", "user": {"name": "eva", "role": {"title": "Administrátor"}}}
    assert rows[1] == {"name": "b", "user": {"name": "jan", "role": None}}
    assert rows[2] == {"name": "c", "user": None}


def test_a_bare_relation_is_the_whole_object(four: Client) -> None:
    row = four.rows("contacts", {**fields("user", "user.name"), **order("name")})[0]
    assert row["user"]["title"] == "Eva Malá"
    assert row["user"]["role"]["_sys"]["model"] == "roles"


def test_custom_fields_in_fields(four: Client) -> None:
    rows = four.rows("contacts", {**fields("customFields"), **order("name")})
    assert [row["customFields"] for row in rows] == [{"email": ["A@x.cz", None], "number": []}, {"email": []}, [], []]
    rows = four.rows("contacts", {**fields("customFields.email"), **order("name")})
    assert rows[0] == {"customFields": {"email": ["A@x.cz", None]}}
    assert rows[2] == {"customFields": []}


def test_comma_joined_fields_trim_nothing(four: Client) -> None:
    assert len(four.rows("contacts", {"fields": "name,title"})[0]) > 10


def test_items_and_lists_in_fields(client: Client) -> None:
    asked = fields("type", "item.id_call", "item.name", "statuses.title", "item")
    for row in client.rows("activities", {**fields("type", "item.id_call", "item.name"), "take": 1000}):
        if row["item"] is not None:
            assert set(row["item"]) == ({"id_call"} if row["type"] == "CALL" else {"name"})
    whole = [row["item"] for row in client.rows("activities", asked) if row["item"]]
    assert {"activitiesCall", "activitiesEmail"} <= {item["_sys"]["model"] for item in whole}
    calls = client.rows("activitiesCall", {**fields("id_call", "activities.name"), "take": 1000})
    assert all(set(one) == {"name"} for call in calls for one in call["activities"])
    assert any(call["activities"] for call in calls)
    assert any(not call["activities"] for call in calls)


def test_lists_can_be_filtered_by_an_element(client: Client) -> None:
    call = next(row for row in client.rows("activitiesCall", fields("id_call", "activities.name")) if row["activities"])
    activity = call["activities"][0]["name"]
    assert client.rows("activitiesCall", {**where(("activity", "eq", activity)), **fields("id_call")}) == [
        {"id_call": call["id_call"]}
    ]
    found = client.rows("activities", {**where(("item.id_call", "eq", call["id_call"])), **fields("name")})
    assert {"name": activity} in found


def test_transcripts_are_filtered_by_their_activity(client: Client) -> None:
    first = client.rows("activitiesCallTranscripts", fields("activity.name"))[0]["activity"]["name"]
    rows = client.rows(
        "activitiesCallTranscripts", {**where(("activity", "eq", first)), **fields("activity.name", "start")}
    )
    assert {row["activity"]["name"] for row in rows} == {first}
    assert len(rows) < len(client.all("activitiesCallTranscripts", "name"))


def test_full_text_search(four: Client) -> None:
    assert names(four, {"q": "beta"}) == "bd"
    assert names(four, {"q": "beta", **where(("user", "eq", "jan"))}) == "b"
