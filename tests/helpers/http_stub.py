"""A real HTTP server that answers what a test wrote for it, and remembers the requests.

It is for what only a socket shows. For all else a `MockedInstance` is quicker.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tap_daktela.daktela.client import Client
from tap_daktela.daktela.http.retry import Retry
from tap_daktela.settings import Settings

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    from tap_daktela.daktela.connection import Connection
    from tap_daktela.runtime.clock import Clock

TOKEN = "canary-token-5f0e2b"
PASSWORD = "canary pass/word+ž"
# Waits of some milliseconds instead of seconds.
QUICK = Retry(tries=3, seconds=60, first_wait=0.001)
# What its clock shows, on the wall in Prague and in the Date header.
TIME = "2024-11-05 13:00:00"
DATE = "Tue, 05 Nov 2024 12:00:00 GMT"


@dataclass
class AskedRequest:
    """A request as the server saw it."""

    method: str
    endpoint: str
    parameters: dict[str, str]
    form: dict[str, str]
    headers: Mapping[str, str]
    connection: tuple[str, int]


@dataclass
class Reply:
    """An answer; `raw` takes over the connection instead, which is closed behind it unless it `give`s an answer."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    raw: Callable[[BaseHTTPRequestHandler], None] | None = None


def give(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    """Send a whole answer, behind which the connection stays open as it says."""
    handler.close_connection = False
    handler.send_response(reply.status)
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(reply.body)))
    handler.end_headers()
    handler.wfile.write(reply.body)


def answered(result: Any, **envelope: Any) -> Reply:
    """Return a 200 around a result."""
    body = json.dumps({"error": [], "result": result, "_time": TIME, **envelope}).encode()
    return Reply(200, body, {"Content-Type": "application/json"})


def page(*rows: Any, total: Any = 7, **envelope: Any) -> Reply:
    """Return a list of rows."""
    return answered({"data": list(rows), "total": total}, **envelope)


def connection_to(url: str, **settings: object) -> Connection:
    """Return what leads to an instance; it has a static token unless there are credentials among the settings."""
    credentials = {} if "username" in settings else {"access_token": TOKEN}
    return Settings.parse({"url": url, "start_date": "2024-01-01", **credentials, **settings}).connection


class HttpStub:
    """The server, which speaks HTTPS where it is given a context of `tls`.

    `asked` are the requests so far. `script` holds the replies by endpoint, the last of which is repeated. `lists`
    holds the rows of endpoints that are lists: they answer with the rows from `skip` on, whatever else is requested.
    `date` is the Date header of every reply.
    """

    date = DATE

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[AskedRequest] = []
        self.lists: dict[str, list[Any]] = {}
        self.script: dict[str, list[Reply]] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_address[1]}"

    def on(self, endpoint: str, *replies: Reply) -> None:
        """Write the replies of an endpoint."""
        self.script[endpoint] = list(replies)

    def times(self, endpoint: str) -> int:
        """Return how often an endpoint was requested."""
        return sum(asked.endpoint == endpoint for asked in self.asked)

    def client(self, retry: Retry | None = QUICK, clock: Clock | None = None, **settings: object) -> Client:
        """Return a client of this server."""
        return Client(connection_to(**{"url": self.url, **settings}), retry, clock=clock)

    def stop(self) -> None:
        """Stop to listen."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _reply(self, asked: AskedRequest) -> Reply:
        with self._lock:
            self.asked.append(asked)
            if asked.endpoint in self.lists:
                rows = self.lists[asked.endpoint]
                return page(*rows[int(asked.parameters["skip"]) :], total=len(rows))
            replies = self.script.get(asked.endpoint, [Reply(404)])
            return replies.pop(0) if len(replies) > 1 else replies[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length", 0))
                asked = AskedRequest(
                    method=self.command,
                    endpoint=parts.path.removeprefix("/api/v6/").removesuffix(".json"),
                    parameters=dict(parse_qsl(parts.query, keep_blank_values=True)),
                    form=dict(parse_qsl(self.rfile.read(length).decode())),
                    headers=dict(self.headers.items()),
                    connection=self.client_address,
                )
                reply = server._reply(asked)
                if reply.raw:
                    self.close_connection = True
                    reply.raw(self)
                    return
                give(self, reply)

            do_POST = do_GET  # noqa: N815 - the name is the standard library's

            def date_time_string(self, _timestamp: float | None = None) -> str:
                return server.date

            def log_message(self, *arguments: object) -> None:
                pass

        return Handler


class CountingRelay(HttpStub):
    """Passes every request on to an instance, and counts: `most` is the greatest number that was in flight at once.

    A request is in flight until its answer begins to leave. Each waits a moment for another one to come beside it.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self.most = 0
        self._to = url
        self._flying = 0
        self._changed = threading.Condition()

    def _reply(self, asked: AskedRequest) -> Reply:
        with self._changed:
            self._flying += 1
            self.most = max(self.most, self._flying)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._flying > 1, timeout=0.02)
        token = {name: value for name, value in asked.headers.items() if name == "X-AUTH-TOKEN"}
        response = requests.request(
            asked.method,
            f"{self._to}/api/v6/{asked.endpoint}.json",
            params=asked.parameters,
            data=asked.form,
            headers=token,
            timeout=300,
        )
        with self._changed:
            self._flying -= 1
            self.asked.append(asked)
            self.date = response.headers["Date"]
        return Reply(response.status_code, response.content, {"Content-Type": "application/json"})
