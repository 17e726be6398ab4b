"""What time it is on the server, what it says about that, and which zone it names."""

from __future__ import annotations

from datetime import MAXYEAR, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.simulation.model.clock import VirtualClock, reading

if TYPE_CHECKING:
    from collections import Counter

    from tests.simulation.cases.oddities import Jump, Oddities

__all__ = ["ServerClock"]

_YEARS = {
    "1970": datetime(1970, 1, 2, tzinfo=timezone.utc),
    "9999": datetime(9999, 12, 30, tzinfo=timezone.utc),  # a day before the end, for every zone has to show it
}


class ServerClock:
    """The clock of the instance. `at` is to be called before each request.

    `now` is what the server takes for the time, and stamps rows with. It may differ from what `_time` says.
    """

    def __init__(self, oddities: Oddities, clock: VirtualClock, applied: Counter[str]) -> None:
        self._oddities = oddities
        self._clock = clock
        self._applied = applied
        self._moment = (1, 0)
        odd = oddities.odd()
        self._always = [name for name in ("skew", "time", "zone_name", "offset", "zone") if name in odd]

    def at(self, run: int, request: int) -> None:
        """Take note of which request is to be answered."""
        self._moment = (run, request)

    @property
    def now(self) -> datetime:
        """The server's time in UTC."""
        return self._jumped(in_date_only=True)

    def marks(self) -> dict[str, Any]:
        """Return the parts of an answer that tell the time."""
        oddities = self._oddities
        marks: dict[str, Any] = {}
        if oddities.time == "named":
            shown = self._jumped(in_date_only=False) + timedelta(seconds=oddities.skew)
            marks["_time"] = reading(shown, ZoneInfo(self._zone()))
        if oddities.zone_name == "named":
            marks["_timezone"] = self._zone()
        self._applied.update(self._always)
        return marks

    def date(self, seconds: int = 0) -> str:
        """Return the time as HTTP headers have it, or the one so many seconds later."""
        return format_datetime(self.now + timedelta(seconds=seconds), usegmt=True)

    def _zone(self) -> str:
        """Return the zone that the server names now."""
        zone = self._oddities.zone
        for change in self._oddities.zone_changes:
            if (change.run, change.request) <= self._moment:
                zone = change.zone
                self._applied["zone_changes"] += 1
        return zone

    def _jumped(self, *, in_date_only: bool) -> datetime:
        now = self._clock.now() + timedelta(seconds=self._oddities.offset)
        for jump in self._oddities.jumps:
            if self._is_on(jump) and (jump.in_date or not in_date_only):
                self._applied[f"jumps: {jump.to}"] += 1
                now = _YEARS[jump.to] if jump.to in _YEARS else _later(now, int(jump.to))
        return now

    def _is_on(self, jump: Jump) -> bool:
        begin = (jump.run, jump.request)
        return begin <= self._moment if jump.lasting else begin == self._moment


def _later(moment: datetime, seconds: int) -> datetime:
    """Return the moment so many seconds later; in the year 9999 the clock stands."""
    return moment if moment.year == MAXYEAR else moment + timedelta(seconds=seconds)
