"""Kills in the pipe `tap-daktela | target-csv`, as its users run it."""

from __future__ import annotations

import csv
import json
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from tests.chaos.kill_runs import SLOW, BrokenPromiseError, check_kept
from tests.helpers import harness, ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TARGET = harness.REPOSITORY / ".venv-target/bin/target-csv"
# With a key, and without lists that CSV can only hold as text.
STREAMS = ["activities_call", "tickets", "contacts", "crm_records", "campaigns_records", "articles", "statuses"]
# In which they have to end by themselves when what they read from or write to is gone.
ORPHAN_SECONDS = harness.PATIENCE


@dataclass(frozen=True)
class Kill:
    """What was killed, how many seconds after the start, and how long its fellows took to end; None where it ended."""

    victim: str | None
    seconds: float = 0.0
    survived: float = 0.0


# --- tap | target-csv -------------------------------------------------------------------------------------------------


class Pipe:
    """Runs of `tap-daktela | target-csv`, each from the last state that the target printed, into files of its own."""

    def __init__(self, daktela: harness.Sandbox, folder: Path) -> None:
        """Take an empty folder."""
        self.state: Any = None
        self._daktela = daktela
        self._folder = folder
        self._number = 0
        self._kept: list[bytes] = []

    def run(self, victim: str | None, seconds: float) -> Kill:
        """Run once; kill `victim` (`tap`, `target` or `both`) after so many seconds."""
        self._number += 1
        folder = self._folder / f"run{self._number}"
        (folder / "files").mkdir(parents=True)
        config = ledger.settings(self._daktela, streams=STREAMS, nested="json", **SLOW)
        options = {"output_path": str(folder / "files"), "validate_records": False, "batch_size_rows": 25}
        tap_line = harness.tap_command(folder, config, state=self.state)
        target_line = [TARGET, "--config", harness.write_json(folder / "target.json", options)]
        with (folder / "log").open("wb") as log, (folder / "states").open("wb") as states:
            tap = subprocess.Popen(tap_line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
            target = subprocess.Popen(target_line, stdin=tap.stdout, stdout=states, stderr=log)
            assert tap.stdout is not None
            tap.stdout.close()
            kill = _end({"tap": tap, "target": target}, victim, seconds)
        if kill.victim is None and (tap.returncode, target.returncode) != (0, 0):
            raise BrokenPromiseError(f"the pipe ended with {tap.returncode} and {target.returncode}")
        self._keep(folder)
        return kill

    def _keep(self, folder: Path) -> None:
        """Take over the rows in the files, and then the last state that was printed."""
        for path in sorted((folder / "files").iterdir()):
            self._kept += _messages(path)
        # A line that was cut is no state.
        lines = (folder / "states").read_bytes().rpartition(b"\n")[0].splitlines()
        if lines:
            self.state = json.loads(lines[-1])
            self._kept.append(_line(type="STATE", value=self.state))

    def check(self) -> None:
        """Fail unless the files together hold the rows of the ledger, and no printed state was ahead of them."""
        check_kept(self._daktela, self._kept, STREAMS)


def _end(processes: dict[str, subprocess.Popen[bytes]], victim: str | None, seconds: float) -> Kill:
    """Kill the victims when their time has come, unless all has ended before; wait for the others."""
    begun = time.monotonic()
    wanted = [process for name, process in processes.items() if victim in {name, "both"}]
    with suppress(subprocess.TimeoutExpired):
        processes["target"].wait(seconds if wanted else harness.PATIENCE)
        wanted = []
    killed = time.monotonic()
    for process in wanted:
        process.kill()
    try:
        for name, process in processes.items():
            name_ = name
            process.wait(ORPHAN_SECONDS)
    except subprocess.TimeoutExpired as error:
        process.kill()
        raise BrokenPromiseError(f"the {name_} still ran {ORPHAN_SECONDS} s after a kill of {victim}") from error
    return Kill(victim if wanted else None, killed - begun, time.monotonic() - killed if wanted else 0.0)


def _messages(path: Path) -> Iterator[bytes]:
    """Yield the rows of a file of target-csv as Singer messages, without a last row that was cut."""
    text = path.read_bytes().decode(errors="replace")
    lines = text[: text.rfind("\n") + 1].splitlines(keepends=True)
    key = list(ledger.ENTRIES[path.stem].key)
    yield _line(type="SCHEMA", stream=path.stem, key_properties=key)
    for row in csv.DictReader(lines):
        yield _line(type="RECORD", stream=path.stem, record=row)


def _line(**message: Any) -> bytes:
    return orjson.dumps(message) + b"\n"
