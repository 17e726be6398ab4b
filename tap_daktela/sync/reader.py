"""Reading a set of rows completely, while the instance edits and deletes rows between any two requests.

Every answer is a snapshot of neighbouring rows; the danger lies between two of them, where rows slide over the border
of a page. A set is read in one of three ways:

* *side by side*: pages by offset, all at once, each starting with the last row of the page before. That row, met
  again, proves that nothing slid. Where it is missing, the rest is read one after another. This needs an order in
  which no two rows share a place; where the key is no part of it, the set is cut into windows of one page instead.
* *one after another*: each page asks for what lies at or behind the last row seen, and repeats are dropped. This
  is proof against any change, also inside one repeated timestamp, which is read in the order of the key.
* *in passes*: where the instance cannot sort, all pages by offset, again until a pass meets as many rows as promised.

A window that holds too much is cut: its first page is kept, confirmed by the number of rows promised up to its last
second, and what lies behind is read in smaller windows. A table without time is cut in the same way by its key.

In the end the rows met are held against the number that the server promised; where they differ the set is read again
one after another, and what then still differs is an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_daktela.sync.rowset import RowSet
from tap_daktela.sync.scope import Scope, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tap_daktela.daktela.client import Page
    from tap_daktela.daktela.query import Filter
    from tap_daktela.sync.prefetch import Lane, Step
    from tap_daktela.sync.scope import Counts
    from tap_daktela.sync.source import Row, Source
    from tap_daktela.sync.windows import Window


class Reader:
    """Makes the steps that read the rows of one endpoint that pass `wanted`, along one axis (or, without, by the key).

    A window longer than `days` is cut, unless its first page holds all of it.
    `write` takes the new rows of a page, in order, and may call for further steps; `count` is told what became of the
    rows of each set, and `close` that all rows of a window have been written; `differ` is called when the server's
    promise and the rows met differ also at second sight; `expect` with the number of rows that it promises for a set.
    """

    def __init__(
        self,
        lane: Lane,
        source: Source,
        axis: str | None,
        wanted: Filter | None,
        *,
        days: float,
        write: Callable[[list[Row], Page], Iterable[Step]],
        count: Callable[[Span, Counts], None],
        close: Callable[[Window | None], None],
        differ: Callable[[str], None],
        expect: Callable[[int | None], None] = lambda _: None,
    ) -> None:
        """Take the lane that the steps belong to and the callbacks of the class docstring."""
        self.lane = lane
        self.scope = Scope(source, axis, wanted)
        self.days = days
        self.write = write
        self.count = count
        self.close = close
        self.differ = differ
        self.expect = expect

    def steps(self, window: Window | None = None) -> Iterator[Step]:
        """Yield the steps that read `window` (without an axis: everything)."""
        return RowSet(self, Span(window)).steps()
