"""Settings of memory, each in a process of its own: they hold for a whole process."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.unmeasured

HEAPS = """
import threading
from pathlib import Path
from tap_daktela.runtime.memory import share_one_heap

def heaps():
    maps = Path("/proc/self/smaps").read_text().splitlines()
    # glibc reserves 64 MiB for each heap of a thread.
    return sum(line.startswith("Size:") and 60 * 1024 < int(line.split()[1]) <= 64 * 1024 for line in maps)

def work():
    kept.append([bytes(number) for number in range(1000, 2000)])
    together.wait()

if {shared}:
    share_one_heap()
kept, together = [], threading.Barrier(5)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
print(heaps())
together.wait()
"""
CYCLES = """
import gc
from tap_daktela.runtime.memory import collect_rarely

before = gc.get_threshold()
collect_rarely()
print(before[0] < gc.get_threshold()[0], gc.isenabled())
"""


def printed(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="the heaps of threads are glibc's")
def test_threads_share_one_heap() -> None:
    assert int(printed(HEAPS.format(shared=False))) >= 1, "else the test shows nothing"
    assert printed(HEAPS.format(shared=True)) == "0"


def test_cycles_are_collected_rarely() -> None:
    assert printed(CYCLES) == "True True"
