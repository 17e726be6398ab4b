"""Readings as scripts, and workers without threads whose answers come in an order that is drawn."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_daktela.daktela.http.transport import RawResponse
from tap_daktela.daktela.query import Query
from tap_daktela.errors import RemoteError, TapError
from tap_daktela.sync.scheduling.scheduler import Scheduler
from tap_daktela.sync.scheduling.steps import Fork, Get, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tap_daktela.sync.scheduling.task import SentRequest

QUERY = Query(None, (), ("name",), 10)
READ_AT = datetime(2024, 11, 5, 12, tzinfo=timezone.utc)


class Said(NamedTuple):
    """A result: what it says, and the bytes that it takes."""

    text: str
    size: int = 0


@dataclass(frozen=True)
class Script:
    """What a reading does, step by step, and whether it goes on with the next step after an error.

    A step is a tuple of scripts (a Fork), a number of pages to be sent ahead together with one that is not needed in
    the end, "say" (a result), "fail", or a page: "page", "broken" (not usable at first) or "refused".
    """

    steps: tuple[Any, ...]
    forgives: bool = False


def get(endpoint: str) -> Get:
    return Get(endpoint, QUERY)


def read(script: Script, name: str, used: list[str]) -> Reading:
    """Return the reading of a script; `used` collects the pages that it was resumed with."""
    for number, step in enumerate(script.steps):
        place = f"{name}.{number}"
        try:
            yield from _step(step, place, used)
        except RemoteError as error:
            if not script.forgives:
                raise
            yield Said(f"{place} forgives: {error}")
    return name


def _step(step: Any, place: str, used: list[str]) -> Reading:
    if isinstance(step, tuple):
        returned = yield Fork([read(part, f"{place}.{number}", used) for number, part in enumerate(step)])
        yield Said(f"{place} returned {returned}")
    elif isinstance(step, int):
        *needed, unneeded = [
            get(f"{place} {'broken' if number == 1 else 'page'} {number}") for number in range(step + 1)
        ]
        yield [*needed, unneeded]
        for one in needed:
            yield Said((yield from ask(one, used)))
        yield []
    elif step == "say":
        yield Said(place)
    elif step == "fail":
        raise RemoteError(place)
    else:
        yield Said((yield from ask(get(f"{place} {step}"), used)))


def ask(one: Get, used: list[str]) -> Reading:
    """Return the page of a request, and note that it is used, also if it is an error."""
    try:
        page = yield one
    except RemoteError:
        used.append(one.endpoint)
        raise
    used.append(one.endpoint)
    return page


def read_alone(reading: Reading, written: list[str]) -> Any:
    """Drive a reading without any scheduler, depth first, as `steps` describes it; return what it returns."""
    answer: Any = None
    error: TapError | None = None
    while True:
        try:
            said = reading.throw(error) if error is not None else reading.send(answer)
        except StopIteration as end:
            return end.value
        answer = error = None
        try:
            if isinstance(said, Get):
                answer = _page_alone(said.endpoint)
            elif isinstance(said, Fork):
                answer = [read_alone(part, written) for part in said.parts]
            elif isinstance(said, Said):
                written.append(said.text)
        except TapError as failure:
            error = failure


def _page_alone(endpoint: str) -> str:
    if "refused" in endpoint:
        raise RemoteError(endpoint)
    return endpoint


@dataclass
class RecordingHandler:
    """Takes results: `prepared` as they come, `written` in their turn; it refuses to write what is in `unwritable`."""

    prepared: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    unwritable: tuple[str, ...] = ()
    held: Counter[str] = field(default_factory=Counter)
    on_put: Callable[[str], None] = lambda _: None

    def prepare(self, result: Said) -> Said:
        """Note a result."""
        self.prepared.append(result.text)
        self.held[result.text] = result.size
        return result

    def put(self, result: Said) -> None:
        """Write a result."""
        del self.held[result.text]
        if result.text in self.unwritable:
            raise RemoteError(f"cannot write {result.text}")
        self.written.append(result.text)
        self.on_put(result.text)

    __hash__ = object.__hash__


class Simulated:
    """The client and the workers of a scheduler in one: pages are the names of their endpoints.

    `limit` is how many requests may be under way, `page_bytes` the size of a body. A page comes at once after its
    request or long behind it; one whose endpoint is in `late` only when nothing else is under way.
    """

    def __init__(self, seed: int = 0, limit: int = 4, page_bytes: int = 100, late: Sequence[str] = ()) -> None:
        """Have nothing under way yet."""
        self.limit = limit
        self.page_bytes = page_bytes
        self.late = late
        self.under_way: list[SentRequest] = []
        self.started: Counter[str] = Counter()
        self.most_under_way = 0
        self.unused: list[SentRequest] = []
        self.is_closed = False
        self.is_idle = False
        self.on_finished: Callable[[], None] = lambda: None
        self._broken: set[str] = set()
        self._dice = random.Random(seed)  # noqa: S311 - arbitrary, not secret

    # --- the client -------------------------------------------------------------------------------------------------

    def allowed(self) -> int:
        """Return how many requests may be under way."""
        return self.limit

    def page_request(self, endpoint: str, _query: Query) -> str:
        """Return a request, which is its endpoint."""
        return endpoint

    def page(self, asked: str, _answer: RawResponse) -> str | None:
        """Return a page; None at first if it is broken."""
        if "broken" in asked and asked not in self._broken:
            self._broken.add(asked)
            return None
        self.unused = [sent for sent in self.unused if sent.get.endpoint != asked]
        return asked

    # --- the workers ------------------------------------------------------------------------------------------------

    def start(self, sent: SentRequest) -> None:
        """Take a request."""
        self.under_way.append(sent)
        self.started[sent.get.endpoint] += 1
        self.most_under_way = max(self.most_under_way, len(self.under_way))
        if sent not in self.unused:
            self.unused.append(sent)

    def finished(self, seconds: float) -> list[SentRequest]:
        """Answer some of the requests, or none. To wait where nothing is under way would be to wait for ever."""
        assert self.under_way, "the scheduler waits for nothing"
        assert seconds >= 0
        self.is_idle = seconds > 0
        self.on_finished()
        ready = [sent for sent in self.under_way if sent.get.endpoint not in self.late]
        if self.is_idle:
            ready = ready or self.under_way
        over = self._dice.sample(ready, self._dice.randint(0, len(ready)))
        for sent in over:
            self.under_way.remove(sent)
            sent.outcome = self._outcome(sent.get.endpoint)
        return over

    def close(self) -> None:
        """Note it."""
        self.is_closed = True

    def _outcome(self, endpoint: str) -> RawResponse | RemoteError:
        if "refused" in endpoint:
            self.unused = [sent for sent in self.unused if sent.get.endpoint != endpoint]
            return RemoteError(endpoint)
        return RawResponse(200, {}, bytes(self.page_bytes), READ_AT, 0, 0)

    def unused_now(self) -> list[SentRequest]:
        """Return the requests that were sent and are neither used nor dropped."""
        return [sent for sent in self.unused if sent.task.sent.get(sent.get) is sent]


def run(
    simulated: Simulated,
    readings: Iterable[tuple[RecordingHandler, Reading]],
    *,
    poll: Callable[[], None] = lambda: None,
    max_held: int = 8,
    max_bytes: int = 2**30,
) -> None:
    """Run readings to their end."""
    Scheduler(
        simulated,  # type: ignore[arg-type]
        simulated,
        poll=poll,
        max_held=max_held,
        max_bytes=max_bytes,
    ).run(readings)
