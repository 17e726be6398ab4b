"""The instance's side of a comparison: totals, and rows of which only keys and times are requested."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tap_daktela import probing
from tap_daktela.catalog.entries import Selected
from tap_daktela.catalog.fields import Stream
from tap_daktela.daktela import clock
from tap_daktela.daktela.client import Client
from tap_daktela.daktela.query import all_of, where
from tap_daktela.daktela.server_clock import ServerClock
from tap_daktela.errors import ContractError
from tap_daktela.planning.counting import Count, count_all
from tap_daktela.reconcile.needs import InstanceRows
from tap_daktela.reconcile.scope import StreamScope, Times
from tap_daktela.reconcile.warehouse.questions import Slice
from tap_daktela.settings import Settings
from tap_daktela.sync.reading.endpoint import Endpoint, RequestStats
from tap_daktela.sync.reading.found import ReadRange
from tap_daktela.sync.reading.reader import WindowReader
from tap_daktela.sync.reading.request import request_for
from tap_daktela.sync.reading.results import Contradiction, Rows
from tap_daktela.sync.reading.row_range import RowQuery
from tap_daktela.sync.reading.windows import Window
from tap_daktela.sync.records.coercion import Coercer
from tap_daktela.sync.records.dotted import Row
from tap_daktela.sync.records.moments import Moments
from tap_daktela.sync.records.record_maker import RecordMaker
from tap_daktela.sync.scheduling.lazy import lazily
from tap_daktela.sync.scheduling.steps import Reading
from tap_daktela.sync.streams.axis_queries import axis_query, window_between
from tap_daktela.sync.streams.keyed_rows import KEYS_AT_A_TIME
from tap_daktela.sync.streams.page_lines import with_key

_BATCH = KEYS_AT_A_TIME - 1
"""Keys in one filter, beside one that is known to be there."""

_MANY_KEYS = 1000
"""Keys that are asked for without a look at how many rows there are."""

_ANY_LENGTH = 36_600
"""Days of a window that is read at once: it is cut only where it has too many rows."""


@dataclass
class InstanceSide:
    """Asks one instance about the streams of `selections` and `scopes`, both by name. Safe for threads."""

    client: Client
    settings: Settings
    server_clock: ServerClock
    selections: Mapping[str, Selected]
    scopes: Mapping[str, StreamScope]
    _took: list[RequestStats] = field(default_factory=list)

    @property
    def took(self) -> RequestStats:
        """What all of it took."""
        requests, received = (sum(getattr(one, name) for one in self._took) for name in ("requests", "received"))
        return RequestStats(requests=requests, received=received)

    def totals(self, slices: Sequence[Slice]) -> list[Count]:
        """Return the number of rows in each slice; some may be unknown."""
        queries = [(self._stream(one.stream), self._query(one).within(self._window(one))) for one in slices]
        counts = count_all(self.client, queries) if queries else []
        self._took += [RequestStats(requests=count.requests, received=count.received) for count in counts]
        return counts

    def listed(self, one: Slice) -> InstanceRows:
        """Return the rows of a slice. ContractError if the answers of the instance contradict each other."""
        reader = WindowReader(self._endpoint(one.stream), self._query(one), _ANY_LENGTH)
        found: dict[str, Times] = {}
        for rows in self._pages(one.stream, _all_rows(reader, self._window(one))):
            found |= rows
        return found

    def by_key(self, name: str, keys: Sequence[str]) -> InstanceRows:
        """Return the rows with one of `keys`, whatever their times. ContractError if that cannot be known.

        Where so many are asked for that all rows of the list take fewer requests, those are read.
        """
        wanted = set(keys)
        if len(keys) > _MANY_KEYS:
            whole = Slice(name)
            [count] = self.totals([whole])
            if count.rows is not None and count.rows / self.settings.page_size < len(keys) / _BATCH:
                reader = WindowReader(self._endpoint(name), self._query(whole), _ANY_LENGTH)
                pages = self._pages(name, _all_rows(reader, None))
                return {key: times for rows in pages for key, times in rows.items() if key in wanted}
        return self._in_batches(name, keys)

    def _in_batches(self, name: str, keys: Sequence[str]) -> InstanceRows:
        """Return the rows with one of `keys`.

        With them a key is asked for that is there: only its coming proves that others, which do not come, are not.
        """
        witness = self._any_key(name)
        found: dict[str, Times] = {}
        for begin in range(0, len(keys), _BATCH):
            batch = [*keys[begin : begin + _BATCH], *([] if witness is None else [witness])]
            rows = self._with_keys(name, list(dict.fromkeys(batch)))
            if witness is not None and witness not in rows:
                raise ContractError(f"{name}: the instance does not find a row by its key, so no row is called gone")
            found |= rows
        return {key: found[key] for key in keys if key in found}

    def _with_keys(self, name: str, keys: Sequence[str]) -> dict[str, Times]:
        """Return rows with one of `keys`. ContractError if others come, too."""
        query = self._query(Slice(name))
        among = all_of(query.wanted, where(str(query.key), "in", keys))
        reader = WindowReader(self._endpoint(name), replace(query, wanted=among), 0)
        rows: dict[str, Times] = {}
        for page in self._pages(name, reader.read_whole()):
            rows |= page
        if not rows.keys() <= set(keys):
            raise ContractError(f"{name}: the instance does not apply the filter on {query.key}")
        return rows

    def _any_key(self, name: str) -> str | None:
        """Return the key of any row that the instance has now; None if it has none."""
        stream = self._stream(name)
        query = replace(probing.any_row(stream), filter=self.settings.filters.get(name))
        page = probing.first_page(self.client, stream, query)
        self._took.append(RequestStats(requests=page.attempts, received=page.size))
        return next(iter(self._times(name, page.rows)), None)

    def _stream(self, name: str) -> Stream:
        return self.selections[name].entry.stream

    def _endpoint(self, name: str) -> Endpoint:
        endpoint = Endpoint(request_for(self._stream(name), (), self.settings.page_size), self.server_clock)
        self._took.append(endpoint.stats)
        return endpoint

    def _query(self, one: Slice) -> RowQuery:
        """Return the query for the rows along the axis of a slice, at any time; for all rows of a whole table."""
        stream, wanted = self._stream(one.stream), self.settings.filters.get(one.stream)
        axis = next((axis for axis in stream.axes if axis.name == one.axis), None)
        if axis is None:
            return RowQuery(stream.name, None, stream.key_field, wanted)
        scope = self.scopes[one.stream]
        begun = next(other.lower for other in scope.axes if other.name == one.axis)
        return axis_query(stream, axis, wanted, clock.lower_text(begun, scope.zone))

    def _window(self, one: Slice) -> Window | None:
        if one.lower is None or one.upper is None:
            return None
        return window_between(one.lower, one.upper, self.scopes[one.stream].zone)

    def _pages(self, name: str, reading: Reading) -> Iterator[dict[str, Times]]:
        """Yield the rows of a reading, page by page."""
        for result in lazily(reading, lambda get: self.client.read(get.endpoint, get.query)):
            if isinstance(result, Rows):
                yield self._times(name, result.rows)
            elif isinstance(result, Contradiction):
                raise ContractError(result.problem)

    def _times(self, name: str, rows: list[Row]) -> dict[str, Times]:
        """Return the times of rows by their keys, both as a run writes them. Rows without a key are left out."""
        entry, stream = self.selections[name].entry, self._stream(name)
        axes = [axis.name for axis in stream.axes]
        columns = tuple(column for column in entry.columns if column.name in {*entry.key, *axes})
        coercer = Coercer(Moments(self.scopes[name].zone, local=False))
        records, _ = RecordMaker(Selected(entry, columns), coercer, nested="native").records(with_key(rows, stream)[0])
        [key] = entry.key
        return {str(record[key]): {axis: _instant(record[axis]) for axis in axes} for record in records}


def _all_rows(reader: WindowReader, window: Window | None) -> Reading:
    """Read a window, and confirm that it is empty if it seems to be."""
    read: ReadRange = yield from reader.read_all(window)
    if not read.rows:
        yield from reader.confirm_empty(window, read.quirks)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else clock.parse_instant(text)
