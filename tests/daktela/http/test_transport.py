"""One request over the network: what requests is told, the whole response, and connections that break."""

from __future__ import annotations

import gzip
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tap_daktela.daktela.http.retry import Retry
from tap_daktela.daktela.http.transport import RawResponse, TokenAuth, Transport
from tap_daktela.daktela.query import Query
from tap_daktela.errors import ConfigError, ContractError, RemoteError
from tests.helpers.harness import PATIENCE
from tests.helpers.http_stub import DATE, QUICK, TOKEN, HttpStub, Reply, give, page
from tests.helpers.mocked_instance import after
from tests.helpers.stopped_clock import BEGUN, StoppedClock

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

    from tests.helpers.mocked_instance import MockedInstance

ALL = Query(None, (), (), 10)


def request(mocked: MockedInstance, token: str | None = TOKEN) -> requests.Request:
    return requests.Request("GET", f"{mocked.url}/api/v6/tickets.json", auth=TokenAuth(token))


# --- what requests is told --------------------------------------------------------------------------------------------


def test_a_whole_response(mocked: MockedInstance) -> None:
    clock = StoppedClock()
    mocked.on("tickets", after(2, clock, Reply(403, b"no", {"Date": DATE, "X-Other": "x"})))
    response = Transport(mocked.connection(), clock).send(request(mocked), 5)
    assert (response.status, response.body, response.headers["x-other"]) == (403, b"no", "x")
    assert (response.sent, response.read, response.read_at) == (1000.0, 1002.0, clock.now())
    assert response.date == BEGUN


def test_a_response_without_a_date() -> None:
    assert RawResponse(200, {}, b"", BEGUN, 0, 0).date is None
    assert RawResponse(200, {"Date": "soon"}, b"", BEGUN, 0, 0).date is None


@pytest.mark.parametrize(("seconds", "timeout"), [(300, (10, 300)), (3, (3, 3))])
def test_connecting_and_reading_have_timeouts(
    mocked: MockedInstance, seconds: float, timeout: tuple[float, float]
) -> None:
    mocked.on("tickets", page())
    Transport(mocked.connection(), StoppedClock()).send(request(mocked), seconds)
    mocked.client(request_timeout=seconds).read("tickets", ALL)
    assert [sent.timeout for sent in mocked.requests] == [timeout, timeout]


def test_a_response_that_is_late_is_broken(mocked: MockedInstance) -> None:
    clock = StoppedClock()
    mocked.on("tickets", after(5, clock, page()))
    with pytest.raises(RemoteError, match=r"in one try: the answer was not complete in 5 s$"):
        mocked.client(Retry(tries=1), clock, request_timeout=5).read("tickets", ALL)


@pytest.mark.parametrize(
    ("settings", "variable", "verify"),
    [
        ({}, "", True),
        ({}, "/environment.pem", "/environment.pem"),
        ({"ca_bundle": "/ours.pem"}, "", "/ours.pem"),
        ({"ca_bundle": "/ours.pem"}, "/environment.pem", "/ours.pem"),
        ({"verify_ssl": False}, "", False),
        ({"verify_ssl": False}, "/environment.pem", False),
    ],
)
def test_which_certificates_are_trusted(
    mocked: MockedInstance, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], variable: str, verify: object
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", variable)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    mocked.on("tickets", page())
    Transport(replace(mocked.connection(), **settings), StoppedClock()).send(request(mocked), 5)
    assert mocked.requests[0].verify == verify


def test_what_is_compressed(mocked: MockedInstance) -> None:
    packed = {"Content-Encoding": "gzip"}
    mocked.on("tickets", Reply(200, gzip.compress(b"text"), packed), Reply(200, b"text"))
    transport = Transport(mocked.connection(), StoppedClock())
    assert [transport.send(request(mocked), 5).body for _ in range(2)] == [b"text", b"text"]
    assert mocked.requests[0].headers["Accept-Encoding"] == "gzip, deflate"


def test_a_body_that_is_too_long(mocked: MockedInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    """How much memory that takes is measured in test_body_size."""
    monkeypatch.setattr("tap_daktela.daktela.http.transport.MOST_BYTES", 2**20)
    mocked.on("tickets", Reply(200, b" " * (2**20 + 1)))
    sentence = r"^https://mycompany.daktela.com/api/v6/tickets.json: one answer has more than 1 MiB: set page_size"
    with pytest.raises(ContractError, match=sentence):
        mocked.client().read("tickets", ALL)
    assert mocked.times("tickets") == 1


@pytest.mark.parametrize("token", [TOKEN, None])
def test_a_token_goes_into_its_header(mocked: MockedInstance, token: str | None) -> None:
    mocked.on("tickets", page())
    Transport(mocked.connection(), StoppedClock()).send(request(mocked, token), 5)
    assert mocked.tokens() == [token]


# --- connections ------------------------------------------------------------------------------------------------------


def test_connections_are_kept(instance: HttpStub) -> None:
    instance.on(
        "tickets", page(), Reply(503), page(), Reply(200, gzip.compress(page().body), {"Content-Encoding": "gzip"})
    )
    client = instance.client()
    for _ in range(4):
        client.read("tickets", ALL)
    assert len({asked.connection for asked in instance.asked}) == 1
    assert instance.times("tickets") == 5


def test_threads_that_end_leave_no_connection_of_their_own(instance: HttpStub) -> None:
    """A program may start a thread for each of its tasks, for years."""
    instance.on("tickets", page())
    client = instance.client()
    for _ in range(8):
        thread = threading.Thread(target=client.read, args=("tickets", ALL))
        thread.start()
        thread.join()
    assert len({asked.connection for asked in instance.asked}) == 1


def test_closing_closes_a_kept_connection(instance: HttpStub) -> None:
    received, is_over = list[bytes](), threading.Event()

    def answer_and_wait(handler: BaseHTTPRequestHandler) -> None:
        give(handler, page())
        received.append(handler.connection.recv(1))
        is_over.set()

    instance.on("tickets", Reply(raw=answer_and_wait))
    client = instance.client()
    client.read("tickets", ALL)
    assert not is_over.is_set()
    client.close()
    assert is_over.wait(PATIENCE)
    assert received == [b""]


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + page().body)


def cut_chunk(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + page().body)


def two_lengths(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\n")


def half_a_header(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length")


def hung_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(raw=cut_off), "IncompleteRead"),
        (Reply(raw=cut_chunk), "IncompleteRead"),
        (Reply(raw=two_lengths), "Content-Length contained multiple unmatching values (5, 50)"),
        (Reply(raw=half_a_header), "not JSON"),
        (Reply(raw=hung_up), "Remote"),
    ],
    ids=["body", "chunk", "two lengths", "header", "nothing"],
)
def test_a_connection_that_breaks(instance: HttpStub, reply: Reply, reason: str) -> None:
    instance.on("tickets", reply, page({"name": 1}))
    assert instance.client().read("tickets", ALL).attempts == 2
    instance.on("tickets", reply)
    with pytest.raises(RemoteError, match="gave no usable answer in 3 tries") as caught:
        instance.client().read("tickets", ALL)
    assert reason in str(caught.value)
    assert instance.times("tickets") == 2 + 3


def test_nothing_listens() -> None:
    server = HttpStub()
    server.stop()
    with pytest.raises(RemoteError, match="refused"):
        server.client().connect()


def test_an_unknown_host(instance: HttpStub) -> None:
    client = instance.client(QUICK, url="https://no-such-host.invalid")
    with pytest.raises(ConfigError, match=r"url \(or server\) names an unknown host: https://no-such-host.invalid"):
        client.connect()
