"""Reads single rows again by their key, and writes them and their derived streams as a run does. No bookmark moves."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from tap_daktela.catalog.entries import Selected
from tap_daktela.catalog.fields import Stream
from tap_daktela.errors import ContractError, IncompleteError
from tap_daktela.sync.context import RunContext
from tap_daktela.sync.reading.endpoint import Endpoint
from tap_daktela.sync.reading.request import orphan_columns, request_for
from tap_daktela.sync.records.coercion import Coercer
from tap_daktela.sync.records.moments import Moments
from tap_daktela.sync.records.stream_output import StreamOutput
from tap_daktela.sync.run import schedule
from tap_daktela.sync.scheduling.steps import Reading
from tap_daktela.sync.scheduling.task import NOBODY
from tap_daktela.sync.scheduling.workers import ThreadWorkers
from tap_daktela.sync.streams.keyed_rows import rows_with
from tap_daktela.sync.streams.stream_sync import Begun, StreamSync
from tap_daktela.sync.telling.lines import plural


class RepairSync(StreamSync):
    """Reads the rows of an endpoint that have one of `keys`."""

    def __init__(
        self, run: RunContext, stream: Stream, outputs: Sequence[StreamOutput], endpoint: Endpoint, keys: Sequence[str]
    ) -> None:
        super().__init__(run, stream, outputs, endpoint)
        self._keys = keys

    @property
    def lacking(self) -> int:
        """How many of the rows did not come, or could not be written."""
        return len(self._keys) - (self.own.rows if self.own else 0)

    def reading(self) -> Reading:
        """Read the rows."""
        yield Begun()
        yield from rows_with(self.table_reader, str(self.stream.key_field), self._keys)
        self._stop_clock()


def repair(run: RunContext, selection: Sequence[Selected], keys: Mapping[str, Sequence[str]]) -> None:
    """Write the rows with these `keys` (by stream), and of the `selection` what is derived from them.

    Then write the state as it was given, so that a target prints it again. ContractError if numbers contradict each
    other, IncompleteError if a row did not come.
    """
    by_endpoint = groupby(selection, key=lambda selected: selected.entry.stream)
    streams = [
        _repair_sync(run, stream, list(some), keys[stream.name])
        for stream, some in by_endpoint
        if keys.get(stream.name)
    ]
    before = run.state.currently_syncing
    schedule(run, streams, ThreadWorkers(run.client, run.settings.connection.concurrency), run.poll, NOBODY)
    problems = [problem for stream in streams for problem in stream.problems]
    if problems:
        raise ContractError(problems[0])
    run.state.currently_syncing = before
    if run.state.value["bookmarks"]:
        run.write_state(at_once=True)
    lacking = [f"{plural(stream.lacking, 'row')} of {stream.stream.name}" for stream in streams if stream.lacking > 0]
    if lacking:
        raise IncompleteError(f"reconcile: {', '.join(lacking)} did not come when read again; compare once more")


def _repair_sync(run: RunContext, stream: Stream, selected: Sequence[Selected], keys: Sequence[str]) -> RepairSync:
    moments = Moments(run.zone, local=run.settings.timestamps == "local")
    outputs = [StreamOutput(one, Coercer(moments), run.settings) for one in selected]
    request = request_for(stream, selected, run.settings.page_size, orphan_columns(stream))
    return RepairSync(run, stream, outputs, Endpoint(request, run.server_clock), keys)
