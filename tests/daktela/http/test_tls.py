"""Certificates: checked, trusted on purpose, or not looked at."""

from __future__ import annotations

import logging
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tap_daktela.daktela.client import Client
from tap_daktela.daktela.http.retry import Retry
from tap_daktela.daktela.query import Query
from tap_daktela.errors import ConfigError, RemoteError
from tests.helpers.http_stub import HttpStub, connection_to, page

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL = Query(None, (), (), 10)


@pytest.fixture
def secure(certificate: str) -> Iterator[HttpStub]:
    """Give a server that speaks HTTPS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = HttpStub(context)
    server.on("tickets", page({"name": 1}))
    yield server
    server.stop()


def test_a_certificate_of_a_private_authority(
    secure: HttpStub, certificate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")  # must not win over the setting
    assert secure.client(ca_bundle=certificate).read("tickets", ALL).rows == [{"name": 1}]


def test_an_unknown_certificate_is_told_at_once(secure: HttpStub) -> None:
    # So many tries that the test would not end, if they were made.
    client = secure.client(Retry(tries=1000, seconds=10**6))
    with pytest.raises(ConfigError, match=r"certificate of https://127.* is not trusted .*ca_bundle.*verify_ssl"):
        client.read("tickets", ALL)
    assert not secure.asked


def test_certificates_are_not_looked_at_when_told_so(secure: HttpStub, caplog: pytest.LogCaptureFixture) -> None:
    client = secure.client(verify_ssl=False)
    for _ in range(2):
        assert client.read("tickets", ALL).rows == [{"name": 1}]
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert warnings[0].startswith("verify_ssl is false")


def own(secure: HttpStub, session: requests.Session, **options: Any) -> Client:
    return Client(replace(connection_to(secure.url), session=session, **options), Retry.off())


def test_a_session_of_ones_own_says_which_certificates_are_trusted(
    secure: HttpStub, certificate: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    session = requests.Session()
    with pytest.raises(ConfigError, match="is not trusted"):
        own(secure, session).read("tickets", ALL)
    assert own(secure, session, ca_bundle=certificate).read("tickets", ALL).rows
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate)
    assert own(secure, session).read("tickets", ALL).rows
    session.trust_env = False
    with pytest.raises(ConfigError, match="is not trusted"):
        own(secure, session).read("tickets", ALL)
    session.verify = certificate
    assert own(secure, session).read("tickets", ALL).rows
    session.verify, session.trust_env = "/nowhere.pem", True
    with pytest.raises(ConfigError, match=r"/nowhere\.pem"):
        own(secure, session).read("tickets", ALL)
    assert "anybody on the way" not in caplog.text
    session.verify = False
    assert own(secure, session).read("tickets", ALL).rows
    assert "verify_ssl is false: anybody on the way" in caplog.text


def test_a_client_certificate_of_a_session(secure: HttpStub, certificate: str) -> None:
    session = requests.Session()
    session.cert = certificate
    assert own(secure, session, ca_bundle=certificate).read("tickets", ALL).rows
    session.cert = "/nowhere/client.pem"
    with pytest.raises(ConfigError, match=r"/nowhere/client\.pem"):
        own(secure, session, ca_bundle=certificate).read("tickets", ALL)


def test_a_bundle_of_the_environment_that_is_missing(secure: HttpStub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    with pytest.raises(ConfigError, match=r"/nowhere/ca\.pem"):
        secure.client().read("tickets", ALL)


def test_plain_text_where_tls_is_expected(instance: HttpStub) -> None:
    client = instance.client(url=instance.url.replace("http:", "https:"))
    with pytest.raises(RemoteError, match="SSL"):
        client.read("tickets", ALL)
