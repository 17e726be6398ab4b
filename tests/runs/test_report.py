"""`--report`: every row is accounted for, and a run that is not complete never looks like one."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import harness
from tests.helpers.cli_output import NOBODY, refused, tap
from tests.helpers.ledger import critical, mark, requested, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STREAMS = [
    "activities", "activities_call_transcripts", "tickets", "tickets_statuses", "contacts_custom_fields", "statuses",
    "groups", "campaigns_records_snapshots",
]  # fmt: skip
NUMBERS = ("promised", "written", "repeated", "reread")


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., harness.Sandbox]) -> Iterator[harness.Sandbox]:
    with sandbox("--rows", "300", "--days", "3") as running:
        mark(running, "groups", [{"name": f"g{number:03}", "title": "Skupina"} for number in range(150)])
        running.settle()
        yield running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the file of a report, in which there is one of an earlier run."""
    path = tmp_path / "report.json"
    path.write_text('{"complete": true}', encoding="utf-8")
    return path


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def endpoint_of(report: dict[str, Any], stream: str) -> dict[str, Any]:
    [part] = [part for part in report["endpoints"] if part["stream"] == stream]
    return part


def check_sums(run: harness.TapRun, report: dict[str, Any]) -> None:
    """Fail unless the report tells of the lines on stdout, and its windows of all that lies between their ends."""
    records = {name: one["records"] for part in report["endpoints"] for name, one in part["streams"].items()}
    assert records == {stream: len(run.records(stream)) for stream in run.streams}
    for part in report["endpoints"]:
        sums = {number: sum(window[number] or 0 for window in part["windows"]) for number in NUMBERS}
        whole = part["parents"] or part
        assert sums == {number: whole[number] or 0 for number in NUMBERS}
        own = part["streams"].get(part["stream"])
        assert own is None or part["written"] == own["records"] + sum(part["left_out"].values())
        for one, other in pairwise(part["windows"]):
            if one["by"] == other["by"] and one["up_to"] is other["after"] is None:
                assert one["to"] == other["from"]
            elif one["by"] == other["by"] and other["after"] is not None:
                assert one["up_to"] == other["after"]


@pytest.mark.parametrize("orphans", ["keep", "drop"])
def test_a_clean_run(daktela: harness.Sandbox, path: Path, orphans: str) -> None:
    daktela.control("reset-requests")
    config = settings(daktela, streams=STREAMS, page_size=10, orphans=orphans)
    run = harness.run_tap(config, "--report", str(path))
    assert run.returncode == 0, run.stderr
    report = read(path)
    check_sums(run, report)
    assert (report["complete"], report["failure"]) == (True, None)
    assert (report["from"], report["to"]) == ("2019-12-31T23:00:00Z", "2024-11-05T13:30:00Z")
    assert report["began"] <= report["ended"]
    assert all(part["complete"] and part["failure"] is None for part in report["endpoints"])
    # The rows of a quiet instance are what it promises, all of them.
    assert all(part["promised"] == part["written"] > 0 for part in report["endpoints"])
    activities = endpoint_of(report, "activities")
    assert activities["orphans"] > 0
    assert activities["left_out"]["orphans"] == (activities["orphans"] if orphans == "drop" else 0)
    asked = [one for one in requested(daktela) if not one["path"].endswith(("/login.json", "/whoim.json"))]
    assert sum(part["requests"] for part in report["endpoints"]) == len(asked)
    assert all(part["bytes"] > 0 for part in report["endpoints"])
    marks = {name: one["bookmarks"] for part in report["endpoints"] for name, one in part["streams"].items()}
    state = {name: dict(mark) for name, mark in run.last_state["bookmarks"].items()}
    assert state["activities"].pop("anonymized")  # A number of rows, and no bookmark.
    assert {name: mark for name, mark in marks.items() if mark} == state
    assert endpoint_of(report, "tickets")["streams"]["tickets"]["invalid_values"]["sla_deadtime"] > 0
    # More than ten pages of a table without times are read in pieces by the key.
    assert {window["by"] for window in endpoint_of(report, "groups")["windows"]} == {"name"}
    assert len(endpoint_of(report, "groups")["windows"]) > 1
    calls = endpoint_of(report, "activities_call_transcripts")
    assert calls["parents"]["written"] > calls["streams"]["activities_call_transcripts"]["records"] > 0


