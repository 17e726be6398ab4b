"""What became of the rows of one endpoint, by set of rows and in all, and whether that adds up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tap_daktela.errors import ContractError
from tap_daktela.sync.scope import Counts, Span

if TYPE_CHECKING:
    from tap_daktela.sync.output import Output


class Tally(NamedTuple):
    """What became of one set of rows; `by` is the field along which it was read."""

    by: str | None
    span: Span
    promised: int | None
    written: int
    repeated: int
    reread: int


@dataclass
class Account:
    """Counts the rows of a lane.

    `counts` is the sum of all sets, `parents` that of the rows through which they were found. `windows` are the sets
    one by one, for a lane's parents where it has any; they are kept only if somebody is to see them, else it is None.
    `orphans` have no item, of which `dropped` were left out; so were the `keyless`; `kept` went on to the outputs.
    """

    counts: Counts = field(default_factory=Counts)
    parents: Counts | None = None
    windows: list[Tally] | None = None
    orphans: int = 0
    dropped: int = 0
    keyless: int = 0
    kept: int = 0

    def note(self, by: str | None, span: Span, counts: Counts) -> None:
        """Keep what became of one set."""
        if self.windows is not None:
            self.windows.append(Tally(by, span, counts.promised, counts.written, counts.repeated, counts.reread))

    def left_out(self, own: Output | None) -> dict[str, int]:
        """Return how many rows were left out, and why; `own` writes the rows as they are, if that is wanted."""
        return {"orphans": self.dropped, "without_key": self.keyless + (own.refused if own else 0)}

    def check(self, own: Output | None) -> None:
        """Raise a ContractError unless all rows that the sets handed on became records or were left out."""
        left, records = sum(self.left_out(own).values()), own.rows if own else self.kept
        if self.counts.written != records + left:
            numbers = f"{self.counts.written} rows were read, {records} became records and {left} were left out"
            raise ContractError(f"the numbers do not add up: {numbers}")
