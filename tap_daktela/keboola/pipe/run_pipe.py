"""The pipe: `tap-daktela` and `target-csv` as two processes with the tee between them."""

import json
import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tap_daktela.errors import ApplicationError
from tap_daktela.keboola.job import StreamCounts
from tap_daktela.keboola.pipe.processes import (
    GRACE_SECONDS,
    Confirmations,
    PipeProcess,
    reads_batches,
    tap_command,
    target_command,
)
from tap_daktela.keboola.pipe.row_sinks import Batches, Messages, RowSink
from tap_daktela.keboola.pipe.tee import Rewrite, Tee
from tap_daktela.runtime.pipes import narrow, widen
from tap_daktela.runtime.signals import Stop


@dataclass(frozen=True)
class PipeResult:
    """What went through the pipe: the counts by stream, and the last state that the target confirmed, if any."""

    streams: dict[str, StreamCounts]
    state: dict[str, Any] | None


def run_pipe(
    folder: Path,
    raw: Path,
    *,
    config: Mapping[str, Any],
    catalog: Mapping[str, Any],
    state: Mapping[str, Any],
    batch_rows: int,
    rewrite: Rewrite | None,
    stop: Stop,
) -> PipeResult:
    """Run the tap with `config`, `catalog` and `state`; the target writes one CSV file per stream into `raw`.

    - `batch_rows`: rows of each stream that the target gathers, several times over in memory, before it writes them;
      of a target that reads files the size of these decides.
    - `rewrite`: see `Tee`. `stop`: already entered.
    - `folder`: for the files with these settings. The file with the secrets exists as long as this runs.

    UserError if the tap ends with an error that its user can fix, ApplicationError for any other failure.
    """
    options = {"output_path": str(raw), "validate_records": False, "batch_size_rows": batch_rows}
    target_line: list[str | Path] = [target_command(), "--config", _write(folder / "target.json", options)]
    tap_line: list[str | Path] = [tap_command(), "--catalog", _write(folder / "catalog.json", catalog)]
    if state:
        tap_line += ["--state", _write(folder / "state.json", state)]
    secrets = folder / "config.json"
    try:
        tap_line += ["--config", _write(secrets, config)]
        return _flow(tap_line, target_line, folder, raw, rewrite=rewrite, stop=stop)
    finally:
        secrets.unlink(missing_ok=True)


def _flow(
    tap_line: list[str | Path],
    target_line: list[str | Path],
    folder: Path,
    raw: Path,
    *,
    rewrite: Rewrite | None,
    stop: Stop,
) -> PipeResult:
    """Run both processes to their end."""
    with ExitStack() as ending:
        # Otherwise a signal right after the start of a process would leave it behind.
        with stop.deferred():
            target = PipeProcess("target-csv", target_line, folder, reads=True)
            ending.callback(target.close)
            tap = PipeProcess("tap-daktela", tap_line, folder, reads=False)
            ending.callback(tap.close)
            # Without the target, nobody reads what the tap writes.
            confirmations = Confirmations(target.stdout, gone=tap.end)
            # Callbacks run in reverse order: first both processes end, then their pipes are closed.
            ending.callback(confirmations.join)
            ending.callback(target.end)
        stop.poll()
        tee = Tee(tap.stdout, _row_sink(target, Path(target_line[0]), raw), rewrite)
        _pass(tee, tap, target, confirmations)
        return PipeResult(tee.streams, _state(confirmations.last, tee.streams))


def _row_sink(target: PipeProcess, command: Path, raw: Path) -> RowSink:
    """Return how the target gets its rows."""
    # TMPDIR may be `.` or begin with `//`, which target-csv would look for elsewhere.
    folder = raw.resolve()
    if reads_batches(command, folder):
        # Each line in the pipe is a file on the disk.
        narrow(target.stdin.fileno())
        return Batches(target.stdin, folder)
    widen(target.stdin.fileno())
    return Messages(target.stdin)


def _pass(tee: Tee, tap: PipeProcess, target: PipeProcess, confirmations: Confirmations) -> None:
    """Pass everything on, then wait for both processes; raise the error of the one that failed first."""
    try:
        tee.run()
        failure = tap.failure(tap.wait())
        confirmations.ending = not confirmations.early
        if failure is None and tee.cut:
            failure = ApplicationError("the tap ended within a line, with exit code 0")
        if failure is None:
            target.stdin.close()
    except BrokenPipeError:
        confirmations.early = True
    if confirmations.early:
        failure = target.failure(target.wait(GRACE_SECONDS)) or ApplicationError(
            "target-csv stopped reading before the end"
        )
    elif failure is None:
        failure = target.failure(target.wait())
        confirmations.join()
    if failure is not None:
        raise failure


def _state(line: bytes, streams: Mapping[str, StreamCounts]) -> dict[str, Any] | None:
    """Return the state that the target printed last; None if it printed none, because there were no rows."""
    if not line:
        if any(counts.rows for counts in streams.values()):
            raise ApplicationError("target-csv took rows and never confirmed a state; no table is written")
        return None
    try:
        state = json.loads(line)
    except ValueError:
        state = None
    if not isinstance(state, dict):
        raise ApplicationError("target-csv printed something that is no state")
    return state


def _write(path: Path, value: Mapping[str, Any]) -> Path:
    """Write a file that only its owner may read."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib opens no descriptor
        json.dump(value, file)
    return path
