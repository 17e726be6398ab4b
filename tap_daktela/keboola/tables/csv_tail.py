"""Rows of a CSV file to which somebody else may still be appending."""

from __future__ import annotations

import csv
import io
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["CsvTail"]

# Cells may be as long as an e-mail; the module's own limit is 131 072 characters.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))

_BLOCK = 1 << 18
"""Bytes that are read at once at least; a row may be longer."""


class CsvTail:
    """Reads `path` piece by piece, in whole rows; it need not exist yet."""

    def __init__(self, path: Path) -> None:
        """Read nothing yet."""
        self._path = path
        self._place = 0
        self._rest = b""

    @property
    def rest(self) -> int:
        """How many bytes of a row were read that is not whole yet."""
        return len(self._rest)

    def more(self) -> Iterator[list[str]] | None:
        """Return rows that were not read before; None where the file has not grown. csv.Error for what is no CSV."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._place)
                # As much again as there is of a very long row: it would be searched over and over in small pieces.
                block = file.read(max(_BLOCK, self.rest))
        except FileNotFoundError:
            return None
        if not block:
            return None
        self._place += len(block)
        block = self._rest + block
        end = _end(block)
        self._rest = block[end:]
        lines = io.TextIOWrapper(io.BytesIO(block[:end]), encoding="utf-8", newline="")
        return csv.reader(lines, strict=True)


def _end(block: bytes) -> int:
    """Return where the last whole row ends: a quote within a cell is doubled, so whole rows have an even number."""
    end = block.rfind(b"\n") + 1
    odd = block.count(b'"', 0, end) % 2
    while odd:
        before = block.rfind(b"\n", 0, end - 1) + 1
        odd ^= block.count(b'"', before, end) % 2
        end = before
    return end
