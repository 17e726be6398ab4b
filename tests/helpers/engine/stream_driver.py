"""Whole runs over list servers in memory: the real scheduler and streams, with workers that work at once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.fields import (
    Axis,
    Child,
    Derived,
    OrphanRule,
    Stream,
    integer,
    moment,
    records,
    relation,
    string,
)
from tap_daktela.catalog.selection import by_default
from tap_daktela.daktela.http.transport import RawResponse
from tap_daktela.daktela.instance import Instance
from tap_daktela.errors import TapError
from tap_daktela.settings import Settings
from tap_daktela.sync import run
from tap_daktela.sync.scheduling.steps import Get
from tap_daktela.sync.scheduling.task import NOBODY, RequestWatch, SentRequest
from tap_daktela.sync.singer.state import State, axes_of
from tap_daktela.sync.singer.unit_state import UnitState
from tap_daktela.sync.singer.writer import Writer
from tests.helpers.engine.reading_driver import READ_AT, ListServer, at
from tests.helpers.stopped_clock import StoppedClock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_daktela.daktela.client import Page
    from tap_daktela.daktela.query import Query
    from tap_daktela.sync.context import RunContext
    from tap_daktela.sync.records.dotted import Row
    from tap_daktela.sync.streams.stream_sync import StreamSync
    from tap_daktela.units.unit import Unit

NOW = datetime(2024, 1, 1, 1, tzinfo=timezone.utc)
"""What the instance's clock shows: an hour after the beginning of the rows."""

TICKETS = Stream(
    "tickets",
    "Tickets.",
    (
        integer("name", "Key."),
        moment("edited", "Edited."),
        moment("created", "Created."),
        records("statuses", "statuses", "Statuses."),
        relation("user", "users", "User."),
    ),
    axes=(Axis("edited"), Axis("created", only_where_unset="edited")),
    derived=(Derived("tickets_statuses", "statuses", "Statuses of tickets.", "ticket_name", "status"),),
)
USERS = Stream("users", "Users.", (integer("name", "Key."), string("title", "Title.")))
CALLS = Stream(
    "calls",
    "Calls.",
    (integer("name", "Key."), moment("time", "Begun."), string("type", "Type."), relation("item", None, "Item.")),
    axes=(Axis("time"),),
    item=OrphanRule("item", "type", frozenset({"CALL"})),
)
WORDS = Stream(
    "words",
    "Words of calls.",
    (integer("name", "Key."), relation("call", "calls", "Call."), string("text", "Text.")),
    child=Child("calls", "item_name", "call"),
)


class PendingRequest:
    """A request and its page."""

    def __init__(self, get: Get) -> None:
        self.get = get
        self.page: Page | None = None


class FakeClient:
    """Asks list servers by the name of their endpoint, one request at a time."""

    def __init__(self, servers: Mapping[str, ListServer]) -> None:
        self.servers = servers
        self.clock = StoppedClock()
        self.endpoints: list[str] = []

    def allowed(self) -> int:
        """Return how many requests may be under way."""
        return 2

    def page_request(self, endpoint: str, query: Query) -> Any:
        """Return a request that is not sent yet."""
        return PendingRequest(Get(endpoint, query))

    def fetch(self, asked: PendingRequest) -> RawResponse:
        """Let the server answer."""
        self.endpoints.append(asked.get.endpoint)
        asked.page = self.servers[asked.get.endpoint].answer(asked.get)
        return RawResponse(200, {}, b"x" * asked.page.size, READ_AT, 0.0, 0.0)

    def page(self, asked: PendingRequest, _answer: RawResponse) -> Page | None:
        """Return the page."""
        return asked.page


class AtOnce:
    """Workers that work when somebody waits, in the order of the requests."""

    def __init__(self, client: FakeClient) -> None:
        self._client = client
        self._waiting: list[SentRequest] = []

    def start(self, sent: SentRequest) -> None:
        """Take a request."""
        self._waiting.append(sent)

    def finished(self, _seconds: float) -> list[SentRequest]:
        """Fetch one."""
        sent = self._waiting.pop(0)
        try:
            sent.outcome = self._client.fetch(sent.pending)  # type: ignore[arg-type]
        except TapError as error:
            sent.outcome = error
        return [sent]

    def close(self) -> None:
        """Do nothing."""


class LateFor(AtOnce):
    """Workers that fetch what is asked of one endpoint when nothing else is left to fetch."""

    def __init__(self, client: FakeClient, endpoint: str) -> None:
        """Fetch the pages of `endpoint` late."""
        super().__init__(client)
        self._late = endpoint

    def finished(self, seconds: float) -> list[SentRequest]:
        """Fetch one, or none as long as there is something else to do."""
        self._waiting.sort(key=lambda sent: sent.get.endpoint == self._late)
        if self._waiting[0].get.endpoint == self._late and not seconds:
            return []
        return super().finished(seconds)


