"""What an instance may do all the time to fool a reader: to its lists, its pages and its clock."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.sandbox_client import fields, order

if TYPE_CHECKING:
    from tests.helpers.sandbox_client import Client


@pytest.mark.parametrize(("shape", "expected"), [("absent", "no key"), ("null", None), ("empty", [])])
def test_one_list_is_not_picked_into_and_the_others_are(fresh: Client, shape: str, expected: Any) -> None:
    asked = {**fields("statuses.title", "followers.name"), "take": 1000}
    picked = fresh.rows("tickets", asked)
    fresh.control("options", {"bare_list": ["statuses"], "bare_as": shape})
    rows = fresh.rows("tickets", asked)
    assert [row.get("statuses", "no key") for row in rows] == [expected] * 24
    assert [row["followers"] for row in rows] == [row["followers"] for row in picked]
    assert any(row["followers"] for row in rows)
    whole = fresh.rows("tickets", {**fields("statuses", "statuses.title"), "take": 1000})
    assert any("_sys" in one for row in whole for one in row["statuses"])
    fresh.control("options", {"bare_list": None, "bare_as": None})
    assert fresh.rows("tickets", asked) == picked


def test_bare_as_tells_for_all_lists(fresh: Client) -> None:
    fresh.control("options", {"bare_lists": True, "bare_as": "null"})
    row = fresh.rows("tickets", fields("name", "statuses.title", "followers.name"))[0]
    assert row == {"name": row["name"], "statuses": None, "followers": None}


@pytest.mark.parametrize("asked", [fields("name", "statuses.title"), fields("name", "statuses"), {}])
def test_empty_lists_as_null(fresh: Client, asked: dict[str, str]) -> None:
    before = {row["name"]: row["statuses"] for row in fresh.rows("tickets", {**asked, "take": 1000})}
    assert [] in before.values()
    fresh.control("options", {"null_lists": True})
    after = {row["name"]: row["statuses"] for row in fresh.rows("tickets", {**asked, "take": 1000})}
    assert after == {name: value or None for name, value in before.items()}


@pytest.mark.parametrize("asked", [fields("name", "statuses.title"), fields("name", "statuses"), {}])
def test_a_single_element_as_an_object(fresh: Client, asked: dict[str, str]) -> None:
    before = {row["name"]: row["statuses"] for row in fresh.rows("tickets", {**asked, "take": 1000})}
    assert {0, 1, 2} <= {len(value) for value in before.values()}
    fresh.control("options", {"one_as_object": True})
    after = {row["name"]: row["statuses"] for row in fresh.rows("tickets", {**asked, "take": 1000})}
    assert after == {name: value[0] if len(value) == 1 else value for name, value in before.items()}


def test_keys_in_place_of_elements(fresh: Client) -> None:
    asked = {**fields("name", "statuses.title", "followers.name", "followers.title"), "take": 1000}
    full = {row["name"]: row["statuses"] for row in fresh.rows("tickets", {**fields("name", "statuses"), "take": 1000})}
    before = {row["name"]: row["followers"] for row in fresh.rows("tickets", asked)}
    fresh.control("options", {"bare_elements": True})
    rows = {row["name"]: row for row in fresh.rows("tickets", asked)}
    assert {name: row["statuses"] for name, row in rows.items()} == {
        name: [one["name"] for one in value] for name, value in full.items()
    }
    assert {name: row["followers"] for name, row in rows.items()} == before
    assert any(row["statuses"] for row in rows.values())


def test_every_page_tells_only_of_itself(fresh: Client) -> None:
    fresh.control("options", {"serve_at_most": 10, "total": "own"})
    pages = [fresh.result("tickets", {"take": 100, "skip": skip}) for skip in (0, 20, 24)]
    assert [(len(page["data"]), page["total"]) for page in pages] == [(10, 10), (4, 4), (0, 0)]


def test_ignored_skip(fresh: Client) -> None:
    ask = {**fields("name"), **order("name"), "take": 10}
    first, second = (fresh.rows("tickets", {**ask, "skip": skip}) for skip in (0, 10))
    assert first != second
    fresh.control("options", {"ignore_skip": True})
    assert [fresh.rows("tickets", {**ask, "skip": skip}) for skip in (0, 10, 5000)] == [first] * 3
    fresh.control("options", {"ignore_skip": False})
    assert fresh.rows("tickets", {**ask, "skip": 10}) == second


def told(client: Client) -> tuple[str, str]:
    """The time of day in an answer's body, and in its Date header in UTC."""
    response = client.get("whoim")
    return response.json()["_time"][11:], parsedate_to_datetime(response.headers["Date"]).strftime("%H:%M:%S")


def test_the_clock_jumps_at_a_request(fresh: Client) -> None:
    right = ("14:00:00", "12:00:00")
    assert told(fresh) == right
    for _ in range(2):
        fresh.control("options", {"clock_jump": ["-90@4", "7200@2"]})
        assert [told(fresh) for _ in range(4)] == [right, *[("16:00:00", "14:00:00")] * 2, ("13:58:30", "11:58:30")]
    fresh.control("add", {"endpoint": "tickets", "count": 1})
    assert fresh.rows("tickets", {**fields("edited"), "take": 1}) == [{"edited": "2024-04-20 14:00:00"}]
    fresh.control("options", {"clock_jump": None})
    assert told(fresh) == right


def test_the_time_in_answers_is_not_that_of_their_date(fresh: Client) -> None:
    fresh.control("options", {"time_skew": -3600})
    assert told(fresh) == ("13:00:00", "12:00:00")
    fresh.control("options", {"time_skew": None})
    assert told(fresh) == ("14:00:00", "12:00:00")


def test_a_hot_row_is_edited_before_each_request(fresh: Client) -> None:
    fresh.control("options", {"hot": "tickets"})
    for path in ("contacts", "tickets", "tickets/10001", "tickets/10002/activities"):
        fresh.control("advance", {"seconds": 60})
        fresh.result(path)
        account = fresh.ask("ledger", {"endpoint": "tickets"})["tickets"]
        assert account["touched"] == ["10001"]
        now = fresh.control("advance", {"seconds": 0})["now"]
        assert account["rows"]["10001"]["edited"] == now
    fresh.control("options", {"hot": None})
    fresh.control("advance", {"seconds": 60})
    fresh.rows("tickets")
    assert fresh.ask("ledger", {"endpoint": "tickets"})["tickets"]["rows"]["10001"]["edited"] == now
