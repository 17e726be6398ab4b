"""TLS with an authority of our own: whose certificate is good is read, everybody else is sent nothing."""

from __future__ import annotations

import ssl
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.cli_output import refused
from tests.helpers.harness import BEGINNING
from tests.helpers.http_stub import PASSWORD, TOKEN, HttpStub, answered, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers.harness import TapRun

    Tap = Callable[..., TapRun]

pytestmark = pytest.mark.unmeasured

SETTINGS = """
[ca]
default_ca = authority
[authority]
database = database
serial = serial
unique_subject = no
new_certs_dir = .
default_md = sha256
policy = names
[names]
commonName = supplied
[authority_itself]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[req]
distinguished_name = nobody
[nobody]
"""
PAST, NOW, FUTURE = "20200101000000Z", "20240101000000Z", "20480101000000Z"
LATER = "20490101000000Z"
# Whom a certificate is for, and from when until when.
CERTIFICATES = {
    "good": ("IP:127.0.0.1", PAST, LATER),
    "expired": ("IP:127.0.0.1", PAST, NOW),
    "of tomorrow": ("IP:127.0.0.1", FUTURE, LATER),
    "for another host": ("DNS:mycompany.daktela.com,IP:10.0.0.1", PAST, LATER),
}


class Authority:
    """An authority in a folder, with its key and its certificate, the `file`."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        folder.mkdir()
        (folder / "settings").write_text(SETTINGS)
        (folder / "database").touch()
        self.file = str(folder / "authority.pem")
        self._key(name, "authority")
        self._sign("authority", "authority_itself", PAST, LATER, "-selfsign", "-keyfile", "authority.key")

    def certificate(self, name: str, whom: str, begin: str, end: str) -> str:
        """Return a file with a certificate that the authority has signed, and its key."""
        with (self._folder / "settings").open("a") as file:
            file.write(f"[for_{name}]\nsubjectAltName = {whom}\n")
        self._key(name, name)
        self._sign(name, f"for_{name}", begin, end, "-cert", "authority.pem", "-keyfile", "authority.key")
        both = self._folder / f"{name}.both"
        both.write_text("".join((self._folder / f"{name}.{kind}").read_text() for kind in ("pem", "key")))
        return str(both)

    def _key(self, subject: str, name: str) -> None:
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key"]
        self._openssl("req", "-new", "-config", "settings", *key, "-subj", f"/CN={subject}", "-out", f"{name}.csr")

    def _sign(self, name: str, extensions: str, begin: str, end: str, *how: str) -> None:
        dates = ["-startdate", begin, "-enddate", end]
        files = ["-in", f"{name}.csr", "-out", f"{name}.pem", "-notext", "-rand_serial"]
        self._openssl("ca", "-batch", "-config", "settings", "-extensions", extensions, *how, *dates, *files)

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=self._folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder for authorities."""
    return tmp_path_factory.mktemp("authorities")


@pytest.fixture(scope="module")
def ours(folder: Path) -> Authority:
    """Give the authority that the settings name."""
    return Authority(folder / "ours", "ours")


@pytest.fixture(scope="module")
def other(folder: Path) -> Authority:
    """Give another authority."""
    return Authority(folder / "other", "other")


@pytest.fixture
def serve() -> Iterator[Callable[[str], HttpStub]]:
    """Give the function that starts an instance behind a certificate."""
    started: list[HttpStub] = []

    def start(certificate: str) -> HttpStub:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server = HttpStub(context)
        server.on("login", answered({"accessToken": TOKEN}))
        server.on("whoim", answered({"user": {"name": "me"}, "version": "6"}, _timezone="Europe/Prague"))
        server.on("users", page(total=0))
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


def config(server: HttpStub, **more: Any) -> dict[str, Any]:
    login = {"url": server.url, "username": "me", "password": PASSWORD, "start_date": BEGINNING}
    return {**login, "streams": "users", "max_retries": 5, **more}


def test_a_certificate_of_the_authority_in_ca_bundle(serve: Any, ours: Authority, run_tap: Tap) -> None:
    server = serve(ours.certificate("good", *CERTIFICATES["good"]))
    run = run_tap(config(server, ca_bundle=ours.file))
    assert run.returncode == 0, run.stderr
    assert server.times("login") == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("expired", "certificate has expired"),
        ("of tomorrow", "certificate is not yet valid"),
        ("for another host", "not valid for '127.0.0.1'"),
    ],
)
def test_a_certificate_that_is_no_good(serve: Any, ours: Authority, run_tap: Tap, name: str, words: str) -> None:
    server = serve(ours.certificate(name.replace(" ", "_"), *CERTIFICATES[name]))
    run = run_tap(config(server, ca_bundle=ours.file))
    refused(run, f"the certificate of {server.url} is not trusted", words, "ca_bundle", "verify_ssl")
    assert "Trying again" not in run.stderr
    assert not server.asked, "something was sent"


def test_the_environment_does_not_weaken_the_setting(
    serve: Any, ours: Authority, other: Authority, run_tap: Tap
) -> None:
    """Who sets variables of the environment can have more trusted only where no setting says what is."""
    server = serve(other.certificate("good", *CERTIFICATES["good"]))
    trusting = dict.fromkeys(("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"), other.file)
    refused(run_tap(config(server, ca_bundle=ours.file), env=trusting), "is not trusted")
    for word in ("", "0", "false", "no"):
        nothing = {"REQUESTS_CA_BUNDLE": word, "CURL_CA_BUNDLE": word, "PYTHONHTTPSVERIFY": "0"}
        refused(run_tap(config(server), env=nothing), "is not trusted")
    assert not server.asked, "something was sent"


def test_a_certificate_that_signed_itself(serve: Any, ours: Authority, other: Authority, run_tap: Tap) -> None:
    """An authority's own file trusts nobody else's; `verify_ssl` does away with all of it, and says so."""
    server = serve(other.certificate("alone", *CERTIFICATES["good"]))
    refused(run_tap(config(server, ca_bundle=ours.file), "--discover"), "is not trusted")
    assert not server.asked
    run = run_tap(config(server, verify_ssl=False))
    assert run.returncode == 0, run.stderr
    assert "WARNING verify_ssl is false: anybody on the way" in run.stderr
