"""HTTP in front of the Daktela API and the control API: sockets, faults, and a log without credentials."""

import re
import select
import socket
import ssl
import struct
import sys
import threading
import time
from contextlib import suppress
from email.utils import formatdate
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tap_daktela.printable import printable
from tap_daktela.sandbox.api.replies import Reply
from tap_daktela.sandbox.api.requests import ApiRequest
from tap_daktela.sandbox.faults import slow_replies
from tap_daktela.sandbox.faults.broken_replies import replacement, spoil
from tap_daktela.sandbox.http.control import ControlApi
from tap_daktela.sandbox.http.state import SandboxState

_API = "/api/v6/"
_CONTROL = "/sandbox/"
_SECRET = re.compile(r"(?i)\b(accessToken|refreshToken|password|username)=[^&\s]*")
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER for zero seconds: closing the socket resets the connection."""

_HOLD_SECONDS = 600.0


class HttpServer(ThreadingHTTPServer):
    """Listens on the loopback, with one thread for each connection. TLS if there is an `ssl_context`."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, state: SandboxState, ssl_context: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", port), RequestHandler)
        self.state = state
        self.control = ControlApi(state)
        self.stopping = threading.Event()
        self._ssl_context = ssl_context
        self._open: set[socket.socket] = set()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection. The TLS handshake happens here, in the thread of the connection."""
        connection = self._ssl_context.wrap_socket(request, server_side=True) if self._ssl_context else request
        self._open.add(connection)
        try:
            super().finish_request(connection, client_address)
        finally:
            self._open.discard(connection)
            connection.close()

    def hang_up(self) -> None:
        """End all connections: those kept alive, and those of faults that never end."""
        self.stopping.set()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log nothing about clients that hang up. Any other error is a bug and is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class RequestHandler(BaseHTTPRequestHandler):
    """Serves the requests of one connection."""

    protocol_version = "HTTP/1.1"
    server_version = "Sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    server: HttpServer

    def do_GET(self) -> None:
        """Reply to a request of any method."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        if url.path.startswith(_CONTROL):
            self._send(self.server.control.reply(self.command, url.path[len(_CONTROL) :], url.query, body))
        elif url.path.startswith(_API):
            self._serve_api(url.path, url.query, body)
        else:
            self._send(Reply(404))

    do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_GET  # noqa: N815 - the names are http.server's

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Log to stderr, without credentials."""
        sys.stderr.write(printable(_SECRET.sub(r"\1=***", format % args)) + "\n")

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header, by the clock of the sandbox and not of the machine."""
        return formatdate(self.server.state.api.now() if timestamp is None else timestamp, usegmt=True)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Do not log here: `_serve_api` logs each reply once, with its rows."""

    def _serve_api(self, path: str, query: str, body: bytes) -> None:
        state = self.server.state
        fault = state.faults.kind_at(state.api.counter.next())
        # Not while the reply is sent: behind its last byte the next request may come before this thread goes on.
        with state.in_flight() as number:
            at = time.time()
            time.sleep(state.api.options.latency_ms / 1000)
            request = ApiRequest(
                method=self.command,
                segments=_segments(path[len(_API) :]),
                query=query,
                token=self._token(query),
                body=body,
                content_type=self.headers.get("Content-Type", ""),
            )
            if fault == "expired" and not request.token:
                fault = ""  # A login has no token that could expire.
            reply = self._reply(fault, request)
        entry = {
            "method": self.command,
            "path": path,
            "query": _SECRET.sub(r"\1=***", query),
            "status": reply.status if reply else 0,
            "rows": reply.rows if reply else 0,
            "bytes": len(reply.body) if reply else 0,
            "fault": fault,
        }
        state.requests.append({**entry, "at": at, "in_flight": number})
        self.log_message("%s %s?%s %s, %s rows, %s bytes %s", *entry.values())
        if reply is None:
            self._break_off(hold=fault == "timeout")
        else:
            self._send(reply, fault)

    def _reply(self, fault: str, request: ApiRequest) -> Reply | None:
        """The reply with its fault, if any; None if the connection ends without a reply."""
        state = self.server.state
        api, options = state.api, state.api.options
        if fault in {"timeout", "reset"}:
            return None
        if fault == "expired":
            api.tokens.revoke(request.token)
            return Reply(401)
        other = replacement(fault, api.now(), options.retry_after)
        if other is not None:
            return other
        if options.redirect:
            return Reply(302, headers={"Location": options.redirect.rstrip("/") + self.path})
        return spoil(fault, api.reply(request), state.faults.rng)

    def _token(self, query: str) -> str:
        """The token of a request. Daktela V6 API: it comes in X-AUTH-TOKEN, as a query parameter or in a cookie."""
        given = self.headers.get("X-AUTH-TOKEN") or next(iter(parse_qs(query).get("accessToken", [])), "")
        if given:
            return given
        try:
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get("c_user")
        except CookieError:
            return ""
        return cookie.value if cookie else ""

    def _send(self, reply: Reply, fault: str = "") -> None:
        is_endless = fault in slow_replies.ENDLESS_KINDS
        framing = slow_replies.endless_headers(fault) if is_endless else {"Content-Length": str(len(reply.body))}
        self._send_head(reply, framing)
        body = b"" if self.command == "HEAD" else reply.body
        if is_endless:
            self.close_connection = True
            self.flush_headers()
            slow_replies.send_endlessly(fault, self.wfile.write, body, self.server.stopping)
            return
        self.end_headers()
        if fault == "truncate":
            self.close_connection = True
            body = body[: len(body) // 2]
        if fault == "drip":
            slow_replies.send_slowly(self.wfile.write, body, self.server.stopping)
        else:
            self.wfile.write(body)

    def _send_head(self, reply: Reply, framing: dict[str, str]) -> None:
        """Send the status and all headers, without the line that ends them."""
        self.send_response_only(reply.status)
        headers = {"Server": self.server_version, "Date": self.date_time_string(), **framing, **reply.headers}
        if reply.body:
            headers["Content-Type"] = reply.content_type
        for name, value in headers.items():
            self.send_header(name, value)

    def _break_off(self, *, hold: bool) -> None:
        """Reset the connection: at once, or on `hold` when the client hangs up."""
        self.close_connection = True
        until = time.monotonic() + (_HOLD_SECONDS if hold else 0)
        while time.monotonic() < until and not self.server.stopping.is_set():
            if select.select([self.connection], [], [], 0.1)[0]:
                break
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.connection.close()


def _segments(path: str) -> list[str]:
    """The segments of a path, unquoted. The suffix `.json` is optional."""
    return [unquote(part) for part in path.removesuffix(".json").split("/")]
