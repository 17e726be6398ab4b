"""The processes of the pipe: where their commands are, how they end, and what that means."""

from __future__ import annotations

import io
import signal
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tap_daktela.errors import ApplicationError, UserError
from tap_daktela.keboola.pipe import processes
from tap_daktela.keboola.pipe.processes import Confirmations, PipeProcess
from tests.helpers.harness import PATIENCE
from tests.helpers.keboola.pipeline_helpers import script

if TYPE_CHECKING:
    from pathlib import Path


def test_the_target_is_found_beside_the_installation_and_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TARGET_CSV", raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(ApplicationError, match="not installed"):
        processes.target_command()
    for place in ("bin", ".venv-target/bin"):
        (tmp_path / place).mkdir(parents=True)
        found = script(tmp_path / place / "target-csv", "")
        assert processes.target_command() == found


def ended(tmp_path: Path, name: str, body: str) -> Exception | None:
    """Return the error that the end of a command in Python means."""
    command = [script(tmp_path / "command", f"import os, sys\n{body}\n")]
    with closing(PipeProcess(name, command, tmp_path, reads=False)) as process:
        return process.failure(process.wait())


@pytest.mark.parametrize(
    ("name", "body", "kind", "sentence"),
    [
        ("tap-daktela", "sys.stderr.write('CRITICAL it is closed')\nsys.exit(1)", UserError, "it is closed"),
        ("tap-daktela", "sys.exit(1)", ApplicationError, "tap-daktela failed with exit code 1"),
        (
            "target-csv",
            "sys.stderr.write('ERROR it broke')\nsys.exit(1)",
            ApplicationError,
            "target-csv failed with exit code 1: it broke",
        ),
        (
            "target-csv",
            "os.kill(os.getpid(), 9)",
            ApplicationError,
            "target-csv was ended by SIGKILL, most likely because memory ran out",
        ),
        ("target-csv", "sys.exit(143)", ApplicationError, "target-csv was ended by SIGTERM"),
        ("target-csv", "sys.exit(128 + 90)", ApplicationError, "target-csv was ended by signal 90"),
    ],
)
def test_an_exit_code_becomes_an_error(
    tmp_path: Path, name: str, body: str, kind: type[Exception], sentence: str
) -> None:
    error = ended(tmp_path, name, body)
    assert type(error) is kind
    assert str(error) == sentence


def test_success_is_no_error(tmp_path: Path) -> None:
    assert ended(tmp_path, "target-csv", "sys.stderr.write('ERROR but it went on')") is None


def test_a_process_that_does_not_end_is_killed_with_what_it_has_started(tmp_path: Path) -> None:
    body = "import os, time\nos.fork()\nos.write(1, b'here\\n')\ntime.sleep(600)\n"
    command = [script(tmp_path / "command", body)]
    with closing(PipeProcess("tap-daktela", command, tmp_path, reads=False)) as process:
        assert [process.stdout.readline() for _ in range(2)] == [b"here\n", b"here\n"]
        assert process.wait(0.1) == -signal.SIGKILL
        # Its output has an end: nobody holds it open any more.
        assert process.stdout.read() == b""


def test_a_command_that_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(ApplicationError, match="target-csv cannot be started: No such file"):
        PipeProcess("target-csv", [tmp_path / "nothing"], tmp_path, reads=True)


def test_the_last_confirmation_counts(tmp_path: Path) -> None:
    gone = threading.Event()
    body = "import sys\nprint('{\"a\":1}', flush=True)\nsys.stdin.read()\nprint('{\"a\":2}\\n')\n"
    command = [script(tmp_path / "command", body)]
    with closing(PipeProcess("target-csv", command, tmp_path, reads=True)) as process:
        confirmations = Confirmations(process.stdout, gone.set)
        confirmations.ending = True
        process.stdin.close()
        confirmations.join(PATIENCE)
    assert confirmations.last == b'{"a":2}'
    assert not confirmations.early
    assert not gone.is_set()


def test_a_target_that_ends_too_early_is_noticed() -> None:
    gone = threading.Event()
    confirmations = Confirmations(io.BufferedReader(io.BytesIO(b'{"a":1}\n')), gone.set)  # type: ignore[arg-type]
    assert gone.wait(PATIENCE)
    assert confirmations.early
