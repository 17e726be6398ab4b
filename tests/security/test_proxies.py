"""Proxies that the environment names: none for this computer, and no look at anything but host and port for others."""

from __future__ import annotations

import base64
import socket
import ssl
import subprocess
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tap_daktela.daktela.client import Client
from tap_daktela.daktela.http import proxies
from tap_daktela.daktela.http.proxies import proxy_of
from tap_daktela.daktela.http.retry import Retry
from tap_daktela.errors import ConfigError, RemoteError
from tap_daktela.redaction import redactor
from tests.helpers.cli_output import refused
from tests.helpers.harness import BEGINNING
from tests.helpers.http_stub import TOKEN, HttpStub, answered, connection_to
from tests.helpers.keboola.keboola_folder import DataFolder, parameters_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.helpers.harness import Sandbox, TapRun

pytestmark = pytest.mark.unmeasured

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
USER, PASSWORD = "proxy-user-7c", "proxy-canary/ž-7c21"
CREDENTIALS = f"{USER}:proxy-canary%2F%C5%BE-7c21"
INSTANCE = "https://daktela.invalid"
CONFIG = {"url": INSTANCE, "access_token": TOKEN, "start_date": "2024-01-01"}


class RecordingProxy:
    """A proxy that keeps every byte it gets. It answers CONNECT with `answer`; with a 200 it connects to `target`."""

    def __init__(self, answer: str = "502 Bad Gateway", target: tuple[str, int] | None = None) -> None:
        self.heads: list[bytes] = []
        self.passed = bytearray()
        self._answer, self._target = answer, target
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._answered, args=(connection,), daemon=True).start()

    def _answered(self, connection: socket.socket) -> None:
        head = b""
        with connection:
            while not head.endswith(b"\r\n\r\n") and (piece := connection.recv(1)):
                head += piece
            self.heads.append(head)
            connection.sendall(f"HTTP/1.1 {self._answer}\r\n\r\n".encode())
            if self._target is not None:
                with socket.create_connection(self._target) as there:
                    back = threading.Thread(target=self._pass, args=(there, connection, bytearray()), daemon=True)
                    back.start()
                    self._pass(connection, there, self.passed)
                    back.join()

    @staticmethod
    def _pass(source: socket.socket, sink: socket.socket, record: bytearray) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                record += piece
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)

    def stop(self) -> None:
        """Listen no more."""
        self._socket.close()


@pytest.fixture
def recording() -> Iterator[Callable[..., RecordingProxy]]:
    started: list[RecordingProxy] = []

    def start(*arguments: Any) -> RecordingProxy:
        started.append(RecordingProxy(*arguments))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def through(proxy: RecordingProxy | str, *variables: str) -> dict[str, str]:
    """Return an environment whose `variables` name a proxy, with a user and a password."""
    return dict.fromkeys(variables, f"http://{CREDENTIALS}@{proxy if isinstance(proxy, str) else proxy.address}")


def check_no_secret(text: str) -> None:
    for form in (PASSWORD, CREDENTIALS, "proxy-canary", base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()):
        assert form not in text


# --- this computer ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_computer_is_never_reached_through_a_proxy(
    sandbox: Callable[..., Sandbox], recording: Callable[..., RecordingProxy], run_tap: Callable[..., TapRun], host: str
) -> None:
    """Also when the token has ended and every thread sends its own requests."""
    proxy = recording()
    with sandbox("--rows", "60", "--fault", "expired@5") as daktela:
        login = {**daktela.login, "url": daktela.url.replace("127.0.0.1", host), "start_date": BEGINNING}
        run = run_tap({**login, "page_size": 10}, "--streams", "users,tickets,contacts", env=through(proxy, *VARIABLES))
        assert run.returncode == 0, run.stderr
        assert run.stderr.count("Logged in") > 1
    assert proxy.heads == []


