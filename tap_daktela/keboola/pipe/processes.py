"""The two processes of the pipe: where their commands are, how they are started, and what their exit codes mean."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import BufferedIOBase
from pathlib import Path
from typing import BinaryIO, cast

from tap_daktela.errors import ApplicationError, UserError
from tap_daktela.keboola.disk import MEND_FULL, is_full
from tap_daktela.keboola.pipe.relog import Relogger
from tap_daktela.runtime.pipes import widen

# One heap for all threads, whose free pages return to the system: the tap needs a third less memory.
_SMALL_HEAP = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "131072"}
_UTF8 = {"PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"}
_LOGS = {"TAP_DAKTELA_LOG_FORMAT": "text", "TARGET_CSV_LOGLEVEL": "WARNING"}
GRACE_SECONDS = 10
"""Time in which a process that has closed its pipes should end."""

_SCRIPT_BYTES = 4096
"""Bytes at the beginning of a command in which it names the module that it runs, if it is a script."""

_SIGNALLED = 128
"""A shell adds it to the number of the signal that ended a command."""


def tap_command() -> Path:
    """Return the `tap-daktela` that is installed beside the interpreter. ApplicationError if it is missing."""
    command = Path(sys.executable).parent / "tap-daktela"
    if not command.exists():
        raise ApplicationError(f"tap-daktela is not installed beside {sys.executable}")
    return command


def target_command() -> Path:
    """Return the command of target-csv; ApplicationError if there is none.

    It is what TARGET_CSV names, else the one of `.venv-target` beside our environment, else the one on PATH.
    """
    if named := os.environ.get("TARGET_CSV"):
        if not (command := shutil.which(named)):
            raise ApplicationError(f"TARGET_CSV names {named}, which cannot be run")
        return Path(command)
    beside = Path(sys.prefix).parent / ".venv-target" / "bin" / "target-csv"
    found = str(beside) if beside.exists() else shutil.which("target-csv")
    if not found:
        raise ApplicationError("target-csv is not installed: set TARGET_CSV, or put meltanolabs-target-csv on PATH")
    return Path(found)


def reads_batches(command: Path, folder: Path) -> bool:
    """Tell whether a target reads rows from files in `folder` that BATCH messages name.

    meltanolabs-target-csv does, unless a path has characters that URLs must quote: it does not undo that.
    """
    if not os.access(command, os.R_OK) or folder.as_uri() != f"file://{folder}":
        return False
    with command.open("rb") as file:
        return b"meltanolabs_target_csv" in file.read(_SCRIPT_BYTES)


class Confirmations(threading.Thread):
    """Reads the standard output of the target, on which it confirms states, from the moment it is made.

    `last` is the last line. Set `ending` before the target may end. If the output ends earlier, the target is gone:
    `early` is then true, and `gone` is called.
    """

    def __init__(self, stream: BufferedIOBase, gone: Callable[[], None]) -> None:
        super().__init__(name="target-csv-states", daemon=True)
        self.last = b""
        self.ending = False
        self.early = False
        self._stream = stream
        self._gone = gone
        self.start()

    def run(self) -> None:
        """Read to the end of the stream."""
        for line in self._stream:
            self.last = line.strip() or self.last
        if not self.ending:
            self.early = True
            self._gone()


class PipeProcess:
    """A process of the pipe, started when it is made. Its log lines become ours. ApplicationError if it cannot start.

    `folder` is for its temporary files; `reads` says whether it has a `stdin` for us to write to.
    """

    def __init__(self, name: str, command: Sequence[str | Path], folder: Path, *, reads: bool) -> None:
        self.name = name
        try:
            # A session of its own: we handle a signal to our group, and end our processes ourselves.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                # target-csv writes each batch into a temporary file first, and leaves that behind if it is killed.
                env={**os.environ, **_SMALL_HEAP, **_UTF8, **_LOGS, "TMPDIR": str(folder)},
                bufsize=1024 * 1024,
                start_new_session=True,
            )
        except OSError as error:
            raise ApplicationError(f"{name} cannot be started: {error.strerror or error}") from error
        self.stdin = cast("BufferedIOBase", self._process.stdin)
        self.stdout = cast("BufferedIOBase", self._process.stdout)
        widen(self.stdout.fileno())
        self._stderr = cast("BinaryIO", self._process.stderr)
        self._log = Relogger(name, self._stderr)

    def wait(self, seconds: float | None = None) -> int:
        """Return the exit code, minus N for signal N, once the process has ended and its log is read.

        It is killed after that many `seconds`.
        """
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.end()
            code = self._process.wait()
        # Processes that it has started may still hold its pipes.
        self.end()
        self._log.join()
        return code

    def end(self) -> None:
        """Kill the process and all that it has started. Harmless if they have ended."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Kill the process and close its pipes."""
        self.end()
        self.wait()
        if self._process.stdin is not None:
            # Bytes that are still buffered are lost: nobody reads them.
            with suppress(BrokenPipeError):
                self.stdin.close()
        self.stdout.close()
        self._stderr.close()

    def failure(self, code: int) -> UserError | ApplicationError | None:
        """Return the error that an exit code means, with the worst line of the process's log; None for success."""
        if code == 0:
            return None
        words = self._log.worst_line
        if self.name == "tap-daktela" and code == 1 and words:
            return UserError(words)
        if is_full(words):
            return UserError(f"{self.name}: {words}; {MEND_FULL}")
        number = -code if code < 0 else code - _SIGNALLED if code > _SIGNALLED else 0
        if number:
            return ApplicationError(f"{self.name} was ended by {_signal_text(number)}")
        return ApplicationError(f"{self.name} failed with exit code {code}{': ' if words else ''}{words}")


def _signal_text(number: int) -> str:
    if number == signal.SIGKILL:
        return "SIGKILL, most likely because memory ran out"
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
