"""Keys, credentials and canaries."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

MARKER = "SANDBOX-SECRET-"
"""Part of every secret this server knows, so that a test can search for it wherever data goes."""

_SECOND = 1_000_000


@dataclass(frozen=True)
class Credentials:
    """Who may read this instance."""

    username: str
    password: str
    access_token: str


def credentials(seed: int) -> Credentials:
    """The technical user of the instance with this seed."""
    return Credentials("sandbox", secret(seed, "password"), secret(seed, "token"))


def secret(*parts: object) -> str:
    """A secret that follows from its parts, with the marker."""
    text = "/".join(map(str, parts))
    return MARKER + hashlib.sha256(text.encode()).hexdigest()[:32]


def unique(dice: random.Random, prefix: str, epoch: float) -> str:
    """A name as Daktela makes them: the moment in hexadecimal, then random digits."""
    return f"{prefix}_{int(epoch):08x}{int(dice.random() * _SECOND):05x}{int(dice.random() * 10**9):09d}"
