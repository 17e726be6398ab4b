"""Jobs for the component's pipe, and stand-ins for its two commands."""

from __future__ import annotations

import dataclasses
import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

from tap_daktela.keboola.job import Job, TableRequest
from tests.helpers import harness


def job(daktela: harness.Sandbox, *tables: str, settings: dict[str, Any] | None = None, **options: Any) -> Job:
    """Return a job that reads tables of a sandbox whole; `options` are fields of the job."""
    config = {**daktela.login, "start_date": harness.BEGINNING, "timestamps": "local", **(settings or {})}
    requests = tuple(TableRequest(name, name) for name in tables)
    return Job(**{"tap_config": config, "tables": requests, "server": "acme", **options})


def script(path: Path, body: str) -> Path:
    """Write a command in Python."""
    path.write_text(f"#!{sys.executable}\n{body}", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


DRIVER = """
import json, pathlib, sys
from tap_daktela.errors import TapError
from tap_daktela.keboola import pipeline
from tap_daktela.keboola.job import Job, TableRequest
given = json.load(sys.stdin)
given["tables"] = tuple(TableRequest(**table) for table in given["tables"])
try:
    pipeline.run(Job(**given), pathlib.Path(sys.argv[1]))
except TapError as error:
    sys.stderr.write(f"{type(error).__name__}: {error}")
    sys.exit(error.exit_code)
"""


def driven(work: Any, out: Path, **options: Any) -> subprocess.Popen[bytes]:
    """Start a job in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER, out],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(dataclasses.asdict(work)).encode())
    process.stdin.close()
    process.stdin = None
    return process


def children(parent: int) -> list[int]:
    """Return the processes that a process has started; none if it has ended."""
    try:
        texts = [path.read_text() for path in Path(f"/proc/{parent}/task").glob("*/children")]
    except OSError:
        return []
    return [int(word) for text in texts for word in text.split()]
