"""What all parts of one run share."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_daktela.sync.source import Dialect

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from tap_daktela.daktela.client import Client
    from tap_daktela.settings import Settings
    from tap_daktela.sync.messages import Writer
    from tap_daktela.sync.progress import Progress
    from tap_daktela.sync.state import State

STATE_SECONDS = 1.0
"""How often a state is written at most, but for the last one."""


@dataclass
class Run:
    """One run: `start` and `bound` are the instants (UTC) between which it reads.

    `poll` raises if a signal has come, `version` is the table version for ACTIVATE_VERSION.
    """

    client: Client
    settings: Settings
    zone: ZoneInfo
    start: datetime
    bound: datetime
    state: State
    writer: Writer
    progress: Progress
    poll: Callable[[], None]
    version: int
    dialect: Dialect = field(default_factory=Dialect)
    state_written: float = 0.0
    last_state: dict[str, Any] | None = None

    def write_state(self, *, at_once: bool = False) -> None:
        """Write the state, unless one was written just now, or the last one says the same."""
        if at_once or (time.monotonic() - self.state_written >= STATE_SECONDS and self.state.value != self.last_state):
            self.writer.state(self.state.value)
            self.state_written, self.last_state = time.monotonic(), copy.deepcopy(self.state.value)
