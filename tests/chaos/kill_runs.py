"""Lives of the tap: each begins with the last state that its predecessor printed, and may end by SIGKILL anywhere."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tests.helpers import harness, ledger

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator, Mapping, Sequence

WORLD = ("--rows", "400", "--days", "5")
LATENCY_MS = 20
# Small windows and pages: many places to be killed at.
SLOW = {"date_window_size": 0.25, "page_size": 20, "concurrency": 2}

_STATE = b'{"type":"STATE"'
_SCHEMA = b'{"type":"SCHEMA"'


class BrokenPromiseError(AssertionError):
    """What the tap or the component promises did not hold."""


@dataclass(frozen=True)
class Moment:
    """When to kill: so many `seconds` or `bytes` after the start, or right `before` or `behind` a STATE line."""

    what: str
    amount: float

    @classmethod
    def any(cls, dice: random.Random, seconds: float, size: int) -> Moment:
        """Return a moment by chance, within so many seconds or bytes."""
        if dice.random() < 0.6:
            return cls("seconds", dice.uniform(0.2, seconds))
        return cls("bytes", dice.randrange(1, size))


@dataclass(frozen=True)
class Life:
    """What a reader got of one process: its whole lines, the last state among them, and how it ended.

    `seconds` is how long it lived after its first line.
    """

    lines: list[bytes]
    state: Any
    killed: bool
    seconds: float


def live(command: Sequence[Any], moment: Moment | None) -> Life:
    """Run a command until it ends by itself, which must be a success, or until its moment has come."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        assert process.stdout is not None
        timer = threading.Timer(moment.amount, process.kill) if moment and moment.what == "seconds" else None
        if timer:
            timer.start()
        with process.stdout as stdout:
            first = stdout.readline()
            begun = time.monotonic()
            text = _read(stdout, first, moment)
        if timer:
            timer.cancel()
        elif moment:
            # The reader dies with the tap: what is still in the pipe is lost.
            process.kill()
        code = process.wait(timeout=harness.PATIENCE)
        seconds = time.monotonic() - begun if first else 0.0
        if code > 0:
            log.seek(0)
            raise BrokenPromiseError(f"the tap ended with {code}: {log.read().decode()}")
    # What the reader got of a line that was cut is no line.
    lines = text[: text.rfind(b"\n") + 1].splitlines(keepends=True)
    last = next((line for line in reversed(lines) if line.startswith(_STATE)), None)
    state = None if last is None else json.loads(last)["value"]
    return Life(lines, state, killed=code < 0, seconds=seconds)


def _read(stdout: IO[bytes], first: bytes, moment: Moment | None) -> bytes:
    """Return the first line and what is read until the end, or until the moment has come."""
    if moment is None or moment.what == "seconds":
        return first + stdout.read()
    if moment.what == "bytes":
        size = int(moment.amount)
        return (first + stdout.read(max(size - len(first), 0)))[:size]
    return b"".join(_lines_until(chain([first], stdout), moment))


def _lines_until(stdout: Iterable[bytes], moment: Moment) -> Iterator[bytes]:
    """Yield lines up to so many states, the last one itself only for a moment behind it."""
    states = 0
    for line in stdout:
        states += line.startswith(_STATE)
        if states < moment.amount or moment.what == "behind":
            yield line
        if states >= moment.amount:
            return


class Story:
    """Lives that follow one another, and what a target keeps of them that drops all rows behind the last state."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Take the settings."""
        self.state: Any = None
        self.lives: list[Life] = []
        self.progress: list[bool] = []
        self._config = config
        self._kept: list[bytes] = []

    def live(self, moment: Moment | None, **settings: Any) -> Life:
        """Live once more, from the last state on; `settings` are added for this life."""
        with tempfile.TemporaryDirectory() as name:
            life = live(harness.tap_command(Path(name), {**self._config, **settings}, state=self.state), moment)
        self.lives.append(life)
        self.progress.append(life.state is not None and marks_of(life.state) != marks_of(self.state))
        if life.state is not None:
            self.state = life.state
            last = max(number for number, line in enumerate(life.lines) if line.startswith(_STATE))
            self._kept += life.lines[: last + 1]
        return life

    def check(self, daktela: harness.Sandbox) -> None:
        """Fail unless the rows that were kept are those of the ledger, and no state was ever ahead of them."""
        check_kept(daktela, self._kept, ledger.SOME_STREAMS)


def marks_of(state: Any) -> Any:
    """Return the bookmarks of a state, if any."""
    return (state or {}).get("bookmarks")


def check_kept(daktela: harness.Sandbox, lines: Sequence[bytes], streams: Sequence[str]) -> None:
    """Fail unless `lines` hold every row that the ledger has of `streams`, each before the state that claims it."""
    run = harness.TapRun(0, b"".join(_without_repeated_schemas(lines)).decode(), "")
    assert set(run.streams) == set(streams), f"streams are missing: {set(streams) - set(run.streams)}"
    ledger.check_complete(daktela, run)
    ledger.check_states(daktela, run)


def _without_repeated_schemas(lines: Sequence[bytes]) -> Iterator[bytes]:
    seen = set()
    for line in lines:
        if line.startswith(_SCHEMA):
            stream = json.loads(line)["stream"]
            if stream in seen:
                continue
            seen.add(stream)
        yield line
