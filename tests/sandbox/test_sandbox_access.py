"""Who may read: tokens, login in its shapes, rights; and what a whole object shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.helpers.harness import PATIENCE
from tests.helpers.sandbox_client import fields, order, where

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from tests.helpers.sandbox_client import Client

MARKER = "SANDBOX-SECRET-"


def login(client: Client, method: str = "POST", **more: Any) -> requests.Response:
    return client.session.request(method, f"{client.sandbox.url}/api/v6/login.json", timeout=PATIENCE, **more)


def credentials(client: Client, **more: str) -> dict[str, str]:
    return {"username": client.sandbox.username, "password": client.sandbox.password, **more}


def works(client: Client, token: str) -> bool:
    return client.get("tickets", {"take": 1}, headers={"X-AUTH-TOKEN": token}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nothing.json", 404),
        ("tickets/1.json", 404),
        ("tickets/abc", 404),
        ("tickets/10001/nothing.json", 404),
        ("tickets/10001/activities/x", 404),
        ("activitiesChat.json", 404),
        ("activitiesFbComment.json", 404),
        ("_connectors.json", 404),
        ("sipDevices.json", 403),
    ],
)
def test_refusals_have_no_body(client: Client, path: str, status: int) -> None:
    response = client.get(path)
    assert (response.status_code, response.content) == (status, b"")


@pytest.mark.parametrize("headers", [{}, {"X-AUTH-TOKEN": "wrong"}, {"Cookie": "c_user=wrong"}])
@pytest.mark.parametrize("path", ["tickets.json", "nothing.json"])
def test_without_a_good_token_there_is_401_without_a_body(client: Client, headers: dict[str, str], path: str) -> None:
    response = client.get(path, headers=headers)
    assert (response.status_code, response.content) == (401, b"")


def test_the_three_ways_to_send_a_token(client: Client) -> None:
    token = client.sandbox.access_token
    assert client.get("tickets", {"take": 1}).status_code == 200
    assert client.get("tickets", {"take": 1, "accessToken": token}, headers={}).status_code == 200
    assert client.get("tickets", {"take": 1}, headers={"Cookie": f"c_user={token}"}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_sandbox_cannot_be_written_to(client: Client, method: str) -> None:
    headers = {"X-AUTH-TOKEN": client.sandbox.access_token}
    response = client.session.request(
        method, f"{client.sandbox.url}/api/v6/tickets.json", headers=headers, timeout=PATIENCE
    )
    assert response.status_code == 405


def test_whoim(client: Client) -> None:
    user = client.result("whoim.json")["user"]
    assert user["name"] == client.sandbox.username
    assert user["_sys"]["accessToken"] == client.sandbox.access_token
    nobody = client.get("whoim.json", headers={})
    assert nobody.status_code == 200
    assert nobody.json()["result"]["user"] is None
    assert nobody.json()["result"]["version"]
    assert client.get("whoim.json", headers={"X-AUTH-TOKEN": "wrong"}).status_code == 401


@pytest.mark.parametrize("way", ["data", "json", "params"])
def test_login_by_form_json_and_query(client: Client, way: str) -> None:
    response = login(client, **{way: credentials(client, only_token="1")})
    token = response.json()["result"]
    assert isinstance(token, str)
    assert works(client, token)


def test_login_without_only_token_gives_an_object_that_can_be_refreshed_once(client: Client) -> None:
    first = login(client, data=credentials(client)).json()["result"]
    assert first["user"]["name"] == client.sandbox.username
    assert first["accessTokenExpirationDate"] == "2024-04-20 16:00:00"
    second = login(client, "PUT", json={"refreshToken": first["refreshToken"]}).json()["result"]
    assert second["accessToken"] != first["accessToken"]
    assert works(client, second["accessToken"])
    assert login(client, "PUT", json={"refreshToken": first["refreshToken"]}).status_code == 401


@pytest.mark.parametrize("given", [{}, {"username": "sandbox"}, {"username": "sandbox", "password": "wrong"}])
def test_wrong_credentials(client: Client, given: dict[str, str]) -> None:
    response = login(client, data=given)
    assert (response.status_code, response.content) == (401, b"")


def test_a_login_body_that_is_no_json(client: Client) -> None:
    response = login(client, data="{", headers={"Content-Type": "application/json"})
    assert response.status_code == 400


@pytest.mark.parametrize(("shape", "path"), [("object", ("accessToken",)), ("sys", ("_sys", "accessToken"))])
def test_newer_servers_answer_with_an_object_even_to_only_token(
    serve: Callable[..., Client], shape: str, path: tuple[str, ...]
) -> None:
    client = serve(login_shape=shape)
    result = login(client, data=credentials(client, only_token="1")).json()["result"]
    for step in path:
        result = result[step]
    assert works(client, result)


def test_login_tokens_expire_and_the_static_one_does_not(serve: Callable[..., Client]) -> None:
    client = serve(token_seconds=60)
    token = login(client, data=credentials(client, only_token="1")).json()["result"]
    client.control("advance", {"seconds": 59})
    assert works(client, token)
    client.control("advance", {"seconds": 1})
    assert not works(client, token)
    assert works(client, client.sandbox.access_token)


def test_one_record_by_its_name_with_and_without_suffix(client: Client) -> None:
    ticket = client.rows("tickets", {**order("name"), "take": 1})[0]
    for path in ("tickets/10001.json", "tickets/10001"):
        assert client.result(path) == {**ticket, "_access": True}
    assert client.result("tickets/10001", fields("name", "category.title")) == {
        "name": 10001,
        "category": {"title": ticket["category"]["title"]},
    }


def test_record_names_may_hold_dots(client: Client) -> None:
    call = client.rows("activitiesCall", {**fields("id_call"), "take": 1})[0]["id_call"]
    for path in (f"activitiesCall/{call}.json", f"activitiesCall/{call}", f"activitiesCall/{call.replace('.', '%2E')}"):
        assert client.result(path)["id_call"] == call


def test_record_names_are_unquoted(fresh: Client) -> None:
    fresh.control("rows", {"endpoint": "contacts", "rows": [{"name": "a/b č.json"}]})
    assert fresh.result(f"contacts/{quote('a/b č.json', safe='')}.json")["name"] == "a/b č.json"


@pytest.mark.parametrize(
    ("parent", "relation", "child", "field"),
    [
        ("tickets", "activities", "activities", "ticket.name"),
        ("campaignsRecords", "activities", "activities", "record.name"),
        ("profiles", "usersAssigned", "users", "profile.name"),
        ("accounts", "contacts", "contacts", "account.name"),
    ],
)
def test_relation_lists_are_the_rows_that_point_here(
    client: Client, parent: str, relation: str, child: str, field: str
) -> None:
    head = field.partition(".")[0]
    pointing = [row for row in client.all(child, "name", field) if row[head]]
    name = pointing[0][head]["name"]
    expected = {row["name"] for row in pointing if row[head]["name"] == name}
    result = client.result(f"{parent}/{name}/{relation}.json", {**fields("name"), "take": 1000})
    assert {row["name"] for row in result["data"]} == expected
    assert result["total"] == len(expected)


def test_relation_lists_take_filters_and_sort(client: Client) -> None:
    name = client.rows("blacklistDatabases")[0]["name"]
    path = f"blacklistDatabases/{name}/numbers"
    numbers = [row["number"] for row in client.rows(path, order("number"))]
    assert numbers == sorted(numbers)
    assert len(numbers) == 15
    assert client.rows(path, where(("number", "eq", numbers[3])))[0]["number"] == numbers[3]


@pytest.mark.parametrize("endpoint", ["activitiesEmail", "activities"])
def test_attachments(client: Client, endpoint: str) -> None:
    rows = client.all(endpoint, "name", "attachments.file")
    row = next(row for row in rows if row["attachments"])
    files = client.rows(f"{endpoint}/{row['name']}/attachments.json", order("file"))
    assert [{"file": file["file"]} for file in files] == row["attachments"]
    assert files[0]["inline"] == "0"
    assert isinstance(files[0]["file"], int)


def test_messages_statuses_and_snapshots(client: Client) -> None:
    chat = client.rows("activitiesWeb", fields("name"))[0]["name"]
    assert len(client.rows(f"activitiesWeb/{chat}/messages")) >= 2
    category = client.rows("ticketsCategories", order("title"))[0]["name"]
    assert client.rows(f"ticketsCategories/{category}/statuses")[0]["_sys"]["model"] == "statuses"
    record = client.rows("campaignsRecords", fields("name"))[0]["name"]
    assert len(client.rows(f"campaignsRecords/{record}/snapshots")) == 1
    crm = client.rows("crmRecords", fields("name"))[0]["name"]
    assert client.rows(f"crmRecords/{crm}/attachments") == []


def test_whole_rows_embed_relations_several_levels_deep(client: Client) -> None:
    rows = client.rows("activities", {"take": 1000})
    ticket = next(row["ticket"] for row in rows if row["ticket"] and row["ticket"]["user"])
    assert ticket["category"]["sla"]["_sys"]["model"] == "ticketsSla"
    assert ticket["user"]["role"]["_sys"]["model"] == "roles"
    assert ticket["_rdata"] is None
    assert ticket["_guiData"] == []
    account = next(row for row in client.rows("contacts", {"take": 1000}) if row["account"])["account"]
    assert account["database"]["_sys"]["model"] == "crmDatabases"


def test_custom_fields_come_with_their_definitions(client: Client) -> None:
    rows = client.rows("tickets", {"take": 1000})
    filled = next(row for row in rows if row["customFields"])
    assert set(filled["_sys"]["cfScheme"]) == set(filled["customFields"])
    assert filled["_sys"]["cfScheme"]["product"]["type"] == "MULTISELECTBOX"
    empty = next(row for row in rows if not row["customFields"])
    assert empty["customFields"] == []
    assert "cfScheme" not in empty["_sys"]
    scheme = client.rows("tickets", {**fields("_sys.cfScheme"), "take": 1000})
    assert {"_sys": {"cfScheme": filled["_sys"]["cfScheme"]}} in scheme


@pytest.mark.parametrize("endpoint", ["users", "queues", "activitiesWeb", "tickets", "activities", "whoim"])
def test_whole_rows_leak_secrets_and_fields_do_not(client: Client, endpoint: str) -> None:
    assert MARKER in client.get(f"{endpoint}.json").text
    if endpoint != "whoim":
        asked = fields("name", "title", "user.name", "queue.title", "statuses.name", "customFields")
        assert MARKER not in client.get(f"{endpoint}.json", asked).text


def test_the_envelope(client: Client) -> None:
    response = client.get("tickets.json", {"take": 1})
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    body = response.json()
    assert list(body) == ["error", "result", "_time", "_serverTime", "_timezone"]
    assert (body["_time"], body["_timezone"]) == ("2024-04-20 14:00:00", "Europe/Prague")
    assert "Europe\\/Prague" in response.text
