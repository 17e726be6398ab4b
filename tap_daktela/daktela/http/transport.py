"""One request over the network, and its whole response or an exception: sessions, TLS, the deadline, the most bytes."""

import logging
import socket
import threading
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import get_auth_from_url
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from tap_daktela.daktela.connection import Connection, is_this_computer
from tap_daktela.daktela.http.decisions import http_date
from tap_daktela.daktela.http.decompress import decompressed
from tap_daktela.daktela.http.failures import ProxyFailure
from tap_daktela.daktela.http.proxies import proxy_of
from tap_daktela.daktela.http.watchdog import Watchdog, watch_socket
from tap_daktela.errors import ConfigError, ContractError
from tap_daktela.runtime.clock import Clock

LOGGER = logging.getLogger(__name__)

CONNECT_SECONDS = 10.0
"""How long connecting to the host may take."""

MOST_BYTES = 64 * 2**20
"""Bytes that the body of one response may have after decompression."""

_PIECE = 1 << 16  # Bytes that are read at once, and bytes that are decompressed at once, at most.
_ENCODINGS = ("gzip", "deflate")  # These can be decompressed in pieces, whatever else is installed.

# urllib3 warns with a stack trace of broken headers and certificates; the tap says itself what there is to say.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


@dataclass(slots=True)
class RawResponse:
    """A whole response: its `status`, its `headers` and its `body`, decompressed but not decoded.

    `read_at` is when it was complete (UTC). `sent` and `read` are when its request was sent and when it was complete,
    in monotonic seconds of the clock.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray
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


class _WatchedConnection(HTTPConnection):
    """Has its socket watched: a new connection from its first byte on, a kept one from the next request on."""

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        watch_socket(connected)
        return connected

    def request(self, *arguments: Any, **options: Any) -> None:
        if self.sock is not None:
            watch_socket(self.sock)
        super().request(*arguments, **options)


class _PlainConnection(_WatchedConnection):
    """Never leaves this computer: nothing with credentials is sent in clear to another one."""

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        peer = connected.getpeername()[0]
        if not is_this_computer(peer):
            connected.close()
            raise ConfigError(f"url must begin with https://: {self.host} is not this computer, but {peer}")
        return connected


class _WatchedHTTPSConnection(_WatchedConnection, HTTPSConnection):
    """Is watched like the plain one. Whatever goes wrong between it and a proxy is a ProxyError."""

    def _tunnel(self) -> None:
        try:
            super()._tunnel()
        except (OSError, HTTPException) as failure:
            raise urllib3.exceptions.ProxyError("no tunnel", failure) from failure


class _WatchedPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _WatchedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPSConnection


_POOLS = {"http": _WatchedPool, "https": _WatchedHTTPSPool}


class _WatchedAdapter(HTTPAdapter):
    """Makes connections that are watched, directly and through a proxy."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_headers(self, proxy: str) -> dict[str, str]:
        """Return the credentials for a proxy, in UTF-8: requests would fail on letters beyond Latin-1."""
        user, password = get_auth_from_url(proxy)
        encoded = b64encode(f"{user}:{password}".encode()).decode()
        return {"Proxy-Authorization": f"Basic {encoded}"} if user else {}

    def proxy_manager_for(self, proxy: str, **options: Any) -> urllib3.PoolManager:
        manager: urllib3.PoolManager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):  # SOCKS has connections of its own.
            manager.pool_classes_by_scheme = _POOLS
        return manager


class _Session(requests.Session):
    """Knows no redirects. Else requests parses their targets even if it must not follow them, and fails on nonsense."""

    def get_redirect_target(self, _response: requests.Response) -> None:
        """Return nothing."""


class Transport:
    """Sends requests to one instance, through the proxy that the environment names. Safe for threads.

    Each thread has a session of its own. ConfigError if the proxy cannot be used.
    """

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._verify: bool | str = (connection.ca_bundle or True) if connection.verify_ssl else False
        self._proxy = proxy_of(connection.base_url)
        self._clock = clock
        self._watchdog = Watchdog(clock)
        self._threads = threading.local()
        self._sessions: list[requests.Session] = []
        self._lock = threading.RLock()  # close() may come from a signal handler while this very thread holds it
        if not connection.verify_ssl:
            LOGGER.warning(
                "verify_ssl is false: anybody on the way to %s can read and change data.", connection.base_url
            )
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # said above, once

    def send(self, request: requests.Request, seconds: float) -> RawResponse:
        """Return the whole response to `request`, which must be complete within `seconds`.

        BrokenResponse where it is not; ProxyFailure where the proxy lets nothing through; ContractError where its body
        has more than `MOST_BYTES`; for other failures what requests, urllib3 or the operating system raise.
        """
        session = self._session()
        prepared = session.prepare_request(request)
        # Passed with the request, since the environment's REQUESTS_CA_BUNDLE overrides what a session says.
        options = session.merge_environment_settings(prepared.url, {}, True, self._verify, None)
        options["proxies"] = {} if self._proxy is None else {"all": self._proxy.url}
        timeout = (min(CONNECT_SECONDS, seconds), seconds)
        sent = self._clock.monotonic()
        try:
            with (
                self._watchdog.within(seconds),
                session.send(prepared, timeout=timeout, allow_redirects=False, **options) as response,
            ):
                body = _body(response)
        except requests.exceptions.ProxyError as failure:
            raise ProxyFailure(self._proxy) from failure  # type: ignore[arg-type]  # without a proxy it is not raised
        return RawResponse(
            response.status_code, response.headers, body, self._clock.now(), sent, self._clock.monotonic()
        )

    def close(self) -> None:
        """End every request under way with an exception, and close all connections."""
        self._watchdog.close()
        with self._lock:
            for session in self._sessions:
                session.close()

    def _session(self) -> requests.Session:
        """Return the session of this thread."""
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = _Session()
            for scheme in ("http://", "https://"):
                session.mount(scheme, _WatchedAdapter())
            session.headers["Accept-Encoding"] = ", ".join(_ENCODINGS)
            # Daktela V6 API: newer servers set cookies with tokens. The tap sends its token in the header only.
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            with self._lock:
                self._sessions.append(session)
        return session


def _body(response: requests.Response) -> bytearray:
    """Return the body, decompressed where its encoding is one that the request allowed."""
    pieces = iter(partial(response.raw.read1, _PIECE, decode_content=False), b"")
    encoding = response.headers.get("Content-Encoding", "").lower()
    body = bytearray()
    for piece in decompressed(pieces, encoding, _PIECE) if encoding in (*_ENCODINGS, "x-gzip") else pieces:
        body += piece
        if len(body) > MOST_BYTES:
            place, _, _ = response.url.partition("?")
            raise ContractError(
                f"{place}: one answer has more than {MOST_BYTES >> 20} MiB: set page_size to fewer rows"
            )
    return body
