"""Fixtures of the tests that talk to an instance."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import requests_mock

from tests.helpers.mocked_instance import MockedInstance

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a file with a certificate for 127.0.0.1 that nobody has signed, and its key."""
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path, "-out", f"{path}.crt", *name],
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + path.with_name("certificate.pem.crt").read_text())
    return str(path)


@pytest.fixture
def mocked() -> Iterator[MockedInstance]:
    """Give an instance that requests-mock plays."""
    with requests_mock.Mocker(case_sensitive=True) as mocker:
        yield MockedInstance(mocker)
