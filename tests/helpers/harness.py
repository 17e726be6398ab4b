"""What tests need to run the installed commands as their users do: as processes, over real sockets."""

from __future__ import annotations

import json
import os
import re
import selectors
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

REPOSITORY = Path(__file__).resolve().parents[2]
# The commands that were installed beside the interpreter that runs the tests, whatever else is on PATH.
COMMANDS = Path(sys.executable).parent
# The interpreter beside the newest pip, which installs in half the time.
INSTALLER = REPOSITORY / ".venv-pip/bin/python"

# Only there so that a hanging process fails one test and not the whole session; it tells nothing of speed.
PATIENCE = 300

# A sandbox whose clock only moves when it is told to: two runs see the same rows, whatever the machine's clock says.
STILL = ("--now", "2024-11-05T12:00:00Z", "--freeze")
# A `start_date` before everything that such a sandbox holds.
BEGINNING = "2020-01-01"


def unmeasured() -> dict[str, str]:
    """Return the environment in which processes do not measure their coverage, which doubles their time."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


class Sandbox:
    """A running `tap-daktela-sandbox`; a context manager that stops it.

    Its clock stands still unless `clock` holds other flags. A test that needs a clock that runs says why.
    """

    def __init__(self, *flags: str, clock: Sequence[str] = STILL) -> None:
        """Start the command and wait until it says where it listens."""
        # A file and no pipe: nobody reads the log while the sandbox runs, and a full pipe would stop it.
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        self._process = subprocess.Popen(
            [COMMANDS / "tap-daktela-sandbox", *flags, *clock],
            env=unmeasured(),
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        try:
            ready = json.loads(self._first_line())
        except BaseException:
            self.stop()
            raise
        self.url: str = ready["url"]
        self.username: str = ready["username"]
        self.password: str = ready["password"]
        self.access_token: str = ready["access_token"]

    def control(self, name: str, payload: Mapping[str, Any] | None = None) -> Any:
        """Ask the sandbox for something that Daktela cannot do (`advance`, `add`, …) and return its answer."""
        return self._answer("POST", name, json=payload or {})

    def settle(self) -> None:
        """Let two hours pass, so that nothing is too fresh for the tap."""
        self.control("advance", {"seconds": 7200})

    def ledger(self) -> Any:
        """Return every row's key and times, by endpoint: the truth that a run is compared with."""
        return self._answer("GET", "ledger")

    def keys(self, stream: str, run: TapRun) -> set[tuple[str, ...]]:
        """Return the keys of all rows that belong into a stream, as text.

        A stream without a key, or made of other streams' rows, has none in the ledger: what the run itself sent counts.
        """
        for endpoint, account in self.ledger().items():
            if snake(endpoint) == stream and run.key(stream):
                return {(key,) for key in account["rows"]}
        return {key_of(record, run.key(stream)) for record in run.records(stream)}

    @property
    def login(self) -> dict[str, str]:
        """Return the settings with which the tap reaches this sandbox."""
        return {"url": self.url, "username": self.username, "password": self.password}

    def kill(self) -> None:
        """Kill the process, as a crash would."""
        self._process.kill()
        self.stop()

    def stop(self) -> None:
        """End the process; harmless when it has ended."""
        self._process.terminate()
        try:
            self._process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._log.close()

    def __enter__(self) -> Sandbox:  # noqa: PYI034 - typing.Self is younger than Python 3.10
        """Return the running sandbox."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the sandbox."""
        self.stop()

    def _first_line(self) -> bytes:
        stdout = self._process.stdout
        assert stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            line = stdout.readline() if selector.select(timeout=PATIENCE) else b""
        if not line:
            self._log.seek(0)
            raise RuntimeError(f"the sandbox did not start: {self._log.read().decode(errors='replace')}")
        return line

    def _answer(self, method: str, name: str, **body: Any) -> Any:
        response = requests.request(method, f"{self.url}/sandbox/{name}", timeout=PATIENCE, **body)
        response.raise_for_status()
        return response.json()


def untimed(log: str) -> str:
    """Return lines of the tap's log without their times."""
    return re.sub(r"^[0-2]\d:[0-5]\d:[0-6]\d (?=(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) )", "", log, flags=re.MULTILINE)


