"""One run: read with the pipe, finish the tables, publish them. Everything is in a private folder until the end."""

import os
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tap_daktela.catalog.entries import Entry, entries
from tap_daktela.catalog.extra import with_extra
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.errors import ApplicationError
from tap_daktela.keboola.job import Job, Outcome, StreamCounts
from tap_daktela.keboola.pipe import tap_inputs
from tap_daktela.keboola.pipe.run_pipe import PipeResult, run_pipe
from tap_daktela.keboola.tables import formats
from tap_daktela.keboola.tables.formats import json_rows, revolt
from tap_daktela.keboola.tables.publish import publish
from tap_daktela.keboola.tables.table_set import FinishedTable, TableSet
from tap_daktela.keboola.tables.table_spec import TableSpec
from tap_daktela.redaction import redactor
from tap_daktela.runtime.signals import Stop
from tap_daktela.settings import Settings
from tap_daktela.settings.declared import secrets


def run(job: Job, out_tables: Path) -> Outcome:
    """Run `job` and leave its finished tables and manifests in `out_tables`; nothing is there if it fails.

    UserError, ApplicationError, ConfigError (of the tap's settings), or Interrupted by SIGTERM or SIGINT. To be called
    from the main thread.
    """
    settings = Settings.parse(job.tap_config)
    for secret in secrets(settings):
        redactor.add(secret)
    known = entries(with_extra(STREAMS, settings.extra_streams))
    specs = formats.table_specs(job, known)
    begun = datetime.now().astimezone()
    try:
        # Nobody else can read the folder.
        with Stop(lambda: None) as stop, TemporaryDirectory(prefix="tap-daktela-") as private:
            folder = Path(private)
            # Checked before reading, which can take hours. The platform has made the folder.
            out_tables.mkdir(parents=True, exist_ok=True)
            if not os.access(out_tables, os.W_OK | os.X_OK):
                raise ApplicationError(f"cannot write into {out_tables}")
            raw, done = folder / "raw", folder / "done"
            raw.mkdir()
            done.mkdir()
            tables = TableSet(job.server, raw, done, specs, job.remembered_columns, defined=job.custom_fields)
            with tables.ahead():
                result = _read(job, specs, known, folder, stop=stop)
            finished = _finish(tables, specs, raw, result.streams)
            published = list(finished)
            if job.output_format == "revolt":
                rows = list(revolt.log_rows(specs, known, result.streams, settings.base_url, begun))
                published.append(tables.write(revolt.LOG, rows))
            publish(published, out_tables, incremental=job.incremental, native_types=job.native_types)
    except OSError as error:
        raise ApplicationError(f"cannot write {error.filename or 'the tables'}: {error.strerror or error}") from error
    return Outcome(
        state=dict(job.tap_state) if result.state is None else result.state,
        rows={table.spec.table: table.rows for table in finished},
        columns={table.spec.table: table.spec.column_names for table in finished},
        dropped={table.spec.table: table.dropped for table in finished if table.dropped},
    )


def _read(job: Job, specs: list[TableSpec], known: Mapping[str, Entry], folder: Path, *, stop: Stop) -> PipeResult:
    """Run the pipe, unless no table has anything to read."""
    if all(spec.stream is None for spec in specs):
        return PipeResult({}, None)
    return run_pipe(
        folder,
        folder / "raw",
        config=tap_inputs.settings(job),
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
