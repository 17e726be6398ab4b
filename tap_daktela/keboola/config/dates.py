"""The points in time that `from` and `to` may name: the extractors' own words, dates, and Keboola's relative words.

They are read in two steps. `parse_when` tells at once whether a text names a point in time at all; `When.at` tells
which one, as soon as the clock and the time zone of the instance are known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import dateparser

from tap_daktela.daktela.clock import parse_moment, resolve
from tap_daktela.settings.types import inside

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

__all__ = ["Clock", "When", "parse_when"]

EARLIEST = datetime(1970, 1, 2, tzinfo=timezone.utc)
"""Before every row of every instance, and representable in every zone."""

_NOW = frozenset({"today", "now", "0", "-0"})
_DAYS_BACK = re.compile(r"-(\d{1,5})", re.ASCII)
_WEEKDAY = re.compile(r"(last +)?(mon|tues|wednes|thurs|fri|satur|sun)day", re.ASCII)
_ELAPSED = re.compile(r"(-?\d+ *(h|hours?|m|min|mins|minutes?|s|sec|secs|seconds?)\b *)+(ago)?", re.ASCII)


@dataclass(frozen=True)
class Clock:
    """What the instance says: its time in UTC and its time zone; and how long rows may still change after it."""

    now: datetime
    zone: ZoneInfo
    settle: timedelta

    @property
    def settled(self) -> datetime:
        """The latest instant, in UTC, whose rows are complete."""
        return (self.now - self.settle).replace(microsecond=0)


@dataclass(frozen=True)
class When:
    """A point in time as the user wrote it, and the rule that finds it."""

    text: str
    _rule: Callable[[Clock], datetime] = field(compare=False, repr=False)

    def at(self, clock: Clock) -> datetime:
        """Return the instant in UTC, to the second; what lies before every row is EARLIEST."""
        return max(self._rule(clock), EARLIEST)


def parse_when(raw: object) -> When:
    """Return the point in time that a parameter names; ValueError ends a sentence that begins with the parameter.

    `today`, `now` and `0` are the latest instant whose rows are complete; `-7` is the midnight seven days before today;
    a date is its midnight; relative words count back from the instance's clock. All of it in the instance's zone.
    """
    if isinstance(raw, bool) or not isinstance(raw, (str, int)):
        raise ValueError("must be text, such as -7, 2024-01-31 or '7 days ago'")
    text = str(raw).strip()
    word = text.lower()
    if word in _NOW:
        return When(text, lambda clock: clock.settled)
    if match := _DAYS_BACK.fullmatch(word):
        return When(text, _midnight(int(match[1])))
    if word[:4].isdecimal() and word[4:5] == "-":
        moment = inside("is wrong", parse_moment, text)
        return When(text, lambda clock: resolve(moment, clock.zone).replace(microsecond=0))
    return When(text, _relative(word))


def _midnight(days: int) -> Callable[[Clock], datetime]:
    """Return the rule for the beginning of the day that is `days` before the instance's today."""
    return lambda clock: resolve(clock.now.astimezone(clock.zone).date() - timedelta(days=days), clock.zone)


def _relative(word: str) -> Callable[[Clock], datetime]:
    """Return the rule for relative words; ValueError if they are none."""
    if _counted(word, datetime(2024, 1, 31)) is None:  # noqa: DTZ001 - any day shows whether the words can be read
        hint = f"; seven days back is -{word}" if word.isdecimal() else ""
        raise ValueError(f"is '{word}', which is none of today, -7, 2024-01-31 and words such as '7 days ago'{hint}")
    # Hours and minutes pass in real time; days, months and years are counted on the wall clock.
    elapsed = _ELAPSED.fullmatch(word) is not None

    def rule(clock: Clock) -> datetime:
        zone = timezone.utc if elapsed else clock.zone
        local = clock.now.astimezone(zone).replace(tzinfo=None, microsecond=0)
        found = _counted(word, local)
        if found is None:
            raise ValueError(f"'{word}' cannot be counted back from {local}")
        return found.replace(tzinfo=zone).astimezone(timezone.utc) if found.year > EARLIEST.year else EARLIEST

    return rule


def _counted(word: str, local: datetime) -> datetime | None:
    """Return the wall-clock reading that relative words mean at the reading `local`, None where they mean none.

    dateparser is what Keboola's own helpers read dates with. It guesses absolute dates too (`01/02/2024` the American
    way), so it is asked for relative words only, and for weekdays.
    """
    parsers = ["absolute-time" if _WEEKDAY.fullmatch(word) else "relative-time"]
    settings = {"RELATIVE_BASE": local, "PARSERS": parsers, "PREFER_DATES_FROM": "past", "TIMEZONE": "UTC"}
    found: datetime | None = dateparser.parse(word, languages=["en"], settings=settings)
    return found
