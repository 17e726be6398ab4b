"""The sync of one endpoint: which windows are read, what becomes of their rows, and where bookmarks move."""

import logging
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from tap_daktela.catalog.fields import Axis, Stream
from tap_daktela.daktela import clock
from tap_daktela.daktela.query import Filter, all_of
from tap_daktela.errors import (
    AccessError,
    ClockError,
    ConfigError,
    ContractError,
    Interrupted,
    OutputError,
    TapError,
    UnreachableError,
)
from tap_daktela.logs import log_metric
from tap_daktela.sync.context import RunContext
from tap_daktela.sync.reading.endpoint import Endpoint
from tap_daktela.sync.reading.reader import WindowReader
from tap_daktela.sync.reading.results import Closed, Contradiction, Counted, Expected, Rows, Unlinked
from tap_daktela.sync.reading.row_range import RowQuery
from tap_daktela.sync.records.stream_output import StreamOutput
from tap_daktela.sync.scheduling.steps import Fork, Reading
from tap_daktela.sync.streams.axes_reader import AxesReader, AxisEnded
from tap_daktela.sync.streams.erasures import Erasures
from tap_daktela.sync.streams.page_lines import PageLines, page_lines
from tap_daktela.sync.streams.rights import missing_key, named_as_stream
from tap_daktela.sync.streams.row_counts import RowCounts
from tap_daktela.sync.streams.stream_ledger import StreamLedger
from tap_daktela.sync.streams.stream_totals import StreamTotals
from tap_daktela.sync.streams.time_ranges import TimeRanges
from tap_daktela.sync.telling.how_far import StreamProgress
from tap_daktela.sync.telling.lines import plural, took
from tap_daktela.sync.telling.totals import TotalQuestion

LOGGER = logging.getLogger(__name__)


class Begun(NamedTuple):
    """The stream's turn has come."""


