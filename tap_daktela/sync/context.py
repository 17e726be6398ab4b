"""What all parts of one run share."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from tap_daktela.daktela.client import Client
    from tap_daktela.daktela.server_clock import ServerClock
    from tap_daktela.settings import Settings
    from tap_daktela.sync.progress import Progress
    from tap_daktela.sync.singer.state import State
    from tap_daktela.sync.singer.writer import Writer


@dataclass
class RunContext:
    """One run: `start` and `bound` are the instants (UTC) between which it reads.

    `server_now` is the latest instant that the server's clock may have meant at the start. `poll` raises if a signal
    has come, `version` is the table version for ACTIVATE_VERSION, and `server_clock` watches the instance's clock.
    """

    client: Client
    settings: Settings
    zone: ZoneInfo
    server_now: datetime
    start: datetime
    bound: datetime
    state: State
    writer: Writer
    progress: Progress
    poll: Callable[[], None]
    version: int
    server_clock: ServerClock
    last_state: dict[str, Any] | None = None
    rows_since_state: bool = False

    def write(self, lines: bytes) -> None:
        """Write RECORD lines."""
        self.writer.write(lines)
        self.rows_since_state = True

    def write_state(self, *, at_once: bool = False) -> None:
        """Write the state, unless no row was written since the last one, or that says the same."""
        if at_once or (self.rows_since_state and self.state.value != self.last_state):
            self.writer.state(self.state.value)
            self.rows_since_state, self.last_state = False, copy.deepcopy(self.state.value)
