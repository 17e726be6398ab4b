"""Faults, tokens, clocks and names: what an answer may be other than a page of rows."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.simulation.cases.grammar import FAULTS
from tests.simulation.cases.oddities import Fault, Jump, Oddities, ZoneChange
from tests.simulation.model.asking import TIMEOUT, ask, get, pairs, tried
from tests.simulation.model.clock import VirtualClock, changes, start_of
from tests.simulation.model.instance import PASSWORD, USERNAME, Instance


def instance(seed: int = 1, **odd: Any) -> Instance:
    return Instance(Oddities(**odd), seed, VirtualClock())


def log_in(one: Instance, password: str = PASSWORD) -> dict[str, Any]:
    data = {"username": USERNAME, "password": password}
    request = requests.Request("POST", "https://example.test/api/v6/login.json", data=data)
    return json.loads(one.answer(request, TIMEOUT)[2])


# --- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status", "rows", "total", "error"),
    [
        ("empty", 200, 0, 0, []),
        ("half", 200, 20, 40, []),
        ("partial", 200, 20, 40, ["Query timed out, the result is partial"]),
        ("error", 200, 0, ..., ["Internal error"]),
        ("error empty", 200, 0, 0, ["Query timed out, the result is partial"]),
    ],
)
def test_answers_that_lack_rows(kind: str, status: int, rows: int, total: Any, error: list[str]) -> None:
    one = instance(faults=(Fault(kind, request=2),))
    pages = [get(one, "users") for _ in range(3)]
    assert [len(page.rows) for page in pages] == [40, rows, 40]
    assert (pages[1].status, pages[1].total, json.loads(pages[1].body)["error"]) == (status, total, error)
    assert one.applied[f"faults: {kind}"] == 1
    assert [asked.fault for asked in one.asked] == [None, kind, None]


@pytest.mark.parametrize("kind", ["broken", "html"])
def test_answers_that_are_no_json(kind: str) -> None:
    page = get(instance(faults=(Fault(kind, request=1),)), "users")
    assert page.status == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(page.body)


@pytest.mark.parametrize(
    ("kind", "status", "retry_after"),
    [
        ("429", 429, None),
        ("429 seconds", 429, "7"),
        ("429 date", 429, "Wed, 12 Jun 2024 09:41:14 GMT"),
        ("429 year 9999", 429, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ("500", 500, None),
        ("502", 502, None),
        ("503", 503, None),
        ("504", 504, None),
    ],
)
def test_refusals(kind: str, status: int, retry_after: str | None) -> None:
    page = get(instance(faults=(Fault(kind, request=1),)), "users")
    assert (page.status, page.headers.get("Retry-After")) == (status, retry_after)


@pytest.mark.parametrize(("kind", "error"), [("silence", requests.ReadTimeout), ("reset", requests.ConnectionError)])
def test_no_answer_at_all(kind: str, error: type[Exception]) -> None:
    one = instance(faults=(Fault(kind, request=1),))
    with pytest.raises(error):
        get(one, "users")
    assert (one.clock.monotonic() >= TIMEOUT) == (kind == "silence")
    assert one.asked[0].status == 0
    assert get(one, "users").status == 200


def test_slow_answers_take_time_and_may_come_too_late() -> None:
    slow = instance(latency=90.0)
    for _ in range(10):
        tried(slow, "users")
    assert 0 < slow.applied["latency"] < 10
    assert slow.clock.monotonic() > 300


def test_every_kind_of_fault_takes_effect_and_at_a_rate_not_always() -> None:
    for kind in FAULTS:
        one = instance(faults=(Fault(kind, rate=0.3),))
        for _ in range(40):
            tried(one, "users")
        assert 0 < one.applied[f"faults: {kind}"] < 40


def test_a_fault_of_the_second_run_waits_for_it() -> None:
    one = instance(faults=(Fault("500", request=1, run=2),))
    assert get(one, "users").status == 200
    one.begin_run()
    assert [get(one, "users").status for _ in range(2)] == [500, 200]


# --- who may read what ------------------------------------------------------------------------------------------------


def test_who_am_i() -> None:
    assert json.loads(get(instance(), "whoim").body)["result"]["user"]["name"] == USERNAME
    stranger = json.loads(get(instance(), "whoim", token=None).body)
    assert stranger["result"] == {"user": None, "version": "2025.2"}
    assert (stranger["_time"], stranger["_timezone"]) == ("2024-06-12 11:41:07", "Europe/Prague")


@pytest.mark.parametrize("form", ["text", "object", "inner"])
def test_a_login_gives_a_token_that_opens_lists(form: str) -> None:
    one = instance(login="password", login_result=form)
    assert get(one, "users").status == 401
    result = log_in(one)["result"]
    token = result if form == "text" else result["_sys"]["accessToken"] if form == "inner" else result["accessToken"]
    assert get(one, "users", token=token).status == 200
    assert log_in(one, "wrong")["result"] is None


def test_a_token_ends_after_so_many_requests() -> None:
    one = instance(token_requests=2)
    assert [get(one, "users").status for _ in range(4)] == [200, 200, 401, 401]
    assert get(one, "users", token="another").status == 401
    one.begin_run()
    assert get(one, "users").status == 200


def test_denied_hidden_and_unknown_lists() -> None:
    one = instance(denied=("users",), hidden=("tickets",))
    assert [get(one, name).status for name in ("users", "tickets", "nonsense", "queues")] == [403, 404, 404, 200]
    assert get(one, "users").body == b""


def test_old_servers_know_older_names_of_lists_and_fields() -> None:
    statuses = {
        names: [get(instance(names=names), name).status for name in ("activitiesWeb", "activitiesChat")]
        for names in ("new", "old")
    }
    assert statuses == {"new": [200, 404], "old": [404, 200]}
    new, old = (ask(instance(names=names), "activitiesEmail")[0].keys() for names in ("new", "old"))
    assert (new - old, old - new) == ({"attachments"}, {"files"})


# --- clocks -----------------------------------------------------------------------------------------------------------


def times(requests_made: int = 4, **odd: Any) -> list[tuple[str | None, str]]:
    """Return the hour of `_time` and of `Date` of some answers."""
    one = instance(latency=0.001, zone="UTC", **odd)
    pages = [get(one, "users", pairs(take=1)) for _ in range(requests_made)]
    return [(json.loads(page.body).get("_time", "")[:13], page.headers["Date"][5:19]) for page in pages]


NOW = ("2024-06-12 09", "12 Jun 2024 09")


def test_a_server_s_clock_that_is_ahead_or_that_only_says_so() -> None:
    assert times() == [NOW] * 4
    assert times(offset=7200) == [("2024-06-12 11", "12 Jun 2024 11")] * 4
    assert times(skew=7200) == [("2024-06-12 11", "12 Jun 2024 09")] * 4
    assert times(time="absent") == [("", "12 Jun 2024 09")] * 4


@pytest.mark.parametrize(
    ("to", "shown"),
    [
        ("+7200", ("2024-06-12 11", "12 Jun 2024 11")),
        ("1970", ("1970-01-02 00", "02 Jan 1970 00")),
        ("9999", ("9999-12-30 00", "30 Dec 9999 00")),
    ],
)
def test_jumps_of_the_clock(to: str, shown: tuple[str, str]) -> None:
    assert times(jumps=(Jump(to, 2),)) == [NOW, shown, NOW, NOW]
    assert times(jumps=(Jump(to, 2, lasting=True),)) == [NOW, shown, shown, shown]
    assert times(jumps=(Jump(to, 2, in_date=False),))[1] == (shown[0], NOW[1])
    assert times(jumps=(Jump(to, 2, run=2),)) == [NOW] * 4


def test_zones_are_named_left_out_and_changed() -> None:
    def zones(**odd: Any) -> list[str | None]:
        one = instance(**odd)
        return [json.loads(get(one, "users").body).get("_timezone") for _ in range(3)]

    assert zones(zone="Asia/Kathmandu") == ["Asia/Kathmandu"] * 3
    assert zones(zone_name="absent") == [None] * 3
    assert zones(zone_changes=(ZoneChange("UTC", 2),)) == ["Europe/Prague", "UTC", "UTC"]


def test_the_nights_in_which_clocks_change() -> None:
    assert {name: at.isoformat()[:16] for name, at in changes("Europe/Prague").items()} == {
        "spring": "2024-03-31T01:00",
        "autumn": "2024-10-27T01:00",
    }
    assert changes("UTC") == changes("Asia/Kathmandu") == {}
    assert changes("Pacific/Apia")["spring"].isoformat()[:16] == "2011-12-30T10:00"
    assert len(changes("Africa/Casablanca")) == 2
    night = Oddities(night="autumn")
    starts = {start_of(night, seed) - changes("Europe/Prague")["autumn"] for seed in range(6)}
    assert min(starts) < timedelta() < max(starts)
    one = Instance(night, 1, VirtualClock(start_of(night, 3)))
    assert sum(row["time"].startswith("2024-10-27 02") for row in one.table("activities").rows.values()) > 1
