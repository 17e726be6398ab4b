"""Joins states of units and of runs."""

from typing import Any

from tap_daktela.errors import ConfigError


def merge_files(*_: Any, **_options: Any) -> str:
    """Return the text of the state that joins those in `paths`; `since` is where states began that do not say so."""
    raise ConfigError("merge-state is not there yet")
