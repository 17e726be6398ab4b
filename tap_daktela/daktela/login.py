"""The token that requests carry: the one that was given, or one from a login that all threads share."""

import logging
import re
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

import requests

from tap_daktela.daktela.clock import to_utc
from tap_daktela.daktela.connection import Connection
from tap_daktela.daktela.http.envelope import check_result, response_words, words_of
from tap_daktela.daktela.http.retrying_transport import RetryingTransport
from tap_daktela.daktela.http.transport import RawResponse, TokenAuth
from tap_daktela.daktela.instance import no_api, zone_of
from tap_daktela.errors import AccessError, ConfigError, ContractError, LoginError, TapError
from tap_daktela.redaction import redactor
from tap_daktela.runtime.clock import Clock

LOGGER = logging.getLogger(__name__)

EARLY_SECONDS = 60.0
"""How long before its end a token is renewed."""

LONGEST_TOKEN = 4096
"""Characters of a token: servers refuse longer headers."""


class Token(NamedTuple):
    """A token, and the number of the login that it came from."""

    text: str
    generation: int

    def __repr__(self) -> str:
        """Hide the text: tools that report errors show what variables hold."""
        return f"Token(generation={self.generation})"


class Login:
    """Keeps the token of a run. Safe for threads, which share one login. Nothing is sent before the first `token`."""

    def __init__(self, connection: Connection, transport: RetryingTransport, clock: Clock) -> None:
        self._connection = connection
        self._logger = connection.logger or LOGGER
        self._transport = transport
        self._clock = clock
        self._lock = threading.Lock()
        self._token = Token(connection.access_token, 1) if connection.access_token else None
        self._ends = float("inf")
        self._refused: TapError | None = None

    def token(self) -> Token:
        """Return the token to use now; it is renewed first if it is about to end."""
        with self._lock:
            if self._token is None or self._clock.monotonic() > self._ends:
                self._token = self._log_in()
            return self._token

    def renewed(self, stale: Token) -> tuple[Token, bool]:
        """Return a token younger than `stale`, which the instance has refused, and whether this call logged in.

        Threads that were refused together get the same new token. AccessError if the token was given by the user.
        """
        if self._connection.access_token:
            odd = _odd(self._connection.access_token)
            raise AccessError(
                f"the instance refuses access_token (HTTP 401): it is wrong, or no longer valid{odd}", 401
            )
        with self._lock:
            if self._token is not None and self._token.generation > stale.generation:
                return self._token, False
            self._token = self._log_in()
            return self._token, True

    def _log_in(self) -> Token:
        """Return a new token, got by user name and password.

        After a refusal every further call raises the same error without a request: refused logins lock accounts.
        """
        if self._refused:
            raise self._refused
        pending = self._transport.new_request(
            "login", form={"username": self._connection.username or "", "password": self._connection.password or ""}
        )
        found = None
        while found is None:
            response = self._transport.fetch(pending, TokenAuth(None))
            if response.status != requests.codes.ok:
                said = response_words(response.status, response.body)
                refused = LoginError(f"the instance refuses username and password ({said})")
                self._refused = no_api(self._connection, response) or refused
                raise self._refused
            found = self._transport.document(pending, response, check_result)
        document, _ = found
        text = _token_in(document["result"])
        if not text:
            words = words_of(document.get("error"))
            self._refused = ContractError(f"the login was answered without a token{words and f': {words}'}")
            raise self._refused
        redactor.add(text)
        self._ends = self._clock.monotonic() + _lifetime(document, response, self._connection.timezone)
        self._logger.info("Logged in as %s.", self._connection.username)
        return Token(text, self._token.generation + 1 if self._token else 1)


def _odd(token: str) -> str:
    """Return what no token looks like, as the end of a sentence; "" if nothing is odd about it."""
    if token[0] in "'\"" or token[-1] in "'\"":
        return "; it has a quote around it"
    if token.lower().startswith("bearer "):
        return "; leave out the word Bearer"
    return "; it has a space within it" if " " in token else ""


def _token_in(result: Any) -> str | None:
    """Return the token in a login's result; None where there is none, or none that a header can carry.

    Daktela V6 API: the text itself, `accessToken`, or `_sys.accessToken`.
    """
    if isinstance(result, dict):
        inner = result.get("_sys")
        result = result.get("accessToken") or (inner.get("accessToken") if isinstance(inner, dict) else None)
    return result if isinstance(result, str) and re.fullmatch(f"[!-~][ -~]{{0,{LONGEST_TOKEN - 1}}}", result) else None


def _lifetime(document: Mapping[str, Any], response: RawResponse, timezone: str | None) -> float:
    """Return the seconds after which the token of a login should be renewed; infinite where nothing usable is said.

    Daktela V6 API: `accessTokenExpirationDate` is wall-clock text of the instance, like `_time` of the same response.
    """
    result = document["result"]
    until = result.get("accessTokenExpirationDate") if isinstance(result, dict) else None
    if not until:
        return float("inf")
    try:
        zone = zone_of(timezone, document.get("_timezone"))
        now = to_utc(document["_time"], zone) if "_time" in document else response.date or response.read_at
        seconds = (to_utc(until, zone) - now).total_seconds() - EARLY_SECONDS
    except (ValueError, TypeError, ConfigError) as error:
        LOGGER.debug("The end of the token cannot be told: %s", error)
        return float("inf")
    # Zero or less: the text was read in the wrong zone, or the token is too short to be renewed early. A 401 will tell.
    return seconds if seconds > 0 else float("inf")
