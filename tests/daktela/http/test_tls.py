"""Certificates: checked, trusted on purpose, or not looked at."""

from __future__ import annotations

import logging
import ssl
from typing import TYPE_CHECKING

import pytest

from tap_daktela.daktela.http.retry import Retry
from tap_daktela.daktela.query import Query
from tap_daktela.errors import ConfigError, RemoteError
from tests.helpers.http_stub import HttpStub, page

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


def test_a_bundle_of_the_environment_that_is_missing(secure: HttpStub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    with pytest.raises(ConfigError, match=r"/nowhere/ca\.pem"):
        secure.client().read("tickets", ALL)


def test_plain_text_where_tls_is_expected(instance: HttpStub) -> None:
    client = instance.client(url=instance.url.replace("http:", "https:"))
    with pytest.raises(RemoteError, match="SSL"):
        client.read("tickets", ALL)
