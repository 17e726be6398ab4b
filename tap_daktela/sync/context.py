"""What all parts of a run share."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tap_daktela.daktela.client import Client
from tap_daktela.daktela.server_clock import ServerClock
from tap_daktela.settings import Settings
from tap_daktela.sync.progress import Progress
from tap_daktela.sync.singer.state import State
from tap_daktela.sync.singer.writer import Writer


@dataclass
class RunContext:
    """One run.

    - `start`, `bound`: the instants (UTC) between which it reads; `zone`: the zone of the instance's wall clock.
    - `server_now`: the latest instant (UTC) that the server's clock may have meant at the start.
    - `poll`: raises if a signal has come.
    - `version`: the table version for ACTIVATE_VERSION.
    - `server_clock`: checks the instance's clock during the run.
    - `last_state`: the state that was written last; `rows_since_state`: whether rows were written since.
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
        """Write the state if rows were written since the last one and it has changed, or `at_once`."""
        if at_once or (self.rows_since_state and self.state.value != self.last_state):
            self.writer.state(self.state.value)
            self.rows_since_state, self.last_state = False, copy.deepcopy(self.state.value)
