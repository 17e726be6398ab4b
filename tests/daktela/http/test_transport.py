"""One request over the wire: its deadline, whatever drips, and the most bytes."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tap_daktela.daktela.http.retry import BrokenResponse
from tap_daktela.daktela.http.transport import MOST_BYTES, TokenAuth, Transport
from tap_daktela.daktela.http.watchdog import Watchdog, watch_socket
from tap_daktela.daktela.query import Query
from tap_daktela.errors import ContractError, RemoteError
from tap_daktela.runtime.clock import Clock
from tap_daktela.settings import Settings
from tests.helpers.harness import PATIENCE
from tests.helpers.http_stub import TOKEN, HttpStub, Reply, page
from tests.helpers.stopped_clock import StoppedClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.server import BaseHTTPRequestHandler

ALL = Query(None, (), (), 10)
SECONDS = 0.3
MIB = 2**20


class Dripping:
    """A server that answers with `head` at once and then with `piece` again and again, for as long as one listens.

    With TLS it does so to the second request of a connection, when the handshake is over.
    """

    def __init__(self, head: bytes, piece: bytes, tls: ssl.SSLContext | None = None) -> None:
        """Listen."""
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
    raw = {"url": "http://127.0.0.1", "access_token": TOKEN, "start_date": "2024-01-01", **settings}
    return Transport(Settings.parse(raw).connection, Clock())


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
    asked = request(f"{'https' if is_secure else 'http'}://{server.address}/")
    if is_secure:
        assert one.send(asked, PATIENCE).status == 200
    with pytest.raises(BrokenResponse, match=r"^the answer was not complete in 0\.3 s$"):
        one.send(asked, SECONDS)
    # With nothing to write, nobody notices that the other one has left.
    assert not piece or server.is_left.wait(PATIENCE)
    one.close()


def test_a_tls_handshake_that_drips(dripping: Callable[..., Dripping], certificate: str) -> None:
    server, one = dripping(b"\x16\x03\x03\x40\x00", b"\x02"), transport(ca_bundle=certificate)
    # Longer than others: Python forgets to close a socket that is shut down just before the handshake.
    with pytest.raises(BrokenResponse, match=r"not complete in 2 s"):
        one.send(request(f"https://{server.address}/"), 2)
    assert server.is_left.wait(PATIENCE)
    one.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_drips(dripping: Callable[..., Dripping], monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    server = dripping(b"HTTP/1.1 ", b"2")
    monkeypatch.setenv(f"{scheme}_proxy", f"http://{server.address}")
    with pytest.raises(BrokenResponse, match="not complete"):
        transport().send(request(f"{scheme}://mycompany.example/"), SECONDS)
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


# --- the watchdog itself ----------------------------------------------------------------------------------------------


def test_whoever_leaves_in_time_has_a_socket_that_lives() -> None:
    """Threads that leave around their deadline: either they are told, or their socket still carries a byte."""
    watchdog, left, strange = Watchdog(Clock()), list[bool](), list[object]()

    def race(number: int) -> None:
        for attempt in range(60):
            here, there = socket.socketpair()
            with here, there:
                try:
                    with watchdog.within(0.002):
                        watch_socket(here)
                        time.sleep(0.0001 * ((attempt + number) % 24))
                except BrokenResponse:
                    left.append(False)
                    continue
                left.append(True)
                try:
                    here.send(b"x")
                    assert there.recv(1) == b"x"
                except (OSError, AssertionError) as error:
                    strange.append(error)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    watchdog.close()
    assert strange == []
    assert len(left) == 4 * 60
    assert False in left


def test_a_request_that_is_late_from_the_beginning() -> None:
    here, there = socket.socketpair()
    with here, there, pytest.raises(BrokenResponse, match="not complete in 0 s"), Watchdog(Clock()).within(0):
        watch_socket(here)


def test_what_begins_after_the_end_is_cut_off_at_once() -> None:
    watchdog = Watchdog(Clock())
    watchdog.close()
    here, there = socket.socketpair()
    there.settimeout(PATIENCE)
    with here, there:
        with pytest.raises(BrokenResponse, match="the client was closed"), watchdog.within(PATIENCE):
            watch_socket(here)
        assert there.recv(1) == b""


def test_only_what_is_late_is_cut_off() -> None:
    clock = StoppedClock()
    watchdog = Watchdog(clock)
    here, there = socket.socketpair()
    with here, there:
        late, punctual = watchdog.within(5), watchdog.within(6)
        late.__enter__()
        watch_socket(here)
        clock.seconds += 4
        assert watchdog.cut_late() == 1
        clock.seconds += 1
        assert watchdog.cut_late() is None
        assert there.recv(1) == b""
        with pytest.raises(BrokenResponse, match="not complete in 5 s"):
            late.__exit__(None, None, None)
    here, there = socket.socketpair()
    with here, there:
        with punctual:
            watch_socket(here)
            assert watchdog.cut_late() == 1
        clock.seconds += 1
        assert watchdog.cut_late() is None
        here.send(b"x")
        assert there.recv(1) == b"x"


def test_an_error_with_a_sentence_of_its_own_keeps_it() -> None:
    with pytest.raises(ContractError, match="too much"), Watchdog(Clock()).within(0):
        raise ContractError("too much")


def test_one_thread_watches_all_and_ends() -> None:
    watchdog = Watchdog(Clock())
    for _ in range(3):
        with watchdog.within(PATIENCE):
            pass
    assert watchdog.cut_late() is None, "nothing is left to watch"
    thread = watchdog._thread
    assert thread is not None
    assert thread.is_alive()
    watchdog.close()
    thread.join(PATIENCE)
    assert not thread.is_alive()


# --- the most bytes ---------------------------------------------------------------------------------------------------

READ = """
import sys
from tap_daktela.daktela.client import Client
from tap_daktela.daktela.http.retry import RetryPolicy
from tap_daktela.daktela.query import Query
from tap_daktela.errors import TapError
from tap_daktela.settings import Settings

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))

