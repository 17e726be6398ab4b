"""Counts of what could not be used as it came in some rows."""

from dataclasses import dataclass, field
from typing import Any

from tap_daktela.redaction import redactor
from tap_daktela.sync.records.row_keys import RowsWithoutKey, shown


@dataclass
class Occurrences:
    """A number of values, rows or elements, and the key of one row as an example, as it may be shown."""

    count: int = 0
    example: Any = None

    def add(self, example: Any) -> None:
        """Count one more."""
        self.count += 1
        if self.example is None:
            example = redactor.from_outside(example) if isinstance(example, str) else example
            self.example = shown(example) if isinstance(example, dict | list) else example

    def merge(self, other: "Occurrences") -> None:
        """Add what another one counts."""
        self.count += other.count
        if self.example is None:
            self.example = other.example


@dataclass
class BadValues:
    """What could not be used as it came in some rows.

    `values`: invalid values by column, written as null or empty. `unwrapped`: values by column that came as the only
    element of a list, and are written without it. `refused`: rows without a usable key, which were not written.
    `trimmed`: list elements without a key, which were left out.
    """

    values: dict[str, Occurrences] = field(default_factory=dict)
    unwrapped: dict[str, Occurrences] = field(default_factory=dict)
    refused: RowsWithoutKey = field(default_factory=RowsWithoutKey)
    trimmed: Occurrences = field(default_factory=Occurrences)

    def add(self, other: "BadValues") -> None:
        """Add what another one counts."""
        for mine, theirs in ((self.values, other.values), (self.unwrapped, other.unwrapped)):
            for column, found in theirs.items():
                mine.setdefault(column, Occurrences()).merge(found)
        self.refused.merge(other.refused)
        self.trimmed.merge(other.trimmed)
