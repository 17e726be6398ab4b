"""Each switch changes the answers as it says, from the start or at run time."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.sandbox import command_line
from tap_daktela.sandbox.options import SandboxOptions
from tests.helpers.harness import PATIENCE
from tests.helpers.sandbox_client import fields, order, where

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers.sandbox_client import Client


def test_an_old_server(serve: Callable[..., Client]) -> None:
    client = serve(old_server=True, rows=300)
    assert client.get("activitiesWeb").status_code == 404
    chats = client.rows("activitiesChat")
    assert chats[0]["_sys"]["model"] == "activitiesChat"
    assert list(client.get("tickets").json()) == ["error", "result", "_time"]
    mails = client.rows("activitiesEmail", {"take": 1000})
    assert not any("attachments" in mail for mail in mails)
    assert any(mail["files"] for mail in mails)
    assert any(mail["files"] for mail in client.rows("activitiesEmail", {**fields("files.file"), "take": 1000}))
    assert client.rows("activitiesEmail", fields("attachments"))[0] == {}


@pytest.mark.parametrize(
    ("shape", "expected"),
    [("number", 24), ("text", "24"), ("null", None), ("+3", 27), ("-3", 21), ("-99", 0), ("own", 1)],
)
def test_total(fresh: Client, shape: str, expected: Any) -> None:
    fresh.control("options", {"total": shape})
    assert fresh.result("tickets", {"take": 1})["total"] == expected


def test_total_absent(fresh: Client) -> None:
    fresh.control("options", {"total": "absent"})
    assert list(fresh.result("tickets", {"take": 1})) == ["data"]


def test_fewer_rows_than_asked(fresh: Client) -> None:
    fresh.control("options", {"serve_at_most": 5})
    result = fresh.result("tickets", {"take": 20})
    assert (len(result["data"]), result["total"]) == (5, 24)
    fresh.control("options", {"serve_at_most": None, "serve_ragged": True})
    sizes = {len(fresh.rows("tickets", {"take": 20})) for _ in range(30)}
    assert len(sizes) > 1
    assert min(sizes) >= 1
    assert max(sizes) <= 20


def test_literal_dots(fresh: Client) -> None:
    fresh.control("options", {"literal_dots": True})
    asked = fields("name", "category.title", "statuses.title", "nothing.name")
    row = fresh.rows("tickets", asked)[0]
    assert set(row) == {"name", "category.title", "statuses.title"}
    assert isinstance(row["category.title"], str)
    assert isinstance(row["statuses.title"], list)


def test_bare_lists(fresh: Client) -> None:
    fresh.control("options", {"bare_lists": True})
    rows = fresh.rows("tickets", {**fields("name", "statuses.title", "followers", "category.title"), "take": 1000})
    assert all(set(row) == {"name", "followers", "category"} for row in rows)
    assert any("name" in one and "_sys" in one for row in rows for one in row["followers"])


def test_ignore_fields(fresh: Client) -> None:
    fresh.control("options", {"ignore_fields": True})
    assert "_sys" in fresh.rows("tickets", fields("name"))[0]


def test_data_object(fresh: Client) -> None:
    fresh.control("options", {"data_object": True})
    data: Any = fresh.rows("tickets", {**fields("title"), **order("name"), "take": 2})
    assert list(data) == ["10001", "10002"]


def test_no_key_sort(fresh: Client) -> None:
    fresh.control("options", {"no_key_sort": True})
    assert fresh.result("tickets", order("edited", "name")) == {"data": [], "total": 0}
    assert fresh.result("tickets", order("edited"))["total"] == 24


def test_first_sort_only(fresh: Client) -> None:
    same = [{"name": f"n{number:02d}", "edited": "2024-01-01 00:00:00"} for number in range(30)]
    fresh.control("rows", {"endpoint": "contacts", "rows": same})
    query = {
        **where(("edited", "gte", "2024-01-01"), ("edited", "lt", "2024-01-02")),
        **fields("name"),
        **order("edited", "name"),
    }
    assert fresh.rows("contacts", query) == [{"name": row["name"]} for row in same]
    fresh.control("options", {"first_sort_only": True})
    answers = {tuple(row["name"] for row in fresh.rows("contacts", query)) for _ in range(5)}
    assert len(answers) > 1
    assert {frozenset(answer) for answer in answers} == {frozenset(row["name"] for row in same)}


def test_trim_relations(fresh: Client) -> None:
    fresh.control("options", {"trim_relations": True})
    activities = fresh.rows("activities", {"take": 1000})
    assert {frozenset(row["user"]) for row in activities if row["user"]} == {frozenset({"title", "alias"})}
    assert {frozenset(row["queue"]) for row in activities if row["queue"]} == {frozenset({"title"})}
    rows = fresh.rows("activities", {**fields("user.name", "user.title", "queue.name", "queue.title"), "take": 1000})
    assert {frozenset(row["user"]) for row in rows if row["user"]} == {frozenset({"title"})}
    assert "name" in fresh.rows("users")[0]


def test_redirect(serve: Callable[..., Client]) -> None:
    client = serve(redirect="http://127.0.0.1:9/elsewhere/")
    response = client.get("tickets.json?take=1", allow_redirects=False)
    assert response.status_code == 302
    assert response.headers["Location"] == "http://127.0.0.1:9/elsewhere/api/v6/tickets.json?take=1"


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_deny(fresh: Client, status: int) -> None:
    fresh.control("options", {"deny": [f"tickets={status}"]})
    response = fresh.get("tickets")
    assert response.status_code == status
    assert bool(response.content) is (status == 400)
    assert fresh.get("contacts").status_code == 200


def test_churn_edits_between_requests(fresh: Client) -> None:
    before = {str(row["name"]): row["edited"] for row in fresh.all("tickets", "name", "edited")}
    fresh.control("advance", {"seconds": 60})
    fresh.control("options", {"churn": "edit", "churn_rows": 3})
    fresh.rows("tickets", {"take": 1})
    account = fresh.ask("ledger", {"endpoint": "tickets"})["tickets"]
    assert len(account["touched"]) == 3
    for name, axes in account["rows"].items():
        assert axes["edited"] == ("2024-04-20 14:01:00" if name in account["touched"] else before[name])


def test_churn_deletes(fresh: Client) -> None:
    fresh.control("options", {"churn": "delete", "churn_rows": 2})
    assert fresh.result("tickets", {"take": 1})["total"] == 22
    account = fresh.ask("ledger", {"endpoint": "tickets"})["tickets"]
    assert len(account["deleted"]) == 2
    assert set(account["deleted"]) == set(account["touched"])
    assert not set(account["deleted"]) & set(account["rows"])


def test_churn_of_both_kinds_adds_too(fresh: Client) -> None:
    fresh.control("options", {"churn": "mixed", "churn_rows": 1, "churn_add": True})
    for _ in range(20):
        fresh.rows("contacts", {"take": 1})
    account = fresh.ask("ledger", {"endpoint": "contacts"})["contacts"]
    assert 0 < len(account["deleted"]) < len(account["touched"])
    assert len(account["rows"]) == 30 + 20 - len(account["deleted"])


def test_churn_leaves_single_records_and_relations_alone(fresh: Client) -> None:
    fresh.control("options", {"churn": "edit"})
    fresh.result("tickets/10001")
    fresh.rows("tickets/10001/activities")
    assert fresh.ask("ledger", {"endpoint": "tickets"})["tickets"]["touched"] == []


def test_channel_rows_are_edited_without_a_stamp(fresh: Client) -> None:
    before = {row["id_call"]: row for row in fresh.all("activitiesCall", "id_call", "call_time", "duration")}
    key = next(iter(before))
    fresh.control("edit", {"endpoint": "activitiesCall", "keys": [key]})
    after = fresh.result(f"activitiesCall/{key}", fields("id_call", "call_time", "duration"))
    assert after == {**before[key], "duration": (before[key]["duration"] or 0) + 1}


def test_slow_paging_and_latency_are_waited_for(fresh: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: Counter[float] = Counter()
    monkeypatch.setattr("time.sleep", lambda seconds: waits.update([round(seconds, 6)]))
    fresh.control("options", {"latency_ms": 50, "skip_cost_us": 10})
    fresh.rows("tickets", {"skip": 500, "take": 1})
    fresh.result("tickets/10001")
    assert waits == Counter({0.05: 2, 0.005: 1, 0.0: 1})


def test_clock_skew_shifts_everything(serve: Callable[..., Client]) -> None:
    assert serve(clock_skew=-90).get("tickets").json()["_time"] == "2024-04-20 13:58:30"


def test_another_zone(serve: Callable[..., Client]) -> None:
    body = serve(timezone="Europe/Bucharest").get("tickets").json()
    assert (body["_time"], body["_timezone"]) == ("2024-04-20 15:00:00", "Europe/Bucharest")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"rows": 5}, "cannot be changed at run time: rows"),
        ({"nothing": 1}, "cannot be changed at run time: nothing"),
        ({"total": "many"}, "total"),
        ({"fault": ["429"]}, "KIND=RATE"),
        ({"fault": ["500=2"]}, "above 1"),
        ({"fault": ["599@1"]}, "KIND=RATE"),
        ({"deny": ["tickets"]}, "ENDPOINT=403"),
        ({"churn": "burn"}, "churn"),
        ({"bare_list": ["title"]}, "no table has a list 'title'"),
        ({"bare_as": "gone"}, "bare-as"),
        ({"hot": "_connectors"}, "there is no endpoint '_connectors'"),
        ({"clock_jump": ["7200"]}, "SECONDS@N"),
        ({"clock_jump": ["7200@0"]}, "SECONDS@N"),
    ],
)
def test_options_that_make_no_sense_are_refused(fresh: Client, changes: dict[str, Any], sentence: str) -> None:
    response = fresh.session.post(f"{fresh.sandbox.url}/sandbox/options", json=changes, timeout=PATIENCE)
    assert response.status_code == 400
    assert sentence in response.json()["error"]


def test_every_option_can_be_given_on_the_command_line() -> None:
    flags = "--port 1 --rows 2 --days 3 --seed 4 --timezone UTC --now 2024-01-01T00:00:00+02:00 --clock-skew 5"
    flags += " --with-parent --freeze --tls C K --latency-ms 1.5 --skip-cost-us 2 --token-seconds 3 --login-shape sys"
    flags += " --fault 500=0.1 --fault reset@3 --deny tickets=403 --deny users=500 --old-server --total -2"
    flags += " --serve-at-most 7 --serve-ragged --churn mixed --churn-rows 8 --churn-add --literal-dots --bare-lists"
    flags += " --ignore-fields --data-object --no-key-sort --first-sort-only --trim-relations --redirect http://x"
    flags += " --retry-after 9 --bare-list statuses --bare-list followers --bare-as null --null-lists --one-as-object"
    flags += " --bare-elements --ignore-skip --hot tickets --clock-jump 7200@3 --clock-jump=-60@9 --time-skew -5"
    flags += " --flag-filters ignored --clean"
    given = command_line.parse(flags.split())
    assert (given.fault, given.deny, given.tls) == (("500=0.1", "reset@3"), ("tickets=403", "users=500"), ("C", "K"))
    changed = {name for name, value in vars(given).items() if value != getattr(SandboxOptions(), name)}
    assert changed == set(vars(SandboxOptions()))


@pytest.mark.parametrize("flags", ["--now 2024-01-01", "--timezone Mars/Base", "--nothing", "--total x", "--rows many"])
def test_a_wrong_command_line_is_a_sentence(flags: str) -> None:
    with pytest.raises(ValueError, match=re.escape(flags.split(maxsplit=1)[0])):
        command_line.parse(flags.split())
