"""The login of the technical user, and secrets that a test can search for."""

import hashlib
from dataclasses import dataclass

MARKER = "SANDBOX-SECRET-"
"""Part of every secret that this server knows. A test searches for it wherever data goes."""


@dataclass(frozen=True)
class Credentials:
    """Who may read this instance: user and password, or the static access token."""

    username: str
    password: str
    access_token: str


def credentials_of(seed: int) -> Credentials:
    """The technical user of the instance with this seed."""
    return Credentials("sandbox", secret(seed, "password"), secret(seed, "token"))


def secret(*parts: object) -> str:
    """A secret with the marker; the same parts give the same secret."""
    text = "/".join(map(str, parts))
    return MARKER + hashlib.sha256(text.encode()).hexdigest()[:32]
