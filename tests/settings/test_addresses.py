"""The address of the instance: it receives the credentials, so what it may be is narrow."""

from __future__ import annotations

from typing import Any

import pytest

from tap_daktela.settings.addresses import SERVER, URL, WAREHOUSE
from tests.settings.setting_types import refusal

SECRET = "canary-5f0e2b"


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://MyCompany.daktela.com/", "https://mycompany.daktela.com"),
        (" https://daktela.example.org:8443 ", "https://daktela.example.org:8443"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1"),
        ("http://[::1]:1/", "http://[::1]:1"),
        ("https://10.0.0.1", "https://10.0.0.1"),
    ],
)
def test_addresses(url: str, base: str) -> None:
    assert URL.read(url) == base


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mycompany.daktela.com", "url must begin with https://"),
        ("ftp://mycompany.daktela.com", "url must begin with https://"),
        ("http://mycompany.daktela.com", "url must begin with https://"),
        ("http://127.0.0.1.evil.example", "url must begin with https://"),
        ("http://localhost.evil.example", "url must begin with https://"),
        (f"https://me:{SECRET}@mycompany.daktela.com", "url must not hold a user or a password"),
        ("https://good.example\\@evil.example", "url must not hold a user"),
        ("https://good.example\\.evil.example", "url must"),
        ("https://a.example/api/v6", "url must end after the host"),
        ("https://a.example/?x", "url must end after the host"),
        ("https://a.example?", "url must end after the host"),
        ("https://a.example/#x", "url must end after the host"),
        ("https://a.example/#", "url must end after the host"),
        ("https://", "url must name a host"),
        ("https://a b.example", "url must name a host"),
        (f"https://{'a' * 64}.example", "url must name a host"),
        ("https://a.example:port", "url is not an address"),
        ("https://[::1", "url is not an address"),
        (7, "url must be text"),
    ],
)
def test_addresses_that_are_refused(url: Any, sentence: str) -> None:
    problem = refusal(URL, url)
    assert f"url {problem}".startswith(sentence)
    assert SECRET not in problem


@pytest.mark.parametrize("server", ["evil.example/#", "a.b", "a@b", "-a", "a-", "a b", "a/", "á", "x" * 64, 7, "a\n.b"])
def test_servers_that_are_no_label(server: Any) -> None:
    problem = refusal(SERVER, server)
    assert problem.startswith("must be the plain name before .daktela.com")


def test_a_server_in_capitals() -> None:
    assert SERVER.read("MyCompany") == "mycompany"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://me:p%40ss/w:rd@host:5432/warehouse",
        "duckdb:////data/of@me/warehouse.duckdb",
        "snowflake://me:secret@account/database/schema?warehouse=small&role=reader",
        "bigquery://project",
    ],
)
def test_addresses_of_a_warehouse(url: str) -> None:
    assert WAREHOUSE.read(f" {url}\n") == url


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (f"host/{SECRET}", "must be an address such as postgresql+psycopg://"),
        (["bigquery://project"], "must be an address"),
        (f"postgresql://me:a@{SECRET}@host/warehouse", "must hold one @, before the host: write those"),
    ],
)
def test_what_is_no_address_of_a_warehouse_is_not_repeated(url: Any, sentence: str) -> None:
    problem = refusal(WAREHOUSE, url)
    assert problem.startswith(sentence)
    assert SECRET not in problem
