"""Each kind of trouble, as the client meets it."""

from __future__ import annotations

import json
import zlib
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest
import requests

from tap_daktela.sandbox.faults.schedule import FaultSchedule
from tests.helpers import sandbox_client
from tests.helpers.harness import PATIENCE
from tests.helpers.sandbox_client import fields

if TYPE_CHECKING:
    from tests.helpers.sandbox_client import Client


@pytest.mark.parametrize(
    ("kind", "status", "start"),
    [
        ("429", 429, b""),
        ("429-date", 429, b""),
        ("500", 500, b'{"error"'),
        ("502-html", 502, b"<html>"),
        ("503", 503, b""),
        ("504", 504, b"<html>"),
        ("html", 200, b"<html>"),
        ("expired", 401, b""),
    ],
)
def test_answers_of_another_kind(fresh: Client, kind: str, status: int, start: bytes) -> None:
    fresh.control("options", {"fault": [f"{kind}@2"]})
    assert fresh.get("tickets").status_code == 200
    response = fresh.get("tickets")
    assert response.status_code == status
    assert response.content[: len(start)] == start
    assert bool(start) is bool(response.content)
    assert fresh.get("tickets").status_code == 200


def test_retry_after_in_seconds_and_as_a_date(fresh: Client) -> None:
    fresh.control("options", {"fault": ["429@1", "429-date@2"]})
    assert fresh.get("tickets").headers["Retry-After"] == "1"
    date = parsedate_to_datetime(fresh.get("tickets").headers["Retry-After"])
    assert date.utcoffset() is not None


def test_dates_in_headers_are_those_of_the_servers_clock(fresh: Client) -> None:
    fresh.control("options", {"fault": ["429-date@1"], "retry_after": 40})
    headers = fresh.get("tickets").headers
    now = parsedate_to_datetime(headers["Date"])
    assert now.isoformat() == sandbox_client.NOW.replace("Z", "+00:00")
    assert (parsedate_to_datetime(headers["Retry-After"]) - now).total_seconds() == 40
    fresh.control("options", {"fault": ["429@1"], "retry_after": 7})
    assert fresh.get("tickets").headers["Retry-After"] == "7"


def test_a_wrong_total_leaves_the_rows_alone(fresh: Client) -> None:
    expected = fresh.result("tickets", {"take": 3})
    fresh.control("options", {"fault": ["total=1"]})
    found = [fresh.result("tickets", {"take": 3}) for _ in range(60)]
    assert all(one["data"] == expected["data"] for one in found)
    right = expected["total"]
    assert {one["total"] for one in found} == {0, right - 1, right + 1, 3 * right + 50, f"{right} rows"}
    nothing = {"take": 3, **sandbox_client.where(("name", "eq", "no such row"))}
    assert {fresh.result("tickets", nothing)["total"] for _ in range(30)} == {1, 50, "0 rows"}
    assert fresh.result("whoim")["user"]["name"] == fresh.sandbox.username


def test_a_login_has_no_token_that_could_end(fresh: Client) -> None:
    given = {"username": fresh.sandbox.username, "password": fresh.sandbox.password}
    fresh.control("options", {"fault": ["expired=1"]})
    assert fresh.session.post(f"{fresh.sandbox.url}/api/v6/login.json", data=given, timeout=PATIENCE).status_code == 200
    assert fresh.get("tickets").status_code == 401
    assert [one["fault"] for one in fresh.ask("requests")["requests"]] == ["", "expired"]


@pytest.mark.parametrize("kind", ["reset", "truncate"])
def test_broken_connections(fresh: Client, kind: str) -> None:
    fresh.control("options", {"fault": [f"{kind}@1"]})
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        fresh.get("tickets")
    assert fresh.get("tickets").status_code == 200


def test_a_held_connection(fresh: Client) -> None:
    fresh.control("options", {"fault": ["timeout@1"]})
    with pytest.raises(requests.exceptions.ReadTimeout):
        fresh.get("tickets", timeout=0.2)
    assert fresh.get("tickets").status_code == 200


def test_a_body_cut_short_by_the_application(fresh: Client) -> None:
    fresh.control("options", {"fault": ["broken-json@1"]})
    response = fresh.get("tickets")
    assert response.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        response.json()


def test_a_slow_body_is_whole(fresh: Client) -> None:
    query = {"take": 3, **fields("name", "title")}
    expected = fresh.get("tickets", query).content
    fresh.control("options", {"fault": ["drip@1"]})
    assert fresh.get("tickets", query).content == expected


