"""A Daktela that answers as fast as it can, or as slowly as it is told to: `python -m benchmarks.server`.

Its first line on stdout is its address. It ends when its stdin does.

`POST /control` sets the options named in the body and begins to count anew; `GET /control` tells the counts.
"""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import json
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from benchmarks.server import NOW
from benchmarks.server.answers import Answers
from benchmarks.server.grid_instance import Forms, GridInstance
from benchmarks.server.world import Instance, WorldSize

if TYPE_CHECKING:
    from benchmarks.server.answers import Source

_HIGH_WATER = 1 << 24


@dataclass(frozen=True)
class Options:
    """Which rows there are, and how slow the server, its database and the line to it are.

    `grid` is a number of rows and of days; without it, `world` is what makes a `WorldSize`. `megabits` is the width of
    the line, shared by all connections; 0 for one without a limit.
    """

    grid: tuple[int, int] | None = None
    world: tuple[tuple[str, Any], ...] = ()
    latency_ms: float = 0.0
    skip_cost_us: float = 0.0
    megabits: float = 0.0
    gzip: bool = False


@dataclass
class Counts:
    """What was asked since the options were set; `bytes` are those of the bodies, as sent.

    `made` are the answers that were not in memory. `cpu_seconds` are those of this process.
    """

    requests: int = 0
    bytes: int = 0
    deepest_skip: int = 0
    made: int = 0
    cpu_seconds: float = 0.0
    sizes: dict[str, int] = dataclasses.field(default_factory=dict)


class Daktela:
    """What all connections share."""

    def __init__(self) -> None:
        self._options = Options()
        self._counts = Counts()
        self._forms = Forms()
        self._answers = Answers()
        self._sources: dict[object, Source] = {}
        self._source: Source = self._chosen(Options(grid=(0, 1)))
        self._begun = 0.0
        self._line_free_at = 0.0

    def control(self, body: bytes) -> bytes:
        """Set options where there are some; return the counts."""
        if body:
            given = json.loads(body)
            world = tuple(sorted(given.pop("world", {}).items()))
            grid = tuple(given.pop("grid", ())) or None
            self._options = Options(grid=grid, world=world, **given)
            self._source = self._chosen(self._options)
            self._counts = Counts()
            self._answers.made = 0
            self._begun = time.process_time()
        self._counts.made = self._answers.made
        self._counts.cpu_seconds = time.process_time() - self._begun
        self._counts.sizes = self._source.sizes()
        return json.dumps(dataclasses.asdict(self._counts)).encode()

    def date(self) -> str:
        """Return what the header Date says."""
        later = dict(self._options.world).get("later", 0)
        return format_datetime(NOW + timedelta(hours=later), usegmt=True)

    def answer(self, target: str, *, takes_gzip: bool) -> tuple[HTTPStatus, bytes, bool, float]:
        """Return a status, a body, whether it is compressed, and the time of the loop's clock at which to send it."""
        options = self._options
        answer = self._answers.get(self._source, target)
        compressed = options.gzip and takes_gzip
        body = answer.compressed if compressed else answer.body
        self._counts.requests += 1
        self._counts.bytes += len(body)
        self._counts.deepest_skip = max(self._counts.deepest_skip, answer.skipped)
        ready = asyncio.get_running_loop().time()
        ready += options.latency_ms / 1e3 + options.skip_cost_us * answer.skipped / 1e6
        if options.megabits:
            ready = self._line_free_at = max(ready, self._line_free_at) + len(body) * 8e-6 / options.megabits
        return answer.status, body, compressed, ready

    def _chosen(self, options: Options) -> Source:
        """Return the instance that the options name, made if it was not asked for before."""
        key = options.grid or options.world
        if key not in self._sources:
            if options.grid:
                self._sources[key] = GridInstance(*options.grid, self._forms)
            else:
                self._sources[key] = Instance(WorldSize(**dict(options.world)))
                # Millions of objects, none of which is garbage.
                gc.freeze()
        return self._sources[key]


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
        takes_gzip = "gzip" in headers.get("accept-encoding", "")
        status, body, compressed, ready = self._daktela.answer(target, takes_gzip=takes_gzip)
        loop = asyncio.get_running_loop()
        if ready > loop.time():
            loop.call_at(ready, self._send, status, body, compressed)
        else:
            self._send(status, body, compressed)

    def _send(self, status: HTTPStatus, body: bytes, compressed: bool = False) -> None:
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nDate: {self._daktela.date()}\r\n"
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
