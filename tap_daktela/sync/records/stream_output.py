"""One selected stream of the output: from Daktela's rows to RECORD lines, counted."""

from datetime import datetime
from typing import NamedTuple

from tap_daktela.catalog.entries import Selected
from tap_daktela.catalog.schema import Schema, record_schema
from tap_daktela.settings import Settings
from tap_daktela.sync.records.bad_values import BadValues
from tap_daktela.sync.records.coercion import Coercer
from tap_daktela.sync.records.dotted import Row
from tap_daktela.sync.records.record_maker import RecordMaker
from tap_daktela.sync.singer.writer import record_lines


class RecordLines(NamedTuple):
    """RECORD lines as bytes, their number, and what could not be used in their rows."""

    text: bytes
    records: int
    bad: BadValues


class StreamOutput:
    """Turns rows into the records of one catalog entry.

    `rows` counts the records written, `bad` what could not be used. `version` is the table version in the records, if
    any.
    """

    def __init__(self, selected: Selected, coercer: Coercer, settings: Settings) -> None:
        self.entry = selected.entry
        self.columns = selected.columns
        self.rows = 0
        self.bad = BadValues()
        self.version: int | None = None
        self._nested, self._timestamps = settings.nested, settings.timestamps
        self._maker = RecordMaker(selected, coercer, nested=settings.nested)

    @property
    def name(self) -> str:
        """The stream's name."""
        return self.entry.name

    def schema(self) -> Schema:
        """Return the schema of the records."""
        return record_schema(self.columns, nested=self._nested, timestamps=self._timestamps)

    def lines(self, rows: list[Row], read_at: datetime) -> RecordLines:
        """Return the lines for `rows`, which were read at `read_at` (UTC). ContractError if a row got lost."""
        texts, count, bad = [], 0, BadValues()
        for records, found in self._maker.batches(rows):
            if records:
                texts.append(record_lines(self.name, records, read_at, self.version))
            count += len(records)
            bad.add(found)
        return RecordLines(b"".join(texts), count, bad)

    def count(self, lines: RecordLines) -> None:
        """Count lines that were written."""
        self.rows += lines.records
        self.bad.add(lines.bad)
