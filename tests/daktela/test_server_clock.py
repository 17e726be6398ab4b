"""The instance's clock, held against the seconds that passed here: jumps, nights in which clocks change, sleep."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tap_daktela.daktela import server_clock
from tap_daktela.daktela.client import Page
from tap_daktela.daktela.clock import readings
from tap_daktela.daktela.instance import Instance
from tap_daktela.daktela.server_clock import ServerClock, refuse_impossible_start
from tap_daktela.errors import ClockError, ContractError

NOON = datetime(2024, 6, 12, 12, tzinfo=timezone.utc)
MACHINE = datetime(2024, 6, 12, 11, 58, tzinfo=timezone.utc)
"""The machine's own clock is two minutes behind, which says nothing."""


def instance(now: datetime = NOON, zone: str = "UTC", latest: datetime | None = None) -> Instance:
    """Return an instance whose clock showed `now` at the machine's second 1000."""
    return Instance(now, latest or now, ZoneInfo(zone), "2024", "robot", read=1000.0, read_at=MACHINE)


def page(
    said: str | None,
    passed: float = 60.0,
    *,
    took: float = 1.0,
    date: datetime | None = None,
    zone: str | None = None,
    slept: float = 0.0,
) -> Page:
    """Return a page that was read `passed` seconds after the start, and whose `_time` is `said`."""
    read_at = MACHINE + timedelta(seconds=passed + slept)
    read = 1000.0 + passed
    return Page(
        [], 0, zone, read_at, repaired=0, attempts=1, size=1, take=1,
        server_time=said, date=date, sent=read - took, read=read,
    )  # fmt: skip


def says(seconds: float) -> str:
    """Return what a clock shows so many seconds after noon."""
    return (NOON + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("seconds", "good"),
    [
        (60, True),
        (360, True),
        (361, False),
        (-241, True),
        (-242, False),
        (7200, False),
        (-7200, False),
        (86_400 * 365 * 50, False),
        (-86_400 * 365 * 54, False),
    ],
)
def test_a_clock_may_be_five_minutes_off(seconds: float, good: bool) -> None:
    clock = ServerClock(instance(), None)
    if good:
        clock.check("tickets", page(says(seconds)))
        return
    with pytest.raises(ClockError, match=r"^tickets: the clock of the instance jumped: it said 2024-06-12T12:00:00Z"):
        clock.check("tickets", page(says(seconds)))


def test_a_jump_is_told_with_both_times() -> None:
    with pytest.raises(ClockError, match="12:00:00Z at the start of the run, and 2024-06-12T14:01:00Z 60 s later"):
        ServerClock(instance(), None).check("tickets", page(says(7260)))


def test_the_time_is_that_of_some_moment_of_the_request() -> None:
    """An answer that took an hour may carry the time of its beginning."""
    clock = ServerClock(instance(), None)
    clock.check("tickets", page(says(0), 3600, took=3600))
    clock.check("tickets", page(says(3600), 3600, took=3600))
    with pytest.raises(ClockError):
        clock.check("tickets", page(says(0), 3600, took=1))


def test_a_machine_that_slept_counts_by_its_wall_clock() -> None:
    clock = ServerClock(instance(), None)
    clock.check("tickets", page(says(3660), 60, slept=3600))
    clock.check("tickets", page(says(60), 60, slept=3600))  # Its wall clock was put forward.
    clock.check("tickets", page(says(3660 - 50 - 300), 60, slept=3600, took=50))  # The time of its beginning.
    with pytest.raises(ClockError):
        clock.check("tickets", page(says(1860), 60, slept=3600))
    with pytest.raises(ClockError):
        clock.check("tickets", page(says(3660), 60))


@pytest.mark.parametrize("said", [None, "", "now", "12:00:00"])
def test_the_date_stands_in_where_there_is_no_time(said: str | None) -> None:
    clock = ServerClock(instance(), None)
    clock.check("tickets", page(said))
    clock.check("tickets", page(said, date=NOON + timedelta(seconds=60)))
    with pytest.raises(ClockError):
        clock.check("tickets", page(said, date=NOON + timedelta(hours=2)))


def test_a_time_goes_before_a_date() -> None:
    clock = ServerClock(instance(), None)
    clock.check("tickets", page(says(60), date=NOON + timedelta(hours=2)))
    with pytest.raises(ClockError):
        clock.check("tickets", page(says(7200), date=NOON + timedelta(seconds=60)))


# --- zones ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [None, "Europe/Prague"])
def test_a_zone_that_changes_is_told(named: str | None) -> None:
    clock = ServerClock(instance(zone="Europe/Prague"), named)
    clock.check("tickets", page("2024-06-12 14:01:00", zone="Europe/Prague"))
    clock.check("tickets", page("2024-06-12 14:01:00"))
    if named is None:
        clock.check("tickets", page("2024-06-12 12:01:00", zone="UTC"))
        return
    sentence = "tickets: the instance changed its time zone from Europe/Prague to UTC while it was read; set 'timezone'"
    with pytest.raises(ContractError, match=sentence):
        clock.check("tickets", page("2024-06-12 12:01:00", zone="UTC"))


