"""What is tried again and how often, and what shows that the settings are wrong."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING

import pytest
import requests
import urllib3

from tap_daktela.daktela.http.retry import Retry
from tap_daktela.daktela.http.retrying_transport import ERROR_TRIES
from tap_daktela.daktela.query import Query
from tap_daktela.errors import (
    ConfigError,
    ContractError,
    NotFoundError,
    RateLimitError,
    RemoteError,
    UnknownHostError,
    UnreachableError,
)
from tests.helpers.http_stub import DATE, PASSWORD, Reply, answered, page
from tests.helpers.mocked_instance import after
from tests.helpers.stopped_clock import StoppedClock

if TYPE_CHECKING:
    from tests.helpers.mocked_instance import MockedInstance

ALL = Query(None, ("name",), ("name",), 10)
BROKEN = Reply(200, b"{")
POOL = urllib3.HTTPSConnectionPool("mycompany.daktela.com")
UNKNOWN_HOST = requests.ConnectionError(
    urllib3.exceptions.NameResolutionError("mycompany.daktela.com", POOL, socket.gaierror(-2, "unknown"))
)


# --- what is tried again ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(408), "HTTP 408"),
        (Reply(429), "HTTP 429"),
        (Reply(500, b'{"error": "Deadlock"}'), "HTTP 500: Deadlock"),
        (Reply(502, b"<html>Bad Gateway"), "HTTP 502: Bad Gateway"),
        (Reply(503), "HTTP 503"),
        (Reply(504), "HTTP 504"),
        (Reply(204), "HTTP 204"),
        (Reply(200, b"<html>", {"Content-Type": "text/html"}), "not JSON (text/html, 6 bytes)"),
        (Reply(200, b""), "not JSON (no content type, 0 bytes)"),
        (Reply(200, page().body[:-9]), "not JSON"),
        (Reply(200, b"{}"), "HTTP 200 without a result"),
        (Reply(200, b'{"result": null, "error": []}'), "HTTP 200 without a list of rows"),
        (Reply(200, b"no gzip", {"Content-Encoding": "gzip"}), "decompressing"),
        (requests.ReadTimeout("slow"), "ReadTimeout: slow"),
        (requests.ConnectionError("reset"), "ConnectionError: reset"),
        (ConnectionResetError("reset"), "ConnectionResetError: reset"),
        (urllib3.exceptions.ProtocolError("cut"), "ProtocolError: cut"),
    ],
)
def test_what_is_tried_again(
    mocked: MockedInstance, caplog: pytest.LogCaptureFixture, reply: Reply | Exception, reason: str
) -> None:
    mocked.on("tickets", reply, page({"name": 1}))
    assert mocked.client().read("tickets", ALL).attempts == 2
    [told] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert told.startswith("GET tickets skip=0 take=10: ")
    assert reason in told
    assert "Trying again in 0.0 s" in told

    mocked.on("tickets", reply)
    sentence = r"GET tickets skip=0 take=10: https://mycompany\.daktela\.com gave no usable answer in 3 tries"
    with pytest.raises(RemoteError, match=sentence) as caught:
        mocked.client().read("tickets", ALL)
    assert reason in str(caught.value)
    assert mocked.times("tickets") == 2 + 3


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("86400", 86400.0), ("Tue, 05 Nov 2024 12:01:00 GMT", 60.0), (None, None)]
)
def test_a_request_that_ends_because_of_a_limit(mocked: MockedInstance, header: str | None, seconds: float) -> None:
    headers = {"Date": DATE} | ({} if header is None else {"Retry-After": header})
    mocked.on("tickets", Reply(503), Reply(429, b'{"error": "slowly"}', headers))
    with pytest.raises(RateLimitError, match=r"gave no usable answer in 3 tries: HTTP 429: slowly$") as caught:
        mocked.client(Retry(tries=3), StoppedClock()).read("tickets", ALL)
    assert caught.value.retry_after == seconds


def test_a_limit_that_was_met_on_the_way_is_not_why_a_request_ends(mocked: MockedInstance) -> None:
    mocked.on("tickets", Reply(429), Reply(503))
    with pytest.raises(RemoteError, match="HTTP 503") as caught:
        mocked.client().read("tickets", ALL)
    assert not isinstance(caught.value, RateLimitError)


def test_a_login_that_ends_because_of_a_limit(mocked: MockedInstance) -> None:
    mocked.on("login", Reply(429, headers={"Retry-After": "30"}))
    with pytest.raises(RateLimitError, match=r"^POST login: ") as caught:
        mocked.client(clock=StoppedClock(), username="reporter", password=PASSWORD).connect()
    assert (caught.value.retry_after, mocked.times("login")) == (30, 3)


def test_a_failure_that_is_our_own_is_raised_as_it_is(mocked: MockedInstance) -> None:
    mocked.on("tickets", KeyError("ours"))
    with pytest.raises(KeyError, match="ours"):
        mocked.client().read("tickets", ALL)
    mocked.on("tickets", requests.exceptions.InvalidHeader("ours"))
    with pytest.raises(requests.exceptions.InvalidHeader, match="ours"):
        mocked.client().read("tickets", ALL)
    assert mocked.times("tickets") == 2


def test_retries_follow_the_setting(mocked: MockedInstance) -> None:
    mocked.on("tickets", Reply(503))
    with pytest.raises(RemoteError, match="in one try: HTTP 503"):
        mocked.client(retry=None, max_retries=0).read("tickets", ALL)
    assert mocked.times("tickets") == 1
    with pytest.raises(RemoteError, match="in 2 tries: HTTP 503"):
        mocked.client(None, StoppedClock(), max_retries=1).read("tickets", ALL)
    with pytest.raises(RemoteError, match="in 6 tries: HTTP 503"):
        mocked.client(None, StoppedClock(), max_retries=5).read("tickets", ALL)
    assert mocked.times("tickets") == 1 + 2 + 6


@pytest.mark.parametrize("reply", [Reply(500, b'{"error": "Deadlock"}'), Reply(408, b"Deadlock")])
def test_a_status_that_is_not_tried_again_is_the_instances_failure(mocked: MockedInstance, reply: Reply) -> None:
    mocked.on("tickets", Reply(503), reply)
    sentence = rf"gave no usable answer in 2 tries: HTTP {reply.status}: Deadlock$"
    with pytest.raises(RemoteError, match=sentence):
        mocked.client(Retry(statuses=[503], first_wait=0)).read("tickets", ALL)
    assert mocked.times("tickets") == 2


def test_a_refusal_that_is_tried_again_stays_what_it_is(mocked: MockedInstance) -> None:
    retry = Retry(tries=3, statuses=[400, 404], first_wait=0)
    mocked.on("tickets", Reply(404), page({"name": 1}))
    assert mocked.client(retry).read("tickets", ALL).attempts == 2
    mocked.on("tickets", Reply(404))
    with pytest.raises(NotFoundError, match="no such list"):
        mocked.client(retry).read("tickets", ALL)
    mocked.on("tickets", Reply(400, b'{"error": "take"}'))
    with pytest.raises(ContractError, match=r"rejects the request .HTTP 400: take"):
        mocked.client(retry).read("tickets", ALL)
    assert mocked.times("tickets") == 2 + 3 + 3


@pytest.mark.parametrize(
    "reply",
    [BROKEN, Reply(204), Reply(200, b"{}"), requests.ReadTimeout("slow"), requests.ConnectionError("reset")],
)
@pytest.mark.parametrize("is_known", [True, False])
def test_without_a_whole_answer_a_request_may_end_at_once(
    mocked: MockedInstance, reply: Reply | Exception, is_known: bool
) -> None:
    client = mocked.client(Retry(connection_errors=False, first_wait=0))
    if is_known:
        mocked.on("tickets", page())
        client.read("tickets", ALL)
    mocked.on("tickets", reply)
    with pytest.raises(RemoteError, match="gave no usable answer in one try"):
        client.read("tickets", ALL)
    assert mocked.times("tickets") == 1 + is_known
    mocked.on("tickets", Reply(503), page({"name": 1}))
    assert client.read("tickets", ALL).attempts == 2, "a status is a whole answer"
    mocked.on("tickets", page(error=["Odd"]), page({"name": 1}))
    assert client.read("tickets", ALL).attempts == 2, "so is one that carries an error"


@pytest.mark.parametrize("reply", [BROKEN, requests.ConnectionError("reset")])
def test_without_a_whole_answer_a_login_may_end_at_once(mocked: MockedInstance, reply: Reply | Exception) -> None:
    mocked.on("login", reply)
    with pytest.raises(RemoteError, match=r"^POST login: .* in one try"):
        mocked.client(Retry(connection_errors=False), username="reporter", password=PASSWORD).connect()
    assert mocked.times("login") == 1


def test_a_first_contact_that_ends_at_once_names_what_to_look_at(mocked: MockedInstance) -> None:
    mocked.on("tickets", requests.ConnectionError("reset"))
    with pytest.raises(UnreachableError, match=r"in one try: .*; check url \(or server\)$"):
        mocked.client(Retry(connection_errors=False)).read("tickets", ALL)


def test_a_limit_may_be_raised_at_once(mocked: MockedInstance) -> None:
    """Whoever waits by oneself is not held up a second time before the next request."""
    mocked.on("tickets", Reply(429, headers={"Retry-After": "120"}), page())
    client = mocked.client(Retry(rate_limit="raise"), clock := StoppedClock(), concurrency=8)
    with pytest.raises(RateLimitError, match="in one try: HTTP 429") as caught:
        client.read("tickets", ALL)
    assert caught.value.retry_after == 120
    client.read("tickets", ALL)
    assert set(clock.waited) == {0}
    assert client.allowed() == 4


def test_a_pause_after_a_limit_that_names_none(mocked: MockedInstance) -> None:
    mocked.on("tickets", Reply(429), page())
    mocked.client(Retry(default_pause=20, first_wait=0), clock := StoppedClock()).read("tickets", ALL)
    assert clock.waited == [0, 0, 20, 20]  # its own, and the one for all


def test_without_retries(mocked: MockedInstance) -> None:
    client = mocked.client(Retry.off(), clock := StoppedClock(), username="reporter", password=PASSWORD)
    mocked.on("login", answered("tok-1-stale"), answered("tok-2-fresh"))
    mocked.on("tickets", Reply(401), page())
    assert client.read("tickets", ALL).attempts == 2, "a token that has ended is renewed all the same"
    for reply in (Reply(429, headers={"Retry-After": "9"}), Reply(503), BROKEN, page(error="Odd")):
        mocked.on("tickets", reply)
        before = mocked.times("tickets")
        with pytest.raises((RemoteError, ContractError)):
            client.read("tickets", ALL)
        assert mocked.times("tickets") == before + 1
    assert set(clock.waited) == {0}


def test_all_tries_of_a_page_count_together(mocked: MockedInstance) -> None:
    mocked.on("tickets", Reply(503), BROKEN, ConnectionResetError("reset"), BROKEN)
    client = mocked.client(Retry(tries=4, seconds=60, first_wait=0))
    pending = client.page_request("tickets", ALL)
    assert client.page(pending, client.fetch(pending)) is None
    with pytest.raises(RemoteError, match="gave no usable answer in 4 tries: HTTP 200 whose body is not JSON"):
        client.page(pending, client.fetch(pending))
    assert mocked.times("tickets") == 4


def test_an_instance_that_sends_broken_pages_is_reached_all_the_same(mocked: MockedInstance) -> None:
    mocked.on("tickets", after(1, clock := StoppedClock(), BROKEN))
    with pytest.raises(RemoteError) as caught:
        mocked.client(clock=clock).read("tickets", ALL)
    assert not isinstance(caught.value, UnreachableError)
    mocked.on("tickets", ConnectionResetError("reset"))
    with pytest.raises(UnreachableError):
        mocked.client(clock=clock).read("tickets", ALL)


# --- errors in a 200 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reply", [page({"name": 1}, error=["Odd"]), page(error=["Odd"]), answered(None, error="Odd")])
def test_an_error_in_an_answer_is_tried_again(
    mocked: MockedInstance, caplog: pytest.LogCaptureFixture, reply: Reply
) -> None:
    mocked.on("tickets", reply, reply, page({"name": 2}))
    read = mocked.client().read("tickets", ALL)
    assert (read.rows, read.attempts) == ([{"name": 2}], 3)
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert told == ["GET tickets skip=0 take=10: HTTP 200: Odd. Trying again in 0.0 s."] * 2


@pytest.mark.parametrize(("tries", "sent"), [(1, 1), (2, 2), (ERROR_TRIES, 3), (9, ERROR_TRIES)])
def test_an_error_that_stays_in_the_answers_is_told(mocked: MockedInstance, tries: int, sent: int) -> None:
    mocked.on("tickets", page({"name": 1}, error=["Odd"]))
    with pytest.raises(ContractError, match=r"^tickets: the instance answers with an error \(HTTP 200: Odd\)$"):
        mocked.client(Retry(tries=tries, first_wait=0.001)).read("tickets", ALL)
    assert mocked.times("tickets") == sent


def test_failures_of_other_kinds_are_no_errors_in_answers(mocked: MockedInstance) -> None:
    odd = page(error=["Odd"])
    mocked.on("tickets", Reply(503), odd, BROKEN, Reply(401), odd, Reply(502), page({"name": 1}))
    mocked.on("login", answered("tok-1-fresh"))
    client = mocked.client(Retry(tries=6, first_wait=0.001), username="reporter", password=PASSWORD)
    assert client.read("tickets", ALL).attempts == 7


# --- settings that are wrong ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "target", "told"),
    [
        (302, "https://elsewhere.example/login?x=1", "https://elsewhere.example"),
        (308, "http://mycompany.daktela.com/api/v6/tickets.json", "http://mycompany.daktela.com"),
        (302, "/login", "elsewhere"),
        (301, "", "elsewhere"),
        (301, "//[", "elsewhere"),
        (301, "//[::1", "elsewhere"),
        (301, "https://[", "elsewhere"),
        (301, "https://a]b/", "elsewhere"),
        (301, "\xff", "elsewhere"),
    ],
)
def test_a_redirect_is_refused(mocked: MockedInstance, status: int, target: str, told: str) -> None:
    mocked.on("tickets", Reply(status, headers={"Location": target}))
    sentence = r"^url \(or server\) is not where the API is: https://mycompany\.daktela\.com redirects to"
    with pytest.raises(ConfigError, match=rf"{sentence} {told} \(HTTP {status}\)$"):
        mocked.client().read("tickets", ALL)
    assert len(mocked.requests) == 1


def test_a_host_that_is_unknown_from_the_beginning(mocked: MockedInstance) -> None:
    mocked.on("tickets", UNKNOWN_HOST, page())
    sentence = (
        r"^url \(or server\) names an unknown host: https://mycompany\.daktela\.com \(NameResolution.*unknown\)\)$"
    )
    with pytest.raises(UnknownHostError, match=sentence):
        mocked.client().read("tickets", ALL)
    client = mocked.client()
    client.read("tickets", ALL)
    mocked.on("tickets", UNKNOWN_HOST, page({"name": 1}))
    assert client.read("tickets", ALL).attempts == 2, "a host that has answered is there"
