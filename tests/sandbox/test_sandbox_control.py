"""The control API: what it tells about the world and does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.sandbox.http.state import SandboxState
from tap_daktela.sandbox.options import SandboxOptions
from tap_daktela.sandbox.storage.tables import TABLES
from tests.helpers.harness import PATIENCE
from tests.helpers.sandbox_client import NOW_TEXT, fields, order, where

if TYPE_CHECKING:
    from tests.helpers.sandbox_client import Client

CORE = ("tickets", "contacts", "accounts", "crmRecords", "campaignsRecords", "activities")
CHANNELS = ("activitiesCall", "activitiesEmail", "activitiesWeb", "activitiesSms", "activitiesWap")


def test_the_ledger_equals_the_lists(client: Client) -> None:
    ledger = client.ask("ledger")
    for name in (*CORE, *CHANNELS, "users", "activitiesEmailFiles"):
        table = TABLES[name]
        rows = client.all(name, table.key, *table.axes)
        assert ledger[name]["rows"] == {str(row[table.key]): {axis: row[axis] for axis in table.axes} for row in rows}
        assert (ledger[name]["touched"], ledger[name]["deleted"]) == ([], [])


def test_every_listed_endpoint_answers(client: Client) -> None:
    ledger = client.ask("ledger")
    assert len(ledger) > 50
    silent = {"sipDevices", "activitiesFbComment", "activitiesIgComment"}
    for name, account in ledger.items():
        if name not in silent:
            result = client.result(name, {"take": 1})
            assert result["total"] == len(account["rows"]) > 0, name


def test_the_log_of_requests(fresh: Client) -> None:
    page = fresh.get("tickets", {"take": 2, "skip": 1})
    fresh.get("nothing", {"accessToken": fresh.sandbox.access_token})
    fresh.session.post(f"{fresh.sandbox.url}/api/v6/login.json?username=u&password=p&x=1", timeout=PATIENCE)
    entries = fresh.ask("requests")["requests"]
    assert [(e["method"], e["path"], e["query"], e["status"], e["rows"], e["bytes"]) for e in entries] == [
        ("GET", "/api/v6/tickets", "take=2&skip=1", 200, 2, len(page.content)),
        ("GET", "/api/v6/nothing", "accessToken=***", 404, 0, 0),
        ("POST", "/api/v6/login.json", "username=***&password=***&x=1", 401, 0, 0),
    ]
    fresh.control("reset-requests")
    assert fresh.ask("requests") == {"requests": []}


def test_the_log_says_how_many_requests_were_in_flight(fresh: Client) -> None:
    state = SandboxState(SandboxOptions(rows=0))
    with state.in_flight() as first, state.in_flight() as second:
        pass
    with state.in_flight() as third:
        pass
    assert (first, second, third) == (1, 2, 1)
    fresh.get("tickets")
    [entry] = fresh.ask("requests")["requests"]
    assert entry["in_flight"] == 1
    assert entry["at"] > 0


def test_resetting_the_log_restarts_the_count_of_faults(fresh: Client) -> None:
    fresh.control("options", {"fault": ["500@2"]})
    fresh.get("tickets")
    fresh.control("reset-requests")
    assert [fresh.get("tickets").status_code for _ in range(3)] == [200, 500, 200]


def test_advance(fresh: Client) -> None:
    assert fresh.control("advance", {"seconds": 3600}) == {"now": "2024-04-20 15:00:00"}
    assert fresh.get("tickets").json()["_time"] == "2024-04-20 15:00:00"


@pytest.mark.parametrize("endpoint", [*CORE, *CHANNELS, "groups", "contactsSnapshots"])
def test_added_rows_are_stamped_now(fresh: Client, endpoint: str) -> None:
    fresh.control("advance", {"seconds": 60})
    before = set(fresh.ask("ledger", {"endpoint": endpoint})[endpoint]["rows"])
    keys = {str(key) for key in fresh.control("add", {"endpoint": endpoint, "count": 3})["keys"]}
    account = fresh.ask("ledger", {"endpoint": endpoint})[endpoint]
    assert set(account["rows"]) - before == keys
    assert len(keys) == 3
    for key in keys:
        axis = TABLES[endpoint].axis
        assert account["rows"][key].get(axis) == ("2024-04-20 14:01:00" if axis else None)


def test_an_added_call_comes_with_its_activity(fresh: Client) -> None:
    [key] = fresh.control("add", {"endpoint": "activitiesCall", "count": 1})["keys"]
    [activity] = fresh.result(f"activitiesCall/{key}", fields("activities.name"))["activities"]
    assert fresh.result(f"activities/{activity['name']}", fields("item.id_call", "type")) == {
        "item": {"id_call": key},
        "type": "CALL",
    }


@pytest.mark.parametrize(("endpoint", "stamp"), [("tickets", "edited"), ("activities", "time_close")])
def test_edit_moves_the_stamp_to_now(fresh: Client, endpoint: str, stamp: str) -> None:
    fresh.control("advance", {"seconds": 5})
    keys = fresh.control("edit", {"endpoint": endpoint, "count": 4})["keys"]
    found = fresh.rows(endpoint, {**where((stamp, "gte", "2024-04-20 14:00:05")), **fields("name")})
    assert sorted(row["name"] for row in found) == sorted(keys)
    assert fresh.ask("ledger", {"endpoint": endpoint})[endpoint]["touched"] == sorted(map(str, keys))


def test_unknown_keys_are_left_out(fresh: Client) -> None:
    assert fresh.control("edit", {"endpoint": "tickets", "keys": [10001, 5]}) == {"keys": [10001]}
    assert fresh.control("delete", {"endpoint": "tickets", "keys": [10001, 5]}) == {"keys": [10001]}


def test_deleted_rows_are_gone_and_relations_to_them_are_null(fresh: Client) -> None:
    row = next(row for row in fresh.rows("tickets", {**fields("name", "contact.name"), "take": 1000}) if row["contact"])
    fresh.control("delete", {"endpoint": "contacts", "keys": [row["contact"]["name"]]})
    assert fresh.get(f"contacts/{row['contact']['name']}").status_code == 404
    assert fresh.result(f"tickets/{row['name']}", fields("contact.name")) == {"contact": None}
    assert fresh.result(f"tickets/{row['name']}")["contact"] is None


def test_given_rows_are_kept_as_they_are_with_plain_defaults(fresh: Client) -> None:
    given = {"name": "own", "firstname": "", "edited": None, "customFields": {"new": ["1"]}, "account": None}
    assert fresh.control("rows", {"endpoint": "contacts", "rows": [given]}) == {"keys": ["own"]}
    row = fresh.result("contacts/own")
    assert {name: row[name] for name in given} == given
    assert (row["created"], row["title"], row["description"]) == (NOW_TEXT, "", None)
    assert row["_sys"]["cfScheme"]["new"]["type"] == "TEXT"
    fresh.control("rows", {"endpoint": "contacts", "rows": [{"name": "own", "title": "again"}]})
    assert fresh.result("contacts/own", fields("title", "customFields")) == {"title": "again", "customFields": []}
    assert fresh.ask("ledger", {"endpoint": "contacts"})["contacts"]["touched"] == ["own"]


def test_given_activities_are_linked_with_their_items(fresh: Client) -> None:
    fresh.control("rows", {"endpoint": "activitiesCall", "rows": [{"id_call": "1.2", "call_time": NOW_TEXT}]})
    activity = {"name": "act", "type": "CALL", "item": {"id_call": "1.2"}, "ticket": {"name": 10001}}
    fresh.control("rows", {"endpoint": "activities", "rows": [activity]})
    assert fresh.result("activitiesCall/1.2", fields("activities.name")) == {"activities": [{"name": "act"}]}
    row = fresh.result("activities/act", fields("item.id_call", "ticket.name"))
    assert row == {"item": {"id_call": "1.2"}, "ticket": {"name": 10001}}


def test_given_rows_without_key_get_one(fresh: Client) -> None:
    [number] = fresh.control("rows", {"endpoint": "tickets", "rows": [{}]})["keys"]
    assert number == 10001 + 24
    [name] = fresh.control("rows", {"endpoint": "contacts", "rows": [{}]})["keys"]
    assert name.startswith("contacts_")


def test_clear(fresh: Client) -> None:
    fresh.control("clear", {"endpoint": "tickets"})
    assert fresh.result("tickets") == {"data": [], "total": 0}
    assert fresh.result("contacts", {"take": 1})["total"] == 30
    fresh.control("clear")
    assert fresh.result("users") == {"data": [], "total": 0}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("add", {"endpoint": "nothing"}),
        ("add", {"endpoint": "_connectors"}),
        ("add", {}),
        ("edit", {"endpoint": "tickets"}),
        ("rows", {"endpoint": "tickets", "rows": [{"nothing": 1}]}),
        ("advance", {"seconds": "soon"}),
        ("advance", {"seconds": None}),
    ],
)
def test_control_calls_that_make_no_sense(fresh: Client, name: str, body: dict[str, Any]) -> None:
    response = fresh.session.post(f"{fresh.sandbox.url}/sandbox/{name}", json=body, timeout=PATIENCE)
    assert response.status_code == 400
    assert response.json()["error"]


@pytest.mark.parametrize(("path", "status"), [("sandbox/nothing", 404), ("sandbox/add", 404), ("other", 404)])
def test_unknown_paths(client: Client, path: str, status: int) -> None:
    assert client.session.get(f"{client.sandbox.url}/{path}", timeout=PATIENCE).status_code == status


def test_lists_follow_changes_at_once(fresh: Client) -> None:
    query = {**where(("edited", "gte", NOW_TEXT)), **order("edited", "name"), **fields("name", "category.title")}
    start = fresh.result("tickets", query)["total"]
    fresh.control("add", {"endpoint": "tickets", "count": 2})
    assert fresh.result("tickets", query)["total"] == start + 2
    category = fresh.rows("ticketsCategories", {**where(("title", "eq", "Podpora")), **fields("name")})[0]["name"]
    titled = where(("category.title", "eq", "Přejmenováno"))
    assert fresh.result("tickets", titled)["total"] == 0
    fresh.control("rows", {"endpoint": "ticketsCategories", "rows": [{"name": category, "title": "Přejmenováno"}]})
    assert fresh.result("tickets", titled)["total"] > 0
