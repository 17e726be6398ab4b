"""An instance in memory that knows the time only as the text of a wall clock, and the zones' changes of the clock."""

from __future__ import annotations

import json
import operator
import tempfile
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import strategies as st

from tap_daktela.catalog import selection
from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.daktela.client import Page
from tap_daktela.daktela.clock import readings
from tap_daktela.daktela.http.transport import RawResponse
from tap_daktela.daktela.instance import Instance
from tap_daktela.daktela.query import Condition, Filter, Query
from tap_daktela.errors import RemoteError, TapError
from tap_daktela.settings import Settings
from tap_daktela.sync import run
from tap_daktela.sync.singer.state import State, axes_of
from tap_daktela.sync.singer.writer import Writer
from tests.helpers.stopped_clock import StoppedClock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

UTC = timezone.utc
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
KNOWN = entries(STREAMS)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le,
}  # fmt: skip


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def reading(instant: datetime, zone: ZoneInfo) -> str:
    """Return what a clock on the wall shows, and a row that is stamped then holds."""
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def is_repeated(text: str, zone: ZoneInfo) -> bool:
    """Tell whether the clock shows `text` twice."""
    first, second = (datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return first.astimezone(UTC) < second.astimezone(UTC)


@cache
def changes(name: str) -> tuple[datetime, ...]:
    """Return the instants at which the clock of a zone was or will be put forward or back, from 1970 to 2037.

    No zone has changed its clock twice in two days since 1970.
    """
    zone, found = ZoneInfo(name), []
    days = [utc("1970-01-02") + 2 * DAY * number for number in range(68 * 365 // 2)]
    offsets = [day.astimezone(zone).utcoffset() for day in days]
    for day, before, after in zip(days[1:], offsets, offsets[1:], strict=False):
        if before != after:
            low, high = day - 2 * DAY, day
            while high - low > SECOND:
                middle = low + (high - low) // SECOND // 2 * SECOND
                low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
            found.append(high)
    return tuple(found)


ODD = (
    "Africa/Casablanca", "America/Caracas", "America/Scoresbysund", "America/St_Johns", "Antarctica/Casey",
    "Antarctica/Troll", "Antarctica/Vostok", "Asia/Gaza", "Asia/Kathmandu", "Asia/Pyongyang", "Australia/Lord_Howe",
    "Europe/Dublin", "Europe/Lisbon", "Europe/Prague", "Pacific/Apia", "Pacific/Kiritimati", "UTC",
)  # fmt: skip
ZONES = st.sampled_from(ODD) | st.sampled_from(sorted(available_timezones() - {"localtime"}))
# Leap days and their neighbours, the first and the last day of years.
CALENDAR = tuple(
    map(
        utc, ("1972-02-29", "2000-02-29", "2024-02-29", "2024-03-01", "2023-12-31 23:30:00", "2025-01-01", "2100-03-01")
    )
)


@st.composite
def centres(draw: st.DrawFn) -> tuple[str, datetime]:
    """Draw a zone, and an instant that is worth to look around: mostly one at which its clock is put back."""
    name = draw(ZONES)
    zone, found = ZoneInfo(name), changes(name)
    back = tuple(change for change in found if is_repeated(reading(change, zone), zone))
    return name, draw(st.sampled_from(draw(st.sampled_from([back, back, found, CALENDAR])) or CALENDAR))


# Seconds from such an instant: mostly within what is read twice or skipped, often at its borders.
AROUND = st.one_of(
    st.integers(-3600, 3600),
    st.builds(operator.add, st.sampled_from([1800 * n for n in range(-7, 8)]), st.integers(-1, 1)),
    st.integers(-3600, 3600) | st.integers(-30 * 3600, 30 * 3600) | st.integers(-40 * 86_400, 40 * 86_400),
)


@dataclass(frozen=True)
class Change:
    """What happens to a row of an endpoint at an instant: from then on it holds these values."""

    endpoint: str
    name: int
    at: datetime
    values: dict[str, Any]

    @property
    def version(self) -> tuple[str, int, str]:
        """What a RECORD is told apart by: the stream, the key and the title."""
        return self.endpoint, self.name, self.values["title"]


@dataclass
class ClockInstance:
    """The instance; it is asked as `Client` is. `fails_at` is the number of the request from which on it is away."""

    zone: ZoneInfo
    changes: Sequence[Change]
    now: datetime
    fails_at: int | None = None
    asked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def rows(self, endpoint: str) -> list[dict[str, Any]]:
        """Return the rows as they are now."""
        found: dict[int, dict[str, Any]] = {}
        for change in sorted(self.changes, key=lambda change: change.at):
            if change.endpoint == endpoint and change.at <= self.now:
                found.setdefault(change.name, {"name": change.name}).update(change.values)
        return list(found.values())

    def allowed(self) -> int:
        """Return how many requests may be in flight."""
        return 4

    @property
    def clock(self) -> StoppedClock:
        """The machine's clock, which is right."""
        return StoppedClock(begun=self.now)

    def page_request(self, endpoint: str, query: Query) -> tuple[str, Query]:
        """Return a request."""
        return endpoint, query

    def fetch(self, asked: tuple[str, Query]) -> RawResponse:
        """Return an answer, which says nothing yet."""
        with self.lock:
            self.asked += 1
            if self.fails_at is not None and self.asked >= self.fails_at:
                raise RemoteError(f"{asked[0]}: the instance is away")
        return RawResponse(200, {}, b"", self.now, 0, 0)

    def page(self, asked: tuple[str, Query], answer: RawResponse) -> Page:
        """Return one page, filtered and sorted by texts alone."""
        endpoint, query = asked
        found = [row for row in self.rows(endpoint) if _passes(row, query.filter)]
        found.sort(key=lambda row: tuple(row[name] if row.get(name) is not None else "" for name in query.sort))
        page = found[query.skip : query.skip + query.take]
        time = reading(self.now, self.zone)
        return Page(page, len(found), self.zone.key, answer.read_at, 0, 1, 1, query.take, server_time=time)


def _passes(row: dict[str, Any], wanted: Filter | None) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, Condition):
        value = row.get(wanted.field)
        if wanted.operator == "isnull":
            return value is None
        return value is not None and _COMPARE[wanted.operator](value, wanted.value)
    return (all if wanted.logic == "and" else any)(_passes(row, one) for one in wanted.filters)


@dataclass
class Read:
    """What a run wrote: its messages in order, its bound, and why it failed, if it did."""

    messages: list[dict[str, Any]]
    bound: datetime
    failure: TapError | None

    @property
    def state(self) -> dict[str, Any]:
        """Return the last state, from which the next run starts."""
        return [message["value"] for message in self.messages if message["type"] == "STATE"][-1]

    @property
    def rows(self) -> list[tuple[str, int, str]]:
        """Return the stream, the key and the title (the version) of all records."""
        return [version(message) for message in self.messages if message["type"] == "RECORD"]


def version(message: dict[str, Any]) -> tuple[str, int, str]:
    """Return what a RECORD is about."""
    return message["stream"], int(message["record"]["name"]), message["record"]["title"]


def read(instance: ClockInstance, state: Any, **raw: Any) -> Read:
    """Run the tap's whole reading, with its streams, windows and state, against the instance in memory."""
    settings = Settings.parse({"server": "nobody", "access_token": "none", **raw})
    chosen = selection.by_default(KNOWN, settings.streams)
    # As the client has it: a clock that shows a reading for the second time is taken for the first.
    now, latest = readings(reading(instance.now, instance.zone), instance.zone)
    failure = None
    with tempfile.TemporaryFile() as file:
        begun = run.begin(
            settings,
            instance,  # type: ignore[arg-type]
            Instance(now, latest, instance.zone, "6", "me", read=0, read_at=instance.now),
            state=State(state or {}, axes_of(KNOWN)),
            writer=Writer(file.fileno()),
            poll=lambda: None,
        )
        try:
            run.sync(begun, chosen, KNOWN)
        except TapError as error:
            failure = error
        file.seek(0)
        messages = [json.loads(line) for line in file]
    return Read(messages, begun.bound, failure)
