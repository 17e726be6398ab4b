"""Kills of the component, of its children, and of the component while it publishes its tables."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from tests.chaos.kill_runs import BrokenPromiseError
from tests.chaos.piped import ORPHAN_SECONDS, TARGET, Kill
from tests.helpers import harness, ledger
from tests.helpers.keboola import keboola_folder, pipeline_helpers

TABLES = {
    "activities_call": "id_call",
    "tickets": "name",
    "contacts": "name",
    "crm_records": "name",
    "articles": "name",
}
SECRET = b"SANDBOX-SECRET-"


class Component:
    """Runs of the component in data folders as the platform hands them over: after a failure everything is as before.

    `temporary` is where it keeps its private folder; on a file system of its own, finished tables have to be copied.
    """

    def __init__(self, daktela: harness.Sandbox, root: Path, temporary: Path) -> None:
        """Take two empty folders."""
        self.storage = keboola_folder.Storage()
        self._daktela = daktela
        self._folders = keboola_folder.DataFolder(root, TARGET)
        self._temporary = temporary
        self._parameters = {
            **keboola_folder.parameters_of(daktela), "to": "now", "tables": ", ".join(TABLES), "incremental": True,
            "continue_since_last_run": True, "date_window_size": 0.25,
        }  # fmt: skip

    def run(self, victim: str | None, seconds: float) -> Kill:
        """Run once; kill `victim` after so many seconds, or so long after the first table was finished: `publish`.

        Victims are `component`, `tap-daktela`, `target-csv` (its children) and `publish`, the component again.
        """
        folder = self._folders.prepare(self._parameters, state=self.storage.state)
        environment = self._folders.environment(folder, {"TMPDIR": str(self._temporary)})
        with tempfile.TemporaryFile() as log, tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                [keboola_folder.COMMAND], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=said
            )
            begun = time.monotonic()
            pid = self._wait(process, victim, seconds)
            children = pipeline_helpers.children(process.pid)
            if pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            killed = time.monotonic()
            code = process.wait(timeout=harness.PATIENCE)
            _wait_for(children)
            said.seek(0)
            run = keboola_folder.Run(code, "", said.read().decode(), folder)
        self._check(run)
        _promise(code <= 0 or "was ended by SIGKILL" in run.stderr, f"the component failed: {run.stderr}")
        survived = time.monotonic() - killed
        shutil.rmtree(folder)
        return Kill(victim, killed - begun, survived) if code else Kill(None, killed - begun)

    def _wait(self, process: subprocess.Popen[bytes], victim: str | None, seconds: float) -> int | None:
        """Return the victim's number when its time has come; None if the component has ended before."""
        end = time.monotonic() + seconds
        while process.poll() is None:
            if victim == "publish":
                # No pause here: all is over in milliseconds.
                if self._publishes():
                    time.sleep(seconds)
                    return process.pid
                continue
            if victim is not None and time.monotonic() >= end:
                pid = process.pid if victim == "component" else _child(process.pid, victim)
                if pid is not None:
                    return pid
            time.sleep(0.01)
        return None

    def _publishes(self) -> bool:
        """Tell whether the component has begun to move its tables to where the platform looks."""
        # The folder may vanish while we look.
        with suppress(FileNotFoundError):
            return any(self._folders.root.glob("*/out/.publish-*/new/*.manifest"))
        return False

    def _check(self, run: keboola_folder.Run) -> None:
        """Fail unless a run left what it should: all of its tables or none, and no secret that others can read."""
        if run.returncode == 0:
            self.storage.load(run)
        elif run.returncode > 0:
            left = [*run.files, *(path.name for path in (run.folder / "out").glob("state.json"))]
            _promise(not left, f"a run that failed left {left}")
            _promise(len(run.stderr.strip().splitlines()) == 1, f"a run that failed said {run.stderr!r}")
        else:
            tables = [name for name in run.files if not name.endswith(".manifest")]
            bare = [name for name in tables if f"{name}.manifest" not in run.files]
            _promise(not bare, f"a kill left tables without a manifest: {bare}")
            for name in tables:
                self._check_whole(keboola_folder.read_table(run.folder / "out/tables", name.removesuffix(".csv")), name)
        left = list(self._temporary.iterdir())
        _promise(run.returncode < 0 or not left, f"temporary files were left: {left}")
        for path in left:
            _check_private(path)
            shutil.rmtree(path)

    def _check_whole(self, table: keboola_folder.Table, name: str) -> None:
        """Fail unless a table that a kill left behind has the rows of the ledger."""
        stream = name.removeprefix("acme_").removesuffix(".csv")
        known = ledger.accounts(self._daktela)[stream]["rows"]
        missing = set(known) - set(_keys(table, stream))
        _promise(bool(self.storage.tables) or not missing, f"a kill left {name} without {len(missing)} rows")

    def check(self) -> None:
        """Fail unless the tables in Storage hold exactly the rows of the ledger, each once."""
        known = ledger.accounts(self._daktela)
        for stream in TABLES:
            keys = _keys(self.storage.tables[f"acme_{stream}"], stream)
            _promise(sorted(keys) == sorted(known[stream]["rows"]), f"{stream}: other rows than in the ledger")


def _keys(table: keboola_folder.Table, stream: str) -> list[str]:
    return [value.removeprefix("acme_") for value in table.values(TABLES[stream])]


def _promise(kept: bool, sentence: str) -> None:
    if not kept:
        raise BrokenPromiseError(sentence)


def _child(parent: int, command: str) -> int | None:
    """Return the child of that name, if it runs."""
    for pid in pipeline_helpers.children(parent):
        with suppress(OSError):
            if f"/{command}\0".encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
    return None


def _wait_for(pids: list[int]) -> None:
    """Wait until processes that are not our children have ended."""
    end = time.monotonic() + ORPHAN_SECONDS
    while alive := [pid for pid in pids if _runs(pid)]:
        if time.monotonic() > end:
            for pid in alive:
                os.kill(pid, signal.SIGKILL)
            raise BrokenPromiseError(f"{len(alive)} children still ran {ORPHAN_SECONDS} s after the component's end")
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    """Tell whether a process lives; one that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _check_private(folder: Path) -> None:
    """Fail unless only its owner can look into what a killed component left: the settings with the password."""
    _promise(stat.S_IMODE(folder.stat().st_mode) == stat.S_IRWXU, f"others may look into {folder}")
    for path in folder.rglob("*"):
        if path.is_file() and SECRET in path.read_bytes():
            _promise(stat.S_IMODE(path.stat().st_mode) == 0o600, f"others may read {path}")
