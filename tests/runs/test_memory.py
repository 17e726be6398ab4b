"""Memory does not grow with rows."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import harness, ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

pytestmark = pytest.mark.unmeasured


# A process of its own: the peak of a child counts from its fork on, when it is as large as its parent.
MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


def peak(config: Mapping[str, Any]) -> tuple[int, int]:
    """Run the tap; return the bytes that it wrote and its peak of memory in KiB."""
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as out:
        command = [sys.executable, "-c", MEASURE, *harness.tap_command(Path(name), config)]
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, check=True)
        returncode, memory = map(int, done.stderr.split())
        assert returncode == 0
        return out.tell(), memory


def test_four_times_the_rows_take_the_same_memory(sandbox: Callable[..., harness.Sandbox]) -> None:
    runs = []
    for rows in ("4000", "16000"):
        with sandbox("--rows", rows, "--seed", "5") as daktela:
            streams = ["activities", "contacts"]
            runs.append(peak(ledger.settings(daktela, streams=streams, page_size=50)))
    (few_bytes, few_memory), (many_bytes, many_memory) = runs
    assert many_bytes > 3 * few_bytes
    assert many_memory < 1.1 * few_memory
