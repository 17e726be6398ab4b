"""Connecting, and pages: what is sent, what a page holds, and which error says what went wrong."""

from __future__ import annotations

import json
import logging
from datetime import timezone
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from tap_daktela.daktela.client import Client
from tap_daktela.daktela.http.retry import Retry
from tap_daktela.daktela.http.retrying_transport import ERROR_TRIES
from tap_daktela.daktela.http.transport import Transport
from tap_daktela.daktela.query import Query, where
from tap_daktela.errors import AccessError, ConfigError, ContractError, NotFoundError, RemoteError
from tap_daktela.redaction import redactor
from tests.helpers.http_stub import DATE, PASSWORD, TIME, TOKEN, Reply, answered, page
from tests.helpers.mocked_instance import after, parameters_of
from tests.helpers.stopped_clock import StoppedClock

if TYPE_CHECKING:
    from tests.helpers.http_stub import HttpStub
    from tests.helpers.mocked_instance import MockedInstance

ALL = Query(None, ("name",), ("name",), 10)
QUERY = Query(where("stage", "eq", "OPEN"), ("name",), ("name",), 10, 20)
WHOIM = {"version": "6.30", "user": {"name": "reporter", "_sys": {"accessToken": TOKEN}}}


# --- connecting -------------------------------------------------------------------------------------------------------


def test_an_error_in_the_answer_to_whoim(mocked: MockedInstance) -> None:
    mocked.on("whoim", answered(WHOIM, error=["Odd"]), answered(WHOIM))
    assert mocked.client().connect().user == "reporter"

    mocked.on("whoim", answered(WHOIM, error=["Odd"]))
    with pytest.raises(ContractError, match="whoim: the instance answers with an error"):
        mocked.client().connect()
    assert mocked.times("whoim") == 2 + ERROR_TRIES


@pytest.mark.parametrize(
    ("reply", "error", "sentence"),
    [
        (answered({"version": "6.30", "user": None}), AccessError, "check access_token"),
        (answered([]), AccessError, "check access_token"),
        (Reply(404), ConfigError, "url .or server. is not where the API is"),
        (Reply(401), AccessError, "access_token"),
        (Reply(403), AccessError, "whoim"),
    ],
)
def test_nobody_is_connected(mocked: MockedInstance, reply: Reply, error: type[Exception], sentence: str) -> None:
    mocked.on("whoim", reply)
    with pytest.raises(error, match=sentence):
        mocked.client().connect()


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_a_request_for_a_page(mocked: MockedInstance) -> None:
    mocked.on("tickets", page())
    asked = Query(where("a", "eq", "é & ["), ("-edited", "-name"), ("name", "Queue.title"), 10, 20)
    mocked.client().read("tickets", asked)
    [request] = mocked.requests
    assert (request.method, request.text) == ("GET", None)
    assert request.url == (
        "https://mycompany.daktela.com/api/v6/tickets.json"
        "?filter%5Blogic%5D=and"
        "&filter%5Bfilters%5D%5B0%5D%5Bfield%5D=a"
        "&filter%5Bfilters%5D%5B0%5D%5Boperator%5D=eq"
        "&filter%5Bfilters%5D%5B0%5D%5Bvalue%5D=%C3%A9+%26+%5B"
        "&sort%5B0%5D%5Bfield%5D=edited&sort%5B0%5D%5Bdir%5D=desc&sort%5B1%5D%5Bfield%5D=name&sort%5B1%5D%5Bdir%5D=desc"
        "&fields%5B0%5D=name&fields%5B1%5D=Queue.title"
        "&skip=20&take=10"
    )
    assert parameters_of(request)["filter[filters][0][value]"] == "é & ["


def test_the_token_is_in_its_header_only(mocked: MockedInstance) -> None:
    mocked.on("tickets", page())
    mocked.client().read("tickets", ALL)
    [request] = mocked.requests
    assert request.headers["X-AUTH-TOKEN"] == TOKEN
    assert request.headers["User-Agent"].startswith("tap-daktela/")
    assert request.headers["Accept"] == "application/json"
    assert sorted(request.headers) == ["Accept", "Accept-Encoding", "Connection", "User-Agent", "X-AUTH-TOKEN"]
    assert TOKEN not in request.url


def test_nothing_secret_is_logged(instance: HttpStub, caplog: pytest.LogCaptureFixture) -> None:
    """Over a socket, since urllib3 logs what it sends there."""
    caplog.set_level(logging.DEBUG)
    instance.on("tickets", Reply(503), page())
    instance.on("login", answered({"accessToken": TOKEN}))
    instance.client(username="reporter", password=PASSWORD).read("tickets", ALL)
    assert "GET tickets skip=0 take=10: HTTP 200" in caplog.text
    for secret in (TOKEN, PASSWORD):
        assert secret not in caplog.text


def test_a_client_makes_its_secrets_known_to_the_redactor(mocked: MockedInstance) -> None:
    mocked.client(access_token="canary-of-one-client")
    assert redactor.clean("sent canary-of-one-client away") == "sent *** away"


# --- pages ------------------------------------------------------------------------------------------------------------


def test_a_page(mocked: MockedInstance) -> None:
    reply = page({"name": 1}, {"name": 2}, total="7", _timezone="Europe/Prague")
    mocked.on("tickets", reply)
    read = mocked.client().read("tickets", ALL)
    assert read.rows == [{"name": 1}, {"name": 2}]
    assert (read.total, read.timezone, read.repaired, read.attempts) == (7, "Europe/Prague", 0, 1)
    assert (read.size, read.take) == (len(reply.body), 10)
    assert read.read_at.tzinfo is timezone.utc


