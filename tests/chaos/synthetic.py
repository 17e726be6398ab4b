"""An instance with one list of invented calls, made by arithmetic as they are asked for: millions cost nothing.

`python synthetic.py ROWS [--silent-after N] [--idle SECONDS]` prints where it listens, and ends with its stdin.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import threading
import time
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tap_daktela.sandbox.api.filters import time_span
from tap_daktela.sandbox.api.list_request import BadRequestError, ListRequest, parse
from tap_daktela.sandbox.storage.tables import TABLES

# In winter, when no clock changes: 2 million calls, one every two seconds, are 46 days.
FIRST = datetime(2024, 1, 1)  # noqa: DTZ001 - a reading of a clock on the wall
STEP_SECONDS = 2
NOW = "2024-03-10 12:00:00"
DATE = "Sun, 10 Mar 2024 11:00:00 GMT"
TOKEN = "SANDBOX-SECRET-synthetic"
ORDERS = ((), (("call_time", False), ("id_call", False)))
HELD_SECONDS = 600

ROW = (
    '{"id_call":"call%08d","call_time":"%s","direction":"in","answered":true,'
    '"id_queue":{"name":7001,"title":"Podpora"},"id_agent":{"name":"novak","title":"Jan Nov\\u00e1k"},'
    '"contact":{"name":"contact%d","title":"Marie Svobodov\\u00e1"},"clid":"+420 777 123 456","did":"+420 222 000 111",'
    '"waiting_time":%d,"ringing_time":4,"hold_time":0,"duration":%d,"disposition_cause":"caller",'
    '"disconnection_cause":"","pressed_key":null,"missed_call":null,"attempts":1,"activities":[]}'
)


def index(edge: str) -> int:
    """Return the number of the first call at or behind a reading; a NUL at its end means strictly behind."""
    seconds = (datetime.fromisoformat(edge[:19]) - FIRST).total_seconds()
    return int(-(-seconds // STEP_SECONDS)) if len(edge) == len(NOW) else int(seconds // STEP_SECONDS) + 1


def page(request: ListRequest, rows: int) -> tuple[int, int, int]:
    """Return the first call of a page, the one behind its last, and how many the filter lets through.

    BadRequestError for whatever could not be answered exactly.
    """
    low, high = 0, rows
    if request.filter is not None:
        span = time_span(TABLES["activitiesCall"], request.filter)
        if span is None or not span.exact or span.column != "call_time":
            raise BadRequestError("only the time of calls can be asked for")
        low = min(max(index(span.low), 0), rows) if span.low else 0
        high = max(min(index(span.high), rows), low) if span.high else rows
    if request.sort not in ORDERS:
        raise BadRequestError("only the order by time and key is known")
    first = min(low + request.skip, high)
    return first, min(first + request.take, high), high - low


def document(request: ListRequest, rows: int) -> bytes:
    """Return the answer to a list request."""
    first, last, total = page(request, rows)
    data = ",".join(
        ROW % (n, FIRST + timedelta(seconds=STEP_SECONDS * n), n % 5000, n % 60, n % 600) for n in range(first, last)
    )
    return _envelope(f'{{"data":[{data}],"total":{total}}}')


def _envelope(result: str) -> bytes:
    return f'{{"error":[],"result":{result},"_time":"{NOW}","_timezone":"Europe/Prague"}}'.encode()


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    given: argparse.Namespace
    asked = itertools.count()
    count = 0

    def do_GET(self) -> None:
        """Answer `whoim`, the list of calls, and how many requests there have been."""
        url = urlsplit(self.path)
        if url.path == "/asked":
            self._send(200, str(Handler.count).encode())
            return
        Handler.count = next(Handler.asked) + 1
        if self.given.silent_after and Handler.count > self.given.silent_after:
            time.sleep(HELD_SECONDS)
        name = url.path.removeprefix("/api/v6/").removesuffix(".json")
        try:
            if self.headers.get("X-AUTH-TOKEN") != TOKEN:
                self._send(401, b"")
            elif name == "whoim":
                self._send(200, _envelope('{"user":{"name":"synthetic"},"version":"6"}'))
            elif name == "activitiesCall":
                self._send(200, document(parse(url.query), self.given.rows))
            else:
                self._send(404, b"")
        except BadRequestError as error:
            self._send(400, json.dumps({"error": [str(error)], "result": None}).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, _timestamp: float | None = None) -> str:
        """Return what the Date header says."""
        return DATE

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Listens on the loopback."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about clients that hang up; everything else is a bug and is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def main() -> None:
    """Serve until the standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", type=int)
    parser.add_argument("--silent-after", type=int, help="requests that are answered; all later ones never are")
    parser.add_argument("--idle", type=float, help="seconds after which a connection that is not used is closed")
    Handler.given = parser.parse_args()
    Handler.timeout = Handler.given.idle
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
