"""Runs of the tap against a model of an instance: no socket, no thread, and time passes only where somebody waits.

Everything between the command and the wire is the product's own; only transport, clock, workers and writer are not.
"""

from __future__ import annotations

import functools
import random
from collections import defaultdict
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from unittest import mock

import orjson
from requests.structures import CaseInsensitiveDict

from tap_daktela.catalog.entries import Selected, entries
from tap_daktela.catalog.selection import by_default, only
from tap_daktela.catalog.streams import ALL_STREAMS, runs
from tap_daktela.daktela import server_clock
from tap_daktela.daktela.client import Client
from tap_daktela.daktela.http.transport import RawResponse
from tap_daktela.errors import TapError
from tap_daktela.settings import Settings
from tap_daktela.sync import run
from tap_daktela.sync.reading import pages
from tap_daktela.sync.records import compiler as shape
from tap_daktela.sync.scheduling import backlog
from tap_daktela.sync.scheduling.task import NOBODY, RequestWatch, SentRequest
from tap_daktela.sync.singer.state import State, axes_of
from tap_daktela.sync.singer.writer import Writer
from tests.simulation.model.clock import VirtualClock, start_of
from tests.simulation.model.instance import PASSWORD, TOKEN, USERNAME, Instance
from tests.simulation.model.tables import MOST_INSERTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import requests

    from tap_daktela.sync.context import RunContext
    from tap_daktela.sync.streams.stream_sync import StreamSync
    from tap_daktela.units.unit import Unit
    from tests.simulation.cases.case import Case

__all__ = [
    "KNOWN",
    "LEDGER",
    "EndlessError",
    "Killed",
    "MemoryWriter",
    "Ran",
    "SimulatedWorkers",
    "Simulation",
    "Watch",
]

KNOWN = entries(ALL_STREAMS)
[LEDGER] = (stream.name for stream in runs.STREAMS)

_RELEASED = datetime(2024, 1, 1, tzinfo=timezone.utc)
"""Stands for the day before which no machine's clock is right: the model's machines live in 2024."""


MOST_PAGES = 400
"""Pages of one range at most: a list that grows as fast as it is read is given up after fewer than in the product."""

_compiled = functools.cache(compile)
"""The same record functions are compiled in run after run, which would take a third of the time."""


class Killed(BaseException):
    """The process ends here."""


class EndlessError(BaseException):
    """A run asks for more than its instance could ever need."""


