"""What to do about an answer or a failure: the one decision, pure, so that it can be tested as a table."""

from __future__ import annotations

import email.utils
import math
import ssl
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum, auto
from typing import TYPE_CHECKING

import backoff
import requests
import urllib3

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

__all__ = ["Act", "BrokenResponse", "Decision", "RetryPolicy", "decide", "http_date", "waits"]

LONGEST_WAIT = 300.0
"""Seconds. No Retry-After is obeyed beyond: by then a run should end and say why."""

_LONGEST_OWN_WAIT = 60.0
_TRANSIENT = frozenset({408, 429})
_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


class Act(Enum):
    """What to do: an answer is accepted, tried for again, or rejected; the others say what has to be mended."""

    ACCEPT = auto()
    RETRY = auto()
    REJECTED = auto()
    REDIRECTED = auto()
    NO_HOST = auto()
    NO_TRUST = auto()
    RAISE = auto()


@dataclass(frozen=True)
class Decision:
    """What to do, the reason in a few words, and the seconds that the instance asked to wait, where it did."""

    act: Act
    reason: str
    wait: float | None = None


@dataclass(frozen=True)
class RetryPolicy:
    """How long a request is tried: `tries` in all, within `seconds`, the second after about `first_wait` seconds."""

    tries: int
    seconds: float = 1800.0
    first_wait: float = 1.0


class BrokenResponse(Exception):  # noqa: N818 - it is caught where it is raised for, and read as a sentence
    """An answer with status 200 whose body is not what an instance sends."""


def decide(
    status: int | None,
    failure: Exception | None,
    headers: Mapping[str, str],
    now: datetime,
    *,
    reached: bool = False,
) -> Decision:
    """Return what to do about an answer's `status` and `headers`, or about the `failure` that came in its place.

    `now` is the instant in UTC to which a Retry-After date is compared. `reached` tells that the host has answered
    before: then its name is right, and a failing look-up of it will pass.
    """
    if failure is not None:
        return _about_failure(failure, reached=reached)
    if status is None:
        raise ValueError("an answer has a status")
    reason = f"HTTP {status}"
    wait = _retry_after(headers.get("Retry-After", ""), now)
    if status == requests.codes.ok:
        return Decision(Act.ACCEPT, reason)
    if status in _TRANSIENT or status >= requests.codes.server_error or status < requests.codes.multiple_choices:
        # An answer without a body (204) or in parts (206) was never asked for: a proxy's doing, like most 5xx.
        return Decision(Act.RETRY, reason, wait)
    if status < requests.codes.bad_request:
        return Decision(Act.REDIRECTED, reason)
    return Decision(Act.REJECTED, reason)


def _about_failure(failure: Exception, *, reached: bool) -> Decision:
    """Return what to do when no answer came."""
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
    # Headers that are wrong are the server's where urllib3 says so, else ours.
    invalid_header = isinstance(failure, requests.exceptions.InvalidHeader) and not any(
        isinstance(cause, urllib3.exceptions.HTTPError) for cause in chain
    )
    if invalid_header or isinstance(failure, requests.exceptions.InvalidURL):
        return Decision(Act.RAISE, reason)
    return Decision(Act.RETRY, reason)


def _is_about_a_file(failure: Exception) -> bool:
    """Tell whether a file of certificates cannot be read, which requests reports by a plain OSError."""
    network = (requests.RequestException, urllib3.exceptions.HTTPError, ConnectionError, TimeoutError, ssl.SSLError)
    return isinstance(failure, OSError) and not isinstance(failure, network)


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """Yield a failure and what lies below it: requests and urllib3 wrap by argument and by attribute, too."""
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
    """Return the instant in UTC that a date in an HTTP header names; None if it names none that can be told in UTC."""
    try:
        moment = email.utils.parsedate_to_datetime(text)
        # One without a zone is in UTC by the standard, never in this machine's zone.
        return moment.replace(tzinfo=moment.tzinfo or timezone.utc).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def waits(retry_policy: RetryPolicy) -> Generator[float, float | None, None]:
    """Yield the seconds before each further try; the seconds that the instance asked for are sent in.

    Full jitter: workers that failed together do not come back together. The instance's own wish is a lower limit.
    """
    own = backoff.expo(factor=retry_policy.first_wait, max_value=_LONGEST_OWN_WAIT)
    next(own)  # backoff's generators begin with an empty step
    asked = yield 0.0
    for _ in range(retry_policy.tries - 1):
        jittered = backoff.full_jitter(next(own))
        asked = yield jittered if asked is None else asked + min(jittered, 1.0)
