"""One request over the network, and its whole response or an exception: the deadline, the most bytes."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import requests
import urllib3

from tap_daktela.daktela.connection import Connection
from tap_daktela.daktela.http.decisions import http_date
from tap_daktela.daktela.http.decompress import decompressed
from tap_daktela.daktela.http.failures import ProxyFailure
from tap_daktela.daktela.http.proxies import proxy_of
from tap_daktela.daktela.http.sessions import Sessions
from tap_daktela.daktela.http.watchdog import Deadline, Watchdog, watch_socket
from tap_daktela.errors import ContractError
from tap_daktela.runtime.clock import Clock

LOGGER = logging.getLogger(__name__)

MOST_BYTES = 64 * 2**20
"""Bytes that the body of one response may have after decompression."""

_PIECE = 1 << 16  # Bytes that are read at once, and bytes that are decompressed at once, at most.
_ENCODINGS = ("gzip", "deflate")  # These can be decompressed in pieces, whatever else is installed.


@dataclass(slots=True)
class RawResponse:
    """A whole response: its `status`, its `headers` and its `body`, decompressed but not decoded.

    `read_at` is when it was complete (UTC). `sent` and `read` are when its request was sent and when it was complete,
    in monotonic seconds of the clock.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray = field(repr=False)
    read_at: datetime
    sent: float
    read: float

    @property
    def date(self) -> datetime | None:
        """The server's clock by its Date header, in UTC; None where it sends none that can be read."""
        return http_date(self.headers.get("Date", ""))


class TokenAuth(requests.auth.AuthBase):
    """Puts the token `text`, if there is one, into its header. With an auth object, requests does not read ~/.netrc."""

    def __init__(self, text: str | None) -> None:
        self.text = text

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request with its header."""
        if self.text:
            request.headers["X-AUTH-TOKEN"] = self.text
        return request


class Transport:
    """Sends requests to one instance. Safe for threads. ConfigError if the proxy cannot be used.

    What the user hands in (see `Sessions`) changes neither the headers of ours, nor the bound on bodies, nor that no
    redirect is followed. An adapter that is no plain one of requests is watched only from the end of the headers on:
    before that, the time between two bytes is limited, and `close` does not end the wait.
    """

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._proxy = proxy_of(connection.base_url, connection.proxy, connection.session)
        self._verify: bool | str | None = (connection.ca_bundle or True) if connection.verify_ssl else False
        if self._verify is True and connection.session is not None:
            self._verify = connection.session.verify
        self._clock = clock
        self._watchdog = Watchdog(clock)
        self._sessions = Sessions(connection)
        if self._verify is False:
            (connection.logger or LOGGER).warning(
                "%s is false: anybody on the way to %s can read and change data.",
                connection.called("verify_ssl"),
                connection.base_url,
            )

    def send(self, request: requests.Request, seconds: float) -> RawResponse:
        """Return the whole response to `request`, which must be complete within `seconds`.

        BrokenResponse where it is not; ProxyFailure where the proxy lets nothing through; ContractError where its body
        has more than `MOST_BYTES`; for other failures what requests, urllib3 or the operating system raise.
        """
        timeout = (min(self._connection.connect_timeout, seconds), seconds)
        sent = self._clock.monotonic()
        deadline = self._watchdog.within(seconds)
        with self._sessions.lent() as session, deadline:
            prepared = session.prepare_request(request)
            prepared.headers["Accept-Encoding"] = ", ".join(_ENCODINGS)
            # Passed with the request, since the environment's REQUESTS_CA_BUNDLE overrides what a session says.
            options = session.merge_environment_settings(prepared.url, {}, True, self._verify, None)
            options["proxies"] = {} if self._proxy is None else {"all": self._proxy.url}
            try:
                response = session.send(prepared, timeout=timeout, allow_redirects=False, **options)
            except requests.exceptions.ProxyError as failure:
                if self._proxy is None:  # An adapter of the user's has one of its own.
                    raise
                raise ProxyFailure(self._proxy) from failure
            try:
                body = _body(response, deadline)
            finally:
                if response.raw is not None:
                    response.close()
        return RawResponse(
            response.status_code, response.headers, body, self._clock.now(), sent, self._clock.monotonic()
        )

    def close(self) -> None:
        """End every request under way with an exception, and close all connections that are our own."""
        self._watchdog.close()
        self._sessions.close()


def _body(response: requests.Response, deadline: Deadline) -> bytearray:
    """Return the body, decompressed where its encoding is one that the request allowed. A late one ends early."""
    body = bytearray()
    for piece in _pieces(response):
        body += piece
        if len(body) > MOST_BYTES:
            place, _, _ = response.url.partition("?")
            raise ContractError(
                f"{place}: one answer has more than {MOST_BYTES >> 20} MiB: set page_size to fewer rows"
            )
        if deadline.is_cut:
            break
    return body


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield the body in pieces. A hook of the user's may have read it, and an adapter may bring one without urllib3."""
    if getattr(response, "_content", False) is not False:  # Nothing public tells it.
        return iter([response.content])
    raw = response.raw
    if not isinstance(raw, urllib3.BaseHTTPResponse):
        return response.iter_content(_PIECE)
    if not raw.closed:
        with suppress(OSError):  # It has no socket.
            watch_socket(raw)
    pieces = iter(partial(raw.read1, _PIECE, decode_content=False), b"")
    encoding = response.headers.get("Content-Encoding", "").lower()
    return decompressed(pieces, encoding, _PIECE) if encoding in (*_ENCODINGS, "x-gzip") else pieces
