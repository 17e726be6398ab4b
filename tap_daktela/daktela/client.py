"""One Daktela instance: who we are there, what time it is there, and pages of its lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import requests

from tap_daktela.daktela.clock import readings, utc_text
from tap_daktela.daktela.http.envelope import check_list, check_no_error, rows_of, server_words, total_of
from tap_daktela.daktela.http.retry import RetryPolicy
from tap_daktela.daktela.http.retrying_transport import PendingRequest, RetryingTransport
from tap_daktela.daktela.http.transport import RawResponse, Transport
from tap_daktela.daktela.login import Login
from tap_daktela.daktela.server_clock import TOLERANCE
from tap_daktela.errors import AccessError, ConfigError, ContractError, TapError
from tap_daktela.redaction import redactor
from tap_daktela.runtime.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tap_daktela.daktela.connection import Connection
    from tap_daktela.daktela.query import Query

__all__ = ["Client", "Instance", "Page", "PendingRequest", "RawResponse", "RetryPolicy"]

FALLBACK_ZONE = "Europe/Prague"


@dataclass(frozen=True)
class Instance:
    """What the instance says about itself; `now` is its clock, in UTC, and `latest` the latest that it may mean.

    The two differ in the hour that the clock shows twice, since its text names both.
    `read` is when it was read in monotonic seconds of the client's clock, `read_at` by this machine's clock (UTC).
    """

    now: datetime
    latest: datetime
    zone: ZoneInfo
    version: str
    user: str
    read: float
    read_at: datetime


@dataclass(slots=True)
class Page:
    """A slice of a list.

    `total` is the number of rows that the server promises for the query without its slice, `timezone` the zone that
    it names, `read_at` when the answer was read (UTC), `repaired` how many characters and numbers had to be replaced,
    `attempts` the requests that it took, `size` the bytes of its body, `take` the rows that it was to have at most.
    `server_time` is the server's wall clock as it writes it (`_time`), `date` the instant of its Date header (UTC);
    `sent` and `read` are when the request was sent and its answer read (monotonic seconds of the client's clock).
    """

    rows: list[dict[str, Any]]
    total: int | None
    timezone: str | None
    read_at: datetime
    repaired: int
    attempts: int
    size: int
    take: int
    server_time: str | None = None
    date: datetime | None = None
    sent: float = 0.0
    read: float = 0.0


class Client:
    """Reads one instance. Safe for threads. `retry_policy` is for callers that would rather know soon, like discovery.

    A page is read by `read`, or in steps: `asking` it, `fetch` in any thread, and `page` in the thread that uses it.
    """

    def __init__(
        self,
        connection: Connection,
        retry_policy: RetryPolicy | None = None,
        *,
        transport: Transport | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Take the settings; nothing is sent yet. A simulation passes a transport and a clock of its own."""
        for secret in filter(None, (connection.access_token, connection.password)):
            redactor.add(secret)
        self._connection = connection
        self.clock = clock = clock or Clock()
        retry_policy = retry_policy or RetryPolicy(tries=connection.max_retries + 1)
        self._transport = RetryingTransport(connection, retry_policy, transport or Transport(connection, clock), clock)
        self._logins = max(1, retry_policy.tries - 1)
        self._login = Login(connection, self._transport, clock)

    def allowed(self) -> int:
        """Return the number of requests that may be in flight now: `concurrency`, or less for a while after a 429."""
        return self._transport.allowed()

    def close(self) -> None:
        """Wake up every thread that waits for a retry, which then ends with a RemoteError, and close connections."""
        self._transport.close()

    def connect(self) -> Instance:
        """Log in where needed and ask who we are.

        AccessError if the instance does not know us, ContractError if its two clocks contradict each other.
        """
        pending = self._transport.new_request("whoim")
        found = None
        while found is None:
            answer = self._authorized(pending)
            if answer.status == requests.codes.not_found:
                base = self._connection.base_url
                raise ConfigError(f"url (or server) is not where the API is: {base} has no /api/v6 (HTTP 404)")
            if answer.status != requests.codes.ok:
                raise _refusal("whoim", answer)
            found = self._transport.document(pending, answer, check_no_error)
        document, _ = found
        result = document["result"]
        user = result.get("user") if isinstance(result, dict) else None
        if not isinstance(user, dict):
            # Daktela V6 API: without a valid token, whoim is answered all the same, with no user in it.
            raise AccessError(
                "the instance does not know the user of these credentials: check access_token, or username"
            )
        zone = _zone(self._connection.timezone, document.get("_timezone"))
        now, latest = _now(document, answer.date, zone)
        return Instance(
            now=now,
            latest=latest,
            zone=zone,
            version=str(result.get("version") or "unknown"),
            user=str(user.get("name") or user.get("title") or "unknown"),
            read=answer.read,
            read_at=answer.read_at,
        )

    def page_request(self, endpoint: str, query: Query) -> PendingRequest:
        """Return the request for one page of the list `endpoint`, which is not sent yet."""
        return self._transport.new_request(endpoint, parameters=query.parameters(), take=query.take)

    def fetch(self, pending: PendingRequest) -> RawResponse:
        """Return the answer with status 200 to a request, not decoded. It may take as long as the retries allow.

        AccessError when the token may not read it (its `status` is 401, 403 or 404), ContractError when the server
        rejects the query or sends too much, RemoteError when it does not answer usably in the end, ConfigError when
        settings are wrong.
        """
        answer = self._authorized(pending)
        if answer.status != requests.codes.ok:
            raise _refusal(pending.endpoint, answer)
        return answer

    def page(self, pending: PendingRequest, answer: RawResponse) -> Page | None:
        """Return the page that an answer from `fetch` holds; None if it is broken, to be fetched once more.

        It is broken where it is not JSON, has no rows, or carries an error. When it is no use to fetch it once more,
        RemoteError, or ContractError where it carries an error. ContractError also where its rows are no rows.
        """
        found = self._transport.document(pending, answer, check_list)
        if found is None:
            return None
        document, repaired = found
        rows = rows_of(document)
        if rows is None:
            raise ContractError(f"{pending.endpoint}: the instance answered without rows")
        zone, time = document.get("_timezone"), document.get("_time")
        return Page(
            rows=rows,
            total=total_of(document),
            timezone=zone if isinstance(zone, str) and zone else None,
            read_at=answer.read_at,
            repaired=repaired,
            attempts=pending.requests,
            size=len(answer.body),
            take=pending.take or 0,
            server_time=time if isinstance(time, str) and time else None,
            date=answer.date,
            sent=answer.sent,
            read=answer.read,
        )

    def read(self, endpoint: str, query: Query) -> Page:
        """Return one page of the list `endpoint`; the errors are those of `fetch` and `page`."""
        pending = self.page_request(endpoint, query)
        page = None
        while page is None:
            page = self.page(pending, self.fetch(pending))
        return page

    def _authorized(self, pending: PendingRequest) -> RawResponse:
        """Return the answer to a request with our token, which is renewed where the instance refuses it.

        One request asks for as many logins as it would be repeated. A token that another thread has renewed
        meanwhile says nothing about the new one, so such a refusal does not count.
        """
        token = self._login.token()
        answer = self._transport.fetch(pending, token.text)
        while answer.status == requests.codes.unauthorized and pending.logins < self._logins:
            token, was_login = self._login.renewed(token)
            pending.logins += was_login
            answer = self._transport.fetch(pending, token.text)
        return answer


def _refusal(endpoint: str, answer: RawResponse) -> TapError:
    """Return the error that a status from 400 on means."""
    words = server_words(answer.body)
    said = f" (HTTP {answer.status}{words and f': {words}'})"
    if answer.status == requests.codes.unauthorized:
        return AccessError(f"{endpoint}: the instance refuses the token of a fresh login{said}", answer.status)
    if answer.status == requests.codes.forbidden:
        return AccessError(f"{endpoint}: the user has no right to read it{said}", answer.status)
    if answer.status == requests.codes.not_found:
        return AccessError(f"{endpoint}: there is no such list, or it is hidden from the user{said}", answer.status)
    return ContractError(f"{endpoint}: the instance rejects the request{said}")


def _zone(wanted: str | None, named: object) -> ZoneInfo:
    """Return the zone of the instance's wall clock: the user's word, else its own, else where most instances are."""
    name = wanted or named or FALLBACK_ZONE
    try:
        return ZoneInfo(str(name))
    except (ValueError, OSError, KeyError) as error:  # all of them say that there is no such zone
        raise ConfigError(f"timezone is needed: the instance names its own {name!r}, which is unknown here") from error


def _now(document: Mapping[str, Any], date: datetime | None, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the server's clock in UTC, from `_time` and the `date` of the same answer, which must not be far apart.

    A `_time` that is read twice in a night is two instants. The end of a run is reckoned from the earlier one, so that
    it is never in the future.
    """
    named, text = document.get("_timezone"), str(document.get("_time"))
    read_in = _zone(None, named) if named else zone
    try:
        instants = readings(text, read_in)
    except ValueError:
        if date:
            return date, date
        raise ContractError(f"whoim: the instance does not tell the time: {text!r}") from None
    if date and min(abs(instant - date) for instant in instants) > TOLERANCE:
        remedy = "" if named else "; set timezone to the zone that its times are in"
        raise ContractError(
            f"whoim: the instance says that it is {text} in {read_in.key} (_time), "
            f"but also that it is {utc_text(date)} (its Date header){remedy}"
        )
    return instants if named or not date else (date, date)
