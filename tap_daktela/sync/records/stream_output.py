"""One selected stream of the output: from Daktela's rows to RECORD lines, counted."""

from datetime import datetime
from typing import NamedTuple

from tap_daktela.catalog.entries import KEY, Selected
from tap_daktela.catalog.schema import Schema, record_schema
from tap_daktela.errors import ContractError
from tap_daktela.settings import Settings
from tap_daktela.sync.records.bad_values import BadValues
from tap_daktela.sync.records.coercion import Coercer
from tap_daktela.sync.records.compiler import compile_shape
from tap_daktela.sync.records.derived import expansion
from tap_daktela.sync.records.dotted import Row
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
        self._coercer = coercer
        self.version: int | None = None
        self._nested, self._timestamps = settings.nested, settings.timestamps
        self._expand = expansion(self.entry, coercer) if self.entry.derived else None
        key = KEY if self.entry.derived else self.entry.stream.key_field
        self._shape = compile_shape(self.columns, key, coercer, nested=settings.nested, identity=self.entry.key)

    @property
    def name(self) -> str:
        """The stream's name."""
        return self.entry.name

    def schema(self) -> Schema:
        """Return the schema of the records."""
        return record_schema(self.columns, nested=self._nested, timestamps=self._timestamps)

    def lines(self, rows: list[Row], read_at: datetime) -> RecordLines:
        """Return the lines for `rows`, which were read at `read_at` (UTC). ContractError if a row got lost."""
        if self._expand is not None:
            rows = self._expand(rows)
        records = self._shape(rows) if rows else []
        bad = self._coercer.taken()
        if len(records) + bad.refused.count != len(rows):
            numbers = f"{len(rows)} rows became {len(records)} records, and {bad.refused.count} were refused"
            raise ContractError(f"{self.name}: the numbers do not add up: {numbers}")
        text = record_lines(self.name, records, read_at, self.version) if records else b""
        return RecordLines(text, len(records), bad)

    def count(self, lines: RecordLines) -> None:
        """Count lines that were written."""
        self.rows += lines.records
        self.bad.add(lines.bad)
