"""What goes wrong around a run: processes that die, signals, rights, secrets, memory. Nothing half done is left."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import harness
from tests.helpers.keboola.keboola_folder import COMMAND, DataFolder, Run, parameters_of
from tests.helpers.ledger import requested

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers.harness import Sandbox

pytestmark = pytest.mark.unmeasured

NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs")
# A developer's interpreter may lie where others may not look (pyenv); the image's does not. It allows only reading.
MAY_READ = ("--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search")

REMEDY = "Where a stream may not be read: ask for the right, or deselect it"

linux = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are found in /proc")
as_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root can become another user"
)


def failed(run: Run, code: int) -> str:
    """Return the one line with which a run failed that left nothing behind."""
    assert (run.returncode, run.files, run.state) == (code, [], None)
    assert not (run.folder / "out/state.json").exists()
    [line] = run.stderr.strip().splitlines()
    assert "Traceback" not in line
    return line


# --- processes that end before their time ---------------------------------------------------------------------------


def descendants(pid: int) -> Iterator[tuple[int, str]]:
    """Yield every process below `pid` with its command line."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        # What has ended meanwhile is nobody's child.
        with suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found = [pid]
    for parent in found:
        found += [child for child, its_parent in parents.items() if its_parent == parent]
    for child in found[1:]:
        with suppress(OSError):
            yield child, Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()


