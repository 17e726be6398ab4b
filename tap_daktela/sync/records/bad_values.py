"""Counts of what could not be used in some rows."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Occurrences:
    """How many values, rows or elements could not be used, with the key of one row as an example."""

    count: int = 0
    example: Any = None

    def add(self, example: Any) -> None:
        """Count one more."""
        self.count += 1
        if self.example is None:
            # A key that is no plain value may be of any size and depth.
            self.example = reprlib.repr(example) if isinstance(example, dict | list) else example

    def merge(self, other: Occurrences) -> None:
        """Count what another one counts."""
        self.count += other.count
        if self.example is None:
            self.example = other.example


@dataclass
class BadValues:
    """What could not be used in some rows: values by column, rows without a usable key, list elements without one."""

    dirt: dict[str, Occurrences] = field(default_factory=dict)
    refused: Occurrences = field(default_factory=Occurrences)
    trimmed: Occurrences = field(default_factory=Occurrences)

    def add(self, other: BadValues) -> None:
        """Count what another one counts."""
        for column, dirt in other.dirt.items():
            self.dirt.setdefault(column, Occurrences()).merge(dirt)
        self.refused.merge(other.refused)
        self.trimmed.merge(other.trimmed)
