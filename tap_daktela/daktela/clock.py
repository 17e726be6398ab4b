"""Wall-clock text and instants, in both directions. Pure; never uses the time zone of this machine.

Daktela V6 API: date-times are stored, filtered and answered as "YYYY-MM-DD HH:MM:SS" in the instance's wall clock,
without an offset. In the night when clocks go back, the same text is shown twice, so it does not name one instant.
A lower bound is then moved to the first text after the change, an upper bound to the last one before it.
"""

import re
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

Moment = datetime | date
"""An aware date-time; or a naive one or a date, to be read in the instance's zone once it is known."""

TOLERANCE = timedelta(minutes=5)
"""How far two clocks may differ: more than clocks that are set right do, less than the default of `settle_minutes`."""

DATE_LENGTH = len("2024-01-31")
"""Characters of a date without a time."""
_SECOND = timedelta(seconds=1)
# Without 24:00, which Python's own parser takes for the next midnight from 3.14 on.
_WALL_CLOCK = re.compile(r"(\d{4}-\d\d-\d\d)[ T]((?!24)\d\d:\d\d:\d\d)(?:\.\d+)?", re.ASCII)
_MOMENT = re.compile(
    r"""(?P<date>\d{4}-\d\d-\d\d)
        (?: [Tt ] (?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d))? (?P<fraction>\.\d+)?
            (?P<zone> [Zz] | (?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d) )?
        )?""",
    re.ASCII | re.VERBOSE,
)
# As people write them: 31.1.2024, 2024-1-31, 2024/01/31, 20240131. In 1/2/2024, nobody knows which is the day.
_OTHER_DATES = re.compile(
    r"(?P<day1>\d\d?)\. ?(?P<month1>\d\d?)\. ?(?P<year1>\d{4})"
    r"|(?P<year2>\d{4})[-./](?P<month2>\d\d?)[-./](?P<day2>\d\d?)"
    r"|(?P<year3>\d{4})(?P<month3>\d\d)(?P<day3>\d\d)",
    re.ASCII,
)
_YEARS = range(1970, 9999)  # A day earlier and a day later must still be representable in every zone.


def parse_moment(text: str) -> Moment:
    """Return the date, naive date-time or RFC 3339 date-time that `text` spells; ValueError with a sentence if none."""
    match = _MOMENT.fullmatch(text.strip())
    if not match:
        forms = "neither a date (2024-01-31) nor a date-time (2024-01-31T00:00:00Z)"
        raise ValueError(f"'{text}' is {forms}{_date_meant(text)}")
    try:
        day = date.fromisoformat(match["date"])
        clock = time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0)) if match["hour"] else None
        offset = timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
        zone = timezone(-offset if match["sign"] == "-" else offset) if match["zone"] else None
    except ValueError as error:
        raise ValueError(f"'{text}' is not a date of the calendar: {error}") from error
    if day.year not in _YEARS:
        raise ValueError(f"'{text}' is outside the years {_YEARS[0]} to {_YEARS[-1]}")
    if clock is None:
        return day
    microsecond = int((match["fraction"] or ".")[1:7].ljust(6, "0"))
    return datetime.combine(day, clock.replace(microsecond=microsecond), zone)


def _date_meant(text: str) -> str:
    """Return the date that was probably meant, as the end of a sentence; "" if none is known for sure."""
    match = _OTHER_DATES.fullmatch(text.strip())
    parts = {name[:-1]: int(digits) for name, digits in match.groupdict().items() if digits} if match else {}
    try:
        return f"; write {date(**parts)}" if parts else ""
    except ValueError:
        return ""  # No calendar has it.


def parse_instant(text: str) -> datetime:
    """Return the instant, in UTC, that `text` spells with its offset; ValueError with a sentence if it spells none."""
    moment = parse_moment(text)
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValueError(f"'{text}' has no time zone")
    return moment.astimezone(timezone.utc)


def resolve(moment: Moment, zone: ZoneInfo) -> datetime:
    """Return the instant of `moment` in UTC. A date is its midnight; without an offset, `moment` is read in `zone`.

    A reading that the clock shows twice is its earlier instant. A reading that a forward change skips is the instant
    of that change: as a bound, it then separates rows just as their texts do.
    """
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    if moment.tzinfo is not None:
        return moment.astimezone(timezone.utc)
    first, second = _readings(moment.replace(tzinfo=zone))
    return _change(second, first, zone) if second < first else first


