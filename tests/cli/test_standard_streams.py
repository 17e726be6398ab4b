"""Both commands where the caller has closed, broken or changed something that programs take for granted."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import harness
from tests.helpers.keboola.keboola_folder import COMMAND, DataFolder, Run, parameters_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")  # noqa: PTH110

NOBODY_READS_STDERR = 'exec "$@" # its stderr is a pipe without a reader'
# What a shell does before it becomes the command: "$@".
HARMLESS = {
    "no stderr": 'exec "$@" 2>&-',
    "no stdin": 'exec "$@" <&-',
    "neither stdin nor stderr": 'exec "$@" <&- 2>&-',
    "stderr is full": 'exec "$@" 2>/dev/full',
    "nobody reads stderr": NOBODY_READS_STDERR,
    "no HOME": 'unset HOME; exec "$@"',
    "a HOME that is missing": 'HOME=/nowhere exec "$@"',
    "a HOME that cannot be written": 'HOME=/proc exec "$@"',
    "no PATH": 'unset PATH; exec "$@"',
    "LANG=C": 'LC_ALL=C PYTHONCOERCECLOCALE=0 PYTHONUTF8=0 exec "$@"',
    "LANG=POSIX": 'LC_ALL=POSIX LANG=POSIX exec "$@"',
    "ASCII only": 'PYTHONIOENCODING=ascii exec "$@"',
    "no current folder": 'mkdir gone && cd gone && rmdir ../gone && exec "$@"',
    "a TMPDIR that is missing": 'TMPDIR=/nowhere exec "$@"',
    "a TMPDIR that cannot be written": 'TMPDIR=/proc exec "$@"',
}
USELESS = {
    "no stdout": ('exec "$@" >&-', "stdout is closed"),
    "only stdin": ('exec "$@" >&- 2>&-', None),
    "nothing": ('exec "$@" <&- >&- 2>&-', None),
    "stdout is full": ('exec "$@" >/dev/full', "stdout cannot be written: No space left on device"),
}


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., harness.Sandbox]) -> Iterator[harness.Sandbox]:
    with sandbox("--rows", "60") as running:
        yield running


def in_shell(
    script: str, command: list[Any], folder: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a command as the script says."""
    reader, writer = os.pipe()
    os.close(reader)
    stderr = writer if script == NOBODY_READS_STDERR else subprocess.PIPE
    shell = ["/bin/sh", "-c", script, "sh", *command]
    try:
        return subprocess.run(
            shell,
            cwd=folder,
            env=env,
            stdout=subprocess.PIPE,
            stderr=stderr,
            check=False,
            timeout=harness.PATIENCE,
        )
    finally:
        os.close(writer)


def tap(daktela: harness.Sandbox, folder: Path) -> list[Any]:
    """Return a command that reads a small stream and tells much of it."""
    return harness.tap_command(folder, {**daktela.login, "start_date": harness.BEGINNING, "streams": "users,tickets"})


def rows_of(stdout: bytes) -> list[bytes]:
    """Return the lines of a run without the times at which they were read."""
    lines = stdout.split(b"\n")
    assert lines.pop() == b""
    return [line.partition(b',"time_extracted"')[0] for line in lines]