settings = Settings.parse({"url": sys.argv[1], "access_token": "t", "start_date": "2024-01-01"})
client = Client(settings.connection, RetryPolicy(tries=1))
before = peak()
try:
    client.read("tickets", Query(None, (), (), 10))
except TapError as error:
    print(peak() - before, type(error).__name__, error)
"""


def packed(bits: int) -> bytes:
    """Return a GiB of blanks, packed as gzip (31 bits of the window) or as deflate (15 or -15)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    first, block = (packer.compress(b" " * MIB) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + block * 1023


BOMBS = {
    "plain": (None, lambda: b" " * (MOST_BYTES + 1)),
    "gzip": ("gzip", lambda: packed(31)),
    "gzip in parts": ("x-gzip", lambda: gzip.compress(b" " * MIB) * 1024),
    "deflate": ("deflate", lambda: packed(15)),
    "deflate without a header": ("deflate", lambda: packed(-15)),
}


def read_elsewhere(instance: HttpStub, reply: Reply) -> tuple[int, str]:
    """Return the KiB that one answer takes in a process of its own, and the error that comes of it."""
    instance.on("tickets", reply)
    done = subprocess.run([sys.executable, "-c", READ, instance.url], capture_output=True, check=True)
    kib, words = done.stdout.decode().split(" ", 1)
    return int(kib), words.strip()


@pytest.mark.unmeasured
@pytest.mark.parametrize(("encoding", "body"), BOMBS.values(), ids=BOMBS)
def test_a_body_that_is_too_long(instance: HttpStub, encoding: str | None, body: Callable[[], bytes]) -> None:
    reply = Reply(200, body(), {"Content-Encoding": encoding} if encoding else {})
    kib, words = read_elsewhere(instance, reply)
    place = f"{instance.url}/api/v6/tickets.json"
    assert words == f"ContractError {place}: one answer has more than 64 MiB: set page_size to fewer rows"
    assert instance.times("tickets") == 1
    assert kib < 96 * 1024


@pytest.mark.unmeasured
@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "compress"])
def test_what_was_not_asked_for_is_not_unpacked(instance: HttpStub, encoding: str) -> None:
    kib, words = read_elsewhere(instance, Reply(200, gzip.compress(packed(31)), {"Content-Encoding": encoding}))
    assert words.startswith("RemoteError ")
    assert "not JSON" in words
    assert kib < 16 * 1024
    assert instance.asked[0].headers["Accept-Encoding"] == "gzip, deflate"


def test_a_body_that_is_just_short_enough(instance: HttpStub) -> None:
    body = json.dumps({"result": {"data": [], "total": 0}}).encode()
    instance.on("tickets", Reply(200, body + b" " * (MOST_BYTES - len(body))))
    assert instance.client().read("tickets", ALL).size == MOST_BYTES
