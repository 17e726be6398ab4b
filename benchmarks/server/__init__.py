"""The benchmark's Daktela: answers made before anything is measured, then served from memory."""

from datetime import datetime, timedelta, timezone

MIDNIGHT = datetime(2024, 12, 31, 23, tzinfo=timezone.utc)
"""The midnight in Prague at which all rows end. It is winter there."""

NOW = MIDNIGHT + timedelta(hours=12)
"""The clock of the server, which stands still."""

NOW_TEXT = "2025-01-01 12:00:00"
"""The same on a wall in Prague."""
