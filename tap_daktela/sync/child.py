"""Streams that can be read only through the rows of another one."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from tap_daktela.daktela.query import all_of, where
from tap_daktela.sync.lane import Lane
from tap_daktela.sync.plain import embedded
from tap_daktela.sync.scope import Counts
from tap_daktela.sync.shape import Row, zipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tap_daktela.catalog.fields import Axis, Child, Stream
    from tap_daktela.daktela.client import Page
    from tap_daktela.sync.context import Run
    from tap_daktela.sync.output import Output
    from tap_daktela.sync.prefetch import Step
    from tap_daktela.sync.reader import Reader
    from tap_daktela.sync.scope import Span
    from tap_daktela.sync.source import Source
    from tap_daktela.sync.windows import Window

PARENTS_AT_A_TIME = 50
"""Keys of parent rows in one filter: more would make the URL longer than servers take."""


class ChildLane(Lane):
    """Reads the parent's rows along the parent's time axes, a few fields of them, and for these the child's rows.

    The parent is read for this lane alone, also if it is selected itself: so each of the two has its own bookmark,
    and either can be selected without the other.
    """

    def __init__(
        self,
        run: Run,
        stream: Stream,
        outputs: Sequence[Output],
        source: Source,
        *,
        child: Child,
        parent: tuple[Stream, Source],
    ) -> None:
        """Take the child's own source and the parent with its source."""
        super().__init__(run, stream, outputs, source, parent=parent)
        self._parents = self.account.parents = Counts()
        self._filter_field = child.filter_field
        column = next(column for column in self.timed.columns if column.name == child.column)
        self._list, self._key = column.paths[0]

    def axis_reader(self, axis: Axis, close: Callable[[Window | None], None]) -> Reader:
        """Return the reader of the parent's rows along `axis`."""
        wanted = self.ranges.wanted(axis)
        return self.reader(
            self.timed_source, axis.field, wanted, write=self._children, count=self._count_parents, close=close
        )

    def _count_parents(self, by: str | None, span: Span, counts: Counts) -> None:
        self._parents.add(counts)
        self.account.note(by, span, counts)

    def count(self, _by: str | None, _span: Span, counts: Counts) -> None:
        """Add a set of the child's rows to the account, which lists those of the parent's."""
        self.account.counts.add(counts)

    def _children(self, rows: list[Row], _page: Page) -> Iterable[Step]:
        """Call for the children of all records that the parent's rows list: a call may have several activities."""
        listed = (embedded(row.get(self._list)) or zipped(row, self._list, [self._key]) or [] for row in rows)
        keys = (item.get(self._key) if isinstance(item, dict) else item for items in listed for item in items)
        return self._child_steps(iter(dict.fromkeys(key for key in keys if key is not None)))

    def _child_steps(self, keys: Iterator[str]) -> Iterator[Step]:
        while batch := list(islice(keys, PARENTS_AT_A_TIME)):
            wanted = all_of(self.user_filter, where(self._filter_field, "in", batch))
            yield from self.reader(self.source, None, wanted).steps()
