"""How hypothesis draws examples: `suite` for every run of the tests, `explore` to look for what nobody has met yet."""

from __future__ import annotations

from hypothesis import HealthCheck, settings


def load() -> None:
    """Register the profiles and take `suite`; `pytest --hypothesis-profile explore` takes the other.

    No example has a deadline, and none may be slow to draw: how fast the machine is says nothing about the code.
    """
    at_ease = {"deadline": None, "database": None, "suppress_health_check": [HealthCheck.too_slow]}
    settings.register_profile("suite", derandomize=True, **at_ease)
    settings.register_profile("explore", derandomize=False, print_blob=True, **at_ease)
    settings.load_profile("suite")
