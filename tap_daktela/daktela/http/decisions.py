"""What to do about a response, by the tap's rule. Pure, so that it is tested as a table."""

import email.utils
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum, auto

import requests

NO_API = frozenset({404, 405, 501})
"""Statuses of servers that have no such place, or know no such method for it."""


class Act(Enum):
    """What to do about one try.

    ACCEPT the response, RETRY the request, or hand on that it is REJECTED. DOUBT whether an instance is there at all:
    retry, but only within `FIRST_CONTACT`. GIVE_UP where the user wants no further try. REDIRECTED, NO_HOST, NO_TRUST
    and NO_PROXY mean that the settings are wrong: the address, the name of the host, the certificates, the proxy. RAISE
    a failure that is our own bug.
    """

    ACCEPT = auto()
    RETRY = auto()
    DOUBT = auto()
    GIVE_UP = auto()
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
    if is_rejection(status):
        return Decision(Act.REJECTED, reason, status, wait)
    if requests.codes.multiple_choices <= status < requests.codes.bad_request:
        return Decision(Act.REDIRECTED, reason, status)
    # Nobody requested a response without a body (204) or in parts (206): a proxy's doing, like most 5xx.
    return Decision(Act.RETRY, reason, status, wait)


def is_rejection(status: int) -> bool:
    """Tell whether a status says that the request itself cannot be granted."""
    passes = status in {408, 429} or status >= requests.codes.server_error
    return status in NO_API or (status >= requests.codes.bad_request and not passes)


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
