"""Jobs for the component's pipe, stand-ins for its two commands, and a look at its processes."""

from __future__ import annotations

import dataclasses
import json
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.keboola import pipeline
from tap_daktela.keboola.job import Job, Outcome, TableRequest
from tap_daktela.keboola.tables.publish import check_writable, publish
from tap_daktela.runtime.signals import Stop
from tests.helpers import harness
from tests.helpers.keboola.publishing import given_back

if TYPE_CHECKING:
    from collections.abc import Callable


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


def run(work: Job, out: Path) -> Outcome:
    """Run a job as the component does, into the folder `out`; the state is written beside it."""
    with given_back(), Stop(lambda: None) as stop, tempfile.TemporaryDirectory(prefix="tap-daktela-") as private:
        check_writable(out)
        finished = pipeline.run(work, Path(private), stop)
        publish(
            finished.tables,
            finished.outcome.state,
            out,
            incremental=work.incremental,
            native_types=work.native_types,
            stop=stop,
        )
    return finished.outcome


DRIVER = """
import json, pathlib, sys
from tap_daktela.errors import TapError
from tap_daktela.keboola.disk import refusal
from tap_daktela.keboola.job import Job, TableRequest
from tests.helpers.keboola.pipeline_helpers import run
given = json.load(sys.stdin)
given["tables"] = tuple(TableRequest(**table) for table in given["tables"])
try:
    try:
        run(Job(**given), pathlib.Path(sys.argv[1]))
    except OSError as error:
        raise refusal(error)
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


def fails(work: Any, out: Path, kind: type[Exception]) -> str:
    """Run a job that has to fail with `kind`, leave nothing, and return its sentence."""
    with pytest.raises(kind) as caught:
        run(work, out)
    assert list(out.iterdir()) == []
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + harness.PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def named_children(parent: int) -> dict[str, int]:
    """Return the processes that a process has started, by the name of their command."""
    lines = {child: Path(f"/proc/{child}/cmdline").read_text().split("\0") for child in children(parent)}
    return {Path(word).name: child for child, words in lines.items() for word in words[:2]}


def alive(process: int) -> bool:
    """Tell whether a process still runs."""
    return Path(f"/proc/{process}").exists()


LYING_TARGET = """
import csv, json, pathlib, sys
options = json.load(open(sys.argv[2]))
rows, state = [], {}
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "SCHEMA":
        path = pathlib.Path(options["output_path"], message["stream"] + ".csv")
        names = list(message["schema"]["properties"])
    elif message["type"] == "RECORD":
        rows.append(message["record"])
    else:
        state = message["value"]
with path.open("w", newline="") as file:
    writer = csv.DictWriter(file, names)
    writer.writeheader()
    writer.writerows(rows[SLICE])
"""
"""A target that writes the rows SLICE of the last stream, and prints no state."""