@pytest.fixture(scope="module")
def rows(daktela: harness.Sandbox, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Give the lines of a run whose caller has changed nothing."""
    folder = tmp_path_factory.mktemp("whole")
    done = in_shell('exec "$@"', tap(daktela, folder), folder)
    assert done.returncode == 0, done.stderr
    lines = rows_of(done.stdout)
    assert len(lines) > 30
    return lines


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", HARMLESS)
def test_the_tap_works(daktela: harness.Sandbox, rows: list[bytes], tmp_path: Path, name: str) -> None:
    env = {**os.environ, "TAP_DAKTELA_LOGLEVEL": "DEBUG"}
    done = in_shell(HARMLESS[name], tap(daktela, tmp_path), tmp_path, env)
    assert done.returncode == 0, done.stderr
    assert rows_of(done.stdout) == rows
    said = done.stderr or b""
    assert b"Traceback" not in said
    assert b"Logging error" not in said


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", HARMLESS)
def test_the_component_works(daktela: harness.Sandbox, tmp_path: Path, target_csv: Path, name: str) -> None:
    data = DataFolder(tmp_path, target_csv)
    folder = data.prepare({**parameters_of(daktela), "tables": "users"})
    done = in_shell(HARMLESS[name], [COMMAND], tmp_path, data.environment(folder))
    run = Run(done.returncode, done.stdout.decode(), (done.stderr or b"").decode(), folder)
    assert (run.returncode, run.stderr) == (0, ""), run.stdout
    assert len(run.tables["acme_users"].rows) > 1
    assert "acme_users: " in run.stdout


@pytest.mark.parametrize("name", USELESS)
@pytest.mark.parametrize("mode", ["read", "discover", "help", "version"])
def test_the_tap_says_that_nothing_can_be_written(
    daktela: harness.Sandbox, tmp_path: Path, name: str, mode: str
) -> None:
    script, words = USELESS[name]
    command = tap(daktela, tmp_path)
    done = in_shell(script, command if mode == "read" else [command[0], f"--{mode}"], tmp_path)
    assert (done.returncode, done.stdout) == (1, b"")
    if words is None:
        assert done.stderr == b""
    else:
        assert harness.untimed(done.stderr.decode()).splitlines()[-1] == f"CRITICAL {words}"
        assert b"Traceback" not in done.stderr
        assert b"Exception ignored" not in done.stderr


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", USELESS)
def test_the_component_needs_no_stdout_to_run_but_for_an_answer(
    daktela: harness.Sandbox, tmp_path: Path, target_csv: Path, name: str
) -> None:
    script, words = USELESS[name]
    data = DataFolder(tmp_path, target_csv)
    folder = data.prepare({**parameters_of(daktela), "tables": "users"})
    done = in_shell(script, [COMMAND], tmp_path, data.environment(folder))
    run = Run(done.returncode, "", done.stderr.decode(), folder)
    assert (run.returncode, run.stderr) == (0, "")
    assert set(run.tables) == {"acme_users"}
    action = data.prepare({**parameters_of(daktela), "tables": "users"}, action="testConnection")
    done = in_shell(script, [COMMAND], tmp_path, data.environment(action))
    assert (done.returncode, done.stderr.decode()) == (1, words or "")


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can become another user")
def test_a_user_whom_nobody_knows(daktela: harness.Sandbox, rows: list[bytes], tmp_path: Path) -> None:
    command = tap(daktela, tmp_path)
    # Root's own files stay readable: the interpreter may lie among them.
    user = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"]
    caps = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    done = in_shell('unset HOME; exec "$@"', [*user, *caps, *command], tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert rows_of(done.stdout) == rows


@pytest.mark.parametrize("kind", ["pipe", "terminal"])
def test_what_does_not_block_is_waited_for(
    daktela: harness.Sandbox, rows: list[bytes], tmp_path: Path, kind: str
) -> None:
    command = tap(daktela, tmp_path)
    ends = [os.pipe() if kind == "pipe" else os.openpty() for _ in range(2)]
    for _, writer in ends:
        os.set_blocking(writer, False)
    # The tap widens its stdout: only for its stderr, the log, a page is enough.
    if kind == "pipe" and sys.platform == "linux":
        fcntl.fcntl(ends[1][1], fcntl.F_SETPIPE_SZ, 4096)
    process = subprocess.Popen(
        command,
        env={**os.environ, "TAP_DAKTELA_LOGLEVEL": "DEBUG"},
        stdin=subprocess.DEVNULL,
        stdout=ends[0][1],
        stderr=ends[1][1],
    )
    for _, writer in ends:
        os.close(writer)
    read: list[bytearray] = [bytearray(), bytearray()]

    def drain(number: int) -> None:
        try:
            while piece := os.read(ends[number][0], 100):
                read[number].extend(piece)
        except OSError:
            pass  # That is how a terminal ends.

    threads = [threading.Thread(target=drain, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for reader, _ in ends:
        os.close(reader)
    assert process.wait(harness.PATIENCE) == 0
    assert rows_of(bytes(read[0]).replace(b"\r\n", b"\n")) == rows
    log = bytes(read[1]).decode()
    assert "DEBUG GET tickets" in log
    assert "Logging error" not in log
    assert log.endswith("\n")