class StreamSync:
    """Reads one endpoint and writes the streams that are made of its rows.

    - `timed`: the stream whose time axes are read: this one, or the `parent` that is given with its endpoint.
    - `outputs`: the selected streams that are made of the rows; `own`: the output of the endpoint's own stream, if
      that is selected.
    - `begun`: the monotonic time at which the stream's turn came, if it has.
    - `complete`: whether the endpoint was read to its end; `failure`: why not.
    - `problems`: sentences about numbers that contradict each other. After the first, rows are still written, but
      bookmarks stay.
    - `row_counts`: what became of the rows; `ranges`: what is read; `ledger`, `progress`: what is told of it.
    """

    def __init__(
        self,
        run: RunContext,
        stream: Stream,
        outputs: Sequence[StreamOutput],
        endpoint: Endpoint,
        *,
        parent: tuple[Stream, Endpoint] | None = None,
    ) -> None:
        self.run = run
        self.stream = stream
        self.timed, self.timed_endpoint = parent or (stream, endpoint)
        self.outputs = outputs
        self.own = next((output for output in outputs if output.entry.derived is None), None)
        self.endpoint = endpoint
        self.failure: TapError | None = None
        self.complete = False
        self.problems: list[str] = []
        self.row_counts = RowCounts()
        self.ranges = TimeRanges(run, stream, self.timed, [output.name for output in outputs])
        self.ledger = StreamLedger(run, stream.name, self.ranges)
        self._erasures = Erasures(run, stream, outputs, endpoint, self.ranges)
        self.progress = StreamProgress(stream.name)
        wanted = run.settings.filters.get(stream.name)
        self._totals = StreamTotals(self.progress, endpoint, self.ranges, wanted)
        self._reads_again = True  # Until rows are read that are part of the total.
        self._unlinked: set[str] = set()
        self._log = logging.LoggerAdapter(LOGGER, {"stream_name": stream.name})
        self.begun: float | None = None
        self._ended: float | None = None
        for output in outputs:
            if run.settings.emit_activate_version_messages and output.entry.versioned:
                output.version = run.version

    @property
    def seconds(self) -> float:
        """Seconds that the stream's turn lasted, or has lasted so far."""
        return 0.0 if self.begun is None else (self._ended or time.monotonic()) - self.begun

    @property
    def reason(self) -> str:
        """Why the stream failed, beginning with its name."""
        text = str(self.failure)
        for stream in (self.stream, self.timed):
            text = named_as_stream(text, stream)
        return text if text.startswith(self.stream.name) else f"{self.stream.name}: {text}"

    # --- what is read -----------------------------------------------------------------------------------------------

    def reading(self) -> Reading:
        """Read the endpoint, from the schema to the last bookmark. Raise errors that concern every stream."""
        yield Begun()
        try:
            yield from self._erasures.reading(self.problems, self.row_counts)
            self._reads_again = False
            yield Fork([self._along_axes() if self.timed.axes else self.table_reader().read_whole()])
            self._end()
        except (ClockError, ConfigError, UnreachableError, Interrupted, OutputError):
            raise
        except TapError as error:
            if isinstance(error, AccessError) and not error.is_of_list:
                raise
            self.failure = error
            self.ledger.end(self.row_counts.used(self.own), is_whole=False)
            self._stop_clock()
            self._log.error("%s", self.reason)

    def _along_axes(self) -> Reading:
        days = self.run.settings.date_window_size
        return AxesReader(self.ranges, self.timed_endpoint, days, self.rows_from).read()

    def total_question(self) -> TotalQuestion | None:
        """Return what to ask for the number of all rows; None where a parent's rows show what is read."""
        return self._totals.question(self.stream.columns[0].api_name) if self.timed is self.stream else None

    def rows_from(self, reading: Reading) -> Reading:
        """Return a reading of the stream's own rows from a reading of the rows of `timed`."""
        return reading

    def table_reader(self, among: Filter | None = None) -> WindowReader:
        """Return a reader of the endpoint's rows by their key: all rows, or those that pass `among`."""
        request, wanted = self.endpoint.request, all_of(self.run.settings.filters.get(self.stream.name), among)
        return WindowReader(self.endpoint, RowQuery(request.stream, None, request.key, wanted), 0)

    # --- results, as they come -----------------------------------------------------------------------------------

    def prepare(self, result: Any) -> Any:
        """Turn rows into lines at once: lines take a fraction of the memory. Totals need not wait, either."""
        if isinstance(result, Expected) and not self._reads_again and self.timed is self.stream:
            self._totals.note(result)
        if not isinstance(result, Rows):
            return result
        drop_orphans = self.run.settings.orphans == "drop"
        return page_lines(result, self.outputs, self.stream, drop_orphans=drop_orphans)

    # --- results, in their turn -------------------------------------------------------------------------------------

    def put(self, result: Any) -> None:
        """Use a result: write lines, add counts, move bookmarks."""
        if isinstance(result, PageLines):
            self._write(result)
        elif isinstance(result, Counted):
            self.count(result)
        elif isinstance(result, Closed):
            axis = next(axis for axis in self.timed.axes if axis.field == result.by)
            if self.ranges.mark_written(axis, result.window):
                self._advance(axis, result.window.upper)
        elif isinstance(result, AxisEnded):
            self.ledger.end_axis(result.axis)
            self._advance(result.axis, None)
        elif isinstance(result, Expected):
            self.ledger.expect(result)
        elif isinstance(result, Contradiction):
            self.problems.append(result.problem)
        elif isinstance(result, Unlinked) and result.title not in self._unlinked:
            self._unlinked.add(result.title)
            self._log.warning("%s", missing_key(self.stream, result.title))
        elif isinstance(result, Begun):
            self._begin()

    def _write(self, lines: PageLines) -> None:
        for output, part in lines.parts:
            if part.text:
                self.run.write(part.text)
            output.count(part)
        self.row_counts.add(lines)
        self.progress.rows += lines.kept + lines.dropped + lines.keyless.count

    def count(self, counted: Counted) -> None:
        """Count a range of the endpoint's rows."""
        self._log.debug("%s %s %s: %s", self.stream.name, counted.by, counted.range, counted.counts)
        self.row_counts.counts.add(counted.counts)
        self.row_counts.note(counted)
        self.ledger.note(counted, counted.counts)

    def _advance(self, axis: Axis, upto: str | None) -> None:
        """Move the bookmarks of an axis to the time `upto` (None: the end of the run), unless there is a problem."""
        if self.problems or self._not_written():
            return
        if upto in {None, self.ranges.window(axis).upper}:
            self.row_counts.check(self.own)  # Not earlier: rows of later windows may be written already.
        self.ranges.move_bookmarks(axis, upto)

    # --- first and last -----------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.begun = time.monotonic()
        run = self.run
        run.progress.begin(self.progress)
        run.state.currently_syncing = self.outputs[0].name
        for output in self.outputs:
            run.writer.schema(output.name, output.schema(), output.entry.key, output.entry.replication_key)
            if output.version is not None and not run.state.knows(output.name):
                run.writer.activate_version(output.name, output.version)
        self._log.debug("%s: reading %s", self.stream.name, self.ranges.description())

    def _not_written(self) -> list[str]:
        """Return a sentence about the rows of each stream that cannot be written because they have no usable key."""
        found = {one.name: one.bad.refused for one in self.outputs}
        found[self.stream.name] = self.row_counts.without_key(self.own)
        return [f"{name}: {rows}" for name, rows in found.items() if rows.count]

    def _end(self) -> None:
        problems = [*self._not_written(), *self.problems]
        if problems:
            more = f" (and {len(problems) - 1} more)" if problems[1:] else ""
            raise ContractError(f"{problems[0]}{more}; bookmarks were not moved past it")
        self.row_counts.check(self.own)
        self.ledger.end(self.row_counts.used(self.own), is_whole=True)
        for output in self.outputs:
            if output.version is not None:
                self.run.writer.activate_version(output.name, output.version)
                self.run.state.set_version(output.name, output.version)
            self.run.state.complete(output.name)
        self._erasures.remember()
        self.complete = True
        self._stop_clock()
        self.run.write_state()
        self._log.info("%s: %s", self.stream.name, self._came_of_it())

    def _came_of_it(self) -> str:
        """Return what the stream brought, and up to when if not to the end of the run, as the rest of a sentence."""
        until = self.ranges.reached(self.outputs[0].name)
        where = f", up to {clock.utc_text(until)}" if until and until != self.run.bound else ""
        derived = sum(one.rows for one in self.outputs if one is not self.own)
        counts = [plural(self.own.rows, "row")] if self.own else []
        counts += [f"{derived:,} derived"] if len(self.outputs) > len(counts) else []
        rows = ", ".join(counts) if self.progress.rows or derived else "nothing new"
        return f"{rows} in {took(self.seconds)}{where}"

    def _stop_clock(self) -> None:
        self._ended = time.monotonic()
        self.progress.has_ended = True
        for output in self.outputs:
            log_metric("counter", "record_count", output.rows, endpoint=output.name)
        log_metric("counter", "http_request_count", self.endpoint.stats.requests, endpoint=self.stream.name)
        log_metric("timer", "job_duration", self.seconds, job_type=f"sync_{self.stream.name}")
