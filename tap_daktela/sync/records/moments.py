"""Points in time: from the instance's wall clock to RFC 3339 in UTC, or as they are."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from tap_daktela.daktela import clock

HOURS_REMEMBERED = 50_000
"""Hours of about six years. The memory for them is needed once in a run."""

_MINUTES = [f":{minute:02}:{second:02}" for minute in range(60) for second in range(60)]
_LAST_SECOND = timedelta(minutes=59, seconds=59)


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
        utc = instant.isoformat(timespec="seconds")[:19]
        if self._local:
            self._remember(wall[:13], wall[:13])
            return wall
        if self._is_plain(wall[:13], instant):
            self._remember(wall[:13], utc[:13])
        return utc + "Z"

    def _remember(self, hour: str, converted: str) -> None:
        if len(self.hours) >= HOURS_REMEMBERED:
            self.hours.clear()  # Rows mostly come in the order of time: the oldest hours are not needed any more.
        self.hours[hour] = converted

    def _is_plain(self, hour: str, instant: datetime) -> bool:
        """Tell whether the minutes of the wall-clock `hour` are exactly those of the hour of `instant` in UTC."""
        first = datetime.fromisoformat(f"{hour}:00:00").replace(tzinfo=self._zone)
        last = first.replace(minute=59, second=59)
        begin = instant.replace(minute=0, second=0, microsecond=0)
        return (first.astimezone(timezone.utc), last.astimezone(timezone.utc)) == (begin, begin + _LAST_SECOND)