def test_the_component_reaches_this_computer_without_a_proxy(
    sandbox: Callable[..., Sandbox], recording: Callable[..., RecordingProxy], tmp_path: Path, target_csv: Path
) -> None:
    proxy = recording()
    with sandbox("--rows", "20") as daktela:
        parameters = {**parameters_of(daktela), "tables": "contacts"}
        for action in ("run", "listStreams"):
            run = DataFolder(tmp_path / action, target_csv).run(
                parameters, action=action, env=through(proxy, *VARIABLES)
            )
            assert run.returncode == 0, run.stderr
    assert proxy.heads == []


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST", "localhost.", "a.localhost", "127.0.0.1", "127.8.9.10", "[::1]", "[::ffff:127.0.0.1]"],
)
def test_hosts_that_are_this_computer(monkeypatch: pytest.MonkeyPatch, scheme: str, host: str) -> None:
    for variable in VARIABLES:
        monkeypatch.setenv(variable, "http://proxy.example:3128")
    assert proxy_of(f"{scheme}://{host}:8080") is None
    assert proxy_of(f"{scheme}://{host}") is None


def test_a_name_of_this_computer_that_leads_elsewhere(instance: HttpStub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "getpeername", lambda _: ("192.0.2.7", 80))
    client = instance.client(url=instance.url.replace("127.0.0.1", "localhost"))
    with pytest.raises(ConfigError, match=r"^url must begin with https://: localhost is not this computer, but 192\.0"):
        client.connect()
    assert instance.asked == []


# --- which proxy ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, None),
        ({"HTTP_PROXY": "http://p:1"}, None),
        ({"HTTPS_PROXY": "http://p:1"}, ("http://p:1", "HTTPS_PROXY")),
        ({"https_proxy": "p:1"}, ("http://p:1", "https_proxy")),
        ({"ALL_PROXY": "https://[::2]:1/"}, ("https://[::2]:1", "ALL_PROXY")),
        ({"ALL_PROXY": "http://a:1", "https_proxy": "http://b:2"}, ("http://b:2", "https_proxy")),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "daktela.com"}, None),
        ({"HTTPS_PROXY": "http://p:1", "no_proxy": "*"}, None),
        ({"HTTPS_PROXY": "http://p:1", "no_proxy": "other.example"}, ("http://p:1", "HTTPS_PROXY")),
        ({"HTTPS_PROXY": "http://me:canary-5f0e2b!~@p:1"}, ("http://p:1", "HTTPS_PROXY")),
    ],
    ids=str,
)
def test_the_proxy_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str], found: tuple[str, str] | None
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    proxy = proxy_of("https://mycompany.daktela.com")
    assert (None if proxy is None else (proxy.name, proxy.variable)) == found
    assert "canary" not in repr(proxy)


