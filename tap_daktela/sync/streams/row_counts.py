"""What became of the rows of one endpoint, range by range and in all, and whether that adds up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tap_daktela.errors import ContractError
from tap_daktela.sync.reading.row_range import WindowCounts

if TYPE_CHECKING:
    from tap_daktela.sync.reading.results import Counted
    from tap_daktela.sync.records.stream_output import RecordLines, StreamOutput


class PageLines(NamedTuple):
    """What the rows of one page become: lines for the outputs, in order, and how many rows were left out on the way.

    `kept` rows went on to the outputs. `orphans` have no item, of which `dropped` were left out; so were the
    `keyless`. `size` is the bytes of all lines.
    """

    parts: list[tuple[StreamOutput, RecordLines]]
    kept: int
    orphans: int
    dropped: int
    keyless: int
    size: int


@dataclass
class RowCounts:
    """Counts the rows of a stream.

    `counts` is the sum of all ranges, `parents` that of the rows through which they were found. `windows` are the
    ranges one by one, for the parents where there are any; they are kept only if somebody is to see them, else it is
    None. The others are sums of what `PageLines` tell.
    """

    counts: WindowCounts = field(default_factory=WindowCounts)
    parents: WindowCounts | None = None
    windows: list[Counted] | None = None
    orphans: int = 0
    dropped: int = 0
    keyless: int = 0
    kept: int = 0

    def add(self, lines: PageLines) -> None:
        """Count the rows of a page, whose turn has come."""
        self.kept += lines.kept
        self.orphans += lines.orphans
        self.dropped += lines.dropped
        self.keyless += lines.keyless

    def note(self, counted: Counted) -> None:
        """Keep what became of one range."""
        if self.windows is not None:
            self.windows.append(counted)

    def left_out(self, own: StreamOutput | None) -> dict[str, int]:
        """Return how many rows were left out, and why; `own` writes the rows as they are, if that is wanted."""
        return {"orphans": self.dropped, "without_key": self.keyless + (own.bad.refused.count if own else 0)}

    def check(self, own: StreamOutput | None) -> None:
        """Raise a ContractError unless all rows that the ranges handed on became records or were left out."""
        left, records = sum(self.left_out(own).values()), own.rows if own else self.kept
        if self.counts.written != records + left:
            numbers = f"{self.counts.written} rows were read, {records} became records and {left} were left out"
            raise ContractError(f"the numbers do not add up: {numbers}")
