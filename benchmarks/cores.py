"""Would more cores help? `python -m benchmarks.cores`: the same pages become lines in one process, and in workers.

A worker gets the body of a page and gives back its RECORD lines, so the main process only moves bytes, in order. In the
tap it would fetch, check and write beside that. docs/development.md says what follows.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import requests
from tabulate import tabulate

from benchmarks import TOKEN, since
from benchmarks.instance import REPOSITORY, Instance
from benchmarks.measure import cores
from benchmarks.server import NOW
from tap_daktela import commands
from tap_daktela.catalog import selection
from tap_daktela.daktela.http.decode import decode
from tap_daktela.daktela.http.envelope import rows_of
from tap_daktela.runtime.memory import collect_rarely
from tap_daktela.settings import Settings
from tap_daktela.sync.reading.results import Rows
from tap_daktela.sync.records.coercion import Coercer
from tap_daktela.sync.records.moments import Moments
from tap_daktela.sync.records.stream_output import StreamOutput
from tap_daktela.sync.streams.page_lines import page_lines

_SINCE = since(90).isoformat()


class Sample(NamedTuple):
    """Seconds until workers were ready, seconds for all pages then, CPU seconds here and there, a worker's peak."""

    ready: float
    seconds: float
    here: float
    there: float
    peak_mib: float


class Shaping:
    """Turns bodies of pages of a stream into RECORD lines, as the tap does. `made` is that of this process."""

    made: Shaping

    def __init__(self, name: str) -> None:
        settings = Settings.parse({"url": "https://localhost", "access_token": TOKEN, "start_date": _SINCE})
        [selected] = selection.everything({name: commands.known_streams(settings)[name]})
        self._stream = selected.entry.stream
        self._outputs = [StreamOutput(selected, Coercer(Moments(ZoneInfo("Europe/Prague"), local=False)), settings)]
        collect_rarely()

    def lines(self, body: bytes) -> bytes:
        """Return the lines of a page."""
        document, _ = decode(body)
        page = page_lines(Rows(rows_of(document) or [], NOW), self._outputs, self._stream, drop_orphans=False)
        return b"".join([lines.text for _, lines in page.parts])


def begin(name: str) -> None:
    """Make what this process needs for pages of a stream."""
    Shaping.made = Shaping(name)


def work(body: bytes) -> tuple[bytes, float, float]:
    """Return the lines of a page, the CPU seconds that they took, and the peak of this process's memory in MiB."""
    begun = time.thread_time()
    lines = Shaping.made.lines(body)
    spent = time.thread_time() - begun
    # Not ru_maxrss: a process that was spawned begins with that of its parent.
    _, _, peak = Path("/proc/self/status").read_text(encoding="utf-8").partition("VmHWM:")
    return lines, spent, int(peak.split()[0]) / 2**10


def one_process(bodies: list[bytes]) -> tuple[Sample, list[bytes]]:
    """Shape all pages in this process."""
    begun, cpu = time.monotonic(), time.process_time()
    lines = [Shaping.made.lines(body) for body in bodies]
    return Sample(0.0, time.monotonic() - begun, time.process_time() - cpu, 0.0, 0.0), lines


def in_workers(name: str, bodies: list[bytes], number: int) -> tuple[Sample, list[bytes]]:
    """Shape all pages in workers. They are spawned: a process with threads, as the tap is, cannot be forked safely."""
    start = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(number, begin, (name,)) as pool:
        pool.map(len, [b""] * number, 1)
        begun, cpu = time.monotonic(), time.process_time()
        pages = list(pool.imap(work, bodies))
        seconds, here = time.monotonic() - begun, time.process_time() - cpu
    lines, there, peaks = zip(*pages, strict=True)
    return Sample(begun - start, seconds, here, sum(there), max(peaks)), list(lines)


def _bodies(url: str, name: str) -> list[bytes]:
    """Return the pages of a stream with all its columns."""
    maker = [sys.executable, "-m", "benchmarks.yardsticks.job", url, _SINCE, name]
    job = json.loads(subprocess.run(maker, cwd=REPOSITORY, check=True, capture_output=True).stdout)
    bodies: list[bytes] = []
    is_full = True
    while is_full:
        parameters = [*job["parameters"], ("skip", len(bodies) * job["page_size"])]
        answer = requests.get(job["url"] + job["path"], params=parameters, headers=job["headers"], timeout=300)
        answer.raise_for_status()
        bodies.append(answer.content)
        is_full = len(answer.json()["result"]["data"]) == job["page_size"]
    return bodies


def main() -> None:
    """Print what each number of workers costs and brings, by stream."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cores", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000, help="activities of the instance (default: 50000)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2], help="numbers of workers; 0 for none")
    parser.add_argument("--streams", nargs="+", default=["activities", "tickets", "contacts", "activities_email"])
    options = parser.parse_args()
    heads = ("rows", "workers", "rows/s, best", "µs/row here", "µs/row in workers", "MiB moved", "ready s", "MiB each")
    table = []
    for name in options.streams:
        with Instance(set(cores())) as instance:
            instance.become(world={"activities": options.rows})
            bodies = _bodies(instance.url, name)
        begin(name)
        expected = one_process(bodies)[1]
        rows, size = sum(text.count(b"\n") for text in expected), sum(map(len, bodies + expected)) / 2**20
        samples: dict[int, list[Sample]] = {number: [] for number in options.workers}
        for number in options.workers * options.rounds:
            sample, lines = in_workers(name, bodies, number) if number else one_process(bodies)
            samples[number].append(sample)
            if lines != expected:
                raise AssertionError(f"{name}: {number} workers wrote other lines")
        for number, found in samples.items():
            pace = rows / min(sample.seconds for sample in found)
            ready, _, here, there, peak = map(statistics.median, zip(*found, strict=True))
            table.append((name, number, pace, here / rows * 1e6, there / rows * 1e6, size * bool(number), ready, peak))
    sys.stdout.write(
        tabulate(table, heads, "pipe", floatfmt=("", "", ",.0f", ".1f", ".1f", ".0f", ".2f", ".0f")) + "\n"
    )


if __name__ == "__main__":
    main()