def test_rows_that_move(sandbox: Callable[..., harness.Sandbox], path: Path) -> None:
    with sandbox("--rows", "300", "--days", "2") as daktela:
        daktela.settle()
        daktela.control("options", {"churn": "mixed", "churn_rows": 2})
        # Without the snapshots, which have no key and come in no order: they cannot be read whole while they change.
        config = settings(daktela, streams=STREAMS[:-1], page_size=7, concurrency=8)
        run = harness.run_tap(config, "--report", str(path))
    assert run.returncode == 0, run.stderr
    report = read(path)
    check_sums(run, report)
    assert endpoint_of(report, "activities")["reread"] > 0
    assert all(part["repeated"] > 0 for part in report["endpoints"] if part["reread"])


def test_a_wrong_total_that_stays_wrong(daktela: harness.Sandbox, path: Path) -> None:
    daktela.control("options", {"total": "+3"})
    try:
        run = harness.run_tap(settings(daktela, streams=["tickets", "statuses"]), "--report", str(path))
    finally:
        daktela.control("options", {"total": None})
    report = read(path)
    check_sums(run, report)
    assert (run.returncode, report["complete"]) == (1, False)
    assert critical(run) == f"CRITICAL {report['failure']}"
    for part in report["endpoints"]:
        assert part["complete"] is False
        assert "promises" in part["failure"]
        assert all(window["promised"] == window["written"] + 3 for window in part["windows"] if window["written"])
        assert part["reread"] >= part["written"] > 0
    assert endpoint_of(report, "tickets")["streams"]["tickets"]["bookmarks"] == {"edited": None, "created": None}


def test_a_row_without_a_usable_key(daktela: harness.Sandbox, path: Path) -> None:
    daktela.control("rows", {"endpoint": "queues", "rows": [{"name": "abc", "title": "x"}]})
    run = harness.run_tap(settings(daktela, streams=["queues"]), "--report", str(path))
    daktela.control("delete", {"endpoint": "queues", "keys": ["abc"]})
    report = read(path)
    check_sums(run, report)
    assert (run.returncode, report["complete"]) == (1, False)
    assert endpoint_of(report, "queues")["left_out"] == {"orphans": 0, "without_key": 1}


def test_a_wrong_password(daktela: harness.Sandbox, path: Path, tmp_path: Path) -> None:
    config = settings(daktela, password="SANDBOX-SECRET-wrong")
    page = tmp_path / "page.html"
    run = harness.run_tap(config, "--report", str(path), "--report", str(page))
    report = read(path)
    assert critical(run) == f"CRITICAL {report['failure']}"
    assert (run.returncode, report["complete"], report["endpoints"]) == (1, False, [])
    for written in (path, page):
        assert "SANDBOX-SECRET-" not in written.read_text(encoding="utf-8")


def test_a_setting_that_is_wrong(path: Path, tmp_path: Path) -> None:
    config = harness.write_json(tmp_path / "config.json", {**NOBODY, "page_size": 0})
    said = refused(tap("--config", config, "--report", path), "page_size")
    assert (read(path)["complete"], read(path)["failure"]) == (False, said)


