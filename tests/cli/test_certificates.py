"""Certificates, as the user of the command meets them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.cli_output import items, refused
from tests.helpers.harness import BEGINNING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers.harness import Sandbox, TapRun

pytestmark = pytest.mark.unmeasured


AUTHORITY = """
[ca]
default_ca = authority
[authority]
database = database
serial = serial
new_certs_dir = .
default_md = sha256
policy = names
x509_extensions = extensions
[names]
commonName = supplied
[extensions]
subjectAltName = IP:127.0.0.1
"""
# Until when a certificate is valid, in the form of ASN.1.
VALID, EXPIRED = "20490101000000Z", "20240101000000Z"


@dataclass
class Secure:
    """A sandbox behind a certificate that it signed itself, until when it is valid, and settings to read it."""

    until: str
    certificate: str
    config: dict[str, Any]


def self_signed(folder: Path, until: str) -> tuple[str, str]:
    """Return the files of a certificate for 127.0.0.1 and of its key."""
    (folder / "authority").write_text(AUTHORITY)
    (folder / "database").touch()
    ask = [
        "req",
        "-new",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=127.0.0.1",
        "-keyout",
        "key",
        "-out",
        "request",
    ]
    sign = ["ca", "-batch", "-config", "authority", "-selfsign", "-keyfile", "key", "-in", "request", "-rand_serial"]
    dates = ["-startdate", "20200101000000Z", "-enddate", until]
    for command in (ask, [*sign, *dates, "-notext", "-out", "certificate"]):
        subprocess.run(["openssl", *command], check=True, capture_output=True, cwd=folder)
    return str(folder / "certificate"), str(folder / "key")


@pytest.fixture(scope="module", params=[VALID, EXPIRED], ids=["valid", "expired"])
def either(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sandbox: Callable[..., Sandbox]
) -> Iterator[Secure]:
    """Give a server with a certificate that is valid but not trusted, and one whose certificate has expired."""
    certificate, key = self_signed(tmp_path_factory.mktemp("tls"), request.param)
    with sandbox("--rows", "10", "--tls", certificate, key) as running:
        config = {**running.login, "start_date": BEGINNING, "streams": "users", "max_retries": 5}
        yield Secure(request.param, certificate, config)


def test_one_that_is_not_trusted(either: Secure, run_tap: Callable[..., TapRun]) -> None:
    for mode in ([], ["--discover"]):
        run = run_tap(either.config, *mode)
        refused(run, "the certificate of https://127.0.0.1:", "is not trusted", "ca_bundle", "verify_ssl")
        assert "Trying again" not in run.stderr
        assert run.stdout == ""


def test_one_that_is_trusted_on_purpose(either: Secure, run_tap: Callable[..., TapRun]) -> None:
    # What the environment trusts must not override the setting.
    run = run_tap({**either.config, "ca_bundle": either.certificate}, env={"REQUESTS_CA_BUNDLE": "/nowhere"})
    if either.until == EXPIRED:
        refused(run, "certificate", "expired")
    else:
        assert run.returncode == 0, run.stderr
        assert run.records("users")


def test_not_looked_at(either: Secure, run_tap: Callable[..., TapRun]) -> None:
    config = {**either.config, "verify_ssl": "false"}
    for mode in ([], ["--discover"]):
        run = run_tap(config, *mode)
        assert run.returncode == 0, run.stderr
        assert "WARNING verify_ssl is false: anybody on the way" in run.stderr
        assert "InsecureRequestWarning" not in run.stderr
        # The instance was reached: else this would be the catalog of an instance that was not.
        assert run.records("users") if not mode else "This is the catalog of all" not in run.stderr
    assert "users" in items(run)


def test_a_bundle_that_is_none(run_tap: Callable[..., TapRun], tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate\n")
    config = {"server": "x", "access_token": "t", "start_date": BEGINNING}
    for path in (tmp_path / "ca.pem", tmp_path / "missing.pem"):
        refused(run_tap({**config, "ca_bundle": str(path)}), "ca_bundle")
