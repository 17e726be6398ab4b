"""Long runs of the tap and the component against synthetic calls, measured while they last."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import IO, TYPE_CHECKING, Any

import requests

from tests.chaos.kill_runs import BrokenPromiseError
from tests.chaos.synthetic import TOKEN
from tests.helpers import harness
from tests.helpers.keboola import keboola_folder
from tests.helpers.process_stats import QUARTERS, ProcessStats, growth, phases, quarter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.process_stats import Sample

SYNTHETIC = Path(__file__).with_name("synthetic.py")
TARGET = harness.REPOSITORY / ".venv-target/bin/target-csv"
MEGABYTE = 1 << 20
# Only there so that a run that hangs fails, and not the whole session.
PATIENCE = 7200
# Fewer samples than that have no quarters.
SAMPLES = 12
# A reader that stands still: the requests that were under way, and those ahead of them, are all that may still come.
STOPPED_SECONDS = 4
# After so many times of that length they must have come, on a machine however busy.
STOPPED_TIMES = 30

CALL = re.compile(rb'"id_call":"call(\d{8})"')
CELL = re.compile(rb"acme_call(\d{8})")


class Rows:
    """Which of the calls have come."""

    def __init__(self, number: int) -> None:
        """Take how many there are."""
        self._came = bytearray(number)
        self._met = 0

    def take(self, pattern: re.Pattern[bytes], text: bytes) -> None:
        """Note the calls in whole lines."""
        for key in pattern.findall(text):
            self._came[int(key)] = 1
            self._met += 1

    def check(self) -> None:
        """Fail unless each call came, and only once."""
        missing = self._came.count(0)
        if missing or self._met != len(self._came):
            raise BrokenPromiseError(f"of {len(self._came)} rows {missing} are missing; {self._met} came")


@dataclass(frozen=True)
class Endured:
    """A run that brought all rows, and what it took."""

    name: str
    rows: int
    seconds: float
    requests: int
    samples: list[Sample]

    @property
    def peak(self) -> int:
        """The most memory, in KiB."""
        return max(sample.memory for sample in self.samples)

    @property
    def grown(self) -> list[str]:
        """What was not flat, phase by phase."""
        long = [phase for phase in phases(self.samples) if len(phase) >= SAMPLES]
        return [f"{self.name}: {sentence}" for phase in long if (sentence := growth(phase))]

    def lines(self) -> Iterator[tuple[Any, ...]]:
        """Yield a line of the report for each phase that was long enough to be judged."""
        for phase in phases(self.samples):
            if len(phase) >= SAMPLES:
                early, late = quarter(phase, 2), quarter(phase, QUARTERS)
                memory = [f"{mean(one.memory for one in part) / 1024:.1f}" for part in (early, late)]
                files = " → ".join(str(max(one.files for one in part)) for part in (early, late))
                threads = " → ".join(str(max(one.threads for one in part)) for part in (early, late))
                peak = f"{max(one.memory for one in phase) / 1024:.1f}"
                yield self.name, phase[0].processes, len(phase), " → ".join(memory), peak, files, threads


# --- the instance -----------------------------------------------------------------------------------------------------


class Instance:
    """A running instance of synthetic calls."""

    def __init__(self, url: str, rows: int) -> None:
        """Take where it listens, and how many calls it has."""
        self.url = url
        self.rows = rows

    @property
    def settings(self) -> dict[str, Any]:
        """The tap's settings for all of its calls."""
        return {
            "url": self.url, "access_token": TOKEN, "start_date": "2024-01-01", "streams": ["activities_call"],
        }  # fmt: skip

    @property
    def asked(self) -> int:
        """How many requests it has got."""
        return int(requests.get(f"{self.url}/asked", timeout=harness.PATIENCE).text)


@contextmanager
def instance(rows: int, *flags: str) -> Iterator[Instance]:
    """Give an instance in a process of its own."""
    command = [sys.executable, SYNTHETIC, str(rows), *flags]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=harness.unmeasured(), text=True, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Instance(process.stdout.readline().strip(), rows)
        finally:
            process.stdin.close()


# --- runs -------------------------------------------------------------------------------------------------------------


def read(name: str, daktela: Instance, pause: float = 0.0, every: float = 1.0) -> Endured:
    """Read all rows through the tap; the reader rests for `pause` seconds behind each megabyte."""
    came, begun, asked = Rows(daktela.rows), time.monotonic(), daktela.asked
    with _tap(daktela.settings, subprocess.PIPE) as tap:
        assert tap.stdout is not None
        stats, rest = ProcessStats(tap.pid, every), b""
        while text := tap.stdout.read1(MEGABYTE):
            lines, _, rest = (rest + text).rpartition(b"\n")
            came.take(CALL, lines)
            time.sleep(pause * len(text) / MEGABYTE)
        samples = stats.stop()
    came.check()
    return Endured(name, daktela.rows, time.monotonic() - begun, daktela.asked - asked, samples)


