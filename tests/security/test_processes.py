"""What others on the machine may see of a run: command lines, environments and files, while it runs and afterwards."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import harness
from tests.helpers.keboola.keboola_folder import COMMAND, DataFolder, parameters_of
from tests.helpers.keboola.pipeline_helpers import children

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers.harness import Sandbox

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no /proc"),
    pytest.mark.unmeasured,
]
MAIL = "jana.novakova@customer.example"
WHEN = "2024-11-01 00:00:00"


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., Sandbox]) -> Iterator[Sandbox]:
    """Give an instance that takes its time, and sends whole rows whatever it is asked for."""
    with sandbox("--rows", "200", "--latency-ms", "25", "--ignore-fields") as running:
        running.control("rows", {"endpoint": "contacts", "rows": [{"title": MAIL, "edited": WHEN, "created": WHEN}]})
        yield running


class Watched:
    """What could be seen of a process, of all that it started, and of the files in a folder, until it ended.

    `seen` are the contents of /proc by name, `commands` the programs, `open_to_others` the files that others can use.
    """

    def __init__(self, process: subprocess.Popen[bytes], temporary: Path) -> None:
        self.seen: dict[str, set[bytes]] = {"cmdline": set(), "environ": set()}
        self.commands: set[str] = set()
        self.open_to_others: set[str] = set()
        while process.poll() is None:
            self._look(process.pid)
            self._look_into(temporary)
            time.sleep(0.01)

    def _look(self, pid: int) -> None:
        for child in children(pid):
            self._look(child)
        for name, seen in self.seen.items():
            with suppress(OSError):
                seen.add(Path(f"/proc/{pid}/{name}").read_bytes())
        self.commands |= {Path(word).name for line in self.seen["cmdline"] for word in os.fsdecode(line).split("\0")}

    def _look_into(self, temporary: Path) -> None:
        for path in temporary.iterdir():
            with suppress(OSError):
                if path.is_dir() and stat.S_IMODE(path.stat().st_mode) == stat.S_IRWXU:
                    continue  # Nobody else can look into it.
                if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                    self.open_to_others.add(str(path))


def run(command: list[Any], temporary: Path, environment: dict[str, str]) -> tuple[Watched, bytes]:
    """Run a command under watch, with a folder of its own for temporary files; return also all that it wrote."""
    temporary.mkdir()
    out = temporary.with_name("written")
    with out.open("wb") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
            env={**environment, "TMPDIR": str(temporary)},
            umask=0o022,
        )  # fmt: skip
        watched = Watched(process, temporary)
    assert process.returncode == 0, out.read_text()
    return watched, out.read_bytes()


def check(watched: Watched, temporary: Path, secrets: list[str]) -> None:
    assert all(watched.seen.values())
    for name, seen in watched.seen.items():
        for secret in secrets:
            assert not any(secret.encode() in one for one in seen), name
    assert not watched.open_to_others
    assert not list(temporary.iterdir()), "something was left behind"


def test_the_tap(daktela: Sandbox, tmp_path: Path) -> None:
    config = {**daktela.login, "start_date": harness.BEGINNING, "streams": "contacts,users,queues"}
    for number, mode in enumerate(([], ["--discover"])):
        folder = tmp_path / str(number)
        folder.mkdir()
        command = [*harness.tap_command(folder, config), *mode]
        environment = {**os.environ, "TAP_DAKTELA_LOGLEVEL": "DEBUG"}
        watched, written = run(command, folder / "tmp", environment)
        assert "tap-daktela" in watched.commands
        check(watched, folder / "tmp", [daktela.password, "SANDBOX-SECRET-", MAIL])
        assert b"SANDBOX-SECRET-" not in written
        assert (MAIL.encode() in written) == (not mode)
        lines = [line for line in written.decode().splitlines() if not line.startswith('{"type":"RECORD"')]
        assert MAIL not in "\n".join(lines)


def test_the_component(daktela: Sandbox, tmp_path: Path, target_csv: Path) -> None:
    data = DataFolder(tmp_path, target_csv)
    parameters = {**parameters_of(daktela), "tables": "contacts,users,queues", "debug": True}
    folder = data.prepare(parameters)
    watched, written = run([COMMAND], tmp_path / "tmp", data.environment(folder))
    assert {"tap-daktela-keboola", "tap-daktela", "target-csv"} <= watched.commands
    check(watched, tmp_path / "tmp", [daktela.password, "SANDBOX-SECRET-", MAIL])
    assert b"DEBUG" in written
    assert b"SANDBOX-SECRET-" not in written
    assert MAIL.encode() not in written
    (folder / "config.json").unlink()
    left = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert [path.name for path, content in left.items() if MAIL.encode() in content] == ["acme_contacts.csv"]
    assert not any(b"SANDBOX-SECRET-" in content or daktela.password.encode() in content for content in left.values())
    assert json.loads((folder / "out/state.json").read_text())
