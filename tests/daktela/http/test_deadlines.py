"""The deadline of a whole response, over real sockets: whatever a server sends a byte at a time."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import zlib
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from tap_daktela.daktela.http.decisions import BrokenResponse
from tap_daktela.daktela.http.transport import TokenAuth, Transport
from tap_daktela.daktela.query import Query
from tap_daktela.errors import RemoteError
from tap_daktela.runtime.clock import Clock
from tests.helpers.harness import PATIENCE
from tests.helpers.http_stub import TOKEN, HttpStub, Reply, connection_to, page
from tests.helpers.stopped_clock import StoppedClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.server import BaseHTTPRequestHandler

ALL = Query(None, (), (), 10)
SECONDS = 0.3


class Dripping:
    """A server that answers with `head` at once and then with `piece` again and again, for as long as one listens.

    With TLS it does so to the second request of a connection, when the handshake is over.
    """

    def __init__(self, head: bytes, piece: bytes, tls: ssl.SSLContext | None = None) -> None:
        self.is_left = threading.Event()
        self._is_stopped = threading.Event()
        self._head, self._piece, self._tls = head, piece, tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with suppress(OSError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
                connection.sendall(OK + b"Content-Length: 0\r\n\r\n")
                while not connection.recv(4096).endswith(b"\r\n\r\n"):
                    pass
                connection.recv(1)  # The second request begins.
            connection.sendall(self._head)
            while not self._is_stopped.wait(0.02):
                connection.sendall(self._piece)
        self.is_left.set()
        connection.close()

    def stop(self) -> None:
        """Listen and drip no more."""
        self._is_stopped.set()
        self._socket.close()


@pytest.fixture
def dripping() -> Iterator[Callable[..., Dripping]]:
    started: list[Dripping] = []

    def start(*arguments: Any) -> Dripping:
        started.append(Dripping(*arguments))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def transport(**settings: Any) -> Transport:
    return Transport(connection_to("http://127.0.0.1", **settings), Clock())


def request(url: str) -> requests.Request:
    return requests.Request("GET", url, auth=TokenAuth(TOKEN))


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
PACKED = OK + b"Content-Encoding: gzip\r\n\r\n"
GZIP = b"\x1f\x8b\x08%b\x00\x00\x00\x00\x00\xff"
DRIPS = {
    "nothing": (b"", b""),
    "the status": (b"", b"H"),
    "answers that are none yet": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a header": (OK + b"X-Header: ", b"x"),
    "a body": (OK + b"Content-Length: 100000\r\n\r\n", b" "),
    "a body without a length": (OK + b"\r\n{}", b" "),
    "the end of a body": (OK + b"Content-Length: 3\r\nConnection: close\r\n\r\n{}", b""),
    "the size of a chunk": (CHUNKED, b"0"),
    "an extension of a chunk": (CHUNKED + b"2;x=", b"x"),
    "chunks": (CHUNKED, b"1\r\n \r\n"),
    "trailers": (CHUNKED + b"2\r\n{}\r\n0\r\n", b"X-Trailer: x\r\n"),
    "a trailer": (CHUNKED + b"2\r\n{}\r\n0\r\nX-Trailer: ", b"x"),
    "the name in gzip": (PACKED + GZIP % b"\x08", b"x"),
    "gzip without output": (PACKED + GZIP % b"\x00", b"\x00\x00\x00\xff\xff"),
    "gzip after gzip": (PACKED + gzip.compress(b"{}"), gzip.compress(b"")),
    "deflate without output": (
        OK + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"")[:2],
        b"\x00\x00\x00\xff\xff",
    ),
}


@pytest.mark.parametrize(("head", "piece"), DRIPS.values(), ids=DRIPS)
@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "tls"])
def test_no_drip_is_without_end(
    dripping: Callable[..., Dripping], certificate: str, head: bytes, piece: bytes, *, is_secure: bool
) -> None:
    tls = None
    if is_secure:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    server, one = dripping(head, piece, tls), transport(ca_bundle=certificate)
    sent = request(f"{'https' if is_secure else 'http'}://{server.address}/")
    if is_secure:
        assert one.send(sent, PATIENCE).status == 200
    with pytest.raises(BrokenResponse, match=r"^the answer was not complete in 0\.3 s$"):
        one.send(sent, SECONDS)
    # With nothing to write, nobody notices that the other one has left.
    assert not piece or server.is_left.wait(PATIENCE)
    one.close()


class OtherAdapter(HTTPAdapter):
    """Is no plain one, so it is used as it is."""


OWN = {
    "session": ({"session": requests.Session()}, "a header"),
    "adapter": ({"adapter": HTTPAdapter()}, "a header"),
    **{
        f"adapter of its own class, {drip}": ({"adapter": OtherAdapter()}, drip)
        for drip in ("a body", "a body without a length", "an extension of a chunk", "a trailer", "gzip without output")
    },
}


@pytest.mark.parametrize(("own", "drip"), OWN.values(), ids=OWN)
def test_no_drip_is_without_end_with_a_session_of_ones_own(
    dripping: Callable[..., Dripping], own: dict[str, Any], drip: str
) -> None:
    server = dripping(*DRIPS[drip])
    one = Transport(replace(connection_to("http://127.0.0.1"), **own), Clock())
    with pytest.raises(BrokenResponse, match=r"^the answer was not complete in 0\.3 s$"):
        one.send(request(f"http://{server.address}/"), SECONDS)
    assert server.is_left.wait(PATIENCE)
    one.close()


def test_a_tls_handshake_that_drips(dripping: Callable[..., Dripping], certificate: str) -> None:
    server, one = dripping(b"\x16\x03\x03\x40\x00", b"\x02"), transport(ca_bundle=certificate)
    # Longer than others: Python forgets to close a socket that is shut down just before the handshake.
    with pytest.raises(BrokenResponse, match=r"not complete in 2 s"):
        one.send(request(f"https://{server.address}/"), 2)
    assert server.is_left.wait(PATIENCE)
    one.close()


def test_a_proxy_that_drips(dripping: Callable[..., Dripping], monkeypatch: pytest.MonkeyPatch) -> None:
    server = dripping(b"HTTP/1.1 ", b"2")
    monkeypatch.setenv("https_proxy", f"http://{server.address}")
    one = Transport(connection_to("https://mycompany.example"), Clock())
    with pytest.raises(BrokenResponse, match="not complete"):
        one.send(request("https://mycompany.example/"), SECONDS)
    assert server.is_left.wait(PATIENCE)


def test_a_request_that_is_over_keeps_its_connection(instance: HttpStub) -> None:
    instance.on("tickets", page())
    clock = StoppedClock()
    client = instance.client(clock=clock)
    for _ in range(3):
        client.read("tickets", ALL)
        clock.seconds += 10**6  # Beyond every deadline of a request that is over.
    assert len({asked.connection for asked in instance.asked}) == 1


def test_closing_ends_what_is_under_way(instance: HttpStub) -> None:
    come, end, failures = threading.Event(), threading.Event(), list[str]()

    def wait(_: BaseHTTPRequestHandler) -> None:
        come.set()
        end.wait(PATIENCE)

    def read() -> None:
        with pytest.raises(RemoteError) as caught:
            client.read("tickets", ALL)
        failures.append(str(caught.value))

    instance.on("tickets", Reply(raw=wait))
    client = instance.client()
    thread = threading.Thread(target=read)
    thread.start()
    assert come.wait(PATIENCE)
    client.close()
    thread.join(PATIENCE)
    assert failures == ["GET tickets skip=0 take=10: the client was closed"]
    end.set()
