"""What all parts of a run share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import orjson

from tap_daktela.daktela.client import Client
from tap_daktela.daktela.server_clock import ServerClock
from tap_daktela.settings import Settings
from tap_daktela.sync.ledger import Ledger
from tap_daktela.sync.singer.state import State
from tap_daktela.sync.singer.writer import Writer
from tap_daktela.sync.telling.progress import Progress
from tap_daktela.units.unit import Unit


@dataclass
class RunContext:
    """One run.

    - `start`, `bound`: the instants (UTC) between which it reads; `zone`: the zone of the instance's wall clock.
    - `settled`: the instant (UTC) after which rows still change, which no run reads.
    - `server_now`: the latest instant (UTC) that the server's clock may have meant at the start.
    - `poll`: raises if a signal has come.
    - `version`: the table version for ACTIVATE_VERSION.
    - `server_clock`: checks the instance's clock during the run.
    - `unit`: the part of a backfill that is read, if it is one.
    - `ledger`: takes what is counted; None if it is not selected.
    - `last_state`: the state that was written last, as JSON; `rows_since_state`: whether rows were written since.
    """

    client: Client
    settings: Settings
    zone: ZoneInfo
    server_now: datetime
    start: datetime
    bound: datetime
    settled: datetime
    state: State
    writer: Writer
    progress: Progress
    poll: Callable[[], None]
    version: int
    server_clock: ServerClock
    unit: Unit | None = None
    ledger: Ledger | None = None
    last_state: bytes = b""
    rows_since_state: bool = False

    def write(self, lines: bytes) -> None:
        """Write RECORD lines."""
        self.writer.write(lines)
        self.rows_since_state = True

    def write_state(self, *, at_once: bool = False) -> None:
        """Write the state if rows were written since the last one and it has changed, or `at_once`."""
        if not (at_once or self.rows_since_state):
            return
        # As text: of the states of hundreds of streams, a copy would take milliseconds, after each window.
        text = orjson.dumps(self.state.value, option=orjson.OPT_SORT_KEYS)
        if at_once or text != self.last_state:
            self.writer.state(self.state.value)
            self.rows_since_state, self.last_state = False, text
