"""How fast the tap is, beside what one would use instead of it: `make bench`. Written for Linux."""

from datetime import date, timedelta

ENDPOINT = "activities"
"""The list that is read where nothing else is said."""

TOKEN = "SANDBOX-SECRET-benchmark"  # noqa: S105 - opens nothing

TODAY = date(2025, 1, 1)
"""The day of the benchmark's Daktela. Its rows end at the midnight before."""


def since(days: int) -> date:
    """Return the first day of rows that fill so many days."""
    return TODAY - timedelta(days=days)
