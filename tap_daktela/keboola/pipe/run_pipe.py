"""The pipe: `tap-daktela` and `target-csv` as two processes with the tee between them, in a private folder."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_daktela.errors import ApplicationError
from tap_daktela.keboola.pipe.processes import GRACE, Child, Confirmations, tap_command, target_command
from tap_daktela.keboola.pipe.tee import Passed, Rewrite, Tee

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_daktela.runtime.signals import Stop

__all__ = ["PipeResult", "private_folder", "run_pipe"]


@dataclass(frozen=True)
class PipeResult:
    """What went through the pipe: what passed of each stream, and the last state that the target confirmed, if any."""

    streams: dict[str, Passed]
    state: dict[str, Any] | None


@contextmanager
def private_folder() -> Iterator[Path]:
    """Give a folder that only we can look into, and remove it with all that is in it."""
    folder = Path(tempfile.mkdtemp(prefix="tap-daktela-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


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
    """Read with the tap's settings `config` (and `catalog`, `state`) into one CSV file for each stream in `raw`.

    The target keeps `batch_rows` of each stream in memory, several times over, until it writes them.

    UserError if the tap says that its user can mend it, ApplicationError if a process fails in any other way.
    The settings with the secrets lie in `folder` as long as this runs. `stop` is entered already.
    """
    options = {"output_path": str(raw), "validate_records": False, "batch_size_rows": batch_rows}
    target_line: list[str | Path] = [target_command(), "--config", _write(folder / "target.json", options)]
    tap_line: list[str | Path] = [tap_command(), "--catalog", _write(folder / "catalog.json", catalog)]
    if state:
        tap_line += ["--state", _write(folder / "state.json", state)]
    secrets = folder / "config.json"
    try:
        tap_line += ["--config", _write(secrets, config)]
        return _flow(tap_line, target_line, folder, rewrite, stop)
    finally:
        secrets.unlink(missing_ok=True)


def _flow(
    tap_line: list[str | Path], target_line: list[str | Path], folder: Path, rewrite: Rewrite | None, stop: Stop
) -> PipeResult:
    """Run both processes to their end."""
    with ExitStack() as ending:
        # A signal between the start of a process and our taking note of it would leave it behind.
        with stop.deferred():
            target = Child("target-csv", target_line, folder, reads=True)
            ending.callback(target.close)
            tap = Child("tap-daktela", tap_line, folder, reads=False)
            ending.callback(tap.close)
            # Where the target dies, the tap has nobody to write to.
            confirmations = Confirmations(target.stdout, gone=tap.end)
            # In the reverse of this order: first everything ends, then the pipes are closed.
            ending.callback(confirmations.join)
            ending.callback(target.end)
        stop.poll()
        tee = Tee(tap.stdout, target.stdin, rewrite)
        _pass(tee, tap, target, confirmations)
        return PipeResult(tee.streams, _state(confirmations.last, tee.streams))


def _pass(tee: Tee, tap: Child, target: Child, confirmations: Confirmations) -> None:
    """Let everything flow, then ask both processes how it went; raise the failure of the one that failed first."""
    try:
        tee.run()
        failure = tap.failure(tap.wait())
        confirmations.ending = not confirmations.early
        if failure is None and tee.cut:
            failure = ApplicationError("the tap ended within a line and called that a success")
        if failure is None:
            target.stdin.close()
    except BrokenPipeError:
        confirmations.early = True
    if confirmations.early:
        failure = target.failure(target.wait(GRACE)) or ApplicationError("target-csv stopped reading before the end")
    elif failure is None:
        failure = target.failure(target.wait())
        confirmations.join()
    if failure is not None:
        raise failure


def _state(line: bytes, streams: Mapping[str, Passed]) -> dict[str, Any] | None:
    """Return the state that the target printed last."""
    if not line:
        if any(passed.rows for passed in streams.values()):
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
