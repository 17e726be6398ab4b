"""One endpoint's way through a run: which windows it reads, and what becomes of their rows."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from tap_daktela.errors import (
    AccessError,
    ConfigError,
    ContractError,
    Interrupted,
    TapError,
    TargetGone,
    UnreachableError,
)
from tap_daktela.sync import sieve, windows
from tap_daktela.sync.account import Account
from tap_daktela.sync.prefetch import Step
from tap_daktela.sync.progress import log_metric
from tap_daktela.sync.ranges import Ranges
from tap_daktela.sync.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tap_daktela.catalog.fields import Axis, Stream
    from tap_daktela.daktela.client import Page
    from tap_daktela.daktela.query import Filter
    from tap_daktela.sync.context import Run
    from tap_daktela.sync.output import Output
    from tap_daktela.sync.scope import Counts, Span
    from tap_daktela.sync.shape import Row
    from tap_daktela.sync.source import Source
    from tap_daktela.sync.windows import Window

LOGGER = logging.getLogger(__name__)

AT_ONCE = 100
"""Rows shaped and written together: so few are still in the processor's cache, and no target waits for a whole page."""


class Lane:
    """Reads one endpoint and writes the streams that come out of its rows.

    `failure` is why it stopped early, if it did, and `complete` tells whether it came to its end; `told` collects where
    the server's numbers and its rows differ, for then bookmarks stand still while the rows that do come are written
    all the same. `account` counts the rows; `own` is the output that writes them as they are, if that was selected.
    """

    def __init__(
        self,
        run: Run,
        stream: Stream,
        outputs: Sequence[Output],
        source: Source,
        *,
        parent: tuple[Stream, Source] | None = None,
    ) -> None:
        """Take what was selected of `stream`; nothing is read yet. Time is that of its rows, or of its `parent`'s."""
        self.run = run
        self.stream = stream
        self.timed, self.timed_source = parent or (stream, source)
        self.outputs = outputs
        self.own = next((output for output in outputs if output.entry.derived is None), None)
        self.source = source
        self.failure: TapError | None = None
        self.complete = False
        self.told: list[str] = []
        self.account = Account()
        self._begun = 0.0
        self._ended = 0.0
        self.ranges = Ranges(run, stream, self.timed, [output.name for output in outputs])

    @property
    def begun(self) -> bool:
        """Whether the lane's turn has come."""
        return self._begun > 0

    @property
    def seconds(self) -> float:
        """How long the lane's turn lasted, or has lasted so far."""
        return (self._ended or time.monotonic()) - self._begun if self.begun else 0.0

    @property
    def open(self) -> bool:
        """Whether the lane still wants its steps."""
        return self.failure is None

    def fail(self, error: TapError) -> None:
        """Close with `error`; raise it again where it concerns every lane."""
        self.run.poll()  # A signal ends waiting requests: then that is the reason, not their error.
        hopeless = isinstance(error, AccessError) and error.status in (None, 401)
        if hopeless or isinstance(error, ConfigError | UnreachableError | Interrupted | TargetGone):
            raise error
        self.failure = error
        self._stop_clock()
        LOGGER.error("%s", self.reason)

    @property
    def reason(self) -> str:
        """Why the lane failed, with the stream's name in front."""
        text = str(self.failure)
        return text if text.startswith((self.stream.name, self.stream.endpoint)) else f"{self.stream.name}: {text}"

    def steps(self) -> Iterator[Step]:
        """Yield the steps that read the endpoint."""
        yield Step(self, deliver=lambda _: self._begin())
        yield from self.reading()
        yield Step(self, deliver=lambda _: self._end())

    def reading(self) -> Iterator[Step]:
        """Yield the steps between the first and the last: every axis, or the whole table."""
        if self.timed.axes:
            self.timed_source.everything = self.ranges.everything(self.timed_source)
            return (step for axis in self.timed.axes for step in self._along(axis))
        reader = self.reader(self.source, None, self.user_filter)
        reader.expect = lambda total: self._expect(reader, total)
        return reader.steps()

    @property
    def user_filter(self) -> Filter | None:
        """The user's filter for the rows of the endpoint."""
        return self.run.settings.filters.get(self.stream.name)

    def reader(
        self,
        source: Source,
        axis: str | None,
        wanted: Filter | None,
        *,
        write: Callable[[list[Row], Page], Iterable[Step]] | None = None,
        count: Callable[[str | None, Span, Counts], None] | None = None,
        close: Callable[[Window | None], None] = lambda _: None,
    ) -> Reader:
        """Return a reader that writes into this lane and is counted by it."""
        add, by = count or self.count, axis or source.request.key

        def told_count(span: Span, counts: Counts) -> None:
            LOGGER.debug("%s %s %s: %s", self.stream.name, axis or "", span, counts)
            add(by, span, counts)

        return Reader(
            self,
            source,
            axis,
            wanted,
            days=self.run.settings.date_window_size,
            write=write or self.write,
            count=told_count,
            close=close,
            differ=self.told.append,
        )

    def count(self, by: str | None, span: Span, counts: Counts) -> None:
        """Enter a set of the endpoint's rows, read along the field `by`, into the account."""
        self.account.counts.add(counts)
        self.account.note(by, span, counts)

    # --- windows ------------------------------------------------------------------------------------------------

    def _along(self, axis: Axis) -> Iterator[Step]:
        if self.ranges.is_empty(axis):
            return
        reader = self.axis_reader(axis, close=lambda closed: self._advance(axis, closed))
        reader.expect = lambda total: self._expect(reader, total)
        yield from reader.steps(self.ranges.window(axis))
        yield Step(self, deliver=lambda _: self._advance(axis, None))

    def axis_reader(self, axis: Axis, close: Callable[[Window | None], None]) -> Reader:
        """Return the reader along `axis`."""
        return self.reader(self.source, axis.field, self.ranges.wanted(axis), close=close)

    def _expect(self, reader: Reader, total: int | None) -> None:
        """Count the promise of the whole range, and not again those of the windows that it is cut into."""
        reader.expect = lambda _: None
        self.run.progress.expect(total or 0)

    def _advance(self, axis: Axis, window: Window | None) -> None:
        """Move the bookmarks of an axis to the end of a window, or to the bound, as long as all is accounted for."""
        if self.told:
            return
        if window is None or window.upper == self.ranges.window(axis).upper:
            self.account.check(self.own)  # Before, rows of the windows behind may be written already.
        bound = self.run.bound
        instant = bound if window is None else min(bound, windows.instant_before(window.upper, self.run.zone))
        for output in self.outputs:
            self.run.state.advance(output.name, axis.name, instant)
        self.run.write_state()

    # --- rows ---------------------------------------------------------------------------------------------------

    def write(self, rows: list[Row], page: Page) -> Iterable[Step]:
        """Write the records that `rows` become."""
        self.run.poll()
        rows = self._writable(rows)
        for begin in range(0, len(rows), AT_ONCE):
            some = rows[begin : begin + AT_ONCE]
            self.run.writer.write(b"".join([output.lines(some, page.read_at) for output in self.outputs]))
        self.told += [reason for output in self.outputs for reason in output.refusals()]
        self.account.kept += len(rows)
        self.run.progress.add(len(rows))
        return ()

    def _writable(self, rows: list[Row]) -> list[Row]:
        """Count the rows whose item is missing, and leave out what has no key and, if the user wants so, orphans."""
        if self.stream.item is not None:
            good = sieve.with_item(rows, self.stream.item)
            self.account.orphans += len(rows) - len(good)
            if self.run.settings.orphans == "drop":
                self.account.dropped += len(rows) - len(good)
                rows = good
        key = self.source.request.key
        keyed = sieve.with_key(rows, key)
        if len(keyed) < len(rows):
            self.account.keyless += len(rows) - len(keyed)
            self.told.append(f"{len(rows) - len(keyed)} rows came without their key {key} and could not be written")
        return keyed

    # --- first and last -----------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._begun = time.monotonic()
        run = self.run
        run.progress.stream(self.stream.name)
        run.state.currently_syncing = self.outputs[0].name
        for output in self.outputs:
            run.writer.schema(output.name, output.schema(), output.entry.key, output.entry.replication_key)
            if run.settings.emit_activate_version_messages and not output.entry.incremental:
                self._begin_version(output)
        LOGGER.info("%s: reading %s", self.stream.name, self.ranges.plan())

    def _begin_version(self, output: Output) -> None:
        output.version = self.run.version
        if self.run.state.version(output.name) is None:
            self.run.writer.activate_version(output.name, output.version)

    def _end(self) -> None:
        if self.told:
            more = f" (and {len(self.told) - 1} more)" if self.told[1:] else ""
            raise ContractError(f"{self.told[0]}{more}; bookmarks were not moved past it")
        self.account.check(self.own)
        for output in self.outputs:
            if output.version is not None:
                self.run.writer.activate_version(output.name, output.version)
                self.run.state.set_version(output.name, output.version)
        self.complete = True
        self._stop_clock()
        self.run.write_state()

    def _stop_clock(self) -> None:
        self._ended = time.monotonic()
        for output in self.outputs:
            log_metric("counter", "record_count", output.rows, endpoint=output.name)
        log_metric("counter", "http_request_count", self.source.traffic.requests, endpoint=self.stream.name)
        log_metric("timer", "job_duration", self.seconds, job_type=f"sync_{self.stream.name}")
