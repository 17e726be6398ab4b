"""Small versions of what `scripts/chaos endurance` does with millions of rows."""

from __future__ import annotations

import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tap_daktela.sandbox.api.list_request import BadRequestError, parse
from tests.chaos import endurance, endurance_runs
from tests.chaos.kill_runs import BrokenPromiseError
from tests.chaos.synthetic import document, index
from tests.helpers import harness
from tests.helpers.http_stub import TOKEN, HttpStub, Reply
from tests.helpers.process_stats import Sample, growth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

pytestmark = pytest.mark.unmeasured

ROWS = 30_000


@pytest.fixture(scope="module")
def calls() -> Iterator[endurance_runs.Instance]:
    with endurance_runs.instance(ROWS, "--idle", "1") as daktela:
        yield daktela


def test_a_target_that_is_slow_or_stands_still_takes_no_more_memory_and_no_more_requests(
    calls: endurance_runs.Instance,
) -> None:
    fast = endurance_runs.read("fast", calls, every=0.05)
    slow = endurance_runs.read("slow", calls, pause=0.1, every=0.05)
    # Fails itself where requests are sent while the target stands still.
    stopped = endurance_runs.stop_the_target(calls, every=0.05)
    assert list(endurance.slower(fast, slow, stopped)) == []


@pytest.mark.usefixtures("target_csv")
def test_the_component_brings_every_row(calls: endurance_runs.Instance) -> None:
    assert endurance_runs.extract(calls, every=0.2).rows == ROWS


@pytest.mark.parametrize("answers", [1, 20])
def test_an_instance_that_falls_silent_ends_the_run(answers: int) -> None:
    with endurance_runs.instance(100_000, "--silent-after", str(answers)) as daktela:
        _, words, _ = endurance_runs.wait_in_vain(daktela, timeout=1, retries=1)
    assert endurance.gave_up(words), words


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Begin a header and never end it, while a byte comes often enough for every socket to wait on."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Header: ")
    with suppress(OSError):
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.2)


def test_headers_that_never_end_end_the_run(tmp_path: Path) -> None:
    server = HttpStub()
    server.on("whoim", Reply(raw=drip))
    settings = {"url": server.url, "access_token": TOKEN, "start_date": "2024-01-01"}
    command = harness.tap_command(tmp_path, {**settings, "request_timeout": 1, "max_retries": 0})
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as tap:
        try:
            assert tap.wait(harness.PATIENCE) == 1
        finally:
            tap.kill()
            server.stop()


# --- the measure itself -----------------------------------------------------------------------------------------------


def test_the_instance_applies_the_filter_on_time() -> None:
    conditions = {
        "filter[logic]": "and",
        "filter[filters][0][field]": "call_time", "filter[filters][0][operator]": "gte",
        "filter[filters][0][value]": "2024-01-01 00:00:03",
        "filter[filters][1][field]": "call_time", "filter[filters][1][operator]": "lt",
        "filter[filters][1][value]": "2024-01-01 00:00:08",
    }  # fmt: skip
    query = "&".join(f"{name}={value}" for name, value in conditions.items())
    answer = document(parse(query), 100)
    assert b'"total":2}' in answer
    assert [b"00:00:04" in answer, b"00:00:06" in answer, b"00:00:08" in answer] == [True, True, False]
    assert index("2024-01-01 00:00:04") == index("2024-01-01 00:00:03") == 2
    with pytest.raises(BadRequestError):
        document(parse("filter[field]=direction&filter[operator]=eq&filter[value]=in"), 100)


def test_growth_is_noticed() -> None:
    flat = [Sample(1, 50_000, 9, 5)] * 40
    assert growth(flat) == ""
    assert "memory grew" in growth([Sample(1, 50_000 + 500 * n, 9, 5) for n in range(40)])
    assert "files grew" in growth([Sample(1, 50_000, 9 + n, 5) for n in range(40)])
    assert "threads grew" in growth([Sample(1, 50_000, 9, 5 + n) for n in range(40)])


def test_rows_that_are_missing_or_repeated_are_noticed() -> None:
    line = b'{"id_call":"call0000000%d"}'
    for came in ([0], [0, 1, 1]):
        rows = endurance_runs.Rows(2)
        for number in came:
            rows.take(endurance_runs.CALL, line % number)
        with pytest.raises(BrokenPromiseError):
            rows.check()


def test_a_run_that_ends_otherwise_is_noticed(calls: endurance_runs.Instance) -> None:
    wrong = endurance_runs.Instance(calls.url, ROWS + 1)
    with pytest.raises(BrokenPromiseError, match="1 are missing"):
        endurance_runs.read("short", wrong, every=1)