def stop_the_target(daktela: Instance, every: float = 1.0) -> Endured:
    """Read all rows into a target that is stopped on its way by SIGSTOP; fail if the tap goes on asking meanwhile."""
    begun, asked = time.monotonic(), daktela.asked
    with tempfile.TemporaryDirectory() as name, (Path(name) / "rows").open("wb") as file:
        with (
            _tap(daktela.settings, subprocess.PIPE) as tap,
            subprocess.Popen(["cat"], stdin=tap.stdout, stdout=file) as cat,
        ):
            assert tap.stdout is not None
            tap.stdout.close()
            stats = ProcessStats(tap.pid, every)
            while Path(file.name).stat().st_size < MEGABYTE:
                time.sleep(0.05)
            cat.send_signal(signal.SIGSTOP)
            rests = _rests(daktela)
            cat.send_signal(signal.SIGCONT)
            cat.wait(PATIENCE)
            samples = stats.stop()
        came = Rows(daktela.rows)
        came.take(CALL, Path(file.name).read_bytes())
    if not rests:
        raise BrokenPromiseError("requests went on being sent while the target stood still")
    came.check()
    return Endured("tap, target stopped", daktela.rows, time.monotonic() - begun, daktela.asked - asked, samples)


def _rests(daktela: Instance) -> bool:
    """Tell whether what is under way comes to its end, behind which no request is sent for STOPPED_SECONDS."""
    asked = -1
    for _ in range(STOPPED_TIMES):
        asked, before = daktela.asked, asked
        if asked == before:
            return True
        time.sleep(STOPPED_SECONDS)
    return False


def wait_in_vain(daktela: Instance, timeout: float, retries: int) -> tuple[float, str, list[Sample]]:
    """Read from an instance that falls silent; return the seconds that it took, the last words, and the stats."""
    begun = time.monotonic()
    settings = {**daktela.settings, "request_timeout": timeout, "max_retries": retries}
    with tempfile.TemporaryFile() as log:
        with _tap(settings, subprocess.DEVNULL, log=log, code=1) as tap:
            stats = ProcessStats(tap.pid, 0.25)
            # Each try may take its time, and so may the pauses between the tries: 1, 2, 4 … seconds at most.
            tap.wait((retries + 1) * timeout + 2**retries + harness.PATIENCE)
            samples = stats.stop()
        log.seek(0)
        lines = log.read().decode().splitlines()
    return time.monotonic() - begun, lines[-1], samples


@contextmanager
def _tap(
    settings: dict[str, Any], stdout: int, log: IO[bytes] | int = subprocess.DEVNULL, code: int = 0
) -> Iterator[subprocess.Popen[bytes]]:
    """Start the tap; fail unless it has ended with `code` when the block is left."""
    with tempfile.TemporaryDirectory() as name:
        command = harness.tap_command(Path(name), settings)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=log) as tap:
            try:
                yield tap
                ended = tap.wait(PATIENCE)
            finally:
                tap.kill()
    if ended != code:
        raise BrokenPromiseError(f"the tap ended with {ended} and not with {code}")


def extract(daktela: Instance, every: float = 1.0) -> Endured:
    """Read all rows through the component, into a finished table."""
    came, begun, asked = Rows(daktela.rows), time.monotonic(), daktela.asked
    parameters = {
        "url": daktela.url, "server": "acme", "#access_token": TOKEN, "from": "2024-01-01", "to": "now",
        "tables": "activities_call",
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as said:
        folders = keboola_folder.DataFolder(Path(name), TARGET)
        folder = folders.prepare(parameters)
        environment = folders.environment(folder, {"TMPDIR": name})
        with subprocess.Popen(
            [keboola_folder.COMMAND], env=environment, stdout=subprocess.DEVNULL, stderr=said
        ) as process:
            stats = ProcessStats(process.pid, every)
            code = process.wait(PATIENCE)
            samples = stats.stop()
        said.seek(0)
        if code:
            raise BrokenPromiseError(f"the component ended with {code}: {said.read().decode()}")
        seconds = time.monotonic() - begun
        with (folder / "out/tables/acme_activities_call.csv").open("rb") as table:
            while text := table.read(MEGABYTE):
                came.take(CELL, text + table.readline())
    came.check()
    return Endured("component", daktela.rows, seconds, daktela.asked - asked, samples)
