"""A session or an adapter of the user's: what it decides, what stays true all the same, and that it stays as it was."""

from __future__ import annotations

import gzip
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from tap_daktela.daktela.client import Client
from tap_daktela.daktela.query import Query
from tap_daktela.errors import ConfigError, ContractError, RemoteError
from tests.helpers.harness import PATIENCE
from tests.helpers.http_stub import QUICK, TOKEN, HttpStub, Reply, connection_to, give, page

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

    from tap_daktela.daktela.http.retry import Retry

ALL = Query(None, (), (), 10)


class ClosableAdapter(HTTPAdapter):
    """Counts how often it is closed. As a class of its own it is used as it is."""

    closed = 0

    def close(self) -> None:
        """Count."""
        self.closed += 1
        super().close()


class BareAdapter(requests.adapters.BaseAdapter):
    """Answers without a socket, with a response as people write them for tests."""

    def __init__(self, raw: io.BytesIO | None, content: bytes | None = None) -> None:
        super().__init__()
        self._raw, self._content = raw, content

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Return the response."""
        response = requests.Response()
        response.status_code, response.request, response.url = 200, request, request.url or ""
        if self._content is not None:
            vars(response)["_content"] = self._content
        response.raw = self._raw
        return response

    def close(self) -> None:
        """Do nothing."""


def client_of(instance: HttpStub, retry: Retry = QUICK, **options: Any) -> Client:
    return Client(replace(connection_to(instance.url), **options), retry)


def contents(session: requests.Session) -> dict[str, Any]:
    """Return what a session holds, with the adapters and hooks themselves."""
    held = {name: vars(session)[name] for name in session.__attrs__}
    return {**held, **{name: type(held[name])(held[name]) for name in ("headers", "hooks", "adapters", "proxies")}}


def test_a_session_sends_the_requests(instance: HttpStub) -> None:
    seen: list[int] = []
    session = requests.Session()
    session.headers.update({"X-Tenant": "acme", "User-Agent": "odd", "Accept-Encoding": "br, zstd"})
    session.hooks["response"].append(lambda response, **_: seen.append(response.status_code))
    instance.on("tickets", Reply(503), page({"name": 1}))
    assert client_of(instance, session=session).read("tickets", ALL).rows == [{"name": 1}]
    assert seen == [503, 200]
    headers = instance.asked[-1].headers
    assert headers["X-Tenant"] == "acme"
    assert headers["X-AUTH-TOKEN"] == TOKEN
    assert headers["User-Agent"].startswith("tap-daktela/")
    assert headers["Accept-Encoding"] == "gzip, deflate", "others could not be decompressed within bounds"


def test_a_class_of_ones_own_keeps_what_it_overrides(instance: HttpStub) -> None:
    class Counting(requests.Session):
        sent = 0

        def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            type(self).sent += 1
            return super().send(request, **options)

    instance.on("tickets", page({"name": 1}))
    client_of(instance, session=Counting()).read("tickets", ALL)
    assert Counting.sent == 1


def test_a_session_stays_as_it_was(instance: HttpStub) -> None:
    """It also stays open: whoever made it closes it."""
    adapter = ClosableAdapter()
    session = requests.Session()
    session.mount("http://", adapter)
    session.cookies.set("mine", "1")
    before = contents(session)
    instance.on("tickets", Reply(200, page().body, {"Set-Cookie": "token=canary-1"}), page())
    with ThreadPoolExecutor(4) as pool:
        client = client_of(instance, session=session)
        list(pool.map(lambda _: client.read("tickets", ALL), range(20)))
    client.close()
    assert contents(session) == before
    assert session.cookies.get_dict() == {"mine": "1"}
    assert adapter.closed == 0
    assert session.get(f"{instance.url}/api/v6/tickets.json", timeout=PATIENCE).ok
    session.close()


def test_what_a_session_does_not_decide(instance: HttpStub) -> None:
    session = requests.Session()
    session.params = {"accessToken": "canary-2"}
    session.auth = ("user", "canary-3")
    session.cookies.set("token", "canary-4")
    instance.on("tickets", page())
    client_of(instance, session=session).read("tickets", ALL)
    [asked] = instance.asked
    assert "accessToken" not in asked.parameters
    assert not {"Authorization", "Cookie"} & set(asked.headers)


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_session_follows_no_redirect(instance: HttpStub, status: int) -> None:
    instance.on("tickets", Reply(status, headers={"Location": f"{instance.url}/api/v6/users.json"}))
    instance.on("users", page())
    with pytest.raises(ConfigError, match="redirects to"):
        client_of(instance, session=requests.Session()).read("tickets", ALL)
    assert instance.times("users") == 0


OWN = {
    "session": lambda: {"session": requests.Session()},
    "adapter": lambda: {"adapter": HTTPAdapter(pool_maxsize=1)},
    "adapter of its own class": lambda: {"adapter": ClosableAdapter()},
}


@pytest.mark.parametrize("own", OWN.values(), ids=OWN)
def test_bodies_are_bounded_and_decompressed(instance: HttpStub, own: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = {"Content-Encoding": "gzip"}
    instance.on(
        "tickets",
        Reply(200, gzip.compress(page({"name": 1}).body), packed),
        Reply(200, gzip.compress(b" " * 2**21), packed),
    )
    client = client_of(instance, **own())
    assert client.read("tickets", ALL).rows == [{"name": 1}]
    monkeypatch.setattr("tap_daktela.daktela.http.transport.MOST_BYTES", 2**20)
    with pytest.raises(ContractError, match="more than 1 MiB"):
        client.read("tickets", ALL)


def test_an_adapter_stays_open(instance: HttpStub) -> None:
    adapter = ClosableAdapter()
    instance.on("tickets", page({"name": 1}))
    for _ in range(2):
        client = client_of(instance, adapter=adapter)
        assert client.read("tickets", ALL).rows == [{"name": 1}]
        client.close()
    assert adapter.closed == 0
    assert len({asked.connection for asked in instance.asked}) == 1, "its connections are kept for the next client"
    adapter.close()


def test_connections_to_an_instance_end_with_a_client_of_a_plain_session(instance: HttpStub) -> None:
    received, is_over = list[bytes](), threading.Event()

    def answer_and_wait(handler: BaseHTTPRequestHandler) -> None:
        give(handler, page())
        received.append(handler.connection.recv(1))
        is_over.set()

    instance.on("tickets", Reply(raw=answer_and_wait))
    client = client_of(instance, session=requests.Session())
    client.read("tickets", ALL)
    client.close()
    assert is_over.wait(PATIENCE)
    assert received == [b""]


BODY = page({"name": 1}).body


@pytest.mark.parametrize(
    "adapter", [BareAdapter(io.BytesIO(BODY)), BareAdapter(None, BODY), BareAdapter(io.BytesIO(b"x"), BODY)]
)
def test_responses_that_are_not_from_a_socket(instance: HttpStub, adapter: BareAdapter) -> None:
    assert client_of(instance, adapter=adapter).read("tickets", ALL).rows == [{"name": 1}]
    assert instance.asked == []


def test_a_hook_may_read_the_body(instance: HttpStub, monkeypatch: pytest.MonkeyPatch) -> None:
    session, texts = requests.Session(), list[str]()
    session.hooks["response"].append(lambda response, **_: texts.append(response.text))
    instance.on("tickets", Reply(200, gzip.compress(BODY), {"Content-Encoding": "gzip"}))
    client = client_of(instance, session=session)
    assert client.read("tickets", ALL).rows == [{"name": 1}]
    assert texts == [BODY.decode()]
    monkeypatch.setattr("tap_daktela.daktela.http.transport.MOST_BYTES", 10)
    with pytest.raises(ContractError, match="one answer has more than"):
        client.read("tickets", ALL)


def test_a_hook_that_fails_is_nobodys_retry(instance: HttpStub) -> None:
    session = requests.Session()
    session.hooks["response"].append(lambda *_, **__: {}["odd"])
    instance.on("tickets", page())
    with pytest.raises(KeyError, match="odd"):
        client_of(instance, session=session).read("tickets", ALL)
    assert instance.times("tickets") == 1


def test_closing_ends_a_body_that_comes_through_an_adapter(instance: HttpStub) -> None:
    come, end, failures = threading.Event(), threading.Event(), list[str]()

    def begin(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
        handler.wfile.flush()
        come.set()
        end.wait(PATIENCE)

    def read() -> None:
        with pytest.raises(RemoteError) as caught:
            client.read("tickets", ALL)
        failures.append(str(caught.value))

    instance.on("tickets", Reply(raw=begin))
    client = client_of(instance, adapter=ClosableAdapter())
    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    assert come.wait(PATIENCE)
    client.close()
    thread.join(PATIENCE)
    end.set()
    assert failures == ["GET tickets skip=0 take=10: the client was closed"]