class Running:
    """A run of the component that is under way, with a folder for temporary files of its own."""

    def __init__(self, data_folder: DataFolder, parameters: Any) -> None:
        """Start it."""
        self.folder = data_folder.prepare(parameters)
        self.temporary = data_folder.root / "tmp"
        self.temporary.mkdir()
        self._process = subprocess.Popen(
            [COMMAND],
            env=data_folder.environment(self.folder, {"TMPDIR": str(self.temporary)}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def child(self, command: str) -> int:
        """Wait until a process of this name runs, and return its number."""
        end = time.monotonic() + harness.PATIENCE
        while time.monotonic() < end and self.is_alive:
            for pid, line in descendants(self._process.pid):
                if f"/{command} " in line:
                    return pid
            time.sleep(0.02)
        raise AssertionError(f"{command} was never started: {self.end().stderr}")

    def has_read(self) -> bool:
        """Wait until rows have reached the target, or the run has ended; tell which."""
        while self.is_alive:
            if any(path.stat().st_size for path in self.temporary.glob("*/raw/*.csv")):
                return True
            time.sleep(0.02)
        return False

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    @property
    def is_alive(self) -> bool:
        """Tell whether it still runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Return the number of its process."""
        return self._process.pid

    def end(self) -> Run:
        """Wait for the end, after which no temporary file is left."""
        stdout, stderr = self._process.communicate(timeout=harness.PATIENCE)
        assert list(self.temporary.iterdir()) == []
        return Run(self._process.returncode, stdout.decode(), stderr.decode(), self.folder)


@pytest.fixture
def slow(sandbox: Callable[..., Sandbox]) -> Iterator[Sandbox]:
    """Give a sandbox that takes its time, so that a run can be met in the middle of it."""
    with sandbox("--rows", "3000", "--latency-ms", "150") as daktela:
        yield daktela


@linux
@pytest.mark.parametrize("name", ["tap-daktela", "target-csv"])
def test_5_and_6_a_process_that_is_killed_fails_the_run(slow: Sandbox, data_folder: DataFolder, name: str) -> None:
    running = Running(data_folder, {**parameters_of(slow), "tables": "activities, tickets", "backend": "sequential"})
    pid = running.child(name)
    assert running.has_read()
    os.kill(pid, signal.SIGKILL)
    assert f"{name} was ended by SIGKILL" in failed(running.end(), 2)


@linux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_told_to_stop_leaves_nothing(slow: Sandbox, data_folder: DataFolder, number: int) -> None:
    running = Running(data_folder, {**parameters_of(slow), "tables": "activities, tickets", "backend": "sequential"})
    children = [running.child("tap-daktela"), running.child("target-csv")]
    assert running.has_read()
    running.signal(number)
    assert failed(running.end(), 128 + number) == f"stopped by signal {int(number)} ({signal.Signals(number).name})"
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []


def test_5_a_tap_that_fails_midway_fails_the_run(sandbox: Callable[..., Sandbox], data_folder: DataFolder) -> None:
    with sandbox("--rows", "300", "--deny", "queues=403") as daktela:
        line = failed(data_folder.run({**parameters_of(daktela), "tables": "activities, queues"}), 1)
    assert "queues: the user has no right to read it (HTTP 403" in line
    assert line.endswith(REMEDY)


@pytest.mark.parametrize("fields", [[], ["title", "custom_fields_order_id"]])
def test_tables_that_may_not_be_read_fail_before_anything_is_read(
    sandbox: Callable[..., Sandbox], data_folder: DataFolder, fields: list[str]
) -> None:
    with sandbox("--rows", "5", "--deny", "tickets=403", "--deny", "contacts=404") as daktela:
        options = [{"table": "tickets", "fields": fields}] if fields else []
        parameters = {**parameters_of(daktela), "tables": "queues, contacts, tickets", "table_options": options}
        line = failed(data_folder.run(parameters), 1)
        paths = {one["path"] for one in requested(daktela)}
    assert "contacts: there is no such list" in line
    assert "tickets: the user has no right to read it (HTTP 403" in line
    assert line.endswith(REMEDY)
    assert "/api/v6/queues.json" not in paths


def test_6_wrong_credentials_are_the_users(data_folder: DataFolder, login: dict[str, str]) -> None:
    line = failed(data_folder.run({**login, "#password": "wrong", "tables": "tickets"}), 1)
    assert "refuses username and password" in line


def test_a_target_that_is_not_there_is_ours(data_folder: DataFolder, login: dict[str, str]) -> None:
    line = failed(data_folder.run({**login, "tables": "queues"}, env={"TARGET_CSV": "/nowhere/target-csv"}), 2)
    assert "/nowhere/target-csv" in line


def test_a_data_folder_that_is_not_there_is_told(data_folder: DataFolder) -> None:
    run = data_folder.start(data_folder.prepare({}), env={"KBC_DATADIR": "/nowhere/data"})
    assert run.returncode == 1
    assert run.stderr == "there is no data folder /nowhere/data that may be entered; KBC_DATADIR names it\n"


# --- memory ---------------------------------------------------------------------------------------------------------


def resident(pid: int) -> int:
    """Return what a process and all below it hold in memory, in KiB; what they share is counted once."""
    total = 0
    for one in [pid, *(child for child, _ in descendants(pid))]:
        with suppress(OSError):
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def peak(data_folder: DataFolder, parameters: Any) -> tuple[int, int]:
    """Run the component; return the rows that it wrote and the peak of memory of all its processes, in KiB."""
    running = Running(data_folder, parameters)
    highest = 0
    while running.is_alive:
        highest = max(highest, resident(running.pid))
        time.sleep(0.05)
    run = running.end()
    assert run.returncode == 0, run.stderr
    shutil.rmtree(running.temporary)
    return sum(len(table.rows) for table in run.tables.values()), highest


@linux
def test_9_memory_does_not_grow_with_rows(sandbox: Callable[..., Sandbox], data_folder: DataFolder) -> None:
    peaks = []
    for rows in ("1500", "15000"):
        with sandbox("--rows", rows, "--seed", "5") as daktela:
            peaks.append(peak(data_folder, {**parameters_of(daktela), "tables": "activities"}))
    (few, small), (many, large) = peaks
    assert many > 9 * few
    assert 0 < large < 256 * 1024
    assert large < 1.2 * small


# --- users and rights -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def image() -> Iterator[Path]:
    """Give a folder into which the component was installed as into its image."""
    # Not below the tests' own folders, which other users may not look into.
    with tempfile.TemporaryDirectory(prefix="tap-daktela-image-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        command = [harness.REPOSITORY / "scripts/image", "keboola", folder]
        env = {**os.environ, "PYTHON": str(harness.INSTALLER)}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        yield folder


@pytest.fixture
def public_folder(target_csv: Path) -> Iterator[DataFolder]:
    """Give a data folder that every user may write into."""
    with tempfile.TemporaryDirectory(prefix="tap-daktela-data-") as name:
        Path(name).chmod(0o777)
        yield DataFolder(Path(name), target_csv)


def run_as_nobody(image: Path, folder: Path, home: Path) -> Run:
    """Run the installed component as a user who owns nothing, with nothing of our environment."""
    env = {"KBC_DATADIR": str(folder), "HOME": str(home), "PATH": "/usr/bin:/bin", "KBC_STACKID": "x"}
    interpreter = (image / ".venv/bin/python").resolve()
    is_open = all(path.stat().st_mode & 0o001 for path in (interpreter, *interpreter.parents))
    command = [*AS_NOBODY, *(() if is_open else MAY_READ), image / ".venv/bin/tap-daktela-keboola"]
    done = subprocess.run(command, env=env, cwd="/", capture_output=True, check=False, timeout=harness.PATIENCE)
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode(), folder)


def fingerprint(folder: Path) -> dict[str, int]:
    return {str(path): path.lstat().st_mtime_ns for path in folder.rglob("*")}


@as_root
def test_10_the_image_runs_under_any_user_without_a_home(
    daktela: Sandbox, public_folder: DataFolder, image: Path, tmp_path: Path
) -> None:
    folder = public_folder.prepare({**parameters_of(daktela), "tables": "tickets", "from": "7 days ago"})
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    before = fingerprint(image)
    # The home is a folder of ours.
    tmp_path.chmod(0o555)
    run = run_as_nobody(image, folder, tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert set(run.tables) == {"acme_tickets"}
    assert run.state is not None
    assert fingerprint(image) == before


@as_root
def test_10_an_output_folder_that_may_not_be_written_is_told(
    daktela: Sandbox, public_folder: DataFolder, image: Path, tmp_path: Path
) -> None:
    folder = public_folder.prepare({**parameters_of(daktela), "tables": "queues"})
    os.chown(folder / "config.json", NOBODY, NOBODY)
    os.chown(folder / "in/state.json", NOBODY, NOBODY)
    assert str(folder / "out/tables") in failed(run_as_nobody(image, folder, tmp_path), 1)


# --- logs and secrets -----------------------------------------------------------------------------------------------


class Gelf:
    """The platform's logger: takes GELF messages over TCP."""

    def __init__(self) -> None:
        """Listen."""
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._data = b""
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._server.accept()
        with connection:
            while piece := connection.recv(65536):
                self._data += piece

    def messages(self) -> list[dict[str, Any]]:
        """Return what came over the one connection, once it is closed."""
        self._thread.join(harness.PATIENCE)
        self._server.close()
        return [json.loads(piece) for piece in self._data.split(b"\0") if piece]


@pytest.mark.parametrize("good", [True, False])
def test_lines_go_to_the_platforms_logger(data_folder: DataFolder, login: dict[str, str], good: bool) -> None:
    gelf = Gelf()
    password = login["#password"] if good else "canary-password"
    env = {"KBC_LOGGER_ADDR": "127.0.0.1", "KBC_LOGGER_PORT": str(gelf.port)}
    run = data_folder.run({**login, "#password": password, "tables": "tickets"}, env=env)
    messages = gelf.messages()
    told = [(message["level"], message["short_message"]) for message in messages]
    assert all(text for _, text in told)
    assert run.stdout == ""
    if good:
        assert (run.returncode, run.stderr) == (0, "")
        assert any(level == 6 and text.startswith("Extracting 1 tables") for level, text in told)
        # What the tap warned of is still a warning.
        assert any(level == 4 and "tickets" in text for level, text in told)
    else:
        line = failed(run, 1)
        assert told[-1] == (3, line)
        assert "canary-password" not in str(messages)


def test_the_platforms_debug_mode_records_no_login(data_folder: DataFolder, login: dict[str, str]) -> None:
    run = data_folder.run({**login, "tables": "queues"}, env={"KBC_COMPONENT_RUN_MODE": "debug"})
    assert (run.returncode, run.stderr) == (0, "")
    assert list((run.folder / "out/files").iterdir()) == []


@linux
def test_13_secrets_are_nowhere(slow: Sandbox, data_folder: DataFolder) -> None:
    slow.control("options", {"latency_ms": 20})
    login = {key: value for key, value in parameters_of(slow).items() if key not in {"username", "#password"}}
    for parameters in (parameters_of(slow), {**login, "#access_token": slow.access_token}):
        shutil.rmtree(data_folder.root / "tmp", ignore_errors=True)
        running = Running(data_folder, {**parameters, "tables": "activities, queues", "debug": True})
        lines = []
        for name in ("tap-daktela", "target-csv"):
            running.child(name)
            lines += [line for _, line in descendants(running.pid)]
        run = running.end()
        assert run.returncode == 0, run.stderr
        (run.folder / "config.json").unlink()
        left = b"".join(path.read_bytes() for path in run.folder.rglob("*") if path.is_file())
        everything = f"{run.stdout}{run.stderr}{lines}".encode() + left
        assert len(lines) >= 2
        assert b"acme_queues" in everything
        assert "DEBUG" in run.stdout
        for secret in (slow.password, slow.access_token):
            assert secret.encode() not in everything
