"""One Daktela instance: connecting to it, and reading pages of its lists."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote

import requests

from tap_daktela.daktela.connection import Connection
from tap_daktela.daktela.http.envelope import (
    check_list,
    check_no_error,
    check_record,
    response_words,
    rows_of,
    total_of,
)
from tap_daktela.daktela.http.retry import Retry
from tap_daktela.daktela.http.retrying_transport import PendingRequest, RetryingTransport
from tap_daktela.daktela.http.transport import RawResponse, TokenAuth, Transport
from tap_daktela.daktela.instance import Instance, instance_from_whoim, no_api
from tap_daktela.daktela.login import Login
from tap_daktela.daktela.query import Query, spelled_fields
from tap_daktela.errors import AccessError, ContractError, NotFoundError, TapError
from tap_daktela.redaction import redactor
from tap_daktela.runtime.clock import Clock


@dataclass(slots=True)
class Page:
    """One page of a list.

    `rows` are its rows as JSON objects, at most `take` by the request. `total` is the number of rows that match the
    query on all pages, by the server's count; None where it sends none. `timezone` is the time zone that the response
    names, `server_time` the server's wall clock as it writes it (`_time`), `date` the instant of its Date header (UTC).
    `repaired` is how many characters and numbers had to be replaced, `attempts` how many requests the page took, `size`
    the bytes of its body. `read_at` is when it was read (UTC); `sent` and `read` are when its request was sent and when
    it was read, in monotonic seconds of the client's clock.
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
    """Reads one instance. Safe for threads. Nothing is sent before the first request.

    `retry` is how long a request is tried, by default as the connection says; discovery gives up sooner. A
    simulation passes its own `transport` and `clock`.

    `read` reads a page. It can also be read in steps: `page_request` makes the request, `fetch` sends it in any thread,
    and `page` decodes the response in the thread that uses the page.
    """

    def __init__(
        self,
        connection: Connection,
        retry: Retry | None = None,
        *,
        transport: Transport | None = None,
        clock: Clock | None = None,
    ) -> None:
        for secret in filter(None, (connection.access_token, connection.password)):
            redactor.add(secret)
        self._connection = connection
        self.clock = clock = clock or Clock()
        retry = retry or Retry(tries=connection.max_retries + 1)
        self._transport = RetryingTransport(connection, retry, transport or Transport(connection, clock), clock)
        self._most_logins = max(1, retry.tries - 1)
        self._login = Login(connection, self._transport, clock)

    def allowed(self) -> int:
        """Return the number of requests that may be in flight now: `concurrency`, or less for a while after a 429."""
        return self._transport.allowed()

    @contextmanager
    def probing(self) -> Iterator[int]:
        """Let as many requests be in flight until the block ends as small ones may; yield their number."""
        most = self._connection.small_concurrency
        with self._transport.with_concurrency(most):
            yield most

    def close(self) -> None:
        """Close connections, and wake up every thread that waits for a retry; it then ends with a RemoteError."""
        self._transport.close()

    def connect(self) -> Instance:
        """Log in where needed, and return what the instance says about itself.

        ConfigError if the API is not there, AccessError if the instance does not know the user, ContractError if its
        two clocks contradict each other.
        """
        pending = self._transport.new_request("whoim")
        found = None
        while found is None:
            response = self._authorized(pending)
            if wrong := no_api(self._connection, response):
                raise wrong
            if response.status != requests.codes.ok:
                raise _refusal("whoim", response)
            found = self._transport.document(pending, response, check_no_error)
        document, _ = found
        return instance_from_whoim(document, response, self._connection.timezone)

    def page_request(self, endpoint: str, query: Query, retry: Retry | None = None) -> PendingRequest:
        """Return the request for one page of the list `endpoint`, which is not sent yet. `retry` is for it alone."""
        return self._transport.new_request(endpoint, parameters=query.parameters(), take=query.take, retry=retry)

    def fetch(self, pending: PendingRequest) -> RawResponse:
        """Return the response with status 200 to a request, not decoded. It may take as long as the retries allow.

        AccessError when the token may not read the list (its `status` is 401, 403 or 404; NotFoundError for 404),
        ContractError when the server rejects the query or sends too much, RemoteError when every try failed
        (RateLimitError if the last one with HTTP 429), ConfigError when settings are wrong.
        """
        response = self._authorized(pending)
        if response.status != requests.codes.ok:
            raise _refusal(pending.endpoint, response)
        return response

    def page(self, pending: PendingRequest, response: RawResponse) -> Page | None:
        """Return the page in a response from `fetch`; None if it is broken and the request is to be fetched once more.

        A response is broken where it is not JSON, has no list of rows, or carries an error. Once there may be no
        further try: RemoteError, or ContractError where it carries an error. ContractError also where it is one record,
        and where an element of the list is not a row.
        """
        found = self._transport.document(pending, response, partial(check_list, endpoint=pending.endpoint))
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
            read_at=response.read_at,
            repaired=repaired,
            attempts=pending.requests,
            size=len(response.body),
            take=pending.take or 0,
            server_time=time if isinstance(time, str) and time else None,
            date=response.date,
            sent=response.sent,
            read=response.read,
        )

    def read(self, endpoint: str, query: Query, retry: Retry | None = None) -> Page:
        """Return one page of the list `endpoint`; the errors are those of `fetch` and `page`. `retry` is for it."""
        pending = self.page_request(endpoint, query, retry)
        page = None
        while page is None:
            page = self.page(pending, self.fetch(pending))
        return page

    def record(self, endpoint: str, key: str, fields: Sequence[str] = ()) -> dict[str, Any]:
        """Return one record of the list `endpoint`: all of it, or the named `fields`.

        NotFoundError where there is none with this key; the other errors are those of `fetch` and `page`.
        """
        path = f"{endpoint}/{quote(key, safe='')}"
        pending = self._transport.new_request(path, parameters=spelled_fields(fields))
        found = None
        while found is None:
            found = self._transport.document(pending, self.fetch(pending), check_record)
        document, _ = found
        record: dict[str, Any] = document["result"]
        return record

    def _authorized(self, pending: PendingRequest) -> RawResponse:
        """Return the response to a request with our token, which is renewed where the instance refuses it.

        A request may cause as many logins as it may be repeated. A token that another thread has renewed meanwhile
        costs no login, so that refusal does not count.
        """
        token = self._login.token()
        response = self._transport.fetch(pending, TokenAuth(token.text))
        while response.status == requests.codes.unauthorized and pending.logins < self._most_logins:
            token, was_login = self._login.renewed(token)
            pending.logins += was_login
            response = self._transport.fetch(pending, TokenAuth(token.text))
        return response


def _refusal(endpoint: str, response: RawResponse) -> TapError:
    """Return the error that a status from 400 on means."""
    said = f" ({response_words(response.status, response.body)})"
    if response.status == requests.codes.unauthorized:
        return AccessError(f"{endpoint}: the instance refuses the token of a fresh login{said}", response.status)
    if response.status == requests.codes.forbidden:
        return AccessError(f"{endpoint}: the user has no right to read it{said}", response.status)
    if response.status == requests.codes.not_found:
        what = "record" if "/" in endpoint else "list"
        return NotFoundError(f"{endpoint}: there is no such {what}, or it is hidden from the user{said}")
    if response.status == requests.codes.request_uri_too_large:
        advice = "give fewer values in a filter, or fewer fields"
        return ContractError(f"{endpoint}: the request is too long for the instance; {advice}{said}")
    return ContractError(f"{endpoint}: the instance rejects the request{said}")
