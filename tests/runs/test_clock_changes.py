"""The nights in which clocks change, read in consecutive runs whose bounds lie in the middle of the change."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.helpers import harness
from tests.helpers.ledger import check_complete, check_states, mark, settings, written

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.unmeasured

STREAMS = ["tickets", "activities_call", "activities", "crm_records"]
# The instant of each change: once forward, once back.
CHANGES = {
    "Europe/Prague": ("2024-03-31T01:00:00Z", "2024-10-27T01:00:00Z"),
    "America/New_York": ("2024-03-10T07:00:00Z", "2024-11-03T06:00:00Z"),
    "UTC": ("2024-03-31T01:00:00Z",),
}
NIGHTS = [(zone, night) for zone, nights in CHANGES.items() for night in nights]
# Where runs end, in minutes from the change: in the first and in the second pass of the repeated hour, and after it.
BOUNDS = (-20, 24, 180)
EVERY = timedelta(minutes=4)


class Night:
    """A sandbox that holds nothing but rows which came to be around one change, at a steady pace."""

    def __init__(self, daktela: harness.Sandbox, zone: str, change: str) -> None:
        """Take a sandbox whose clock stands long after the change."""
        self.daktela = daktela
        self.zone = ZoneInfo(zone)
        self.change = datetime.fromisoformat(change.replace("Z", "+00:00"))
        self._next = self.change - timedelta(hours=3)
        for endpoint in ("tickets", "activitiesCall", "activities", "crmRecords"):
            daktela.control("clear", {"endpoint": endpoint})

    def pass_until(self, minutes: float) -> datetime:
        """Let rows come to be up to so many minutes after the change; return that instant."""
        end = self.change + timedelta(minutes=minutes)
        moments = []
        while self._next < end:
            moments.append(self._next.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S"))
            self._next += EVERY
        mark(self.daktela, "tickets", [{"created": moment, "edited": moment} for moment in moments])
        mark(self.daktela, "activitiesCall", [{"call_time": moment} for moment in moments])
        mark(self.daktela, "activities", [{"time": moment, "time_close": moment} for moment in moments])
        mark(self.daktela, "crmRecords", [{"created": moment, "edited": None} for moment in moments])
        return end

    def settings(self, end: datetime, **more: object) -> dict[str, object]:
        """Return the settings of a run that ends at an instant and looks back on nothing."""
        end_date = end.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        start_date = (self.change - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        chosen = {"streams": STREAMS, "lookback_days": 0, "start_date": start_date, "end_date": end_date}
        return settings(self.daktela, **{**chosen, **more})


def night_of(sandbox: Callable[..., harness.Sandbox], zone: str, change: str) -> Night:
    later = datetime.fromisoformat(change.replace("Z", "+00:00")) + timedelta(hours=9)
    clock = ("--now", later.strftime("%Y-%m-%dT%H:%M:%SZ"), "--freeze")
    return Night(sandbox("--rows", "10", "--timezone", zone, clock=clock), zone, change)


@pytest.mark.parametrize(
    ("zone", "change", "own_zone"),
    [*((*night, "") for night in NIGHTS), (*NIGHTS[1], "Pacific/Auckland")],
    ids=lambda value: value.split("T")[0] or "here",
)
def test_runs_that_end_within_the_change_lose_nothing(
    sandbox: Callable[..., harness.Sandbox], zone: str, change: str, own_zone: str
) -> None:
    night = night_of(sandbox, zone, change)
    state, runs = None, []
    with night.daktela as daktela:
        for minutes in BOUNDS:
            config = night.settings(night.pass_until(minutes), date_window_size=0.03, page_size=6)
            runs.append(harness.run_tap(config, state=state, env={"TZ": own_zone} if own_zone else None))
            assert runs[-1].returncode == 0, runs[-1].stderr
            assert f"(time zone {zone})" in runs[-1].stderr
            state = runs[-1].last_state
            check_complete(daktela, *runs, zone=night.zone)
        if zone == "UTC":
            keys = written(runs, "tickets")
            assert len(keys) == len(set(keys))


def test_a_bookmark_in_the_hour_that_is_skipped_is_not_ahead_of_the_rows(
    sandbox: Callable[..., harness.Sandbox],
) -> None:
    """The run fails in the middle of a night whose windows, cut as texts, also end where no clock has been."""
    night = night_of(sandbox, *NIGHTS[0])
    with night.daktela as daktela:
        config = night.settings(
            night.pass_until(180), streams=["tickets"], date_window_size=0.01, page_size=10, concurrency=1
        )
        daktela.control("reset-requests")
        daktela.control("options", {"fault": ["500@16"]})
        broken = harness.run_tap({**config, "max_retries": 0})
        daktela.control("options", {"fault": None})
        assert broken.returncode == 1
        check_states(daktela, broken, night.zone)
        rest = harness.run_tap(config, state=broken.last_state)
        check_complete(daktela, broken, rest, zone=night.zone)