@pytest.mark.parametrize(
    ("own", "proxies", "trusts", "found"),
    [
        ("http://own:1", {"https": "http://session:1"}, True, ("http://own:1", "proxy")),
        ("own:1", {}, True, ("http://own:1", "proxy")),
        (None, {"https": "http://session:1"}, True, ("http://session:1", "session.proxies")),
        (None, {"all": "http://session:1"}, False, ("http://session:1", "session.proxies")),
        (None, {"https://mycompany.daktela.com": "session:1"}, True, ("http://session:1", "session.proxies")),
        (None, {"https://other.example": "http://session:1"}, True, ("http://environment:1", "HTTPS_PROXY")),
        (None, {"http": "http://session:1"}, True, ("http://environment:1", "HTTPS_PROXY")),
        (None, {}, False, None),
    ],
)
def test_a_proxy_of_ones_own_counts_more(
    monkeypatch: pytest.MonkeyPatch, own: str | None, proxies: dict[str, str], trusts: bool, found: object
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://environment:1")
    session = requests.Session()
    session.proxies, session.trust_env = proxies, trusts
    proxy = proxy_of("https://mycompany.daktela.com", own, session)
    assert (None if proxy is None else (proxy.name, proxy.variable)) == found


def test_a_proxy_of_ones_own_for_this_computer(instance: HttpStub, recording: Callable[..., RecordingProxy]) -> None:
    """It has to be on this computer itself: what goes there is not encrypted."""
    session = requests.Session()
    session.proxies = {"all": "http://session:1"}
    assert proxy_of(instance.url, None, session) is None
    for elsewhere in ("http://192.0.2.7:3128", "proxy.example:3128"):
        with pytest.raises(ConfigError, match=f"^proxy is not on this computer, as {instance.url} is: leave it out$"):
            proxy_of(instance.url, elsewhere)
    proxy = recording("200 OK\r\nContent-Length: 2\r\n\r\n{}")
    with pytest.raises(RemoteError, match="HTTP 200 without a result"):
        own_client(instance.url, proxy.address).connect()
    assert proxy.heads[0].startswith(f"GET {instance.url}/api/v6/whoim.json HTTP/1.1\r\n".encode())
    assert instance.asked == []


def own_client(url: str, proxy: str) -> Client:
    return Client(replace(connection_to(url), proxy=proxy), Retry.off())


@pytest.mark.parametrize(("answer", "said"), [("407 Who are you", "into proxy, as in"), ("403 No", "; check proxy")])
def test_a_refusal_of_a_proxy_of_ones_own(
    recording: Callable[..., RecordingProxy], monkeypatch: pytest.MonkeyPatch, answer: str, said: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://192.0.2.7:1")
    proxy = recording(answer)
    with pytest.raises((ConfigError, RemoteError)) as caught:
        own_client(INSTANCE, f"http://{CREDENTIALS}@{proxy.address}").connect()
    assert f"the proxy http://{proxy.address} (from proxy) lets nothing through: HTTP {answer[:3]}" in str(caught.value)
    assert said in str(caught.value)
    assert len(proxy.heads) == 1
    check_no_secret(str(caught.value))


WRONG = {
    "::::": "is not the address of a proxy",
    "http://": "is not the address of a proxy",
    "http://:3128": "is not the address of a proxy",
    f"{CREDENTIALS}@proxy:port": "is not the address of a proxy",
    f"http://{USER}:{PASSWORD}@proxy:3128": "is not the address of a proxy",
    "http://proxy:99999": "is not the address of a proxy",
    "http://me:\u017e@proxy:3128": "is not the address of a proxy",
    "http://my proxy:3128": "is not the address of a proxy",
    "http://proxy:3128\x1b[31m": "is not the address of a proxy",
    f"foo://{CREDENTIALS}@x": "names an unknown kind of proxy",
    f"socks5h://{CREDENTIALS}@x:1": "names a SOCKS proxy, for which the package PySocks is missing",
}


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("value", WRONG)
def test_a_variable_that_names_no_proxy(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError) as caught:
        proxy_of(INSTANCE)
    assert str(caught.value).startswith(f"{variable} {WRONG[value]}")
    check_no_secret(str(caught.value))


@pytest.mark.parametrize("value", WRONG)
def test_a_proxy_of_ones_own_that_is_none(value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        own_client(INSTANCE, value)
    assert str(caught.value).startswith(f"proxy {WRONG[value]}")
    check_no_secret(str(caught.value))


def test_an_empty_proxy_of_ones_own() -> None:
    with pytest.raises(ConfigError, match=r"^proxy is not the address of a proxy"):
        own_client(INSTANCE, "")


def test_a_socks_proxy_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxies.importlib.util, "find_spec", lambda _: object())
    monkeypatch.setenv("https_proxy", "socks5h://p:1")
    found = proxy_of(INSTANCE)
    assert found is not None
    assert found.name == "socks5h://p:1"


@pytest.mark.parametrize("value", WRONG)
def test_a_run_with_such_a_variable_ends_at_once(run_tap: Callable[..., TapRun], value: str) -> None:
    run = run_tap(CONFIG, env={"HTTPS_PROXY": value})
    said = refused(run, f"HTTPS_PROXY {WRONG[value]}")
    assert run.stderr == f"CRITICAL {said}\n"


@pytest.mark.parametrize("action", ["run", "testConnection"])
def test_the_component_names_such_a_variable(tmp_path: Path, target_csv: Path, action: str) -> None:
    parameters = {"url": INSTANCE, "#access_token": TOKEN, "tables": "users", "from": "-7"}
    environment = {"ALL_PROXY": f"foo://{CREDENTIALS}@x"}
    run = DataFolder(tmp_path, target_csv).run(parameters, action=action, env=environment)
    assert run.returncode == 1
    assert run.stderr.strip().splitlines()[-1].startswith("ALL_PROXY names an unknown kind of proxy")
    check_no_secret(run.stderr + run.stdout)


# --- what a proxy sees and says ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    line = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        path,
        "-out",
        f"{path}.crt",
    ]
    name = ["-subj", "/CN=daktela.invalid", "-addext", "subjectAltName=DNS:daktela.invalid", "-days", "2"]
    subprocess.run([*line, *name], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def test_a_proxy_sees_host_and_port_and_no_more(
    recording: Callable[..., RecordingProxy], run_tap: Callable[..., TapRun], certificate: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = HttpStub(context)
    server.on("login", answered("tok-canary-1"))
    server.on("whoim", answered({"user": {"name": "reporter"}, "version": "6"}, _timezone="Europe/Prague"))
    server.lists["users"] = []
    proxy = recording("200 OK", ("127.0.0.1", int(server.url.rpartition(":")[2])))
    login = {"url": INSTANCE, "username": "reporter", "password": "canary-pass-1", "start_date": "2024-01-01"}
    environment = {**through(proxy, "HTTPS_PROXY"), "TAP_DAKTELA_LOGLEVEL": "DEBUG"}
    run = run_tap({**login, "ca_bundle": str(certificate)}, "--test", "--streams", "users", env=environment)
    server.stop()
    assert run.returncode == 0, run.stderr
    basic = base64.b64encode(f"{USER}:{PASSWORD}".encode())
    for head in proxy.heads:
        lines = head.split(b"\r\n")
        assert lines[0].startswith(b"CONNECT daktela.invalid:443 HTTP/1.")
        assert {line.partition(b":")[0].lower() for line in lines[1:] if line} <= {b"host", b"proxy-authorization"}
        assert b"Proxy-Authorization: Basic " + basic in lines
    assert proxy.heads
    # TLS from the first byte on: in clear there is only the host, which the handshake names again.
    assert proxy.passed.startswith(b"\x16\x03")
    for secret in (b"canary", b"reporter", b"whoim", b"X-AUTH-TOKEN", basic):
        assert secret not in proxy.passed
    assert "Proxy-Authorization" not in {name for asked in server.asked for name in asked.headers}
    check_no_secret(run.stderr)


SAID = {
    "407 Who are you": "HTTP 407; write the right user and password into HTTPS_PROXY",
    "403 Forbidden": "HTTP 403; check HTTPS_PROXY",
    "502 Bad Gateway": "HTTP 502",
}


@pytest.mark.parametrize("answer", SAID)
def test_a_refusal_is_the_proxys(
    recording: Callable[..., RecordingProxy], run_tap: Callable[..., TapRun], answer: str
) -> None:
    proxy = recording(answer)
    environment = {**through(proxy, "HTTPS_PROXY"), "TAP_DAKTELA_LOGLEVEL": "DEBUG"}
    run = run_tap({**CONFIG, "max_retries": 1}, env=environment)
    refused(run, f"the proxy http://{proxy.address} (from HTTPS_PROXY) lets nothing through: {SAID[answer]}")
    # A wrong password is tried once: more attempts lock accounts.
    assert len(proxy.heads) == (1 if answer.startswith("407") else 2)
    check_no_secret(run.stderr)


def test_a_proxy_that_is_not_there(run_tap: Callable[..., TapRun], tmp_path: Path, target_csv: Path) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{one.getsockname()[1]}"
        sentence = f"the proxy http://{address} (from https_proxy) lets nothing through: nothing listens there"
        run = run_tap(CONFIG, env=through(address, "https_proxy"))
        refused(run, sentence, "in 4 tries", "check https_proxy")
        check_no_secret(run.stderr)
        parameters = {"url": INSTANCE, "#access_token": TOKEN, "debug": True}
        environment = through(address, "https_proxy")
        done = DataFolder(tmp_path, target_csv).run(parameters, action="testConnection", env=environment)
        assert done.returncode == 1
        assert sentence in done.stderr
        check_no_secret(done.stderr + done.stdout)


def test_credentials_of_a_proxy_are_hidden_wherever_they_turn_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"http://{CREDENTIALS}@p:1")
    assert proxy_of(INSTANCE) is not None
    check_no_secret(redactor.clean(f"odd: http://{CREDENTIALS}@p:1 and {PASSWORD}"))
    monkeypatch.setenv("https_proxy", "http://token-canary-9d@p:1")
    assert proxy_of(INSTANCE) is not None
    assert redactor.clean("odd: http://token-canary-9d@p:1") == "odd: http://***@p:1"