def test_a_page_tells_what_the_json_tells_and_what_changed(
    daktela: harness.Sandbox, path: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    names = ["tickets", "statuses", "activities_call_transcripts"]
    first = harness.run_tap(settings(daktela, streams=names[:2]), "--report", str(page))
    assert first.returncode == 0, first.stderr
    daktela.control("options", {"fault": ["503@3", "429@5"], "deny": ["statuses=403"]})
    try:
        run = harness.run_tap(settings(daktela, streams=names), "--report", str(page), "--report", str(path))
    finally:
        daktela.control("options", {"fault": None, "deny": None})
    report, text = read(path), page.read_text(encoding="utf-8")
    assert run.returncode == 1
    assert "Not complete: statuses failed." in text
    assert "Newly failing: statuses." in text
    assert "New since the last run: activities_call_transcripts." in text
    [charts] = re.findall(r'<script type="application/json" id="charts">(.*?)</script>', text)
    drawn = json.loads(charts)
    records = {name: one["records"] for part in report["endpoints"] for name, one in part["streams"].items()}
    assert dict(drawn["rows"]) == records
    lanes = {lane["stream"]: lane for lane in drawn["timeline"]["lanes"]}
    retries = Counter[str]()
    for stream, _, count in drawn["timeline"]["retries"]:
        retries[stream] += count
    read_to_the_end = [part for part in report["endpoints"] if part["complete"]]
    assert {part["stream"] for part in read_to_the_end} == {names[0], names[2]}
    for part in read_to_the_end:
        # The report counts the requests whose answers were used.
        assert lanes[part["stream"]]["requests"] >= part["requests"] - part["retries"] > 0
        assert retries[part["stream"]] >= part["retries"]
    calls = endpoint_of(report, "activities_call_transcripts")
    [days] = [axis for axis in drawn["days"] if axis["stream"] == "activities_call_transcripts"]
    assert days["parents"]
    assert sum(written for *_, written, _ in days["spans"]) == calls["parents"]["written"]


# --- runs that are ended ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "failure"),
    [(signal.SIGTERM, "stopped by signal 15"), (signal.SIGKILL, "the run has not ended")],
)
def test_a_run_that_is_stopped(
    sandbox: Callable[..., harness.Sandbox], path: Path, tmp_path: Path, number: signal.Signals, failure: str
) -> None:
    with sandbox("--rows", "400", "--latency-ms", "30") as daktela:
        daktela.settle()
        config = settings(daktela, page_size=10, date_window_size=1)
        page = tmp_path / "page.html"
        command = [*harness.tap_command(tmp_path, config), "--report", path, "--report", page]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout is not None
        with process.stdout as stdout:
            begun = stdout.read(20_000)
            process.send_signal(number)
            lines, _, _ = (begun + stdout.read()).decode(errors="ignore").rpartition("\n")
        run = harness.TapRun(process.wait(timeout=harness.PATIENCE), lines, "")
        report = read(path)
    assert (report["complete"], report["failure"].partition(" (")[0]) == (False, failure)
    shown = page.read_text(encoding="utf-8")
    if number == signal.SIGKILL:
        assert "This run has not ended." in shown
        return
    assert "Not complete: stopped by signal 15 (SIGTERM); continue with --state" in shown
    assert run.returncode == 128 + number
    started = [part for part in report["endpoints"] if not set(part["streams"]).isdisjoint(run.streams)]
    records = {name: one["records"] for part in started for name, one in part["streams"].items()}
    assert records == {stream: len(run.records(stream)) for stream in run.streams}
    assert not all(part["complete"] for part in report["endpoints"])
    assert run.last_state is not None
    for stream, marks in run.last_state["bookmarks"].items():
        [told] = [part["streams"][stream]["bookmarks"] for part in report["endpoints"] if stream in part["streams"]]
        instants = {name: mark for name, mark in marks.items() if isinstance(mark, str)}
        assert instants.items() <= told.items()


def test_a_target_that_dies(daktela: harness.Sandbox, path: Path, tmp_path: Path) -> None:
    command = [*harness.tap_command(tmp_path, settings(daktela, page_size=10)), "--report", path]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(timeout=harness.PATIENCE) == 128 + signal.SIGPIPE
    assert (read(path)["complete"], read(path)["failure"]) == (False, "the target has stopped reading")


# --- mistakes of our own ----------------------------------------------------------------------------------------------

