"""One run: what to read, the pipe, the finished tables. Everything lies in a private folder until all of it is done."""

from __future__ import annotations

import logging
import os
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tap_daktela.catalog.entries import Entry, entries
from tap_daktela.catalog.extra import with_extra
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.errors import ApplicationError
from tap_daktela.keboola.job import Job, Outcome
from tap_daktela.keboola.pipe import tap_inputs
from tap_daktela.keboola.pipe.run_pipe import PipeResult, private_folder, run_pipe
from tap_daktela.keboola.tables import formats
from tap_daktela.keboola.tables.formats import json_rows, revolt
from tap_daktela.keboola.tables.publish import publish
from tap_daktela.keboola.tables.table_set import FinishedTable, TableSet
from tap_daktela.redaction import redactor
from tap_daktela.runtime.signals import Stop
from tap_daktela.settings import Settings, secrets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tap_daktela.keboola.pipe.tee import Passed
    from tap_daktela.keboola.tables.table_spec import TableSpec

__all__ = ["run"]

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Plan:
    """A job, and what follows from it before anything is read."""

    job: Job
    base_url: str
    known: Mapping[str, Entry]
    specs: list[TableSpec]


def run(job: Job, out_tables: Path) -> Outcome:
    """Run `job` and leave its finished tables and manifests in `out_tables`; nothing there if it fails.

    UserError, ApplicationError, ConfigError (of the tap's settings), or Interrupted by SIGTERM or SIGINT: to be called
    from the main thread.
    """
    plan = _plan(job)
    try:
        with Stop(lambda: None) as stop, private_folder() as folder:
            _prepare(out_tables)
            return _run(plan, folder, out_tables, stop)
    except OSError as error:
        raise ApplicationError(f"cannot write {error.filename or 'the tables'}: {error.strerror or error}") from error


def _plan(job: Job) -> _Plan:
    settings = Settings.parse(job.tap_config)
    for secret in secrets(settings):
        redactor.add(secret)
    known = entries(with_extra(STREAMS, settings.extra_streams))
    return _Plan(job, settings.base_url, known, formats.table_specs(job, known))


def _prepare(out_tables: Path) -> None:
    """Find out whether tables can be written before hours are spent on tap_inputs. The platform has made the folder."""
    out_tables.mkdir(parents=True, exist_ok=True)
    if not os.access(out_tables, os.W_OK | os.X_OK):
        raise ApplicationError(f"cannot write into {out_tables}")


def _run(plan: _Plan, folder: Path, out_tables: Path, stop: Stop) -> Outcome:
    """Read, finish, publish; all that lies in between lies in `folder`."""
    raw, done = folder / "raw", folder / "done"
    raw.mkdir()
    done.mkdir()
    job, begun = plan.job, datetime.now().astimezone()
    tables = TableSet(job.server, raw, done, plan.specs, job.remembered_columns, defined=job.custom_fields)
    with tables.ahead():
        delivery = _deliver(plan, folder, raw, stop)
    finished = _finish(tables, plan.specs, raw, delivery.streams)
    published = list(finished)
    if job.output_format == "revolt":
        rows = list(revolt.log_rows(plan.specs, plan.known, delivery.streams, plan.base_url, begun))
        published.append(tables.write(revolt.LOG, rows))
    publish(published, out_tables, incremental=job.incremental, native_types=job.native_types)
    return Outcome(
        state=dict(job.tap_state) if delivery.state is None else delivery.state,
        rows={table.spec.table: table.rows for table in finished},
        columns={table.spec.table: table.spec.column_names for table in finished},
        dropped={table.spec.table: table.dropped for table in finished if table.dropped},
    )


def _deliver(plan: _Plan, folder: Path, raw: Path, stop: Stop) -> PipeResult:
    """Run the pipe, unless no table has anything to read."""
    if all(spec.stream is None for spec in plan.specs):
        return PipeResult({}, None)
    return run_pipe(
        folder,
        raw,
        config=tap_inputs.settings(plan.job),
        catalog=tap_inputs.catalog(plan.specs, plan.known),
        state=tap_inputs.state(plan.job, plan.specs, plan.known),
        batch_rows=tap_inputs.batch_rows(plan.specs, plan.known),
        rewrite=json_rows.rewriter(plan.job, plan.known) if plan.job.output_format == "json" else None,
        stop=stop,
    )


def _finish(tables: TableSet, specs: list[TableSpec], raw: Path, passed: Mapping[str, Passed]) -> list[FinishedTable]:
    """Finish all tables; the target's files go as soon as nobody needs them, before tables are copied."""
    uses = Counter(spec.stream for spec in specs)
    finished = []
    for spec in specs:
        finished.append(tables.finish(spec, passed))
        uses[spec.stream] -= 1
        if spec.stream is not None and not uses[spec.stream]:
            (raw / f"{spec.stream}.csv").unlink()
    return finished
