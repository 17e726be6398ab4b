"""The server of the benchmark as a process of its own, on a core of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import ENDPOINT

if TYPE_CHECKING:
    from types import TracebackType

REPOSITORY = Path(__file__).resolve().parent.parent

_PATIENCE = 600
"""Seconds: a large instance is made before the server answers. It only ends what hangs."""


class Instance:
    """A running server; a context manager that stops it."""

    def __init__(self, cores: set[int]) -> None:
        """Start it on `cores` and wait until it tells its address."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.server"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(self._process.pid, cores)
        self.url = self._process.stdout.readline().strip() if self._process.stdout else ""
        if not self.url:
            raise RuntimeError(f"the server did not start: exit code {self._process.wait()}")

    def become(self, **options: Any) -> None:
        """Set the server's options, and its counts to nothing."""
        self._ask(json.dumps(options).encode())

    def counts(self) -> Any:
        """Return what was asked since then."""
        return self._ask(None)

    def full_row_bytes(self) -> float:
        """Return the bytes of an activity of which all fields are asked for."""
        rows = 1000
        self.become(world={"activities": 2 * rows})
        with urllib.request.urlopen(f"{self.url}/api/v6/{ENDPOINT}.json?take={rows}", timeout=_PATIENCE) as answer:  # noqa: S310 - a server of our own
            return int(answer.headers["Content-Length"]) / rows

    def _ask(self, body: bytes | None) -> Any:
        with urllib.request.urlopen(f"{self.url}/control", data=body, timeout=_PATIENCE) as answer:  # noqa: S310 - the same
            return json.loads(answer.read())

    def __enter__(self) -> Instance:  # noqa: PYI034 - typing.Self is younger than Python 3.10
        """Return the running server."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it."""
        self._process.communicate(timeout=20)