def test_rows_by_name_and_damaged_text(mocked: MockedInstance) -> None:
    mocked.on("tickets", Reply(200, rb'{"result": {"data": {"a": {"title": "\ud83d\u0000"}}, "total": null}}'))
    read = mocked.client().read("tickets", ALL)
    assert (read.rows, read.total, read.timezone, read.repaired) == ([{"title": "\ufffd\ufffd"}], None, None, 2)


def test_a_page_tells_when_it_was_requested_and_what_time_it_was_there(mocked: MockedInstance) -> None:
    clock = StoppedClock()
    mocked.on("tickets", after(1, clock, Reply(200, page(total=21).body, {"Date": DATE})))
    found = mocked.client(clock=clock).read("tickets", QUERY)
    assert (found.total, found.sent, found.read) == (21, 1000.0, 1001.0)
    assert (found.server_time, found.date) == (TIME, clock.now().replace(second=0))


@pytest.mark.parametrize("odd", [None, 7, "", [TIME]])
def test_a_page_without_the_time_and_the_zone(mocked: MockedInstance, odd: Any) -> None:
    mocked.on("tickets", page(_time=odd, _timezone=odd))
    found = mocked.client().read("tickets", QUERY)
    assert (found.server_time, found.date, found.timezone) == (None, None, None)


@pytest.mark.parametrize(
    ("reply", "error", "sentence"),
    [
        (Reply(401), AccessError, "refuses access_token"),
        (Reply(403), AccessError, "tickets: the user has no right to read it .HTTP 403"),
        (Reply(404), NotFoundError, "tickets: there is no such list"),
        (Reply(400, b'{"error": ["Max defined take is 1000"]}'), ContractError, "HTTP 400: Max defined take is 1000"),
        (Reply(422, b'{"error": {"form": {"a": {"b": "bad"}}}}'), ContractError, "tickets: .*HTTP 422: a.b: bad"),
        (Reply(405), ContractError, "HTTP 405"),
        (page(7), ContractError, "without rows$"),
    ],
)
def test_what_is_not_tried_again(mocked: MockedInstance, reply: Reply, error: type[Exception], sentence: str) -> None:
    mocked.on("tickets", reply)
    with pytest.raises(error, match=sentence) as caught:
        mocked.client().read("tickets", ALL)
    assert mocked.times("tickets") == 1
    if isinstance(caught.value, AccessError):
        assert caught.value.status == reply.status


# --- a page in steps --------------------------------------------------------------------------------------------------


def test_a_broken_page_is_fetched_again_after_its_delay(mocked: MockedInstance) -> None:
    clock = StoppedClock()
    mocked.on("tickets", page(), Reply(200, b"{"), page({"name": 1}))
    client = mocked.client(Retry(tries=2, first_wait=40), clock)
    client.read("tickets", QUERY)
    pending = client.page_request("tickets", QUERY)
    assert client.page(pending, client.fetch(pending)) is None
    assert [wait for wait in clock.waited if wait] == []
    response = client.fetch(pending)
    assert [wait for wait in clock.waited if wait] == [pytest.approx(20, abs=20)]
    found = client.page(pending, response)
    assert found is not None
    assert (found.rows, found.attempts) == ([{"name": 1}], 2)


def test_a_response_is_not_decoded_before_its_page_is_wanted(
    mocked: MockedInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    mocked.on("tickets", page({"name": 1}))
    client = mocked.client()
    monkeypatch.delattr("tap_daktela.daktela.http.retrying_transport.decode")
    response = client.fetch(client.page_request("tickets", QUERY))
    assert json.loads(response.body)["result"]["data"] == [{"name": 1}]


def test_closing_closes_the_transport(mocked: MockedInstance) -> None:
    transport = mock.Mock(spec=Transport)
    Client(mocked.connection(), transport=transport).close()
    transport.close.assert_called_once_with()


def test_a_record_in_the_place_of_a_list_is_not_asked_for_again(mocked: MockedInstance) -> None:
    mocked.on("tickets/10003", answered({"name": 10003, "title": "Refund"}))
    with pytest.raises(ContractError, match="tickets/10003: the instance answers with one record, and not with a list"):
        mocked.client().read("tickets/10003", Query())
    assert mocked.times("tickets/10003") == 1
    mocked.on("tickets", answered({"message": "Maintenance"}), page({"name": 1}))
    assert mocked.client().read("tickets", Query()).rows == [{"name": 1}]
    mocked.on("tickets", answered({"total": 3}))
    with pytest.raises(RemoteError, match="HTTP 200 without a list of rows"):
        mocked.client().read("tickets", Query())
    assert mocked.times("tickets") > 1


def test_one_record(mocked: MockedInstance) -> None:
    mocked.on("tickets/10003", answered([]), answered({"name": 10003}))
    assert mocked.client().record("tickets", "10003", ("name",)) == {"name": 10003}
    assert mocked.times("tickets/10003") == 2  # A list is no record.
    mocked.on("tickets/1", Reply(404))
    with pytest.raises(NotFoundError, match="tickets/1: there is no such record"):
        mocked.client().record("tickets", "1")