class MemoryWriter(Writer):
    """Keeps the bytes that are written. `Killed` in the middle of those behind `writes` writes, if given."""

    def __init__(self, writes: int | None) -> None:
        self.text = bytearray()
        self._left = float("inf") if writes is None else writes

    def write(self, lines: bytes) -> None:
        """Keep lines."""
        self._left -= 1
        if self._left < 0:
            self.text += lines[: len(lines) // 2]
            raise Killed
        self.text += lines


class SimulatedTransport:
    """Hands requests to the model. EndlessError behind `most` of them."""

    def __init__(self, instance: Instance, most: int) -> None:
        self._instance = instance
        self._most = most
        self.requests = 0

    def send(self, request: requests.Request, seconds: float) -> RawResponse:
        """Return the answer, or raise what requests raises."""
        self.requests += 1
        if self.requests > self._most:
            raise EndlessError(f"more than {self._most} requests")
        clock = self._instance.clock
        sent = clock.monotonic()
        status, headers, body = self._instance.answer(request, seconds)
        return RawResponse(status, CaseInsensitiveDict(headers), bytearray(body), clock.now(), sent, clock.monotonic())

    def close(self) -> None:
        """Have nothing to close."""


class SimulatedWorkers:
    """Fetches in an order that `dice` draw, and hands over in another one. `most` is how many were ever under way."""

    def __init__(self, client: Client, dice: random.Random) -> None:
        self._client = client
        self._dice = dice
        self._waiting: list[SentRequest] = []
        self._over: list[SentRequest] = []
        self.most = 0

    def start(self, sent: SentRequest) -> None:
        """Take a request."""
        self._waiting.append(sent)
        self.most = max(self.most, len(self._waiting) + len(self._over))

    def finished(self, seconds: float) -> list[SentRequest]:
        """Return some of those that are over, at least one if it may wait."""
        assert self._waiting or self._over, "the scheduler waits, and nothing is under way"
        if not seconds and self._dice.random() < 0.5:
            return []
        delivered: list[SentRequest] = []
        while not delivered:
            if self._waiting and (not self._over or self._dice.random() < 0.6):
                self._fetch(self._taken(self._waiting))
            while self._over and self._dice.random() < 0.5:
                delivered.append(self._taken(self._over))
        return delivered

    def close(self) -> None:
        """Forget what is under way."""

    def _taken(self, some: list[SentRequest]) -> SentRequest:
        return some.pop(self._dice.randrange(len(some)))

    def _fetch(self, sent: SentRequest) -> None:
        try:
            sent.outcome = self._client.fetch(sent.pending)
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            sent.outcome = error
        self._over.append(sent)


class Watch:
    """Stands where a report would: knows the streams of a run, and the most things that ever waited for their turn."""

    def __init__(self) -> None:
        self.streams: list[StreamSync] = []
        self.max_held = 0.0
        self._held: defaultdict[str, float] = defaultdict(float)

    def follow(self, _run: RunContext, streams: list[StreamSync]) -> RequestWatch:
        """Count what is prepared and not put yet."""
        self.streams = streams
        for stream in streams:
            stream.row_counts.windows = []
            stream.prepare = self._counting(stream, stream.prepare, 1)  # type: ignore[method-assign]
            stream.put = self._counting(stream, stream.put, -1)  # type: ignore[method-assign]
        return NOBODY

    def _counting(self, stream: StreamSync, method: Callable[[Any], Any], step: int) -> Callable[[Any], Any]:
        @functools.wraps(method)
        def counted(result: Any) -> Any:
            returned = method(result)
            self._held[stream.stream.name] += step * backlog.amount_of(returned if step > 0 else result).things
            held = sum(self._held[one.stream.name] for one in self.streams if one.failure is None)
            self.max_held = max(self.max_held, held)
            return returned

        return counted


@dataclass
class Ran:
    """What one run did: from the state `before`, it wrote `text`, whose last state is `after`.

    `begun` is None where it did not come that far. `error` is how it ended, if not well. `under_way` is the most
    requests at the same time.
    """

    number: int
    before: dict[str, Any]
    text: bytes = b""
    after: dict[str, Any] = field(default_factory=dict)
    begun: RunContext | None = None
    error: TapError | None = None
    killed: bool = False
    under_way: int = 0
    watch: Watch = field(default_factory=Watch)

    @functools.cached_property
    def lines(self) -> list[dict[str, Any]]:
        """The messages; a line that is not complete is none."""
        return [orjson.loads(line) for line in self.text.split(b"\n")[:-1]]


class Simulation:
    """One case, run by run: `run`, and between two runs `pause`."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.instance = Instance(case.oddities, case.seed, VirtualClock(start_of(case.oddities, case.seed)))
        self.selection: list[Selected] = by_default(KNOWN, case.streams)
        self._ledger = by_default(KNOWN, [LEDGER])
        self.settings = _settings(case, self.instance)
        self.state: dict[str, Any] = {}
        self.number = 1

    def pause(self, *, short: bool) -> None:
        """Let an hour pass before the next run, or a minute before a run is repeated."""
        self.number += 1
        self.instance.begin_run(gap=60.0 if short else 3600.0, changes=2 if short else 8)

    def run(self, kill: int | None = None) -> Ran:
        """Run the tap with the state that the run before left. It is killed after so many writes, if given."""
        ran = self.one_run(State(orjson.loads(orjson.dumps(self.state)), axes_of(KNOWN)), kill)
        self.state = ran.after
        return ran

    def one_run(self, state: State, kill: int | None = None, unit: Unit | None = None) -> Ran:
        """Run the tap with a state; it reads a unit, if one is given."""
        ran = Ran(self.number, before=self.state)
        writer = MemoryWriter(kill)
        try:
            with _process(f"{self.case.seed} {self.number}"):
                self._read(ran, writer, state, unit)
        except TapError as error:
            ran.error = error
        except Killed:
            ran.killed = True
        ran.text = bytes(writer.text)
        states = [line["value"] for line in ran.lines if line["type"] == "STATE"]
        ran.after = states[-1] if states else ran.before
        return ran

    def _read(self, ran: Ran, writer: MemoryWriter, state: State, unit: Unit | None) -> None:
        """Read as the command does."""
        instance, settings = self.instance, self.settings
        transport = SimulatedTransport(instance, self._most_requests())
        client = Client(settings.connection, transport=transport, clock=instance.clock)  # type: ignore[arg-type]
        dice = random.Random(f"{self.case.seed} {self.number} order")  # noqa: S311 - a seed is the point
        workers = SimulatedWorkers(client, dice)
        with closing(client):
            connected = client.connect()
            ran.begun = run.begin(settings, client, connected, state=state, writer=writer, poll=lambda: None, unit=unit)
            selection = self.selection if unit is None else only(self.selection, unit.streams)
            try:
                run.sync(ran.begun, selection + self._ledger, KNOWN, ran.watch, workers)  # type: ignore[arg-type]
            finally:
                ran.under_way = workers.most

    def _most_requests(self) -> int:
        """Return a bound on the requests of one run that no reading of these lists needs."""
        streams = {one.entry.stream for one in self.selection}
        endpoints = {stream.endpoint for stream in streams}
        endpoints |= {KNOWN[stream.child.parent].stream.endpoint for stream in streams if stream.child}
        grows = any(churn.kind in ("insert", "late") for churn in self.case.oddities.churn)
        new = MOST_INSERTED if grows else 0
        rows = sum(len(self.instance.table(endpoint).rows) + new for endpoint in endpoints)
        return 5 * MOST_PAGES * len(endpoints) + 25 * rows


@contextmanager
def _process(seed: str) -> Iterator[None]:
    """Let waits before another try be as `seed` gives them, machines live in 2024, and what has no end end sooner."""
    before = random.getstate()
    random.seed(seed)
    try:
        with (
            mock.patch.object(server_clock, "RELEASED", _RELEASED),
            mock.patch.object(pages, "MAX_PAGES", MOST_PAGES),
            mock.patch.object(shape, "compile", _compiled, create=True),
        ):
            yield
    finally:
        random.setstate(before)


def _settings(case: Case, instance: Instance) -> Settings:
    odd = case.oddities
    login = {"username": USERNAME, "password": PASSWORD} if odd.login == "password" else {"access_token": TOKEN}
    return Settings.parse(
        {
            "url": "https://example.test",
            **login,
            "start_date": f"{instance.clock.now().year}-01-01",
            "timezone": odd.zone if odd.zone_name == "absent" else None,
            "page_size": case.page_size,
            "concurrency": case.concurrency,
            "date_window_size": case.date_window_size,
            "settle_minutes": case.settle_minutes,
            "request_timeout": 120,
        }
    )
