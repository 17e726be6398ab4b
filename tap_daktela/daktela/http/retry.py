"""What to do about a response, or about a failure in its place. Pure, so that it is tested as a table."""

import email.utils
import math
import ssl
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum, auto

import backoff
import requests
import urllib3

LONGEST_WAIT = 300.0
"""Seconds. A longer Retry-After is cut to this: rather than wait longer, a run should end and say why."""

_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


class Act(Enum):
    """What to do about one try.

    ACCEPT the response, RETRY the request, or hand on that it is REJECTED. REDIRECTED, NO_HOST and NO_TRUST mean that
    the settings are wrong: the address, the name of the host, the certificates. RAISE a failure that is our own bug.
    """

    ACCEPT = auto()
    RETRY = auto()
    REJECTED = auto()
    REDIRECTED = auto()
    NO_HOST = auto()
    NO_TRUST = auto()
    RAISE = auto()


@dataclass(frozen=True)
class Decision:
    """What to do, the reason in a few words, and the seconds that the instance asks to wait; None where it does not."""

    act: Act
    reason: str
    wait: float | None = None


@dataclass(frozen=True)
class RetryPolicy:
    """How long a request is tried: at most `tries` times, within `seconds`.

    The wait before the second try is at most `first_wait` seconds, and its limit doubles with each further try.
    """

    tries: int
    seconds: float = 1800.0
    first_wait: float = 1.0


class BrokenResponse(Exception):  # noqa: N818 - the response is what is broken
    """A response that was not complete in time, or has status 200 and a body that no instance sends."""


def about_response(status: int, headers: Mapping[str, str], now: datetime) -> Decision:
    """Return what to do about a response. A Retry-After that is a date is compared to `now`, an instant in UTC."""
    reason = f"HTTP {status}"
    wait = _retry_after(headers.get("Retry-After", ""), now)
    if status == requests.codes.ok:
        return Decision(Act.ACCEPT, reason)
    if status in {408, 429} or status >= requests.codes.server_error or status < requests.codes.multiple_choices:
        # Nobody requested a response without a body (204) or in parts (206): a proxy's doing, like most 5xx.
        return Decision(Act.RETRY, reason, wait)
    if status < requests.codes.bad_request:
        return Decision(Act.REDIRECTED, reason)
    return Decision(Act.REJECTED, reason)


def about_failure(failure: Exception, *, reached: bool) -> Decision:
    """Return what to do about a failure that came in place of a response.

    `reached` tells that the host has responded before: then its name is right, and a failed look-up of it will pass.
    """
    chain = list(_causes(failure))
    last = chain[-1]
    reason = f"{type(last).__name__}: {last}" if str(last) else type(last).__name__
    if isinstance(failure, BrokenResponse):
        return Decision(Act.RETRY, str(failure))
    if not isinstance(failure, _FAILURES):
        return Decision(Act.RAISE, reason)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in chain) or _is_about_a_file(failure):
        return Decision(Act.NO_TRUST, reason)
    if any(isinstance(cause, urllib3.exceptions.NameResolutionError) for cause in chain) and not (
        reached or isinstance(failure, requests.exceptions.ProxyError)
    ):
        return Decision(Act.NO_HOST, reason)
    # A wrong header is the server's where urllib3 says so, else ours.
    invalid_header = isinstance(failure, requests.exceptions.InvalidHeader) and not any(
        isinstance(cause, urllib3.exceptions.HTTPError) for cause in chain
    )
    if invalid_header or isinstance(failure, requests.exceptions.InvalidURL):
        return Decision(Act.RAISE, reason)
    return Decision(Act.RETRY, reason)


def _is_about_a_file(failure: Exception) -> bool:
    """Tell whether a file of certificates cannot be read, which requests reports as a plain OSError."""
    network = (requests.RequestException, urllib3.exceptions.HTTPError, ConnectionError, TimeoutError, ssl.SSLError)
    return isinstance(failure, OSError) and not isinstance(failure, network)


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """Yield a failure and what caused it: requests and urllib3 also wrap causes in arguments and attributes."""
    seen: set[int] = set()
    current: BaseException | None = failure
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        inner = [getattr(current, "reason", None), *reversed(current.args)]
        wrapped = next((one for one in inner if isinstance(one, BaseException)), None)
        current = wrapped or current.__cause__ or current.__context__


def _retry_after(text: str, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for, at most `LONGEST_WAIT`; None without a usable one."""
    try:
        seconds = float(text)
    except ValueError:
        moment = http_date(text)
        seconds = (moment - now).total_seconds() if moment else math.nan
    return None if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_WAIT)


def http_date(text: str) -> datetime | None:
    """Return the instant in UTC that a date in an HTTP header names; None if it names none that UTC can represent."""
    try:
        moment = email.utils.parsedate_to_datetime(text)
        # One without a zone is in UTC by the standard, never in this machine's zone.
        return moment.replace(tzinfo=moment.tzinfo or timezone.utc).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def waits(retry_policy: RetryPolicy) -> Generator[float, float | None, None]:
    """Yield the seconds to wait before each further try. Each `send` takes the seconds that the instance asks to wait.

    The tap's own waits have full jitter: workers that failed together do not come back together. The instance's wish
    is a lower limit.
    """
    own = backoff.expo(factor=retry_policy.first_wait, max_value=60.0)
    next(own)  # backoff's generators begin with an empty step
    wished = yield 0.0
    for _ in range(retry_policy.tries - 1):
        jittered = backoff.full_jitter(next(own))
        wished = yield jittered if wished is None else wished + min(jittered, 1.0)
