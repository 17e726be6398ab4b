"""The verb plan."""

from typing import Any

from tap_daktela.errors import ConfigError


def plan(*_: Any, **_options: Any) -> None:
    """Write the units of what is chosen, or of the default streams, to the descriptor `output`."""
    raise ConfigError("plan is not there yet")
