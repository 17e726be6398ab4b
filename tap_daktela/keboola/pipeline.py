"""One run: read with the pipe, and finish the tables. Everything is in a private folder."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tap_daktela.catalog.entries import Entry, entries
from tap_daktela.catalog.extra import with_extra
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.keboola.job import Job, Outcome, StreamCounts
from tap_daktela.keboola.pipe import tap_inputs
from tap_daktela.keboola.pipe.run_pipe import PipeResult, run_pipe
from tap_daktela.keboola.tables import formats
from tap_daktela.keboola.tables.formats import json_rows, revolt
from tap_daktela.keboola.tables.table_set import FinishedTable, TableSet
from tap_daktela.keboola.tables.table_spec import TableSpec
from tap_daktela.redaction import redactor
from tap_daktela.runtime.signals import Stop
from tap_daktela.settings import Settings
from tap_daktela.settings.declared import secrets


@dataclass(frozen=True)
class FinishedRun:
    """What came of a run, and its tables, which are still in the private folder."""

    outcome: Outcome
    tables: list[FinishedTable]


def run(job: Job, private: Path, stop: Stop) -> FinishedRun:
    """Run `job` and leave its finished tables in the folder `private`. To be called from the main thread.

    UserError, ApplicationError, ConfigError (of the tap's settings), Interrupted by `stop`, which is entered, or
    OSError if a file cannot be written.
    """
    settings = Settings.parse(job.tap_config)
    for secret in secrets(settings):
        redactor.add(secret)
    known = entries(with_extra(STREAMS, settings.extra_streams))
    specs = formats.table_specs(job, known)
    begun = datetime.now().astimezone()
    raw, done = private / "raw", private / "done"
    raw.mkdir()
    done.mkdir()
    tables = TableSet(job.server, raw, done, specs, job.remembered_columns, defined=job.custom_fields)
    with tables.ahead():
        result = _read(job, specs, known, private, stop=stop)
    finished = _finish(tables, specs, raw, result.streams)
    outcome = Outcome(
        state=dict(job.tap_state) if result.state is None else result.state,
        rows={table.spec.table: table.rows for table in finished},
        columns={table.spec.table: table.spec.column_names for table in finished},
        dropped={table.spec.table: table.dropped for table in finished if table.dropped},
    )
    if job.output_format == "revolt":
        rows = list(revolt.log_rows(specs, known, result.streams, settings.base_url, begun))
        finished.append(tables.write(revolt.LOG, rows))
    return FinishedRun(outcome, finished)


def _read(job: Job, specs: list[TableSpec], known: Mapping[str, Entry], folder: Path, *, stop: Stop) -> PipeResult:
    """Run the pipe, unless no table has anything to read."""
    if all(spec.stream is None for spec in specs):
        return PipeResult({}, None)
    trusted = {} if job.certificates is None else tap_inputs.certificates(job.certificates, folder)
    return run_pipe(
        folder,
        folder / "raw",
        config={**tap_inputs.settings(job), **trusted},
        catalog=tap_inputs.catalog(specs, known),
        state=tap_inputs.state(job, specs, known),
        batch_rows=tap_inputs.batch_rows(specs, known),
        rewrite=json_rows.rewriter(job, known) if job.output_format == "json" else None,
        stop=stop,
    )


def _finish(
    tables: TableSet, specs: list[TableSpec], raw: Path, counts: Mapping[str, StreamCounts]
) -> list[FinishedTable]:
    """Finish all tables. Each of the target's files is removed as soon as no table needs it: disks may be small."""
    uses = Counter(spec.stream for spec in specs)
    finished = []
    for spec in specs:
        finished.append(tables.finish(spec, counts))
        uses[spec.stream] -= 1
        if spec.stream is not None and not uses[spec.stream]:
            (raw / f"{spec.stream}.csv").unlink()
    return finished