@dataclass(frozen=True)
class TapRun:
    """A finished run of `tap-daktela`."""

    returncode: int
    # Not shown by a failing assertion: it may be thousands of lines.
    stdout: str = field(repr=False)
    # Without the time of each line.
    stderr: str

    def __post_init__(self) -> None:
        """Leave out what no test can know."""
        object.__setattr__(self, "stderr", untimed(self.stderr))

    @cached_property
    def messages(self) -> list[dict[str, Any]]:
        """Return stdout as Singer messages; a line that is none is an error."""
        # Not splitlines(): a record may hold characters that Python takes for line ends and JSON does not.
        return [json.loads(line) for line in self.stdout.split("\n") if line]

    @cached_property
    def streams(self) -> list[str]:
        """Return the names of the streams in the order in which their schemas came."""
        return [message["stream"] for message in self.messages if message["type"] == "SCHEMA"]

    def schema(self, stream: str) -> dict[str, Any]:
        """Return the one SCHEMA message of a stream."""
        [message] = [m for m in self.messages if m["type"] == "SCHEMA" and m["stream"] == stream]
        return message

    def key(self, stream: str) -> list[str]:
        """Return the names of a stream's key."""
        return self.schema(stream)["key_properties"]

    def records(self, stream: str) -> list[dict[str, Any]]:
        """Return the rows of a stream in the order in which they came."""
        return [m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream]

    @property
    def states(self) -> list[dict[str, Any]]:
        """Return every state in the order in which they came."""
        return [message["value"] for message in self.messages if message["type"] == "STATE"]

    @property
    def last_state(self) -> dict[str, Any] | None:
        """Return the state with which the next run would start, None when there was none."""
        return self.states[-1] if self.states else None


def write_json(path: Path, value: Any) -> Path:
    """Write a file that only its owner may read: most of what tests write holds a password."""
    path.touch(mode=0o600)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def tap_command(
    folder: Path, config: Mapping[str, Any], *, catalog: Any = None, state: Any = None, unit: Any = None
) -> list[str | os.PathLike[str]]:
    """Write the tap's files into a folder and return the command line that reads them."""
    command: list[str | os.PathLike[str]] = [COMMANDS / "tap-daktela"]
    for name, value in (("config", config), ("catalog", catalog), ("state", state), ("unit", unit)):
        if value is not None:
            command += [f"--{name}", write_json(folder / f"{name}.json", value)]
    return command


def run_tap(
    config: Mapping[str, Any],
    *args: str,
    catalog: Any = None,
    state: Any = None,
    env: Mapping[str, str] | None = None,
) -> TapRun:
    """Run the installed `tap-daktela` to its end, in an empty folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        done = subprocess.run(
            [*tap_command(folder, config, catalog=catalog, state=state), *args],
            cwd=folder,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
    return TapRun(done.returncode, done.stdout.decode(), done.stderr.decode())


def select(catalog: dict[str, Any], *streams: str) -> dict[str, Any]:
    """Return the catalog with exactly these streams selected."""
    return {"streams": [_selected(entry, entry["tap_stream_id"] in streams) for entry in catalog["streams"]]}


def _selected(entry: dict[str, Any], selected: bool) -> dict[str, Any]:
    metadata = [
        {**node, "metadata": {**node["metadata"], "selected": selected}} if node["breadcrumb"] == [] else node
        for node in entry["metadata"]
    ]
    return {**entry, "metadata": metadata}


def snake(name: str) -> str:
    """Return the stream's name of one of Daktela's: the rule once more, so that a change of the tap's shows."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def key_of(record: Mapping[str, Any], key: list[str]) -> tuple[str, ...]:
    """Return the values of a row's key as text."""
    return tuple(str(record[name]) for name in key)


@dataclass(frozen=True)
class Delivery:
    """A finished run of `tap-daktela | target`."""

    tap_code: int
    target_code: int
    target_stdout: str
    log: str

    @property
    def last_state(self) -> dict[str, Any]:
        """Return the state that an orchestrator would keep: the last line that the target printed."""
        return json.loads(self.target_stdout.splitlines()[-1])


def deliver(tap: list[str | os.PathLike[str]], target: list[str | os.PathLike[str]], folder: Path) -> Delivery:
    """Run the tap into a target, in a folder that the target may write into."""
    with tempfile.TemporaryFile() as log:
        reader = subprocess.Popen(tap, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        writer = subprocess.Popen(target, cwd=folder, stdin=reader.stdout, stdout=subprocess.PIPE, stderr=log)
        assert reader.stdout is not None
        # Only the target may hold the pipe: else the tap would never learn that the target died.
        reader.stdout.close()
        try:
            stdout, _ = writer.communicate(timeout=PATIENCE)
            tap_code = reader.wait(timeout=PATIENCE)
        finally:
            reader.kill()
            writer.kill()
        log.seek(0)
        return Delivery(tap_code, writer.returncode, stdout.decode(), log.read().decode())
