"""What a run says to its user, checked in one place."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from tests.helpers import harness

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SINGER = {"SCHEMA", "RECORD", "STATE"}
# How the lines of --test begin.
CHECKLIST = ("OK", "!!", "??")
# Settings that are right in themselves; nobody is ever asked.
NOBODY = {"url": "http://127.0.0.1:9", "access_token": "canary-token-5f0e2b", "start_date": "2024-01-01"}


def tap(*arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> harness.TapRun:
    """Run the installed command with nothing but the given arguments."""
    done = subprocess.run(
        [harness.COMMANDS / "tap-daktela", *arguments],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=harness.PATIENCE,
    )
    return harness.TapRun(done.returncode, done.stdout.decode(), done.stderr.decode())


def tap_by_environment(cwd: Path, *arguments: str, **variables: str) -> harness.TapRun:
    """Run the installed command in a folder with `--config ENV` and variables, which are named without their prefix."""
    env = {f"TAP_DAKTELA_{name}": value for name, value in variables.items()}
    return tap("--config", "ENV", *arguments, env=env, cwd=cwd)


def refused(run: harness.TapRun, *words: str, code: int = 1) -> str:
    """Check that a run failed as designed, and return its last words, which contain all of `words`."""
    assert run.returncode == code, run.stderr
    assert "Traceback" not in run.stderr
    lines = run.stderr.rstrip("\n").split("\n")
    assert [line for line in lines if line.startswith("CRITICAL")] == lines[-1:], run.stderr
    for word in words:
        assert word in lines[-1]
    assert not run.stdout or run.stdout.endswith("\n")
    if not run.stdout.startswith(CHECKLIST):
        assert {message["type"] for message in run.messages} <= SINGER
    return lines[-1].removeprefix("CRITICAL ")


def broken(folder: Path, content: object) -> Path:
    """Return a file of bytes, or of JSON."""
    path = folder / "broken.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def items(run: harness.TapRun) -> dict[str, Any]:
    """Return the entries of the catalog that a run wrote."""
    return {item["tap_stream_id"]: item for item in json.loads(run.stdout)["streams"]}
