"""Rows whose personal data was removed after they were read: counted by month, and read again where a count changed.

Daktela V6 API: the removal may change no time of the row, only a flag. So the state keeps the number of flagged rows in
each month, as it was before the rows of the last run were read:

    "activities": {"time": "2024-03-01T08:30:00Z", ..., "anonymized": {"2023-11": 4, "2024-01": 12}}
"""

import logging
from collections.abc import Sequence

from tap_daktela.catalog.fields import Stream
from tap_daktela.daktela import clock
from tap_daktela.errors import AccessError, ClockError, ContractError, RemoteError
from tap_daktela.sync.context import RunContext
from tap_daktela.sync.reading.endpoint import Endpoint
from tap_daktela.sync.reading.reader import WindowReader
from tap_daktela.sync.reading.row_range import RowQuery
from tap_daktela.sync.reading.windows import Window
from tap_daktela.sync.records.stream_output import StreamOutput
from tap_daktela.sync.scheduling.steps import Fork, Reading
from tap_daktela.sync.streams.flag_counts import FlagCounts, month_of, months, next_month
from tap_daktela.sync.streams.row_counts import RowCounts
from tap_daktela.sync.streams.time_ranges import TimeRanges

LOGGER = logging.getLogger(__name__)


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
        self._log = logging.LoggerAdapter(LOGGER, {"stream_name": stream.name})
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
        # Whole months: else a start_date that moves on, or an earlier end_date, would change their numbers.
        settled = clock.upper_text(self._run.settled, self._run.zone)
        whole = Window(f"{month_of(begin)}-01 00:00:00", min(next_month(own.upper), settled))
        known = [self._run.state.counts(name, self._flag) for name in self._names]
        flags = FlagCounts(self._endpoint, self._query(), self._field, known)
        try:
            counts = yield from flags.count(whole)
            changed = flags.changed(counts)
            old = [
                Window(max(month.lower, begin), min(month.upper, own.lower))
                for month in months(whole)
                if month_of(month.lower) in changed
            ]
            yield from self._read_again([window for window in old if window.lower < window.upper], flags, problems)
        except (AccessError, ContractError, RemoteError) as error:
            if isinstance(error, ClockError) or (isinstance(error, AccessError) and not error.is_of_list):
                raise
            self._say_why_not(str(error))
            problems.clear()
            row_counts.take_written_as_read(self._own)
            yield []
            return
        self._counted = {month_of(month.lower): 0 for month in months(whole)} | counts
        if not self._are_found:
            self.remember()  # Also of a run that is stopped: whatever it writes is read after the count.

    def _read_again(self, old: Sequence[Window], flags: FlagCounts, problems: Sequence[str]) -> Reading:
        """Read the flagged rows in the windows `old`. ContractError if there are `problems` then."""
        if old:
            why = "in months whose number of them is not that of the last run"
            text = "%s: anonymised rows between %s and %s are read again, %s"
            self._log.info(text, self._stream.name, old[0].lower, old[-1].upper, why)
            self._are_found = True
            yield Fork([self._read(window, flags) for window in old])
        if problems:
            raise ContractError(problems[0])

    def remember(self) -> None:
        """Put the counts into the state. To be called when all rows that were read again are written."""
        if self._flag is None or self._counted is None:
            return
        first, last = min(self._counted), max(self._counted)
        for name in self._names:
            marks = self._run.state.counts(name, self._flag)
            others = {month: count for month, count in marks.items() if not first <= month <= last}
            self._run.state.set_counts(name, self._flag, others | self._counted)

    def _query(self) -> RowQuery:
        stream = self._stream
        wanted = self._run.settings.filters.get(stream.name)
        return RowQuery(stream.name, stream.axes[0].field, stream.key_field, wanted)

    def _read(self, window: Window, flags: FlagCounts) -> Reading:
        reader = WindowReader(self._endpoint, flags.query(is_set=True), self._run.settings.date_window_size)
        read = yield from reader.read_all(window)
        if not read.rows:
            yield from reader.confirm_empty(window, read.quirks)

    def _say_why_not(self, reason: str) -> None:
        name, advice = self._stream.name, "'Anonymised rows' in docs/reading.md says what to do"
        if self._are_found:
            what = "rows that were anonymised since they were read could not be read again"
            self._log.warning("%s: %s (%s); the next run tries again, and %s", name, what, reason, advice)
        else:
            what = "rows that are anonymised after they were read cannot be found on this instance"
            self._log.info("%s: %s (%s); %s", name, what, reason, advice)
