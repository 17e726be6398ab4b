"""What is read of each endpoint, and what to ask for the number of its rows in a range of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from tap_daktela.catalog.entries import Entry, Selected
from tap_daktela.catalog.fields import Stream
from tap_daktela.daktela import clock
from tap_daktela.daktela.query import Filter
from tap_daktela.planning.assembling import Range
from tap_daktela.planning.pieces import Span
from tap_daktela.settings import Settings
from tap_daktela.sync.reading.request import EndpointRequest, orphan_columns, request_for
from tap_daktela.sync.reading.row_range import RowQuery
from tap_daktela.sync.streams.axis_queries import axis_query, window_between


@dataclass(frozen=True)
class ReadList:
    """One endpoint of which streams are selected.

    - `stream`: its declaration; `selected`: the streams that are made of its rows.
    - `timed`: the stream whose rows are read first: this one, or its parent. `request` is for these rows.
    """

    stream: Stream
    selected: Sequence[Selected]
    timed: Stream
    request: EndpointRequest

    @property
    def name(self) -> str:
        """The name of the first stream: a catalog may want one endpoint in two ways, in windows and as a whole."""
        return self.selected[0].entry.name

    @property
    def rows_of(self) -> str:
        """Whose rows are read first, and how: lists of which this is equal read the same rows."""
        return self.timed.name if self.timed.axes else f"all {self.timed.name}"

    @property
    def streams(self) -> tuple[str, ...]:
        """The names of the streams that are made of the rows."""
        return tuple(one.entry.name for one in self.selected)

    @property
    def is_child(self) -> bool:
        """Whether the rows are found through those of a parent."""
        return self.timed is not self.stream


def lists_of(chosen: Sequence[Selected], known: Mapping[str, Entry], settings: Settings) -> list[ReadList]:
    """Return the endpoints of the streams that are `chosen`, in their order; the parents of child streams are `known`.

    What is requested of them is what a run requests.
    """
    result = []
    for stream, group in groupby(chosen, key=lambda one: one.entry.stream):
        selected = list(group)
        if stream.child is None:
            request = request_for(stream, selected, settings.page_size, orphan_columns(stream))
            result.append(ReadList(stream, selected, stream, request))
        else:
            parent = known[stream.child.parent].stream
            request = request_for(parent, (), settings.page_size, also=(stream.child.column,))
            result.append(ReadList(stream, selected, parent, request))
    return result


def queries(stream: Stream, settings: Settings, whole: Range) -> list[RowQuery]:
    """Return a query for each time axis of `stream`, or one for the whole table."""
    wanted = settings.filters.get(stream.name)
    begun = clock.lower_text(whole.start, whole.zone)
    along = [axis_query(stream, axis, wanted, begun) for axis in stream.axes]
    return along or [RowQuery(stream.name, None, stream.key_field, wanted)]


def filters(stream: Stream, span: Span, settings: Settings, whole: Range) -> list[Filter | None]:
    """Return the filters for the rows of `stream` in a range of time, along each axis, or for the whole table."""
    window = window_between(*span, whole.zone) if stream.axes else None
    return [query.within(window) for query in queries(stream, settings, whole)]
