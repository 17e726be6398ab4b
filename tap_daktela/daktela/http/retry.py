"""How long a request is tried, and after which failures. Pure, so that it is tested as a table."""

import math
from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import backoff
import requests

from tap_daktela.daktela.http.decisions import Act, Decision
from tap_daktela.errors import ConfigError

_DAY = 86_400
_NUMBERS = {
    "seconds": (0, math.inf),
    "first_wait": (0, _DAY),
    "longest_wait": (0, _DAY),
    "factor": (1, 100),
    "longest_pause": (0, _DAY),
    "default_pause": (0, _DAY),
}
_CHOICES: dict[str, tuple[object, ...]] = {"connection_errors": (True, False), "rate_limit": ("wait", "raise")}
_STATUSES = range(400, 600)


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How long a request is tried, and after which failures. ConfigError tells every option that makes no sense.

    A request is sent at most `tries` times, within `seconds`. The wait before the second try is a random part of
    `first_wait` seconds. Each further one is a part of `factor` times as much, but of `longest_wait` at most. Until
    something has answered as an instance does, there are 4 tries within 15 seconds at most.

    `statuses` are the HTTP statuses that are tried again. None: 408, and from 500 on all but 501. If it is a refusal,
    such as 404, and stays one, the error is that of a refusal. `connection_errors` tells whether a request that gets no
    whole answer is tried again: no connection, no end within the time, a broken body. Whatever is set, a 200 that
    carries an error is tried at most 3 times, and a token that has ended is renewed.

    After HTTP 429, `rate_limit` counts. "wait": all requests wait as long as the instance asks to (`Retry-After`), but
    `longest_pause` seconds at most, and then it is tried again. Where the instance names no time, they wait for
    `default_pause` seconds; None: as after other failures. "raise": the request ends with a RateLimitError, and the
    next one does not wait. `Retry-After` and `longest_pause` count for other statuses, too.
    """

    tries: int = 9
    seconds: float = 1800.0
    first_wait: float = 1.0
    longest_wait: float = 60.0
    factor: float = 2.0
    statuses: Collection[int] | None = None
    connection_errors: bool = True
    rate_limit: Literal["wait", "raise"] = "wait"
    longest_pause: float = 300.0
    default_pause: float | None = None

    @classmethod
    def default(cls) -> "Retry":
        """Return the policy of the tap: 9 tries within half an hour."""
        return cls()

    @classmethod
    def aggressive(cls) -> "Retry":
        """Return a policy for what has to succeed, however late: 25 tries within two hours, and longer pauses."""
        return cls(tries=25, seconds=7200.0, first_wait=0.5, longest_wait=120.0, longest_pause=1800.0)

    @classmethod
    def off(cls) -> "Retry":
        """Return the policy by which each failure is raised at once, HTTP 429 too."""
        return cls(tries=1, rate_limit="raise")

    def __post_init__(self) -> None:
        """Check the options."""
        problems = [f"Retry: {problem}" for problem in _problems(self)]
        if problems:
            raise ConfigError(*problems)
        if self.statuses is not None:  # A list could be changed later, and has no hash.
            object.__setattr__(self, "statuses", frozenset(self.statuses))

    def within(self, other: "Retry") -> "Retry":
        """Return this policy with no more tries and seconds than the other one has."""
        return replace(self, tries=min(self.tries, other.tries), seconds=min(self.seconds, other.seconds))

    def applied(self, decision: Decision) -> Decision:
        """Return what to do by this policy, where `decision` is the tap's rule."""
        status = decision.status
        is_limit = status == requests.codes.too_many_requests
        if not is_limit and self.statuses is not None and status in self.statuses:
            return replace(decision, act=Act.RETRY)
        if decision.act not in {Act.RETRY, Act.DOUBT}:
            return decision
        if is_limit:
            may_try = self.rate_limit == "wait"
        else:
            may_try = self.statuses is None if status in _STATUSES else self.connection_errors
        return decision if may_try else replace(decision, act=Act.GIVE_UP)

    def pause(self, decision: Decision) -> float | None:
        """Return the seconds for which the instance is to be left alone; None where nobody says so."""
        wished = decision.wait
        if decision.status == requests.codes.too_many_requests:
            if self.rate_limit == "raise":
                return None
            wished = self.default_pause if wished is None else wished
        return None if wished is None else min(wished, self.longest_pause)


def _problems(retry: Retry) -> Iterator[str]:
    """Yield what is wrong with the options."""
    if not isinstance(retry.tries, int) or isinstance(retry.tries, bool) or retry.tries < 1:
        yield f"tries must be a whole number from 1, not {retry.tries!r}"
    for name, (low, high) in _NUMBERS.items():
        value = getattr(retry, name)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        may_be_missing = name == "default_pause" and value is None
        if not may_be_missing and not (is_number and low <= value <= high):
            yield f"{name} must be a number from {low} to {high}, not {value!r}"
    for name, choices in _CHOICES.items():
        if getattr(retry, name) not in choices:
            yield f"{name} must be {' or '.join(map(repr, choices))}, not {getattr(retry, name)!r}"
    if retry.statuses is not None:
        yield from _status_problems(retry.statuses)


def _status_problems(statuses: object) -> Iterator[str]:
    """Yield what is wrong with the statuses that are to be tried again."""
    if isinstance(statuses, (str, bytes)) or not isinstance(statuses, Collection):
        yield f"statuses must be a collection of numbers, as in [502, 503], not {statuses!r}"
        return
    for status in statuses:
        if not isinstance(status, int) or status not in _STATUSES:
            yield f"statuses must be numbers from 400 to 599, not {status!r}"
        elif status == requests.codes.unauthorized:
            yield "statuses cannot have 401: the token is renewed then"


FIRST_CONTACT = Retry(tries=4, seconds=15.0)
"""How long a request is tried at most while nothing has answered as an instance does: then most likely none is there.

An instance that is busy or ill shows itself by an HTTP status, or is slow to answer; both get all the patience.
"""


def waits(retry: Retry) -> Generator[float, float | None, None]:
    """Yield the seconds to wait before each further try. Each `send` takes the seconds that the instance asks to wait.

    The tap's own waits have full jitter: workers that failed together do not come back together. The instance's wish
    is a lower limit.
    """
    own = min(retry.first_wait, retry.longest_wait)
    wished = yield 0.0
    for _ in range(retry.tries - 1):
        jittered = backoff.full_jitter(own)
        wished = yield jittered if wished is None else wished + min(jittered, 1.0)
        own = min(own * retry.factor, retry.longest_wait)
