"""Streams that can be read only through the rows of a parent stream."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from tap_daktela.catalog.fields import Child, Stream
from tap_daktela.errors import TapError
from tap_daktela.sync.context import RunContext
from tap_daktela.sync.reading.endpoint import Endpoint
from tap_daktela.sync.reading.results import Counted, Rows
from tap_daktela.sync.reading.row_range import WindowCounts
from tap_daktela.sync.records.dotted import Row, zipped
from tap_daktela.sync.records.json_values import embedded
from tap_daktela.sync.records.stream_output import StreamOutput
from tap_daktela.sync.scheduling.steps import Fork, Reading
from tap_daktela.sync.streams.keyed_rows import rows_with
from tap_daktela.sync.streams.stream_sync import StreamSync


class ParentsCounted(NamedTuple):
    """What became of a range of the parent's rows."""

    counted: Counted


class ChildStreamSync(StreamSync):
    """Reads a few fields of the parent's rows along the parent's time axes, and the child rows of those rows.

    The parent is read for this stream alone, even if it is selected itself. So both have their own bookmarks, and
    either can be selected without the other.
    """

    def __init__(
        self,
        run: RunContext,
        stream: Stream,
        outputs: Sequence[StreamOutput],
        endpoint: Endpoint,
        *,
        child: Child,
        parent: tuple[Stream, Endpoint],
    ) -> None:
        super().__init__(run, stream, outputs, endpoint, parent=parent)
        self._parents = self.row_counts.parents = WindowCounts()
        self._found = WindowCounts()  # Of the child's rows, through the parent's rows of one range.
        self._filter_field = child.filter_field
        column = next(column for column in self.timed.columns if column.name == child.column)
        self._list, self._key = column.paths[0]

    def rows_from(self, reading: Reading) -> Reading:
        """Read the parent's rows, and yield the child rows in the place of each page of parent rows.

        Everything else passes in both directions: what the parent's reading waits for, and what it is resumed with.
        """
        answer: Any = None
        error: TapError | None = None
        while True:
            try:
                said = reading.throw(error) if error is not None else reading.send(answer)
            except StopIteration as end:
                return end.value
            answer = error = None
            try:
                if isinstance(said, Rows):
                    keys = self._keys_in(said.rows)
                    said = None  # Parent rows must not stay in memory until their children have come.
                    yield from rows_with(self.table_reader, self._filter_field, keys)
                elif isinstance(said, Fork):
                    answer = yield Fork([self.rows_from(part) for part in said.parts])
                else:
                    answer = yield ParentsCounted(said) if isinstance(said, Counted) else said
            except TapError as failure:
                error = failure

    def put(self, result: Any) -> None:
        """Use a result. The parent's rows are counted apart from the child's."""
        if isinstance(result, ParentsCounted):
            self._parents.add(result.counted.counts)
            self.row_counts.note(result.counted)
            self.ledger.note(result.counted, self._found)
            self._found = WindowCounts()
        else:
            super().put(result)

    def count(self, counted: Counted) -> None:
        """Count a range of the child's rows. Report and ledger have the ranges of the parent."""
        self.row_counts.counts.add(counted.counts)
        self._found.add(counted.counts)

    def _keys_in(self, rows: list[Row]) -> list[Any]:
        """Return the keys in the parent's rows, each once. A row may list several, as a call its activities."""
        listed = (embedded(row.get(self._list)) or zipped(row, self._list, [self._key]) or [] for row in rows)
        items = (item.get(self._key) if isinstance(item, dict) else item for elements in listed for item in elements)
        return list(dict.fromkeys(key for key in items if key is not None))
