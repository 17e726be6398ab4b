"""Whole runs of the command in zones whose clocks do odd things, across both changes of a year."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.clocks.clock_instances import reading, utc
from tests.helpers import harness
from tests.helpers.ledger import check_complete, mark, settings

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.unmeasured

STREAMS = ["tickets", "activities", "crm_records"]


def fill(daktela: harness.Sandbox, zone: ZoneInfo, begin: datetime, end: datetime) -> None:
    """Let something come to be every 11 minutes."""
    count = (end - begin) // timedelta(minutes=11)
    moments = [reading(begin + timedelta(minutes=11) * number, zone) for number in range(count)]
    mark(daktela, "tickets", [{"created": moment, "edited": moment} for moment in moments])
    mark(daktela, "activities", [{"time": moment, "time_close": moment} for moment in moments])
    mark(daktela, "crmRecords", [{"created": moment, "edited": None} for moment in moments])


@pytest.mark.parametrize(
    ("zone", "first", "second"),
    [
        ("Australia/Lord_Howe", "2024-04-06 15:00:00", "2024-10-05 15:30:00"),  # half an hour back, and forward
        ("Pacific/Apia", "2011-12-30 10:00:00", "2012-03-31 14:00:00"),  # a day is left out, then an hour back
    ],
)
def test_a_year_with_its_changes(sandbox: Callable[..., harness.Sandbox], zone: str, first: str, second: str) -> None:
    """Three runs: the clock of the instance stands within the first change, within the second, and behind both."""
    where, state, runs = ZoneInfo(zone), None, []
    nights = [utc(first), utc(second)]
    now = nights[0] + timedelta(minutes=12)
    clock = ("--now", now.isoformat(), "--freeze")
    with sandbox("--rows", "10", "--timezone", zone, clock=clock) as daktela:
        for endpoint in ("tickets", "activities", "crmRecords"):
            daktela.control("clear", {"endpoint": endpoint})
        begin = nights[0] - timedelta(hours=6)
        start_date = reading(begin, where)
        for end in (now, nights[1] + timedelta(minutes=12), nights[1] + timedelta(days=1)):
            if end != now:
                daktela.control("advance", {"seconds": (end - now).total_seconds()})
                now = end
            for night in nights:
                early, late = max(begin, night - timedelta(hours=6)), min(end, night + timedelta(hours=6))
                if early < late:
                    fill(daktela, where, early, late)
            begin = end
            config = settings(
                daktela, streams=STREAMS, start_date=start_date, settle_minutes=0,
                date_window_size=20, page_size=40, lookback_days=0,
            )  # fmt: skip
            runs.append(harness.run_tap(config, state=state))
            assert runs[-1].returncode == 0, runs[-1].stderr
            assert f"(time zone {zone})" in runs[-1].stderr
            state = runs[-1].last_state
        check_complete(daktela, *runs, zone=where)
        keys = [[record["name"] for record in run.records("tickets")] for run in runs]
        assert all(keys)
        assert all(len(set(some)) == len(some) for some in keys)