class MemoryWriter(Writer):
    """Keeps what is written."""

    def __init__(self) -> None:
        self.text = b""

    def write(self, lines: bytes) -> None:
        """Keep lines."""
        self.text += lines


class Follower:
    """Stands for the report, which is given the run and its streams."""

    def __init__(self) -> None:
        self.streams: list[StreamSync] = []

    def follow(self, _run: RunContext, streams: list[StreamSync]) -> RequestWatch:
        """Take the streams."""
        self.streams = streams
        return NOBODY


@dataclass
class Ran:
    """What came of a run."""

    messages: list[dict[str, Any]]
    state: dict[str, Any]
    failure: TapError | None
    streams: list[StreamSync]
    client: FakeClient = field(repr=False)

    def records(self, stream: str) -> list[dict[str, Any]]:
        """Return the records of a stream."""
        return [one["record"] for one in self.messages if one["type"] == "RECORD" and one["stream"] == stream]

    def keys(self, stream: str) -> list[Any]:
        """Return the keys of the records of a stream."""
        return [record["name"] for record in self.records(stream)]

    @property
    def bookmarks(self) -> dict[str, dict[str, str]]:
        """The bookmarks of the last state."""
        found: dict[str, dict[str, str]] = self.state.get("bookmarks", {})
        return found


def instance(now: datetime = NOW, zone: str = "UTC") -> Instance:
    return Instance(now, now, ZoneInfo(zone), "2024", "robot", read=1000.0, read_at=READ_AT)


def begun(
    client: FakeClient,
    *streams: Stream,
    state: Any = None,
    now: datetime = NOW,
    zone: str = "UTC",
    poll: Callable[[], None] = lambda: None,
    unit: Unit | None = None,
    **settings: Any,
) -> RunContext:
    """Return a run that has read nothing."""
    given = {"server": "test", "access_token": "none", "start_date": "2024-01-01", "settle_minutes": 0, "page_size": 10}
    known = entries(streams)
    return run.begin(
        Settings.parse({**given, **settings}),
        client,  # type: ignore[arg-type]
        instance(now, zone),
        state=State(state or {}, axes_of(known)) if unit is None else UnitState(unit, axes_of(known)),
        writer=MemoryWriter(),
        poll=poll,
        unit=unit,
    )


def ran(
    servers: Mapping[str, ListServer],
    *streams: Stream,
    names: list[str] | None = None,
    workers: Callable[[FakeClient], AtOnce] = AtOnce,
    **changes: Any,
) -> Ran:
    """Run over the servers, and return what came of it; `names` are the entries to read, all by default."""
    for name, server in servers.items():
        server.names = (name,)
    client = FakeClient(servers)
    one = begun(client, *streams, **changes)
    known, follower, failure = entries(streams), Follower(), None
    try:
        run.sync(one, by_default(known, names or list(known)), known, follower, workers(client))  # type: ignore[arg-type]
    except TapError as error:
        failure = error
    text: bytes = one.writer.text  # type: ignore[attr-defined]
    messages = [json.loads(line) for line in text.splitlines()]
    states = [message["value"] for message in messages if message["type"] == "STATE"]
    return Ran(messages, states[-1] if states else {}, failure, follower.streams, client)


def utc(seconds: int) -> str:
    """Return the instant so many seconds after midnight, as a bookmark."""
    return (datetime(2024, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


END = utc(3600)
"""Where a run ends: what the instance's clock shows."""


def ticket(name: Any, edited: int | None, created: int = 0, **fields: Any) -> Row:
    """Return a row of tickets, with its times in seconds after midnight."""
    user = {"name": "ann", "title": "Ann"}
    row = {"name": name, "edited": None if edited is None else at(edited), "created": at(created), "user": user}
    return {**row, "statuses": [{"name": "s", "title": "S"}], **fields}


def edited(count: int, *, every: int = 1, first: int = 0) -> list[Row]:
    """Return tickets, one edited every so many seconds from `first` on."""
    return [ticket(number + 1, first + number * every) for number in range(count)]


def users(count: int) -> list[Row]:
    """Return rows of users."""
    return [{"name": number + 1, "title": f"User {number + 1}"} for number in range(count)]


def types(one: Ran) -> list[str]:
    """Return the types of messages, those of the same sort in a row once."""
    found: list[str] = []
    for message in one.messages:
        if found[-1:] != [message["type"]]:
            found.append(message["type"])
    return found
