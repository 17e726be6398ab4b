"""A Daktela that answers as fast as it can, or as slowly as it is told to: `python -m benchmarks.server`.

Its first line on stdout is its address. It ends when its stdin does.

`POST /control` sets the options named in the body and begins to count anew; `GET /control` tells the counts.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from http import HTTPStatus

from benchmarks import NOW
from benchmarks.grid import Grid
from benchmarks.pages import Page, Pages
from tap_daktela.sandbox.api.list_request import BadRequestError

_HIGH_WATER = 1 << 24
# The instant that `_time` names: it shows the hour of NOW on a wall in Prague, where it is winter.
_DATE = format_datetime(NOW - timedelta(hours=1), usegmt=True)


@dataclass(frozen=True)
class Options:
    """How many rows there are in how many days, and how slow the server, its database and the line to it are.

    `megabits` is the width of the line, shared by all connections; 0 for one without a limit. Each `dirty_every`-th
    row is dirty; 0 for none.
    """

    rows: int = 0
    days: int = 30
    latency_ms: float = 0.0
    skip_cost_us: float = 0.0
    megabits: float = 0.0
    gzip: bool = False
    dirty_every: int = 0


@dataclass
class Counts:
    """What was asked since the options were set; `bytes` are those of the bodies, as sent."""

    requests: int = 0
    bytes: int = 0
    deepest_skip: int = 0


class Daktela:
    """What all connections share."""

    def __init__(self) -> None:
        self.options = Options()
        self.counts = Counts()
        self._pages = Pages()
        self._grids: dict[tuple[int, int], Grid] = {}
        self._line_free_at = 0.0

    def control(self, body: bytes) -> bytes:
        """Set options where there are some; return the counts."""
        if body:
            self.options, self.counts = Options(**json.loads(body)), Counts()
        return json.dumps(dataclasses.asdict(self.counts)).encode()

    def answer(self, target: str, *, takes_gzip: bool) -> tuple[bytes, bool, float]:
        """Return a body, whether it is compressed, and the time of the loop's clock at which it is to be sent."""
        options = self.options
        size = options.rows, options.days, options.dirty_every
        rows = self._grids.setdefault(size, Grid(*size))
        page: Page = self._pages.answer(rows, target)
        compressed = options.gzip and takes_gzip
        body = page.compressed if compressed else page.body
        self.counts.requests += 1
        self.counts.bytes += len(body)
        self.counts.deepest_skip = max(self.counts.deepest_skip, page.skipped)
        ready = asyncio.get_running_loop().time()
        ready += options.latency_ms / 1e3 + options.skip_cost_us * page.skipped / 1e6
        if options.megabits:
            ready = self._line_free_at = max(ready, self._line_free_at) + len(body) * 8e-6 / options.megabits
        return body, compressed, ready


class Connection(asyncio.Protocol):
    """One kept-alive connection, on which one request comes after another."""

    def __init__(self, daktela: Daktela) -> None:
        self._daktela = daktela
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._transport.set_write_buffer_limits(_HIGH_WATER)

    def data_received(self, data: bytes) -> None:
        """Answer as soon as a request is complete."""
        self._received += data
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        line, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(one.lower().split(": ", 1) for one in lines)
        if len(rest) < int(headers.get("content-length", 0)):
            return
        self._received = b""
        _, target, _ = line.split(" ")
        if target == "/control":
            self._send(HTTPStatus.OK, self._daktela.control(rest))
            return
        try:
            body, compressed, ready = self._daktela.answer(
                target, takes_gzip="gzip" in headers.get("accept-encoding", "")
            )
        except BadRequestError as error:
            self._send(HTTPStatus.BAD_REQUEST, json.dumps({"error": [str(error)], "result": None}).encode())
            return
        loop = asyncio.get_running_loop()
        if ready > loop.time():
            loop.call_at(ready, self._send, HTTPStatus.OK, body, compressed)
        else:
            self._send(HTTPStatus.OK, body, compressed)

    def _send(self, status: HTTPStatus, body: bytes, compressed: bool = False) -> None:
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nDate: {_DATE}\r\n"
            f"{'Content-Encoding: gzip' if compressed else 'Vary: Accept-Encoding'}\r\n\r\n"
        )
        self._transport.writelines([head.encode(), body])


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    daktela = Daktela()
    server = await loop.create_server(lambda: Connection(daktela), "127.0.0.1", 0)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
