"""One Daktela instance: who we are there, what time it is there, and pages of its lists."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import requests

from tap_daktela.daktela.answers import lacks_result, lacks_rows, rows_of, server_words, total_of, words_of
from tap_daktela.daktela.clock import to_utc
from tap_daktela.daktela.exchange import Answer, Exchange
from tap_daktela.daktela.login import Login
from tap_daktela.daktela.retry import Patience
from tap_daktela.errors import AccessError, ConfigError, ContractError
from tap_daktela.redaction import redactor
from tap_daktela.settings import secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tap_daktela.daktela.query import Query
    from tap_daktela.settings import Settings

__all__ = ["Client", "Instance", "Page", "Patience"]

LOGGER = logging.getLogger(__name__)
FALLBACK_ZONE = "Europe/Prague"


@dataclass(frozen=True)
class Instance:
    """What the instance says about itself; `now` is its clock, in UTC."""

    now: datetime
    zone: ZoneInfo
    version: str
    user: str


@dataclass(slots=True)
class Page:
    """A slice of a list.

    `total` is the number of rows that the server promises for the query without its slice, `timezone` the zone that
    it names, `read_at` when the answer was read (UTC), `repaired` how many characters and numbers had to be replaced,
    `attempts` the requests that it took, `size` the bytes of its body, `asked` the rows that it was to have at most.
    """

    rows: list[dict[str, Any]]
    total: int | None
    timezone: str | None
    read_at: datetime
    repaired: int
    attempts: int
    size: int
    asked: int


class Client:
    """Reads one instance. Safe for threads. `patience` is for callers that would rather know soon, like discovery."""

    def __init__(self, settings: Settings, patience: Patience | None = None) -> None:
        """Take the settings; nothing is sent yet."""
        for secret in secrets(settings):
            redactor.add(secret)
        self._settings = settings
        patience = patience or Patience(tries=settings.max_retries + 1)
        self._exchange = Exchange(settings, patience)
        self._logins = max(1, patience.tries - 1)
        self._login = Login(settings, self._exchange)
        self._told: set[str] = set()
        self._lock = threading.Lock()

    def allowed(self) -> int:
        """Return the number of requests that may be in flight now: `concurrency`, or less for a while after a 429."""
        return self._exchange.allowed()

    def before_unpacking(self, wait: Callable[[], None]) -> None:
        """Let every thread that has read a long page call `wait` before it makes rows of it."""
        self._exchange.before_unpacking = wait

    def close(self) -> None:
        """Wake up every thread that waits for a retry, which then ends with a RemoteError, and close connections."""
        self._exchange.close()

    def connect(self) -> Instance:
        """Log in where needed and ask who we are; AccessError if the instance does not know us."""
        answer = self._authorized("whoim", (), lacks_result)
        if answer.status == requests.codes.not_found:
            base = self._settings.base_url
            raise ConfigError(f"url (or server) is not where the API is: {base} has no /api/v6 (HTTP 404)")
        self._refuse_error("whoim", answer)
        result = answer.document["result"]
        user = result.get("user") if isinstance(result, dict) else None
        if not isinstance(user, dict):
            # Daktela V6 API: without a valid token, whoim is answered all the same, with no user in it.
            raise AccessError(
                "the instance does not know the user of these credentials: check access_token, or username"
            )
        zone = _zone(self._settings.timezone, answer.document.get("_timezone"))
        return Instance(
            now=_now(answer, zone),
            zone=zone,
            version=str(result.get("version") or "unknown"),
            user=str(user.get("name") or user.get("title") or "unknown"),
        )

    def read(self, endpoint: str, query: Query) -> Page:
        """Return one page of the list `endpoint`.

        AccessError when the token may not read it (its `status` is 401, 403 or 404), ContractError when the server
        rejects the query, RemoteError when it does not answer usably in the end, ConfigError when settings are wrong.
        """
        answer = self._authorized(endpoint, query.parameters(), lacks_rows)
        self._refuse_error(endpoint, answer)
        document = answer.document
        rows, words = rows_of(document), words_of(document.get("error"))
        if rows is None or (words and not rows):
            # Nothing beside an error may be nothing because of the error: it must not pass for an empty list.
            raise ContractError(f"{endpoint}: the instance answered without rows{words and f', but with: {words}'}")
        if words:
            self._tell_once(endpoint, words)
        zone = document.get("_timezone")
        return Page(
            rows=rows,
            total=total_of(document),
            timezone=zone if isinstance(zone, str) and zone else None,
            read_at=answer.read_at,
            repaired=answer.repaired,
            attempts=answer.attempts,
            size=len(answer.body),
            asked=query.take,
        )

    def _authorized(
        self, endpoint: str, parameters: Sequence[tuple[str, str]], lacks: Callable[[Any], str | None]
    ) -> Answer:
        """Return the answer to a request with our token, which is renewed where the instance refuses it.

        One request asks for as many logins as it would be repeated. A token that another thread has renewed
        meanwhile says nothing about the new one, so such a refusal does not count.
        """
        token, logins, attempts = self._login.token(), 0, 0
        while True:
            answer = self._exchange.ask(endpoint, parameters=parameters, token=token.text, lacks=lacks)
            attempts += answer.attempts
            if answer.status != requests.codes.unauthorized or logins >= self._logins:
                break
            token, was_login = self._login.renewed(token)
            logins += was_login
        answer.attempts = attempts
        return answer

    def _refuse_error(self, endpoint: str, answer: Answer) -> None:
        """Raise the error that a status from 400 on means."""
        if answer.document is not None:
            return
        words = server_words(answer.body)
        said = f" (HTTP {answer.status}{words and f': {words}'})"
        if answer.status == requests.codes.unauthorized:
            raise AccessError(f"{endpoint}: the instance refuses the token of a fresh login{said}", answer.status)
        if answer.status == requests.codes.forbidden:
            raise AccessError(f"{endpoint}: the user has no right to read it{said}", answer.status)
        if answer.status == requests.codes.not_found:
            raise AccessError(f"{endpoint}: there is no such list, or it is hidden from the user{said}", answer.status)
        raise ContractError(f"{endpoint}: the instance rejects the request{said}")

    def _tell_once(self, endpoint: str, words: str) -> None:
        """Log what the server says beside the rows of a list, the first time."""
        with self._lock:
            new = endpoint not in self._told
            self._told.add(endpoint)
        if new:
            LOGGER.warning("%s: the instance sent rows and also said: %s", endpoint, words)


def _zone(wanted: str | None, named: object) -> ZoneInfo:
    """Return the zone of the instance's wall clock: the user's word, else its own, else where most instances are."""
    name = wanted or named or FALLBACK_ZONE
    try:
        return ZoneInfo(str(name))
    except (ValueError, OSError, KeyError) as error:  # all of them say that there is no such zone
        raise ConfigError(f"timezone is needed: the instance names its own {name!r}, which is unknown here") from error


def _now(answer: Answer, zone: ZoneInfo) -> datetime:
    """Return the server's clock in UTC.

    A `_time` that is read twice in a night is its earlier instant, so that the end of a run is never in the future.
    """
    named, text = answer.document.get("_timezone"), answer.document.get("_time")
    if not named and answer.date:
        return answer.date
    try:
        return to_utc(str(text), _zone(None, named) if named else zone)
    except ValueError:
        if answer.date:
            return answer.date
        raise ContractError(f"whoim: the instance does not tell the time: {text!r}") from None
