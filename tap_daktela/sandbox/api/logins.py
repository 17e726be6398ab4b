"""Who may read: the static access token, and the tokens that logins give for a while."""

import secrets
from dataclasses import dataclass

from tap_daktela.sandbox.clock import SandboxClock
from tap_daktela.sandbox.credentials import MARKER, Credentials


@dataclass(frozen=True)
class IssuedTokens:
    """The tokens of one login. `expires` is the end of the access token, in seconds since the epoch."""

    access_token: str
    refresh_token: str
    expires: float


class TokenIssuer:
    """Issues and checks tokens. Daktela V6 API: login tokens expire, the static token of a user does not."""

    def __init__(self, credentials: Credentials, clock: SandboxClock) -> None:
        self._credentials = credentials
        self._clock = clock
        self._expiries: dict[str, float] = {}
        self._refresh: set[str] = set()

    def valid(self, token: str) -> bool:
        """Whether this token may read now."""
        return token == self._credentials.access_token or self._clock.now() < self._expiries.get(token, 0.0)

    def login(self, username: str, password: str, seconds: float) -> IssuedTokens | None:
        """Tokens that are valid for so many seconds; None for a wrong user or password."""
        given, right = (username, password), (self._credentials.username, self._credentials.password)
        return self._issue(seconds) if given == right else None

    def refresh(self, token: str, seconds: float) -> IssuedTokens | None:
        """New tokens for a refresh token, which can be used once; None for a wrong or used one."""
        if token not in self._refresh:
            return None
        self._refresh.discard(token)
        return self._issue(seconds)

    def revoke(self, token: str) -> None:
        """End a login token early. The static token stays valid."""
        self._expiries.pop(token, None)

    def _issue(self, seconds: float) -> IssuedTokens:
        login = IssuedTokens(
            MARKER + secrets.token_hex(20), MARKER + secrets.token_hex(20), self._clock.now() + seconds
        )
        self._expiries[login.access_token] = login.expires
        self._refresh.add(login.refresh_token)
        return login
