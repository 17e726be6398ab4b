"""The ledger of a run: what it counted, written as records of a stream of its own."""

import os
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tap_daktela.catalog.entries import Selected
from tap_daktela.catalog.schema import record_schema
from tap_daktela.daktela import clock
from tap_daktela.settings import Settings
from tap_daktela.sync.reading.row_range import WindowCounts
from tap_daktela.sync.reading.windows import Window
from tap_daktela.sync.singer.writer import Writer, record_lines

_KEY_BYTES = 16
"""Random bytes that tell runs apart, also of workers that begin at the same moment."""


class LedgerLine(NamedTuple):
    """One range of the rows of `stream`, and what became of them.

    - `axis`: the column by which it was read, `window`: its times; both None for a stream that is read whole.
    - `flag`: the column that is true in all of the rows, if others do not count.
    - `read_at`: when the last of the rows were read (UTC).
    - `settled`: whether the range was read to its end, and the numbers agree.
    """

    stream: str
    axis: str | None
    window: Window | None
    flag: str | None
    counts: WindowCounts
    read_at: datetime
    settled: bool


class Ledger:
    """Writes the lines of one run, which began at `run_at` (UTC), with the columns that are `selected`.

    `zone` is the zone of the instance's wall clock. `rows` counts the records.
    """

    def __init__(
        self,
        selected: Selected,
        settings: Settings,
        zone: ZoneInfo,
        run_at: datetime,
        writer: Writer,
    ) -> None:
        self.name = selected.entry.name
        self.rows = 0
        self._selected = selected
        self._settings = settings
        self._zone = zone
        self._run_id = os.urandom(_KEY_BYTES).hex()
        self._run_at = run_at
        self._writer = writer

    def begin(self) -> None:
        """Write the SCHEMA."""
        settings, entry = self._settings, self._selected.entry
        schema = record_schema(self._selected.columns, nested=settings.nested, timestamps=settings.timestamps)
        self._writer.schema(self.name, schema, entry.key, entry.replication_key)

    def add(self, line: LedgerLine) -> None:
        """Write one line."""
        self.rows += 1
        window, counts = line.window, line.counts
        values = {
            "run_id": self._run_id,
            "number": self.rows,
            "run_at": self._moment(self._run_at),
            "stream": line.stream,
            "axis": line.axis,
            "window_start": self._border(window.lower) if window else None,
            "window_end": self._border(window.upper) if window else None,
            "flag": line.flag,
            "promised": counts.promised,
            "written": counts.written,
            "repeated": counts.repeated,
            "reread": counts.reread,
            "read_at": self._moment(line.read_at),
            "settled": line.settled,
        }
        record = {column.name: values[column.name] for column in self._selected.columns}
        self._writer.write(record_lines(self.name, [record], line.read_at, None))

    def _moment(self, instant: datetime) -> str:
        if self._settings.timestamps == "local":
            return clock.wall_clock_text(instant.astimezone(self._zone))
        return clock.utc_text(instant)

    def _border(self, text: str) -> str:
        """Return a wall-clock time so that times of rows compare with it as the instance compared them."""
        return text if self._settings.timestamps == "local" else clock.utc_text(clock.border(text, self._zone))