def test_the_zone_that_the_instance_named_is_looked_up_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """To list the zones of the machine takes longer than all else that a run without rows does with its answers."""
    monkeypatch.setattr(server_clock, "_known_zones", lambda: pytest.fail("the zones were listed"))
    clock = ServerClock(instance(zone="Europe/Prague"), "Europe/Prague")
    for named in ("Europe/Prague", None):
        clock.check("tickets", page("2024-06-12 14:01:00", zone=named))


def test_the_time_is_read_in_the_zone_that_the_server_names() -> None:
    """`timezone` may say that rows are in another one."""
    clock = ServerClock(instance(zone="Asia/Tokyo"), None)
    clock.check("tickets", page("2024-06-12 14:01:00", zone="Europe/Prague"))
    clock.check("tickets", page("2024-06-12 21:01:00"))
    clock.check("tickets", page("2024-06-12 21:01:00", zone="Nowhere/Nowhere"))
    with pytest.raises(ClockError):
        clock.check("tickets", page("2024-06-12 21:01:00", zone="Europe/Prague"))


PRAGUE = ZoneInfo("Europe/Prague")
AUTUMN = datetime(2024, 10, 27, 1, tzinfo=timezone.utc)  # 03:00 CEST becomes 02:00 CET.
SPRING = datetime(2024, 3, 31, 1, tzinfo=timezone.utc)  # 02:00 CET becomes 03:00 CEST.


@pytest.mark.parametrize("change", [AUTUMN, SPRING])
@pytest.mark.parametrize("before", [-7000, -1800, -60, 0, 60, 1800, 7000])
@pytest.mark.parametrize("passed", [10, 3000, 7100])
def test_nights_in_which_clocks_change_are_no_jump(change: datetime, before: int, passed: int) -> None:
    begin = change + timedelta(seconds=before)
    shown = begin.astimezone(PRAGUE).strftime("%Y-%m-%d %H:%M:%S")
    first, second = readings(shown, PRAGUE)
    clock = ServerClock(instance(min(first, second), "Europe/Prague", max(first, second)), "Europe/Prague")
    now = (begin + timedelta(seconds=passed)).astimezone(PRAGUE).strftime("%Y-%m-%d %H:%M:%S")
    clock.check("tickets", page(now, passed, zone="Europe/Prague"))


def test_a_jump_in_such_a_night_is_one() -> None:
    begin = AUTUMN - timedelta(minutes=30)
    clock = ServerClock(instance(begin, "Europe/Prague", begin + timedelta(hours=1)), "Europe/Prague")
    with pytest.raises(ClockError):
        clock.check("tickets", page("2024-10-27 05:30:00", 60))
    with pytest.raises(ClockError):
        clock.check("tickets", page("2024-10-27 01:00:00", 60))


# --- the start --------------------------------------------------------------------------------------------------------

START = datetime(2026, 12, 1, tzinfo=timezone.utc)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def refused(now: datetime, machine: datetime, *, ends: bool = False) -> str | None:
    """Return why a run from `START` is refused."""
    try:
        refuse_impossible_start(instance(now), START, ends=ends, machine=machine)
    except ClockError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("now", "machine", "words"),
    [
        (START, START + 9 * DAY, None),
        (START - SECOND, START + DAY + SECOND, "before start_date"),
        (START - SECOND, START + DAY, None),  # A start a moment ago says nothing.
        (START - SECOND, START - DAY, None),  # A start in the future.
        (START + 9 * DAY, START + 8 * DAY, None),
        (START + 9 * DAY, START + 8 * DAY - SECOND, "after"),
        (datetime(9999, 1, 1, tzinfo=timezone.utc), START, "bookmarks would move past rows"),
        (datetime(1970, 1, 1, tzinfo=timezone.utc), START + 2 * DAY, "before start_date"),
        # A machine before the tap's own day has no right clock.
        (START + 9 * DAY, datetime(2026, 11, 1, tzinfo=timezone.utc), "after"),
        (START + 9 * DAY, datetime(2026, 11, 1, tzinfo=timezone.utc) - SECOND, None),
    ],
)
def test_a_clock_that_cannot_be_right_is_refused(now: datetime, machine: datetime, words: Any) -> None:
    said = refused(now, machine)
    assert (said is None) if words is None else (said is not None and words in said)


def test_where_the_end_is_given_a_clock_ahead_does_not_matter() -> None:
    assert refused(START + 9 * DAY, START, ends=True) is None
    assert refused(START - SECOND, START + 9 * DAY, ends=True) is not None
