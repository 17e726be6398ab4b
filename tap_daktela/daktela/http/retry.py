"""What to do about a response, and how long a request is tried. Pure, so that it is tested as a table."""

import email.utils
import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from enum import Enum, auto

import backoff
import requests

NO_API = frozenset({404, 405, 501})
"""Statuses of servers that have no such place, or know no such method for it."""


class Act(Enum):
    """What to do about one try.

    ACCEPT the response, RETRY the request, or hand on that it is REJECTED. DOUBT whether an instance is there at all:
    retry, but only within `FIRST_CONTACT`. REDIRECTED, NO_HOST, NO_TRUST and NO_PROXY mean that the settings are wrong:
    the address, the name of the host, the certificates, the proxy. RAISE a failure that is our own bug.
    """

    ACCEPT = auto()
    RETRY = auto()
    DOUBT = auto()
    REJECTED = auto()
    REDIRECTED = auto()
    NO_HOST = auto()
    NO_TRUST = auto()
    NO_PROXY = auto()
    RAISE = auto()


@dataclass(frozen=True)
class Decision:
    """What to do, and the reason in a few words.

    `status` is that of the response, None where none came. `wait` is the seconds that the instance asks to wait, None
    where it does not. `suspect` is the setting or variable to look at, if there is one.
    """

    act: Act
    reason: str
    status: int | None = None
    wait: float | None = None
    suspect: str = ""


@dataclass(frozen=True)
class Retry:
    """How long a request is tried: at most `tries` times, within `seconds`.

    The wait before the second try is at most `first_wait` seconds, and its limit doubles with each further try. Where
    the instance asks for a longer pause than `longest_pause`, the request is tried again after that: rather than wait
    longer, a run should end and say why.
    """

    tries: int
    seconds: float = 1800.0
    first_wait: float = 1.0
    longest_pause: float = 300.0

    def within(self, other: "Retry") -> "Retry":
        """Return the policy that allows no more than this one and the other one do."""
        return replace(self, tries=min(self.tries, other.tries), seconds=min(self.seconds, other.seconds))

    def pause(self, decision: Decision) -> float | None:
        """Return the seconds to wait because the instance asks for it; None where it does not."""
        return None if decision.wait is None else min(decision.wait, self.longest_pause)


FIRST_CONTACT = Retry(tries=4, seconds=15.0)
"""How long a request is tried at most while nothing has answered as an instance does: then most likely none is there.

An instance that is busy or ill shows itself by an HTTP status, or is slow to answer; both get all the patience.
"""

ADDRESS = "url (or server)"
"""The settings that name the instance, as the suspect of a decision."""


class BrokenResponse(Exception):  # noqa: N818 - the response is what is broken
    """A response that was not complete in time, or has status 200 and a body that no instance sends."""


def about_response(status: int, headers: Mapping[str, str], now: datetime) -> Decision:
    """Return what to do about a response. A Retry-After that is a date is compared to `now`, an instant in UTC."""
    reason = f"HTTP {status}"
    wait = _retry_after(headers.get("Retry-After", ""), now)
    if status == requests.codes.ok:
        return Decision(Act.ACCEPT, reason, status)
    if status in NO_API:
        return Decision(Act.REJECTED, reason, status)
    if status in {408, 429} or status >= requests.codes.server_error or status < requests.codes.multiple_choices:
        # Nobody requested a response without a body (204) or in parts (206): a proxy's doing, like most 5xx.
        return Decision(Act.RETRY, reason, status, wait)
    if status < requests.codes.bad_request:
        return Decision(Act.REDIRECTED, reason, status)
    return Decision(Act.REJECTED, reason, status)


def _retry_after(text: str, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for, however many; None without a usable one."""
    try:
        seconds = float(text)
    except ValueError:
        moment = http_date(text)
        seconds = (moment - now).total_seconds() if moment else math.nan
    return None if math.isnan(seconds) else max(seconds, 0.0)


def http_date(text: str) -> datetime | None:
    """Return the instant in UTC that a date in an HTTP header names; None if it names none that UTC can represent."""
    try:
        moment = email.utils.parsedate_to_datetime(text)
        # One without a zone is in UTC by the standard, never in this machine's zone.
        return moment.replace(tzinfo=moment.tzinfo or timezone.utc).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def waits(retry: Retry) -> Generator[float, float | None, None]:
    """Yield the seconds to wait before each further try. Each `send` takes the seconds that the instance asks to wait.

    The tap's own waits have full jitter: workers that failed together do not come back together. The instance's wish
    is a lower limit.
    """
    own = backoff.expo(factor=retry.first_wait, max_value=60.0)
    next(own)  # backoff's generators begin with an empty step
    wished = yield 0.0
    for _ in range(retry.tries - 1):
        jittered = backoff.full_jitter(next(own))
        wished = yield jittered if wished is None else wished + min(jittered, 1.0)
