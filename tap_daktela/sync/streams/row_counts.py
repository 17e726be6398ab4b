"""What became of the rows of one endpoint, and whether the numbers add up."""

from dataclasses import dataclass, field

from tap_daktela.errors import ContractError
from tap_daktela.sync.reading.results import Counted
from tap_daktela.sync.reading.row_range import WindowCounts
from tap_daktela.sync.records.row_keys import RowsWithoutKey
from tap_daktela.sync.records.stream_output import StreamOutput
from tap_daktela.sync.streams.page_lines import PageLines


@dataclass
class RowCounts:
    """Counts the rows of one endpoint.

    `counts` is the sum over all ranges, `parents` the same for the parent's rows of a child stream. `windows` are the
    single ranges (of the parent, if there is one); None unless a report wants them. The other counts are sums over
    `PageLines`.
    """

    counts: WindowCounts = field(default_factory=WindowCounts)
    parents: WindowCounts | None = None
    windows: list[Counted] | None = None
    orphans: int = 0
    dropped: int = 0
    keyless: RowsWithoutKey = field(default_factory=RowsWithoutKey)
    kept: int = 0

    def add(self, lines: PageLines) -> None:
        """Count the rows of a page that is written."""
        self.kept += lines.kept
        self.orphans += lines.orphans
        self.dropped += lines.dropped
        self.keyless.merge(lines.keyless)

    def note(self, counted: Counted) -> None:
        """Keep the counts of one range, if a report wants them."""
        if self.windows is not None:
            self.windows.append(counted)

    def left_out(self, own: StreamOutput | None) -> dict[str, int]:
        """Return how many rows were left out, by reason. `own` is the output of the endpoint's own stream, if any."""
        return {"orphans": self.dropped, "without_key": self.without_key(own).count}

    def without_key(self, own: StreamOutput | None) -> RowsWithoutKey:
        """Return the rows without a key and those whose key cannot be used by `own`."""
        found = RowsWithoutKey()
        found.merge(self.keyless)
        if own is not None:
            found.merge(own.bad.refused)
        return found

    def check(self, own: StreamOutput | None) -> None:
        """Raise a ContractError unless every row that was read became a record or was left out."""
        records, left = self._parts(own)
        if self.counts.written != records + left:
            numbers = f"{self.counts.written} rows were read, {records} became records and {left} were left out"
            raise ContractError(f"the numbers do not add up: {numbers}")

    def take_written_as_read(self, own: StreamOutput | None) -> None:
        """Count the rows of a reading that failed on its way: it counts none itself."""
        self.counts.written = self.used(own)

    def used(self, own: StreamOutput | None) -> int:
        """Return how many rows became records or were left out so far."""
        return sum(self._parts(own))

    def _parts(self, own: StreamOutput | None) -> tuple[int, int]:
        """Return how many rows became records, and how many were left out."""
        return own.rows if own else self.kept, sum(self.left_out(own).values())
