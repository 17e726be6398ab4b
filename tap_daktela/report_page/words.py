"""Numbers, times and lists as people read them."""

from collections.abc import Sequence
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

NOTHING = "\N{EN DASH}"
"""What stands where there is no value."""

MINUTE, HOUR, DAY = 60, 3600, 86_400


def number(value: int | None) -> str:
    """Return a number with separators of thousands; a dash for None."""
    return NOTHING if value is None else f"{value:,}"


def difference(value: int) -> str:
    """Return a difference with its sign."""
    return f"{value:+,}" if value else "0"


def counted(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 row`, `2 rows`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """Return a length of time in its two largest units."""
    if seconds < 10:  # noqa: PLR2004 - below it, tenths matter
        return f"{seconds:.1f} s".replace(".0 ", " ")
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    for size, unit, small, smaller in ((DAY, "d", HOUR, "h"), (HOUR, "h", MINUTE, "min"), (MINUTE, "min", 1, "s")):
        if seconds >= size:
            whole, rest = divmod(int(seconds), size)
            return f"{whole} {unit} {rest // small} {smaller}" if rest // small else f"{whole} {unit}"
    return ""


def instant(text: str | None) -> datetime | None:
    """Return the instant (UTC) that a report's text names."""
    return None if text is None else datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)


def local(text: str | None, zone: str | None) -> str:
    """Return an instant as wall-clock time of the instance, with its zone; in UTC while that is not known."""
    moment = instant(text)
    if moment is None:
        return NOTHING
    shown = moment.astimezone(ZoneInfo(zone)) if zone else moment
    return f"{shown:%Y-%m-%d %H:%M} ({zone or 'UTC'})"


def listed(names: Sequence[str], most: int = 6) -> str:
    """Return names with commas; of many the first, and how many more there are."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""
