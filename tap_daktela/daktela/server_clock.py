"""The instance's clock, watched throughout a run: where it jumps, no bookmark can be trusted."""

from datetime import datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from tap_daktela.daktela.client import Page
from tap_daktela.daktela.clock import TOLERANCE, readings, utc_text
from tap_daktela.daktela.instance import Instance
from tap_daktela.errors import ClockError, ContractError
from tap_daktela.redaction import redactor

RELEASED = datetime(2026, 11, 1, tzinfo=timezone.utc)
"""The day of the tap's release. A machine whose clock shows an earlier time has a wrong clock."""

_A_DAY = timedelta(days=1)


class ServerClock:
    """Compares the time in each response with the time at the start of the run and the seconds that passed since.

    `instance` is the instance at the start. `named_zone` is the time zone that it named, which pages must go on naming;
    None where the user set one, so that it does not matter.
    """

    def __init__(self, instance: Instance, named_zone: str | None) -> None:
        self._instance = instance
        self._named_zone = named_zone

    def check(self, endpoint: str, page: Page) -> None:
        """Raise a ContractError if the page names another time zone, and a ClockError if its time is impossible.

        Daktela V6 API: every response carries the server's clock as `_time`, text of its wall clock. Where that is
        missing, the Date header is taken. Without either there is nothing to check.
        """
        named = page.timezone
        if self._named_zone and named and named != self._named_zone:
            changed = f"from {self._named_zone} to {redactor.from_outside(named)}"
            message = f"{endpoint}: the instance changed its time zone {changed}"
            raise ContractError(f"{message} while it was read; set 'timezone' to the one that its times are in")
        said = self._instants(page)
        if said and not any(self._is_possible(instant, page) for instant in said):
            begun, now = utc_text(self._instance.now), utc_text(said[0])
            passed = f"{page.read - self._instance.read:.0f} s later"
            raise ClockError(
                f"{endpoint}: the clock of the instance jumped: it said {begun} at the start of the run, and {now} "
                f"{passed}. Bookmarks follow that clock, so they were not moved; run again once it is right"
            )

    def _instants(self, page: Page) -> list[datetime]:
        """Return the instants that the server's time may mean: two where the clock shows the text twice in a night."""
        # A 'timezone' that the user sets is that of the rows; the clock is read in the one that the server names.
        zone = self._instance.zone
        if page.timezone not in (None, zone.key) and page.timezone in _known_zones():
            zone = ZoneInfo(page.timezone)
        try:
            return list(readings(page.server_time or "", zone))
        except ValueError:
            return [page.date] if page.date else []

    def _is_possible(self, instant: datetime, page: Page) -> bool:
        """Tell whether the server's clock can show `instant`, by this machine's seconds or by its wall clock."""
        start = self._instance
        read_after = (page.read_at - start.read_at).total_seconds()  # By this machine's wall clock: that counts sleep.
        by_wall_clock = (read_after - (page.read - page.sent), read_after)
        passed = (page.sent - start.read, page.read - start.read), by_wall_clock
        return any(
            begun + timedelta(seconds=sent) - TOLERANCE <= instant <= begun + timedelta(seconds=read) + TOLERANCE
            for begun in (start.now, start.latest)
            for sent, read in passed
        )


@cache
def _known_zones() -> frozenset[str]:
    """Return the names of the time zones that are known here."""
    return frozenset(available_timezones())


def refuse_impossible_start(instance: Instance, start: datetime, *, ends: bool, machine: datetime) -> None:
    """Raise a ClockError if the server's clock cannot be right, compared with this machine's and with `start_date`.

    `start` is `start_date` as an instant, `machine` the instant by this machine's clock. `ends` tells that `end_date`
    is set, which ends the run whatever the clocks say.

    A machine whose own clock is wrong is no reason to stop. So there are only two reasons: the server's clock is before
    `start_date` and this machine's is not, or it is ahead of this machine's, whose date is plausible.
    """
    now = instance.now
    if start > now and machine - start > _A_DAY:
        raise ClockError(
            f"the clock of the instance says {utc_text(now)}, which is before start_date, while this machine's says "
            f"{utc_text(machine)}: one of the two is wrong, and the instance's decides what is read"
        )
    if now - machine > _A_DAY and machine >= RELEASED and not ends:
        raise ClockError(
            f"the clock of the instance says {utc_text(now)}, which is after {utc_text(machine)} on this machine: "
            "bookmarks would move past rows that are still to come; correct the clock, or set end_date"
        )