def test_no_rows_where_there_are_some(fresh: Client) -> None:
    fresh.control("options", {"fault": ["empty@1", "empty@3"]})
    body = fresh.get("tickets").json()
    assert (body["error"], body["result"]) == ([], {"data": [], "total": 0})
    assert fresh.result("tickets")["total"] == 24
    assert fresh.result("whoim")["user"]["name"] == fresh.sandbox.username
    assert [(one["fault"], one["rows"]) for one in fresh.ask("requests")["requests"]] == [
        ("empty", 0), ("", 24), ("empty", 0),
    ]  # fmt: skip


@pytest.mark.parametrize("shape", [{}, {"data_object": True}])
def test_half_of_the_rows_beside_an_error(fresh: Client, shape: dict[str, bool]) -> None:
    fresh.control("options", {"fault": ["partial@2", "partial@3"], **shape})
    whole = fresh.result("tickets", {"take": 9})
    response = fresh.get("tickets", {"take": 9})
    assert response.status_code == 200
    assert response.json()["error"] == ["Query timed out, the result is partial"]
    half = response.json()["result"]
    assert half["total"] == whole["total"] == 24
    assert list(half["data"]) == list(whole["data"])[:4]
    assert fresh.result("tickets/10001")["name"] == 10001


def test_dates_of_the_year_9999(fresh: Client) -> None:
    fresh.control("options", {"fault": ["year-9999@1", "retry-9999@2"]})
    response = fresh.get("tickets")
    assert response.headers["Date"] == "Fri, 31 Dec 9999 23:59:59 -0100"
    assert response.json()["result"]["total"] == 24
    response = fresh.get("tickets")
    assert (response.status_code, response.headers["Retry-After"]) == (429, "Fri, 31 Dec 9999 23:59:59 -0100")
    assert fresh.get("tickets").headers["Date"] == "Sat, 20 Apr 2024 12:00:00 GMT"


def test_a_bomb_is_small_until_it_is_unpacked(fresh: Client) -> None:
    fresh.control("options", {"fault": ["bomb@1"]})
    response = fresh.get("tickets", stream=True)
    assert (response.status_code, response.headers["Content-Encoding"]) == (200, "gzip")
    packed = response.raw.read(decode_content=False)
    assert 1_000_000 < len(packed) == int(response.headers["Content-Length"]) < 1_200_000
    unpacker, size, ends = zlib.decompressobj(zlib.MAX_WBITS + 16), 0, b""
    while piece := unpacker.decompress(packed, 1 << 24):
        size, packed = size + len(piece), unpacker.unconsumed_tail
        ends += piece.strip()
    assert unpacker.eof
    assert size > 1 << 30
    assert json.loads(ends) == {"error": [], "result": {"data": [], "total": 0}}


def test_expired_ends_a_login_token_but_not_the_static_one(fresh: Client) -> None:
    given = {"username": fresh.sandbox.username, "password": fresh.sandbox.password, "only_token": "1"}
    login = f"{fresh.sandbox.url}/api/v6/login.json"
    token = fresh.session.post(login, data=given, timeout=PATIENCE).json()["result"]
    fresh.control("options", {"fault": ["expired@1"]})
    statuses = [fresh.get("tickets", headers={"X-AUTH-TOKEN": token}).status_code for _ in range(2)]
    assert statuses == [401, 401]
    again = fresh.session.post(login, data=given, timeout=PATIENCE).json()["result"]
    assert fresh.get("tickets", headers={"X-AUTH-TOKEN": again}).status_code == 200


def test_the_same_seed_breaks_the_same_requests() -> None:
    one, two, other = (FaultSchedule(("500=0.2", "503=0.1"), seed) for seed in (1, 1, 2))
    first = [one.kind_at(number) for number in range(1, 1001)]
    assert first == [two.kind_at(number) for number in range(1, 1001)]
    assert first != [other.kind_at(number) for number in range(1, 1001)]
    assert 150 < first.count("500") < 250
    assert 60 < first.count("503") < 140


def test_setting_faults_again_counts_from_one_again(fresh: Client) -> None:
    for _ in range(2):
        fresh.control("options", {"fault": ["500@2"]})
        assert [fresh.get("tickets").status_code for _ in range(3)] == [200, 500, 200]
    fresh.control("options", {"fault": []})
    assert [fresh.get("tickets").status_code for _ in range(3)] == [200, 200, 200]


def test_control_requests_are_never_broken(fresh: Client) -> None:
    fresh.control("options", {"fault": ["500=1"]})
    assert fresh.get("tickets").status_code == 500
    assert fresh.ask("requests")["requests"][-1]["status"] == 500
