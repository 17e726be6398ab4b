"""An address at which there is no instance: said within a few tries. An instance that is ill gets all the patience."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tap_daktela.daktela.client import Client
from tap_daktela.daktela.http.retry import FIRST_CONTACT
from tap_daktela.daktela.query import Query
from tap_daktela.errors import RemoteError, UnreachableError
from tests.helpers.cli_output import NOBODY, refused
from tests.helpers.http_stub import HttpStub, Reply, answered, connection_to, page
from tests.helpers.keboola.keboola_folder import DataFolder
from tests.helpers.stopped_clock import StoppedClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.server import BaseHTTPRequestHandler

    from tests.helpers.harness import TapRun

    Tap = Callable[..., TapRun]

pytestmark = pytest.mark.unmeasured

PAGE = Reply(200, b"<!doctype html><title>Welcome</title>", {"Content-Type": "text/html"})
WHOIM = answered({"user": {"name": "reporter"}, "version": "6"}, _timezone="Europe/Prague")
USER = {"url": "", "username": "reporter", "password": "canary-pass-1", "start_date": "2024-01-01"}


class Speaker:
    """A server that is none of HTTP: it says `words` to whoever comes, once the first bytes of that have come."""

    def __init__(self, words: bytes) -> None:
        self.guests = 0
        self._words = words
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.guests += 1
                with suppress(OSError), connection:
                    connection.recv(65536)
                    connection.sendall(self._words)

    def stop(self) -> None:
        """Listen no more."""
        self._socket.close()


@pytest.fixture
def speaker() -> Iterator[Callable[[bytes], Speaker]]:
    started: list[Speaker] = []

    def start(words: bytes) -> Speaker:
        started.append(Speaker(words))
        return started[-1]

    yield start
    for one in started:
        one.stop()


# --- no instance there ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "words", "found"),
    [
        ("http", b"SSH-2.0-OpenSSH_9.2\r\n", "it does not speak HTTP ('SSH-2.0-OpenSSH_9.2')"),
        ("http", b"\x15\x03\x01\x00\x02\x02\x46", "it answers with TLS ("),
        ("http", b"", "RemoteDisconnected"),
        ("https", b"HTTP/1.1 400 Bad Request\r\n\r\n", "it answers without TLS ("),
        ("https", b"", "EOF"),
    ],
    ids=["ssh", "tls alert", "hangs up", "plain http", "hangs up at tls"],
)
def test_something_else_answers(
    run_tap: Tap, speaker: Callable[[bytes], Speaker], scheme: str, words: bytes, found: str
) -> None:
    server = speaker(words)
    run = run_tap({**NOBODY, "url": f"{scheme}://{server.address}"})
    said = refused(run, f"{scheme}://{server.address} gave no usable answer in {FIRST_CONTACT.tries} tries: ", found)
    assert said.endswith("; check url (or server)")
    assert server.guests == FIRST_CONTACT.tries


def test_nobody_listens(run_tap: Tap) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{one.getsockname()[1]}"
        run = run_tap({**NOBODY, "url": address})
    refused(run, f"{address} gave no usable answer in 4 tries: nothing listens there", "; check url (or server)")


def test_the_component_gives_up_as_soon(tmp_path: Path, target_csv: Path) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{one.getsockname()[1]}"
        parameters = {"url": address, "#access_token": "canary-token-5f0e2b", "tables": "users", "from": "-7"}
        run = DataFolder(tmp_path, target_csv).run(parameters)
    assert run.returncode == 1
    assert f"{address} gave no usable answer in 4 tries: nothing listens there" in run.stderr.splitlines()[-1]


def test_a_host_that_drops_what_it_gets() -> None:
    with socket.socket() as full, socket.socket() as guest:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        guest.connect(full.getsockname())  # Nobody accepts it, so there is no place for another one.
        connection = connection_to(f"http://127.0.0.1:{full.getsockname()[1]}")
        client = Client(replace(connection, connect_timeout=0.2), FIRST_CONTACT)
        with pytest.raises(UnreachableError, match=r"in 4 tries: TimeoutError: timed out; check url \(or server\)$"):
            client.connect()


@pytest.mark.parametrize("endpoint", ["login", "whoim"])
@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (PAGE, "in 4 tries: HTTP 200 whose body is not JSON (text/html, 37 bytes); check url (or server)"),
        (Reply(200, b"{}"), "in 4 tries: HTTP 200 without a result; check url (or server)"),
        (Reply(404, PAGE.body, PAGE.headers), "url (or server) is not where the API is: "),
        (Reply(501, b"Unsupported method"), "url (or server) is not where the API is: "),
        (Reply(400, b"<html>sent to HTTPS port", PAGE.headers), "has no /api/v6 (HTTP 400: sent to HTTPS port)"),
    ],
    ids=["page", "json", "404", "501", "plain http to tls"],
)
def test_a_server_that_is_no_instance(
    run_tap: Tap, instance: HttpStub, endpoint: str, reply: Reply, words: str
) -> None:
    instance.on("login", answered("tok-1-fresh"))
    instance.on(endpoint, reply)
    refused(run_tap({**(USER if endpoint == "login" else NOBODY), "url": instance.url}), words)
    assert instance.times(endpoint) == (4 if reply.status == 200 else 1)


# --- an instance that is ill ------------------------------------------------------------------------------------------


def hung_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


HICCUPS = [
    Reply(raw=hung_up),
    Reply(502, b"<html>Bad Gateway"),
    Reply(503, headers={"Retry-After": "0"}),
    Reply(429, headers={"Retry-After": "0"}),
    Reply(200, b""),
]


@pytest.mark.parametrize("hiccup", HICCUPS, ids=["reset", "502", "503", "429", "empty"])
def test_a_hiccup_is_survived(run_tap: Tap, instance: HttpStub, hiccup: Reply) -> None:
    instance.on("login", hiccup, answered("tok-1-fresh"))
    instance.on("whoim", hiccup, WHOIM)
    instance.on("users", page())
    run = run_tap({**USER, "url": instance.url}, "--test", "--streams", "users")
    assert run.returncode == 0, run.stderr
    assert (instance.times("login"), instance.times("whoim")) == (2, 2)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_an_instance_that_is_busy_is_waited_for(instance: HttpStub, status: int) -> None:
    instance.on("whoim", *[Reply(status, PAGE.body, PAGE.headers)] * 8, WHOIM)
    assert instance.client(None, StoppedClock()).connect().user == "reporter"
    assert instance.times("whoim") == 9


def test_an_instance_that_has_answered_is_waited_for_later(instance: HttpStub) -> None:
    """Whatever happens then: a page of a proxy, a connection that is cut, a port that is closed for a while."""
    instance.on("whoim", WHOIM)
    instance.on("users", *[PAGE, Reply(raw=hung_up)] * 4, page({"name": "a"}))
    client = instance.client(None, StoppedClock())
    client.connect()
    assert client.read("users", Query(None, (), (), 10)).attempts == 9
    instance.on("users", Reply(raw=hung_up))
    with pytest.raises(RemoteError, match="in 9 tries") as caught:
        client.read("users", Query(None, (), (), 10))
    assert "check url" not in str(caught.value)


def test_a_503_shows_that_there_is_one(instance: HttpStub) -> None:
    instance.on("whoim", Reply(503), *[Reply(raw=hung_up)] * 7, WHOIM)
    assert instance.client(None, StoppedClock()).connect().user == "reporter"
