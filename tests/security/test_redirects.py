"""Credentials go to the address of the settings and nowhere else, wherever an answer points to."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from tap_daktela.daktela.query import Query
from tap_daktela.errors import ConfigError
from tests.helpers.http_stub import PASSWORD, TOKEN, HttpStub, Reply, answered

ALL = Query(None, (), (), 10)
STATUSES = (301, 302, 303, 307, 308)


class Listener:
    """Counts the connections to a port of this computer, from now on."""

    def __init__(self) -> None:
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def stop(self) -> int:
        """Return how many came."""
        # One connection of our own, behind all others, is the last to be counted.
        with socket.create_connection(("127.0.0.1", self.port)) as own:
            own.recv(1)
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
        return self.connections - 1


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Give the hosts that anybody here asks the address of."""
    hosts: set[str] = set()
    ask = socket.getaddrinfo

    def note(host: Any, *arguments: Any, **options: Any) -> Any:
        hosts.add(str(host))
        return ask(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", note)
    return hosts


def test_a_listener_counts(reached: set[str]) -> None:
    listener = Listener()
    socket.create_connection(("127.0.0.1", listener.port)).close()
    assert listener.stop() == 1
    assert reached == {"127.0.0.1"}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("endpoint", ["login", "whoim", "tickets"])
def test_a_redirect_is_not_followed(instance: HttpStub, reached: set[str], status: int, endpoint: str) -> None:
    listener = Listener()
    instance.on("login", answered({"accessToken": TOKEN}))
    instance.on("whoim", answered({"user": {"name": "me"}, "version": "6"}))
    instance.on(endpoint, Reply(status, b"", {"Location": f"http://127.0.0.1:{listener.port}/api/v6/{endpoint}.json"}))
    client = instance.client(username="me", password=PASSWORD)
    with pytest.raises(ConfigError, match=rf"redirects to http://127\.0\.0\.1 \(HTTP {status}\)"):
        client.read("tickets", ALL) if endpoint == "tickets" else client.connect()
    assert listener.stop() == 0
    assert instance.times(endpoint) == 1


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("https://evil.example/api/v6/tickets.json", "https://evil.example"),
        ("http://mycompany.daktela.com/", "http://mycompany.daktela.com"),
        ("http://10.0.0.1/", "http://10.0.0.1"),
        ("http://169.254.169.254/latest/meta-data/", "http://169.254.169.254"),
        ("//[fe80::1]/", "://fe80::1"),
        ("file:///etc/passwd", "elsewhere"),
        ("/api/v6/other.json", "elsewhere"),
        ("", "elsewhere"),
        (f"https://evil.example/?accessToken={TOKEN}#{PASSWORD!a}", r"https://evil.example \("),
        (f"https://{TOKEN}.evil.example/", "https://"),
        (f"https://me:{TOKEN}@evil.example/", r"https://evil.example \("),
    ],
)
def test_nobody_else_is_asked(instance: HttpStub, reached: set[str], target: str, told: str) -> None:
    instance.on("tickets", Reply(302, b"", {"Location": target}))
    with pytest.raises(ConfigError, match=rf"redirects to \S*{told}"):
        instance.client().read("tickets", ALL)
    assert reached == {"127.0.0.1"}
    assert len(instance.asked) == 1


@pytest.mark.parametrize(
    ("header", "value"),
    [
        *((name, "0; url=https://evil.example/") for name in ("Refresh", "Content-Location", "Link", "Alt-Svc")),
        ("Set-Cookie", "c_user=x; Domain=evil.example"),
        ("Set-Cookie", "c_user=x; Path=/"),
    ],
)
def test_other_headers_lead_nowhere(instance: HttpStub, reached: set[str], header: str, value: str) -> None:
    page = answered({"data": [], "total": 0})
    instance.on("tickets", Reply(200, page.body, {**page.headers, header: value}))
    client = instance.client()
    assert client.read("tickets", ALL).rows == client.read("tickets", ALL).rows == []
    assert reached == {"127.0.0.1"}
    assert "Cookie" not in instance.asked[-1].headers


def test_netrc_is_not_read(
    instance: HttpStub, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / ".netrc").write_text("machine 127.0.0.1 login me password canary-netrc\n")
    (home / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("NETRC", str(home / ".netrc"))
    instance.on("login", answered({"accessToken": TOKEN}))
    instance.on("tickets", answered({"data": [], "total": 0}))
    instance.client(username="me", password=PASSWORD).read("tickets", ALL)
    assert all("Authorization" not in asked.headers for asked in instance.asked)


def test_a_path_is_no_way_out(instance: HttpStub) -> None:
    """Even if a name of an endpoint got past the settings it would stay below the API."""
    instance.on("..%2F..%2Fevil%3Fx%23", Reply(404))
    with pytest.raises(Exception, match="there is no such record"):
        instance.client().read("../../evil?x#", ALL)
    assert [asked.endpoint.startswith(("http", "//")) for asked in instance.asked] == [False]
