"""Rows of a CSV file to which another process may still append."""

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path

# Cells may be as long as an e-mail. The default limit is 131 072 characters.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))

_BLOCK = 1 << 18
"""Fewest bytes that are read at once. A row may be longer."""


class CsvTail:
    """Reads the file at `path` piece by piece, in whole rows. The file need not exist yet.

    `rest` is what was read of a row that is not complete yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = 0
        self.rest = b""

    def more(self) -> Iterator[list[str]] | None:
        """Return rows that were not read before; None if the file has not grown. csv.Error if it is no CSV."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._place)
                # Twice as much of a very long row each time: in small pieces, it would be searched too often.
                block = file.read(max(_BLOCK, len(self.rest)))
        except FileNotFoundError:
            return None
        if not block:
            return None
        self._place += len(block)
        block = self.rest + block
        end = _end(block)
        self.rest = block[end:]
        lines = io.TextIOWrapper(io.BytesIO(block[:end]), encoding="utf-8", newline="")
        return csv.reader(lines, strict=True)


def _end(block: bytes) -> int:
    """Return where the last complete row ends. Quotes in a cell are doubled, so complete rows have an even number."""
    end = block.rfind(b"\n") + 1
    odd = block.count(b'"', 0, end) % 2
    while odd:
        before = block.rfind(b"\n", 0, end - 1) + 1
        odd ^= block.count(b'"', before, end) % 2
        end = before
    return end
