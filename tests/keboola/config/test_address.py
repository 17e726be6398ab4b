"""The address of the instance, and its name in tables and keys."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from tap_daktela.keboola.config.address import Address, address, slug, url_of

HOSTS = [
    "https://acme.daktela.com", "https://acme-2.daktela.com", "https://acme.cz", "https://acme", "https://call.acme.cz",
    "https://call_acme.cz", "https://call-acme.cz", "https://call.acme.cz:8443", "https://call.acme.cz:9443",
    "https://call.acme.daktela.com", "https://call.acme", "https://call_acme", "https://call_acme.daktela.com",
    "https://call.acme.8443", "http://127.0.0.1:8000", "http://[::1]:8000", f"https://{'a' * 50}.cz",
    f"https://{'a' * 51}.cz",
]  # fmt: skip


@pytest.mark.parametrize("url", HOSTS)
def test_a_server_makes_a_valid_and_stable_name(url: str) -> None:
    name = address(url_of(url), None).server
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", name)
    assert address(url_of(f" {url.replace('acme', 'ACME')}/ "), None).server == name


def test_two_servers_never_have_the_same_name() -> None:
    names = {url: address(url_of(url), None).server for url in HOSTS}
    assert [pair for pair in combinations(HOSTS, 2) if names[pair[0]] == names[pair[1]]] == []


@pytest.mark.parametrize(
    ("url", "server", "expected"),
    [
        ("https://acme.daktela.com/", None, Address("https://acme.daktela.com", "acme")),
        ("acme.daktela.com", None, Address("https://acme.daktela.com", "acme")),
        ("http://acme.daktela.com", None, Address("https://acme.daktela.com", "acme")),
        ("https://acme.daktela.com:443", None, Address("https://acme.daktela.com:443", "acme")),
        (None, "Acme", Address("https://acme.daktela.com", "acme")),
        (None, "acme.daktela.com", Address("https://acme.daktela.com", "acme")),
        (None, "https://acme.daktela.com/", Address("https://acme.daktela.com", "acme")),
        (None, "call.acme.cz", Address("https://call.acme.cz", "call_acme_cz")),
        ("https://call.acme.cz", "Praha_1", Address("https://call.acme.cz", "praha_1")),
        ("https://call.acme.cz", "https://acme.daktela.com/", Address("https://call.acme.cz", "acme")),
        ("https://call.acme.cz", "acme.daktela.com", Address("https://call.acme.cz", "acme")),
    ],
)
def test_url_and_server_are_derived_from_each_other(url: str | None, server: str | None, expected: Address) -> None:
    assert address(url_of(url) if url else None, server) == expected


def test_names_that_have_to_be_changed_stay_apart() -> None:
    names = ["Praha 1", "Praha-1", "Praha_1", "praha/1", "Prahá 1", "__", "--", "a__b", "a b", "x" * 80, "x" * 81]
    assert len({slug(name) for name in names}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", slug(name)) for name in names)


@pytest.mark.parametrize("server", ["my server", "ácme", "acme/api", "a_b"])
def test_a_server_alone_must_be_a_host(server: str) -> None:
    with pytest.raises(ValueError, match="must be the plain name before"):
        address(None, server)
