"""How fast the tap is, beside what one would use instead of it: `make bench`. Written for Linux."""

from datetime import date, datetime, timedelta, timezone

ENDPOINT = "activities"
"""The list that is read."""

TOKEN = "SANDBOX-SECRET-benchmark"  # noqa: S105 - opens nothing

NOW = datetime(2025, 1, 1, 12, tzinfo=timezone.utc)
"""The clock of the benchmark's Daktela, which stands still. Its rows end at the midnight before."""


def since(days: int) -> date:
    """Return the first day of rows that fill so many days."""
    return NOW.date() - timedelta(days=days)