def with_time(text: str) -> str:
    """Return the API's wall-clock `text`; a date is its midnight.

    Daktela V6 API: a midnight may come as `2024-01-15` in one answer and as `2024-01-15 00:00:00` in another.
    """
    return f"{text} 00:00:00" if len(text) == DATE_LENGTH else text


def to_utc(text: str, zone: ZoneInfo) -> datetime:
    """Return the instant in UTC of the API's wall-clock `text`, whose fraction of a second is dropped.

    A reading that the clock shows twice is its earlier instant. A reading that a forward change skips is taken with
    the offset before that change. ValueError where `text` is no such reading.
    """
    return readings(text, zone)[0]


def border(text: str, zone: ZoneInfo) -> datetime:
    """Return the instant (UTC) that parts the readings below the wall-clock `text` from all others.

    It is that of `to_utc`, or the forward change that skips the text. ValueError where `text` is no such reading.
    """
    first, second = readings(text, zone)
    return _change(second, first, zone) if second < first else first


def readings(text: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return both instants in UTC of the API's wall-clock `text`, first the one of `to_utc`. Mostly they are equal.

    ValueError where `text` is no such reading.
    """
    match = _WALL_CLOCK.fullmatch(text)
    if not match:
        raise ValueError(f"'{text}' is not a date-time as Daktela writes them")
    try:
        return _readings(datetime.fromisoformat(f"{match[1]} {match[2]}").replace(tzinfo=zone))
    except OverflowError as error:
        raise ValueError(f"'{text}' is too far away in {zone.key}") from error


def lower_text(instant: datetime, zone: ZoneInfo) -> str:
    """Return the lowest wall-clock text that occurs at or after `instant` (aware), for use with `>=`."""
    local = whole(instant.astimezone(zone))
    first, second = _readings(local)
    if local.fold == 0 and first < second:
        # The clock will go back below this reading; the lowest one still to come is right after that change.
        local = _change(first, second, zone).astimezone(zone)
    return wall_clock_text(local)


def upper_text(instant: datetime, zone: ZoneInfo) -> str:
    """Return a wall-clock text above every reading that occurs before `instant` (aware), for use with `<`."""
    local = instant.astimezone(zone)
    first, second = _readings(whole(local))
    if local.fold == 1 and first < second:
        # The clock has gone back; the highest readings were right before that change, in the offset of then.
        change = _change(first, second, zone)
        before = (change - _SECOND).astimezone(zone).replace(tzinfo=None)
        return wall_clock_text(before + _SECOND)
    # Wall-clock arithmetic: the text need not be a reading that exists, it only has to lie above.
    return wall_clock_text(whole(local.replace(tzinfo=None)) + (_SECOND if local.microsecond else timedelta()))


def utc_text(instant: datetime) -> str:
    """Return an aware `instant` as RFC 3339 in UTC, rounded down to the second."""
    return instant.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def whole(moment: datetime) -> datetime:
    """Return `moment` without its fraction of a second, also without the nanoseconds that pandas has."""
    return datetime.combine(moment.date(), moment.timetz().replace(microsecond=0))


def wall_clock_text(local: datetime) -> str:
    """Return the wall clock of `local`, whatever its zone, as the API writes it."""
    return local.replace(tzinfo=None).isoformat(" ", "seconds")


def _readings(local: datetime) -> tuple[datetime, datetime]:
    """Return the two instants in UTC of the reading `local`: equal, unless the clock shows it twice or skips it.

    Of a skipped reading the first instant lies after the change and the second before it; no clock shows the reading.
    """
    return (local.replace(fold=0).astimezone(timezone.utc), local.replace(fold=1).astimezone(timezone.utc))


def _change(first: datetime, second: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC and whole seconds, at which the clock changes between two instants of one reading.

    Exactly one change lies between them: two instants of one reading are as far apart as the clock was put back or,
    where the reading is skipped, forward.
    """
    first, second = whole(first), whole(second)
    before = first.astimezone(zone).utcoffset()
    while second - first > _SECOND:
        middle = first + timedelta(seconds=(second - first) // _SECOND // 2)
        if middle.astimezone(zone).utcoffset() == before:
            first = middle
        else:
            second = middle
    return second
