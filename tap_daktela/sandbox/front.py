"""HTTP in front of both APIs: sockets, keep-alive, troubles on purpose, and a log without credentials."""

from __future__ import annotations

import re
import select
import socket
import struct
import sys
import threading
import time
from contextlib import suppress
from email.utils import formatdate
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from tap_daktela.sandbox import drips
from tap_daktela.sandbox.answers import Answer
from tap_daktela.sandbox.api import Call
from tap_daktela.sandbox.broken_answers import instead, spoiled

if TYPE_CHECKING:
    import ssl

    from tap_daktela.sandbox.server import Sandbox

_API = "/api/v6/"
_CONTROL = "/sandbox/"
_SECRET = re.compile(r"(?i)\b(accessToken|refreshToken|password|username)=[^&\s]*")
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, for zero seconds: closing sends RST."""

_HOLD_SECONDS = 600.0


class HttpServer(ThreadingHTTPServer):
    """Listens on the loopback; one thread for each connection."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, sandbox: Sandbox, context: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.sandbox = sandbox
        self.stopping = threading.Event()
        self._context = context
        self._open: set[socket.socket] = set()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection; the TLS handshake happens here, in the connection's own thread."""
        connection = self._context.wrap_socket(request, server_side=True) if self._context else request
        self._open.add(connection)
        try:
            super().finish_request(connection, client_address)
        finally:
            self._open.discard(connection)
            connection.close()

    def hang_up(self) -> None:
        """End all connections, those that are kept alive and those that are held."""
        self.stopping.set()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about clients that hang up; everything else is a bug and is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Serves the requests of one connection."""

    protocol_version = "HTTP/1.1"
    server_version = "Sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    server: HttpServer

    def do_GET(self) -> None:
        """Answer any request; the other methods are the same function."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        if url.path.startswith(_CONTROL):
            self._send(self.server.sandbox.control.answer(self.command, url.path[len(_CONTROL) :], url.query, body))
        elif url.path.startswith(_API):
            self._serve_api(url.path, url.query, body)
        else:
            self._send(Answer(404))

    do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_GET  # noqa: N815 - the names are http.server's

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Log to stderr, without credentials."""
        sys.stderr.write(_SECRET.sub(r"\1=***", format % args) + "\n")

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header: this server's clock, not the machine's."""
        return formatdate(self.server.sandbox.api.told() if timestamp is None else timestamp, usegmt=True)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep http.server from logging; each answer is logged once, with its rows."""

    def _serve_api(self, path: str, query: str, body: bytes) -> None:
        sandbox = self.server.sandbox
        trouble = sandbox.api.plan.next()
        time.sleep(sandbox.api.options.latency_ms / 1000)
        call = Call(
            method=self.command,
            segments=_segments(path[len(_API) :]),
            query=query,
            token=self._token(query),
            body=body,
            content_type=self.headers.get("Content-Type", ""),
        )
        if trouble == "expired" and not call.token:
            trouble = ""  # A login brings no token that could have ended.
        answer = self._answer(trouble, call)
        entry = {
            "method": self.command,
            "path": path,
            "query": _SECRET.sub(r"\1=***", query),
            "status": answer.status if answer else 0,
            "rows": answer.rows if answer else 0,
            "fault": trouble,
        }
        sandbox.requests.append(entry)
        self.log_message("%s %s?%s %s, %s rows %s", *entry.values())
        if answer is None:
            self._break_off(hold=trouble == "timeout")
        else:
            self._send(answer, trouble)

    def _answer(self, trouble: str, call: Call) -> Answer | None:
        """The answer, in trouble or not; None when the connection ends without one."""
        api = self.server.sandbox.api
        if trouble in {"timeout", "reset"}:
            return None
        if trouble == "expired":
            api.tokens.revoke(call.token)
            return Answer(401)
        other = instead(trouble, api.told(), api.options.retry_after)
        if other is not None:
            return other
        if api.options.redirect:
            return Answer(302, headers={"Location": api.options.redirect.rstrip("/") + self.path})
        return spoiled(trouble, api.answer(call), api.plan)

    def _token(self, query: str) -> str:
        """Daktela V6 API: the token comes in X-AUTH-TOKEN, as query parameter or in a cookie."""
        given = self.headers.get("X-AUTH-TOKEN") or next(iter(parse_qs(query).get("accessToken", [])), "")
        if given:
            return given
        try:
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get("c_user")
        except CookieError:
            return ""
        return cookie.value if cookie else ""

    def _send(self, answer: Answer, trouble: str = "") -> None:
        is_endless = trouble in drips.ENDLESS
        framing = drips.endless_headers(trouble) if is_endless else {"Content-Length": str(len(answer.body))}
        self._send_head(answer, framing)
        body = b"" if self.command == "HEAD" else answer.body
        if is_endless:
            self.close_connection = True
            self.flush_headers()
            drips.endless(trouble, self.wfile.write, body, self.server.stopping)
            return
        self.end_headers()
        if trouble == "truncate":
            self.close_connection = True
            body = body[: len(body) // 2]
        if trouble == "drip":
            drips.slow(self.wfile.write, body, self.server.stopping)
        else:
            self.wfile.write(body)

    def _send_head(self, answer: Answer, framing: dict[str, str]) -> None:
        """Start an answer with all its headers, but not the end of them."""
        self.send_response_only(answer.status)
        headers = {"Server": self.server_version, "Date": self.date_time_string(), **framing, **answer.headers}
        if answer.body:
            headers["Content-Type"] = answer.content_type
        for name, value in headers.items():
            self.send_header(name, value)

    def _break_off(self, *, hold: bool) -> None:
        """End the connection with a reset, at once or when the client has lost its patience."""
        self.close_connection = True
        until = time.monotonic() + (_HOLD_SECONDS if hold else 0)
        while time.monotonic() < until and not self.server.stopping.is_set():
            if select.select([self.connection], [], [], 0.1)[0]:
                break
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.connection.close()


def _segments(path: str) -> list[str]:
    """The parts of a path; the suffix `.json` is optional."""
    return [unquote(part) for part in path.removesuffix(".json").split("/")]
