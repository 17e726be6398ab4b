"""Points in time: from the instance's wall clock to RFC 3339 in UTC, or as they are."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from tap_daktela.daktela import clock

HOURS_REMEMBERED = 50_000
"""Hours of about six years. The memory for them is needed once in a run."""

_MINUTES = [f":{minute:02}:{second:02}" for minute in range(60) for second in range(60)]
_HOUR = timedelta(hours=1)
_HOURS = [(f" {hour:02}", hour * _HOUR) for hour in range(24)]
_ENDS = [(time(hour), time(hour, 59, 59)) for hour in range(24)]
_HOUR_STARTS = [*(first for first, _ in _ENDS), _ENDS[-1][1]]
_YEARS = range(2, 9999)  # Not all hours of the other years can be told in every zone.


class Moments:
    """Converts points in time. All streams of a run share one, since they have the same hours.

    `zone` is the zone of the instance's wall clock. With `local`, wall-clock text stays as it is; else it becomes
    RFC 3339 in UTC (a time that occurs twice becomes its earlier instant). `hours` and `minutes` map parts of a
    wall-clock text to parts of the result, so that a record function converts nearly every text by itself.
    """

    def __init__(self, zone: ZoneInfo, *, local: bool) -> None:
        self.hours: dict[str, str] = {}
        self.minutes = {text: text if local else f"{text}Z" for text in _MINUTES}
        self._zone = zone
        self._local = local

    def converted(self, text: str) -> str:
        """Return the point in time that `text` spells, and remember its hour. ValueError or OverflowError if none."""
        try:
            instant, wall = clock.to_utc(text, self._zone), text.replace("T", " ")[:19]
        except ValueError:
            # Not as Daktela writes it. With an offset it is a moment nevertheless, for example in an extra stream.
            instant = clock.resolve(clock.parse_moment(text), self._zone)
            wall = instant.astimezone(self._zone).isoformat(" ")[:19]
        shown = wall if self._local else instant.isoformat()[:19]
        if instant.year in _YEARS:
            self._remember(wall, datetime.fromisoformat(wall) - datetime.fromisoformat(shown))
        return shown if self._local else f"{shown}Z"

    def _remember(self, wall: str, offset: timedelta) -> None:
        """Remember the hour of a wall-clock time that has this offset, and the other hours of a day that all have."""
        if len(self.hours) >= HOURS_REMEMBERED:
            self.hours.clear()  # Rows mostly come in the order of time: the oldest hours are not needed any more.
        day, separator = wall[:10], " " if self._local else "T"
        midnight = datetime.fromisoformat(day)
        for hour in self._hours_with(offset, midnight, int(wall[11:13])):
            text, after = _HOURS[hour]
            self.hours[day + text] = (midnight + after - offset).isoformat(separator)[:13]

    def _hours_with(self, offset: timedelta, day: datetime, hour: int) -> Iterable[int]:
        """Return all hours of a day if all have the offset; else at most `hour`, if all of that has.

        With an offset that is no whole number of hours, no hour has the minutes of an hour in UTC.
        """
        if offset % _HOUR:
            return ()
        if self._local or self._offsets(day, _HOUR_STARTS) == {offset}:
            return range(24)
        return (hour,) if self._offsets(day, _ENDS[hour]) == {offset} else ()

    def _offsets(self, day: datetime, times: Iterable[time]) -> set[timedelta | None]:
        """Return the offsets that the zone has at some wall-clock times of a day."""
        return {datetime.combine(day, one, self._zone).utcoffset() for one in times}