MISTAKES = {
    "a record that gets lost": """
from tap_daktela.sync.records import record_maker as output
whole = output.compile_shape
output.compile_shape = lambda *rest, **more: lambda rows: whole(*rest, **more)(rows)[1:]
""",
    "a row that gets lost": """
from tap_daktela.sync.streams import stream_sync
lines = stream_sync.page_lines
stream_sync.page_lines = lambda page, *rest, **more: lines(page._replace(rows=page.rows[1:]), *rest, **more)
""",
    "a row that is not counted": """
from dataclasses import replace
from tap_daktela.sync.streams.child_sync import ChildStreamSync
from tap_daktela.sync.streams.stream_sync import StreamSync
def less(count):
    def counted_less(stream, counted):
        count(stream, counted._replace(counts=replace(counted.counts, written=counted.counts.written - 1)))
    return counted_less
StreamSync.count, ChildStreamSync.count = less(StreamSync.count), less(ChildStreamSync.count)
""",
}
START = "import sys\nfrom tap_daktela import cli\nsys.exit(cli.main())\n"


def mistaken(mistake: str, config: dict[str, Any], folder: Path, path: Path) -> harness.TapRun:
    """Run the tap with a mistake in it."""
    _, *arguments = harness.tap_command(folder, config)
    command = [sys.executable, "-c", mistake + START, *arguments, "--report", path]
    done = subprocess.run(command, capture_output=True, check=False, timeout=harness.PATIENCE)
    return harness.TapRun(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize("mistake", MISTAKES)
def test_numbers_that_do_not_add_up(daktela: harness.Sandbox, path: Path, tmp_path: Path, mistake: str) -> None:
    config = settings(daktela, streams=["tickets", "activities_call_transcripts", "statuses"])
    run = mistaken(MISTAKES[mistake], config, tmp_path, path)
    assert run.returncode == 1
    report = read(path)
    assert critical(run) == f"CRITICAL {report['failure']}"
    assert "3 of 3 streams failed" in report["failure"]
    assert all("the numbers do not add up: " in part["failure"] for part in report["endpoints"])
    assert run.last_state is not None
    assert not run.last_state["bookmarks"]


def test_a_crash(daktela: harness.Sandbox, path: Path, tmp_path: Path) -> None:
    mistake = """
from tap_daktela.sync.context import RunContext
def crash(run, lines):
    raise RuntimeError(f"at {run.settings.password}")
RunContext.write = crash
"""
    run = mistaken(mistake, settings(daktela, streams=["tickets"]), tmp_path, path)
    assert run.returncode == 2
    assert (read(path)["complete"], read(path)["failure"]) == (False, "RuntimeError: at ***")


# --- where it is written ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["no/such/folder/report.json", "", "/dev/full", "/proc/report.json"])
def test_a_path_that_cannot_be_written(tmp_path: Path, place: str) -> None:
    config = harness.write_json(tmp_path / "config.json", NOBODY)
    refused(tap("--config", config, "--report", tmp_path / place), "arguments: --report: ")


@pytest.mark.parametrize("name", ["config", "catalog", "state"])
def test_a_file_that_the_run_needs(tmp_path: Path, name: str) -> None:
    files = {one: harness.write_json(tmp_path / f"{one}.json", NOBODY) for one in ("config", "catalog", "state")}
    arguments = [word for one, file in files.items() for word in (f"--{one}", file)]
    refused(tap(*arguments, "--report", files[name]), "arguments: --report: ", "is a file that the run needs")
    assert read(files[name]) == NOBODY


def test_one_file_for_two_reports(path: Path, tmp_path: Path) -> None:
    config = harness.write_json(tmp_path / "config.json", NOBODY)
    refused(tap("--config", config, "--report", path, "--report", f"{path.parent}/./{path.name}"), "is named twice")
    assert read(path) == {"complete": True}


@pytest.mark.parametrize("mode", ["--about", "--discover", "--test"])
def test_a_mode_that_reads_nothing(path: Path, mode: str) -> None:
    refused(tap(mode, "--report", path), f"--report is an option of sync, not of {mode[2:]}")
    assert read(path) == {"complete": True}


def test_a_file_that_the_records_go_to(tmp_path: Path) -> None:
    config = harness.write_json(tmp_path / "config.json", NOBODY)
    with (tmp_path / "records.jsonl").open("wb") as records:
        command = [harness.COMMANDS / "tap-daktela", "--config", config, "--report", tmp_path / "records.jsonl"]
        done = subprocess.run(command, stdout=records, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert b"records or log go to" in done.stderr
    assert not (tmp_path / "records.jsonl").read_bytes()
