"""The period of a run: where it ends, when it is refused, and how the form's button tells it."""

from datetime import datetime, timezone
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tap_daktela.daktela.instance import Instance
from tap_daktela.errors import ConfigError
from tap_daktela.keboola.config.parameters import Parameters
from tap_daktela.keboola.period import period, preview

NOON = datetime(2024, 11, 5, 12, tzinfo=timezone.utc)
INSTANCE = Instance(NOON, NOON, ZoneInfo("Europe/Prague"), "6.20", "keboola", read=0, read_at=NOON)


def parameters(begin: Any, end: Any, **more: Any) -> Parameters:
    return Parameters.parse(
        {"server": "acme", "#access_token": "abc", "tables": "tickets", "from": begin, "to": end, **more}
    )


@pytest.mark.parametrize("end", ["today", "2024-11-05 12:30", "2024-11-05T12:00:00Z", "2031-01-01"])
def test_a_period_ends_where_rows_are_complete(end: str) -> None:
    assert str(period(parameters("-1", end), INSTANCE)) == "2024-11-04 00:00:00 to 2024-11-05 12:30:00 (Europe/Prague)"


@pytest.mark.parametrize(
    ("begin", "end", "before", "start", "to"),
    [
        ("2030-01-01", "today", "to ('today')", "2030-01-01 00:00:00", "2024-11-05 12:30:00"),
        ("2024-11-02", "2024-11-01", "to ('2024-11-01')", "2024-11-02 00:00:00", "2024-11-01 00:00:00"),
        ("2024-11-01", "2024-11-01", "to ('2024-11-01')", "2024-11-01 00:00:00", "2024-11-01 00:00:00"),
        ("2030-01-01", "2031-01-01", "now minus settle_minutes", "2030-01-01 00:00:00", "2031-01-01 00:00:00"),
        ("today", "2031-01-01", "now minus settle_minutes", "2024-11-05 12:30:00", "2031-01-01 00:00:00"),
    ],
    ids=["future", "reversed", "the same", "both in the future", "now"],
)
def test_a_period_with_nothing_in_it_is_refused(begin: str, end: str, before: str, start: str, to: str) -> None:
    mend = "an earlier from or a later to" if before.startswith("to") else "an earlier from"
    for continuing, incremental in product([False, True], [False, True]):
        asked = parameters(begin, end, continue_since_last_run=continuing, incremental=incremental)
        with pytest.raises(ConfigError) as caught:
            period(asked, INSTANCE)
        assert str(caught.value) == (
            f"from ('{begin}') must be before {before}: from is {start}, to is {to}, and reading ends at 2024-11-05 "
            f"12:30:00, which is 30 minutes (settle_minutes) before now (Europe/Prague); choose {mend}"
        )


def test_words_that_the_clock_of_the_instance_cannot_count_back_are_refused() -> None:
    long_ago = NOON.replace(year=2020)
    instance = Instance(long_ago, long_ago, INSTANCE.zone, "6.20", "keboola", read=0, read_at=long_ago)
    with pytest.raises(ConfigError, match=r"^from or to: '2023 years ago' cannot be counted back from 2020-11-05 13:"):
        period(parameters("2023 years ago", "today"), instance)


def test_what_a_run_would_read_is_told() -> None:
    plain, later = (
        parameters("-1", "today"),
        parameters("-1", "2031-01-01", continue_since_last_run=True, lookback_days=2),
    )
    read = "From 2024-11-04 00:00:00 to 2024-11-05 12:30:00 (Europe/Prague)."
    whole = "Tables without a time, such as users, are read whole."
    assert preview(plain, period(plain, INSTANCE)) == f"{read} {whole}"
    assert preview(later, period(later, INSTANCE)) == (
        f"{read} Reading ends 30 minutes (settle_minutes) before now, although to ('2031-01-01') is later. {whole} "
        "Tables that were extracted before continue where the last run ended; of those whose rows do not say when they "
        "changed, the last 2 days before that (lookback_days) are read again."
    )
