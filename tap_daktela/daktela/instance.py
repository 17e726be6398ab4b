"""What an instance says about itself: the user of the token, its version, its time zone and its clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import requests

from tap_daktela.daktela.clock import TOLERANCE, readings, utc_text
from tap_daktela.daktela.connection import Connection
from tap_daktela.daktela.http.decisions import ADDRESS, NO_API
from tap_daktela.daktela.http.envelope import response_words
from tap_daktela.daktela.http.transport import RawResponse
from tap_daktela.errors import AccessError, ClockError, ConfigError, ZoneError
from tap_daktela.redaction import redactor

FALLBACK_ZONE = "Europe/Prague"
"""The time zone of an instance that names none: most instances are there."""


@dataclass(frozen=True)
class Instance:
    """An instance as it was when the client connected.

    `now` is its clock, in UTC. In the hour that a wall clock shows twice, `now` is the earlier of the two instants and
    `latest` the later one; else they are equal. `zone` is the time zone of its wall clock, `version` its version,
    `user` the name of the user whose token it is. `read` is when its response was read in monotonic seconds of the
    client's clock, `read_at` by this machine's clock (UTC). `seconds` is how long the response took. `named_zone` is
    the time zone that the instance names, if it does.
    """

    now: datetime
    latest: datetime
    zone: ZoneInfo
    version: str
    user: str
    read: float
    read_at: datetime
    seconds: float = 0.0
    named_zone: str | None = None


def no_api(connection: Connection, response: RawResponse) -> ConfigError | None:
    """Return the error for a response to login or whoim that shows that the API is not there; None for others.

    Daktela V6 API: refusals are JSON or have no body. A 400 as a page comes from a server that expects HTTPS.
    """
    is_page = "html" in response.headers.get("Content-Type", "").lower()
    if response.status not in NO_API and not (response.status == requests.codes.bad_request and is_page):
        return None
    address, said = connection.called(ADDRESS), response_words(response.status, response.body)
    return ConfigError(f"{address} is not where the API is: {connection.base_url} has no /api/v6 ({said})")


def instance_from_whoim(document: Mapping[str, Any], response: RawResponse, timezone: str | None) -> Instance:
    """Return what `document`, the body of a `response` to whoim, says; `timezone` overrides the zone that it names.

    AccessError where it names no user, ConfigError where its zone is unknown here, ContractError where it does not tell
    the time or where its two clocks contradict each other.
    """
    result = document["result"]
    user = result.get("user") if isinstance(result, dict) else None
    if not isinstance(user, dict):
        # Daktela V6 API: without a valid token, whoim is answered all the same, with no user in it.
        raise AccessError("the instance does not know the user of these credentials: check access_token, or username")
    zone = zone_of(timezone, document.get("_timezone"))
    now, latest = _clock(document, response.date, zone)
    return Instance(
        now=now,
        latest=latest,
        zone=zone,
        version=redactor.from_outside(result.get("version") or "unknown"),
        user=redactor.from_outside(user.get("name") or user.get("title") or "unknown"),
        read=response.read,
        read_at=response.read_at,
        seconds=response.read - response.sent,
        named_zone=redactor.from_outside(document["_timezone"]) if document.get("_timezone") else None,
    )


def zone_of(setting: str | None, named: object) -> ZoneInfo:
    """Return the zone of the wall clock: the one of the user's `setting`, else the `named` one, else `FALLBACK_ZONE`.

    ConfigError where this machine does not know it.
    """
    name = setting or named or FALLBACK_ZONE
    try:
        return ZoneInfo(str(name))
    except (ValueError, OSError, KeyError) as error:  # All of them say that there is no such zone.
        shown = redactor.from_outside(name)
        raise ZoneError(f"set timezone: the instance names the time zone '{shown}', which is unknown here") from error


def _clock(document: Mapping[str, Any], date: datetime | None, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the earliest and the latest instant, in UTC, that the clock of the instance may show.

    Daktela V6 API: `_time` of the document is that clock as text of its wall clock. `date`, the Date header of the same
    response, checks it, and takes its place where it is missing.
    """
    named, text = document.get("_timezone"), str(document.get("_time"))
    read_in = zone_of(None, named) if named else zone
    try:
        instants = readings(text, read_in)
    except ValueError:
        if date:
            return date, date
        raise ClockError(f"whoim: the instance does not tell the time: '{redactor.from_outside(text)}'") from None
    if date and min(abs(instant - date) for instant in instants) > TOLERANCE:
        remedy = "" if named else "; set timezone to the zone that its times are in"
        raise ClockError(
            f"whoim: the instance says that it is {redactor.from_outside(text)} in {read_in.key} (_time), "
            f"but also that it is {utc_text(date)} (its Date header){remedy}"
        )
    return instants if named or not date else (date, date)
