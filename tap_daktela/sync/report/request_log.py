"""When the requests of each stream were under way, for the timeline of a report."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from tap_daktela.daktela.http.retrying_transport import FailedTry
from tap_daktela.daktela.http.transport import RawResponse
from tap_daktela.redaction import redactor
from tap_daktela.runtime.clock import Clock
from tap_daktela.sync.scheduling.task import RequestWatch, ResultHandler, SentRequest

MOST_BARS = 300
"""Bars of one stream in a timeline. Requests between which there is hardly a gap become one bar."""

MOST_RETRIES = 2_000
"""Retries of which the report tells the moment. All are counted."""

MOST_REASONS = 500
"""Streams and reasons of retries that are told apart."""


@dataclass
class Bar:
    """`requests` that were under way between two moments, in seconds since the log began."""

    begun: float
    ended: float
    requests: int = 1


@dataclass
class Lane:
    """What is known of the requests of one stream, in seconds since the log began.

    `answered` is when its first response was there; None before. `busy` is how long its requests took, all together,
    and `longest` how long one did. `bars` are in the order in which they ended.
    """

    answered: float | None = None
    requests: int = 0
    busy: float = 0.0
    longest: float = 0.0
    bars: list[Bar] = field(default_factory=list)


class RequestLog(RequestWatch):
    """Keeps, for the handler of each request, when it was under way. Memory is bounded, however many there are.

    `began` is the instant (UTC) at which the log began. `retries` counts the tries that failed, by handler and reason;
    `retry_times` has the moment, the handler and the reason of the first ones.
    """

    def __init__(self, clock: Clock) -> None:
        self.began: datetime = clock.now()
        self.retries: dict[tuple[ResultHandler, str], int] = {}
        self.retry_times: list[tuple[float, ResultHandler, str]] = []
        self._clock = clock
        self._zero = clock.monotonic()
        self._lanes: dict[ResultHandler, Lane] = {}
        self._under_way: dict[SentRequest, float] = {}

    def now(self) -> float:
        """Return the seconds since the log began."""
        return self.since(self._clock.monotonic())

    def since(self, monotonic: float) -> float:
        """Return a moment in monotonic seconds as seconds since the log began."""
        return round(monotonic - self._zero, 4)

    def sent(self, sent: SentRequest) -> None:
        """Note that a request is under way."""
        self._under_way[sent] = self.now()

    def over(self, sent: SentRequest) -> None:
        """Note that a request is over, and the tries of it that failed."""
        outcome = sent.outcome
        ended = self.since(outcome.read) if isinstance(outcome, RawResponse) else self.now()
        handler = sent.task.handler
        lane = self._lanes.setdefault(handler, Lane())
        begun = self._under_way.pop(sent)
        lane.answered = ended if lane.answered is None else lane.answered
        lane.requests += 1
        lane.busy += ended - begun
        lane.longest = max(lane.longest, ended - begun)
        lane.bars.append(Bar(begun, ended))
        if len(lane.bars) > 2 * MOST_BARS:
            lane.bars = joined(lane.bars, ended)
        for failed in sent.pending.failed_tries:
            reason = self._reason(handler, failed)
            self.retries[handler, reason] = self.retries.get((handler, reason), 0) + 1
            if len(self.retry_times) < MOST_RETRIES:
                self.retry_times.append((self.since(failed.at), handler, reason))
        sent.pending.failed_tries.clear()

    def _reason(self, handler: ResultHandler, failed: FailedTry) -> str:
        """Return why a try failed, without what differs from one time to the next."""
        if failed.status is not None:
            return f"HTTP {failed.status}"
        reason = redactor.from_outside(failed.reason).partition(" (")[0]
        is_known = (handler, reason) in self.retries or len(self.retries) < MOST_REASONS
        return reason if is_known else "other reasons"

    def lane(self, handler: ResultHandler) -> Lane:
        """Return what is known of the requests of a stream, with those that are still under way as bars."""
        lane, now = self._lanes.get(handler, Lane()), self.now()
        open_now = [Bar(begun, now) for sent, begun in self._under_way.items() if sent.task.handler is handler]
        return replace(lane, bars=joined([*lane.bars, *open_now], now))


def joined(bars: list[Bar], now: float) -> list[Bar]:
    """Return `bars` without overlaps and hardly visible gaps: at most `MOST_BARS` until `now`, and one more."""
    gap, result = now / MOST_BARS, list[Bar]()
    for bar in sorted(bars, key=lambda bar: bar.begun):
        if result and bar.begun <= result[-1].ended + gap:
            last = result[-1]
            result[-1] = Bar(last.begun, max(last.ended, bar.ended), last.requests + bar.requests)
        else:
            result.append(bar)
    return result
