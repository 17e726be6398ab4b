"""Fixtures of the tests that talk to an instance."""

from __future__ import annotations

import subprocess

import pytest


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
