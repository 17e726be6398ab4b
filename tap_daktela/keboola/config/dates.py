"""The points in time that `from` and `to` may name: the extractors' own words, dates, and Keboola's relative words.

They are read in two steps. `parse_when` says at once whether a text names a point in time. `When.at` says which one,
as soon as the clock and the time zone of the instance are known.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from tap_daktela.daktela.clock import Moment, parse_moment, resolve

EARLIEST = datetime(1970, 1, 2, tzinfo=timezone.utc)
"""Before every row of every instance, and representable in every zone."""

_DAYS_BACK = re.compile(r"-(\d{1,5})", re.ASCII)
_WEEKDAY = re.compile(r"(last +)?(mon|tues|wednes|thurs|fri|satur|sun)day", re.ASCII)
_ELAPSED = re.compile(r"(-?\d+ *(h|hours?|m|min|mins|minutes?|s|sec|secs|seconds?)\b *)+(ago)?", re.ASCII)

# Dates as people write them, with what their numbers can be: year, month and day. With slashes, either may come first.
_DATES = (
    (re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII), ("ymd",)),
    (re.compile(r"(\d{4})[-/. ]+(\d{1,2})[-/. ]+(\d{1,2})", re.ASCII), ("ymd",)),
    (re.compile(r"(\d{4})[-/. ]+(\d{1,2})", re.ASCII), ("ym",)),
    (re.compile(r"(19[7-9]\d|20\d\d)", re.ASCII), ("y",)),
    (re.compile(r"(\d{1,2})[. ]+(\d{1,2})[. ]+(\d{4})", re.ASCII), ("dmy",)),
    (re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})", re.ASCII), ("dmy", "mdy")),
)
_SECONDS = range(100_000_000, 4_102_444_800)  # From 1973 to 2100. Smaller numbers are no Unix times that people have.


@dataclass(frozen=True)
class PeriodClock:
    """The clock by which a period is read.

    `now` is the time of the instance, in UTC, `zone` its time zone; `settle` is how long rows may still change.
    """

    now: datetime
    zone: ZoneInfo
    settle: timedelta

    @property
    def settled(self) -> datetime:
        """The latest instant whose rows are complete, in UTC, to the second."""
        return (self.now - self.settle).replace(microsecond=0)


@dataclass(frozen=True)
class When:
    """A point in time: the text that the user wrote, and the rule that finds the instant."""

    text: str
    _rule: Callable[[PeriodClock], datetime] = field(compare=False, repr=False)

    def at(self, clock: PeriodClock) -> datetime:
        """Return the instant in UTC, to the second; EARLIEST if it lies before that. ValueError if there is none."""
        return max(self._rule(clock), EARLIEST)


def parse_when(raw: object) -> When:
    """Return the point in time that a parameter names; ValueError ends a sentence that begins with the parameter.

    `today`, `now` and `0` are the latest instant whose rows are complete. `-7` is the midnight seven days before today.
    A date is its midnight. Relative words count back from now. All of it is by the instance's clock and in its zone.
    """
    if isinstance(raw, bool) or not isinstance(raw, (str, int)):
        raise ValueError("must be text, such as -7, 2024-01-31 or '7 days ago'")
    text = str(raw).strip()
    word = text.lower()
    if not word:
        raise ValueError("is blank; it is, for example, -7, 2024-01-31 or '7 days ago'")
    if word in {"today", "now", "0", "-0"}:
        return When(text, lambda clock: clock.settled)
    if match := _DAYS_BACK.fullmatch(word):
        days = timedelta(days=int(match[1]))
        return When(text, lambda clock: resolve(clock.now.astimezone(clock.zone).date() - days, clock.zone))
    if word[:4].isdecimal() and word[4:5] == "-":
        moment = _moment(text)
        return When(text, lambda clock: resolve(moment, clock.zone).replace(microsecond=0))
    return When(text, _relative(word))


def _moment(text: str) -> Moment:
    try:
        return parse_moment(text)
    except ValueError as error:
        raise ValueError(f"is wrong: {error}{_meant(text.lower())}") from error


def _relative(word: str) -> Callable[[PeriodClock], datetime]:
    """Return the rule for relative words; ValueError if the words mean no point in time."""
    if _count_back(word, datetime(2024, 1, 31)) is None:  # noqa: DTZ001 - any day shows whether the words can be read
        raise ValueError(
            f"is '{word}', which is none of today, -7, 2024-01-31 and words such as '7 days ago'{_meant(word)}"
        )
    # Hours and minutes pass in real time; days, months and years are counted on the wall clock.
    elapsed = _ELAPSED.fullmatch(word) is not None

    def rule(clock: PeriodClock) -> datetime:
        zone = timezone.utc if elapsed else clock.zone
        local = clock.now.astimezone(zone).replace(tzinfo=None, microsecond=0)
        found = _count_back(word, local)
        if found is None:
            raise ValueError(f"'{word}' cannot be counted back from {local}")
        return found.replace(tzinfo=zone).astimezone(timezone.utc) if found.year >= EARLIEST.year else EARLIEST

    return rule


def _count_back(word: str, local: datetime) -> datetime | None:
    """Return the wall-clock reading that relative words mean at the reading `local`; None if they mean none.

    Keboola's own helpers read dates with dateparser. It also guesses absolute dates (`01/02/2024` the American way),
    so it may read relative words and weekdays only.
    """
    import dateparser  # noqa: PLC0415 - a seventh of the start, and few configurations need it

    parsers = ["absolute-time" if _WEEKDAY.fullmatch(word) else "relative-time"]
    settings = {"RELATIVE_BASE": local, "PARSERS": parsers, "PREFER_DATES_FROM": "past", "TIMEZONE": "UTC"}
    found: datetime | None = dateparser.parse(word, languages=["en"], settings=settings)
    return found


def _meant(word: str) -> str:
    """Return the end of a sentence that says what to write instead of `word`; "" if that cannot be guessed."""
    days = [
        day for pattern, orders in _DATES for order in orders if (day := _day(pattern, order, word)) not in (None, word)
    ]
    if days:
        return f"; write {' or '.join(dict.fromkeys(days))}"
    if not (word.isascii() and word.isdecimal()):
        return ""
    if len(word) <= len("99999"):
        return f"; {word} {'day' if int(word) == 1 else 'days'} back is -{word}"
    seconds = int(word) / (1000 if len(word) > len("9999999999") else 1)
    if int(seconds) in _SECONDS:
        return f"; write {datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%SZ}, if it is a Unix time"
    return ""


def _day(pattern: re.Pattern[str], order: str, word: str) -> str | None:
    """Return the date in `word` as it should be written; None if it is none of this order of year, month and day."""
    match = pattern.fullmatch(word)
    if match is None:
        return None
    numbers = {name: int(digits) for name, digits in zip(order, match.groups(), strict=True)}
    try:
        return date(numbers["y"], numbers.get("m", 1), numbers.get("d", 1)).isoformat()
    except ValueError:
        return None
