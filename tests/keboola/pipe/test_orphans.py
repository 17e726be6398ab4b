"""A component that is killed: the processes that it has started end by themselves, whatever they wait for."""

from __future__ import annotations

import signal
import stat
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers import harness
from tests.helpers.http_stub import TOKEN, HttpStub, Reply, answered
from tests.helpers.keboola.keboola_folder import COMMAND
from tests.helpers.keboola.pipeline_helpers import named_children, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler

    from tests.helpers.keboola.keboola_folder import DataFolder

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")

PASSWORD = "canary-password"


class HoldsLogin:
    """An instance that answers the login of the component, and not the one of its tap.

    `asked` is set once the tap waits for its login, `left` once it has closed the connection.
    """

    def __init__(self) -> None:
        """Listen."""
        self.asked, self.left = threading.Event(), threading.Event()
        self.server = HttpStub()
        self.server.on("login", answered({"accessToken": TOKEN}), Reply(raw=self._hold))
        self.server.on("whoim", answered({"user": {"name": "me"}, "version": "6.1"}, _timezone="Europe/Prague"))

    def _hold(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.set()
        assert request.connection.recv(1) == b""
        self.left.set()


@pytest.fixture
def instance() -> Iterator[HoldsLogin]:
    one = HoldsLogin()
    yield one
    one.server.stop()


def has_ended(pid: int) -> bool:
    """Tell whether a process has ended, though nobody may have asked for its exit code."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.unmeasured
def test_a_killed_component_leaves_no_process(instance: HoldsLogin, data_folder: DataFolder) -> None:
    parameters = {
        "url": instance.server.url, "username": "me", "#password": PASSWORD, "from": "-1", "tables": "queues",
    }  # fmt: skip
    folder = data_folder.prepare(parameters)
    temporary = data_folder.root / "tmp"
    temporary.mkdir()
    process = subprocess.Popen(
        [COMMAND],
        env=data_folder.environment(folder, {"TMPDIR": str(temporary)}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert instance.asked.wait(harness.PATIENCE)
    started = named_children(process.pid)
    assert set(started) >= {"tap-daktela", "target-csv"}
    process.send_signal(signal.SIGKILL)
    process.wait(harness.PATIENCE)
    assert instance.left.wait(harness.PATIENCE)
    for pid in started.values():
        wait_for(lambda pid=pid: has_ended(pid))  # type: ignore[misc]
    # What docs/security.md says of it: the private folder stays, for nobody else to see.
    assert list((folder / "out/tables").iterdir()) == []
    assert not (folder / "out/state.json").exists()
    [private] = temporary.iterdir()
    assert stat.S_IMODE(private.stat().st_mode) == stat.S_IRWXU
    config = private / "config.json"
    assert stat.S_IMODE(config.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
    assert PASSWORD in config.read_text()
