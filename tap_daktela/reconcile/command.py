"""The verb reconcile."""

from typing import Any

from tap_daktela.errors import ConfigError


def reconcile(*_: Any, **_options: Any) -> int:
    """Compare the warehouse with the instance, and return the exit code."""
    raise ConfigError("reconcile is not there yet")
