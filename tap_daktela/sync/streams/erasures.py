"""Rows whose personal data was removed after they were read: counted by month, and read again where a count changed.

Daktela V6 API: the removal may change no time of the row, only a flag. So the state keeps the number of flagged rows in
each month, as it was before the rows of the last run were read:

    "activities": {"time": "2024-03-01T08:30:00Z", ..., "anonymized": {"2023-11": 4, "2024-01": 12}}
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from tap_daktela.catalog.fields import Stream
from tap_daktela.daktela import clock
from tap_daktela.daktela.client import Page
from tap_daktela.daktela.query import all_of, where
from tap_daktela.errors import AccessError, ClockError, ContractError, RemoteError
from tap_daktela.sync.context import RunContext
from tap_daktela.sync.reading.endpoint import Endpoint
from tap_daktela.sync.reading.reader import WindowReader
from tap_daktela.sync.reading.row_range import RowQuery
from tap_daktela.sync.reading.windows import Window
from tap_daktela.sync.records.stream_output import StreamOutput
from tap_daktela.sync.scheduling.steps import Fork, Get, Reading
from tap_daktela.sync.streams.row_counts import RowCounts
from tap_daktela.sync.streams.time_ranges import TimeRanges

LOGGER = logging.getLogger(__name__)

_YES = (True, "1", "true")


class Erasures:
    """Finds rows of `stream` that were flagged since they were read. `outputs` are the streams made of its rows.

    Rows are followed only if the stream has such a flag, and the column with the flag is selected.
    """

    def __init__(
        self, run: RunContext, stream: Stream, outputs: Sequence[StreamOutput], endpoint: Endpoint, ranges: TimeRanges
    ) -> None:
        self._own = next((output for output in outputs if output.entry.derived is None), None)
        columns = self._own.columns if self._own else ()
        self._field = stream.erased_flag or ""
        self._flag = next((column.name for column in columns if column.api_name == self._field), None)
        self._run = run
        self._stream = stream
        self._names = [output.name for output in outputs]
        self._endpoint = endpoint
        self._ranges = ranges
        self._are_found = False  # Whether rows were flagged since they were read.
        self._counted: dict[str, int] | None = None

    def reading(self, problems: list[str], row_counts: RowCounts) -> Reading:
        """Count the flagged rows, and read those again that lie before the run's own range, where a count changed.

        Where that fails, the log says so and the next run tries again. `problems` and `row_counts` are the stream's,
        of which nothing was read before: both are put right then, so that the stream itself is read as ever.
        """
        if self._flag is None:
            return
        own, begin = self._ranges.window(self._stream.axes[0]), clock.lower_text(self._run.start, self._run.zone)
        if Window(begin, own.upper).seconds <= 0:
            return
        # Whole months: else a start_date that moves on would change their numbers.
        whole = Window(f"{_month(begin)}-01 00:00:00", own.upper)
        try:
            counts = yield from self._counts(whole, begin, own.lower)
            yield from self._read_again(counts, Window(begin, own.lower), problems)
        except (AccessError, ContractError, RemoteError) as error:
            if isinstance(error, ClockError) or getattr(error, "status", 403) in {None, 401}:
                raise
            self._say_why_not(str(error))
            problems.clear()
            row_counts.take_written_as_read(self._own)
            yield []
            return
        self._counted = dict.fromkeys((_month(whole.lower), _month(whole.upper)), 0) | _by_month(counts)

    def _read_again(self, counts: Mapping[Window, int], old: Window, problems: Sequence[str]) -> Reading:
        """Read the windows in `old` in whose months a count changed. ContractError if there are `problems`."""
        before = {window: count for window, count in counts.items() if window.upper <= old.upper}
        changed = self._changed(_by_month(before))
        again = [
            window
            for window, count in before.items()
            if count and window.lower >= old.lower and _month(window.lower) in changed
        ]
        if again:
            what = "rows were anonymised, some of them since they were read; they are read again"
            LOGGER.info("%s: %d %s", self._stream.name, sum(before[window] for window in again), what)
            self._are_found = True
            yield Fork([self._read(window) for window in again])
        if problems:
            raise ContractError(problems[0])

    def remember(self) -> None:
        """Put the counts into the state. To be called when all rows of the run are written."""
        if self._flag is None or self._counted is None:
            return
        first, last = min(self._counted), max(self._counted)
        for name in self._names:
            marks = self._run.state.counts(name, self._flag)
            others = {month: count for month, count in marks.items() if not first <= month <= last}
            self._run.state.set_counts(name, self._flag, others | self._counted)

    def _counts(self, whole: Window, *borders: str) -> Reading:
        """Return the number of flagged rows in each part of `whole`. ContractError if the instance does not tell.

        The parts are months, cut at `borders`, too. There are none if no row is flagged.
        """
        flagged: Page = yield from self._endpoint.ask(self._get(whole, is_set=True))
        if not flagged.rows and not flagged.total:
            return {}
        other: Page = yield from self._endpoint.ask(self._get(whole, is_set=False))
        if not self._is_flagged(flagged) or self._is_flagged(other):
            raise ContractError(f"it does not apply the filter on {self._field}")
        gets = {window: self._get(window, is_set=True) for window in parts(whole, *borders)}
        yield [*gets.values()]
        counts = {}
        for window, get in gets.items():
            page: Page = yield from self._endpoint.ask(get)
            if page.total is None or (page.total > 0) is not bool(page.rows):
                raise ContractError("its totals cannot be trusted")
            counts[window] = page.total
        return counts

    def _changed(self, counts: Mapping[str, int]) -> set[str]:
        """Return the months whose number of flagged rows is not that in the state."""
        marks = [self._run.state.counts(name, str(self._flag)) for name in self._names]
        return {month for month, count in counts.items() if any(one.get(month, 0) != count for one in marks)}

    def _query(self, *, is_set: bool) -> RowQuery:
        stream, wanted = self._stream, self._run.settings.filters.get(self._stream.name)
        flag = where(self._field, "eq", is_set)
        return RowQuery(stream.endpoint, stream.axes[0].field, stream.key_field, all_of(wanted, flag))

    def _get(self, window: Window, *, is_set: bool) -> Get:
        query = self._query(is_set=is_set)
        return self._endpoint.get(self._endpoint.unknown(query.axis), query.within(window), (), take=1)

    def _read(self, window: Window) -> Reading:
        reader = WindowReader(self._endpoint, self._query(is_set=True), self._run.settings.date_window_size)
        read = yield from reader.read_all(window)
        if not read.rows:
            yield from reader.confirm_empty(window, read.quirks)

    def _is_flagged(self, page: Page) -> bool:
        return any(row.get(self._field) in _YES for row in page.rows)

    def _say_why_not(self, reason: str) -> None:
        name, advice = self._stream.name, "'Anonymised rows' in docs/reading.md says what to do"
        if self._are_found:
            what = "rows that were anonymised since they were read could not be read again"
            LOGGER.warning("%s: %s (%s); the next run tries again, and %s", name, what, reason, advice)
        else:
            what = "rows that are anonymised after they were read cannot be found on this instance"
            LOGGER.info("%s: %s (%s); %s", name, what, reason, advice)


def _month(text: str) -> str:
    return text[: len("2024-01")]


def _by_month(counts: Mapping[Window, int]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for window, count in counts.items():
        found[_month(window.lower)] += count
    return dict(found)


def parts(whole: Window, *borders: str) -> list[Window]:
    """Cut a window at the beginning of each month, and at those of the times `borders` that lie within."""
    edges = {whole.lower, whole.upper, *(border for border in borders if whole.lower < border < whole.upper)}
    day = datetime.fromisoformat(f"{_month(whole.lower)}-01")
    while (text := str(day)) < whole.upper:
        edges.add(max(text, whole.lower))
        day = (day + timedelta(days=31)).replace(day=1)
    times = sorted(edges)
    return [Window(*edge) for edge in pairwise(times)]
