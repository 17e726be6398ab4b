"""Who is asking: the static access token, login tokens and their expiry."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_daktela.sandbox.names import MARKER

if TYPE_CHECKING:
    from tap_daktela.sandbox.clock import Clock
    from tap_daktela.sandbox.names import Credentials


@dataclass(frozen=True)
class Login:
    """Tokens that one login gave, and when the access token ends, in seconds since the epoch."""

    access_token: str
    refresh_token: str
    expires: float


class Tokens:
    """Issues and checks tokens. Daktela V6 API: the static token of a user has no expiry, login tokens do."""

    def __init__(self, credentials: Credentials, clock: Clock) -> None:
        self._credentials = credentials
        self._clock = clock
        self._expiries: dict[str, float] = {}
        self._refresh: set[str] = set()

    def valid(self, token: str) -> bool:
        """Whether the token may read now."""
        return token == self._credentials.access_token or self._clock.now() < self._expiries.get(token, 0.0)

    def login(self, username: str, password: str, seconds: float) -> Login | None:
        """New tokens for the right user and password."""
        given, right = (username, password), (self._credentials.username, self._credentials.password)
        return self._issue(seconds) if given == right else None

    def refresh(self, token: str, seconds: float) -> Login | None:
        """New tokens for a refresh token, which can be used once."""
        if token not in self._refresh:
            return None
        self._refresh.discard(token)
        return self._issue(seconds)

    def revoke(self, token: str) -> None:
        """End a login token before its time; the static token stays."""
        self._expiries.pop(token, None)

    def _issue(self, seconds: float) -> Login:
        login = Login(MARKER + secrets.token_hex(20), MARKER + secrets.token_hex(20), self._clock.now() + seconds)
        self._expiries[login.access_token] = login.expires
        self._refresh.add(login.refresh_token)
        return login
