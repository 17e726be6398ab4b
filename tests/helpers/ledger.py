"""What a run wrote, held against the sandbox's ledger: the truth about every row, by key and not by count."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
from collections import Counter
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import requests

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.sandbox.storage.tables import TABLES
from tests.helpers import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

ENTRIES = entries(STREAMS)
# Those that the sandbox does not know would fail every run: tests/sandbox/test_sandbox_streams.py tells of them once.
EVERY_STREAM = [name for name, entry in ENTRIES.items() if entry.stream.endpoint in TABLES]
DEFAULT_STREAMS = [name for name in EVERY_STREAM if ENTRIES[name].selected]
# A slice of them for runs whose point is not the breadth: every way of reading is among them.
SOME_STREAMS = [
    "activities", "activities_statuses", "activities_call", "activities_email", "tickets", "tickets_statuses",
    "contacts", "crm_records", "campaigns_records", "articles", "statuses", "activities_call_channels",
    "campaigns_records_snapshots",
]  # fmt: skip
ZERO = "0000-00-00 00:00:00"
PRAGUE = ZoneInfo("Europe/Prague")


def settings(daktela: harness.Sandbox, **more: Any) -> dict[str, Any]:
    """Return the settings of a run that reads all that the sandbox holds."""
    return {**daktela.login, "start_date": harness.BEGINNING, "streams": SOME_STREAMS, **more}


def requested(daktela: harness.Sandbox) -> list[dict[str, Any]]:
    """Return the API requests since the start, or since `reset-requests`."""
    answer = requests.get(f"{daktela.url}/sandbox/requests", timeout=harness.PATIENCE)
    answer.raise_for_status()
    return answer.json()["requests"]


@contextmanager
def odd_for_a_while(daktela: harness.Sandbox) -> Iterator[Callable[..., harness.Sandbox]]:
    """Give a function that sets options of the server, whose requests then count from there, until the end."""
    used: set[str] = set()

    def become(**options: object) -> harness.Sandbox:
        used.update(options)
        daktela.control("reset-requests")
        daktela.control("options", options)
        return daktela

    yield become
    daktela.control("options", dict.fromkeys(used))


def accounts(daktela: harness.Sandbox) -> dict[str, Any]:
    """Return the ledger by stream."""
    return {harness.snake(endpoint): account for endpoint, account in daktela.ledger().items()}


def written(runs: Iterable[harness.TapRun], stream: str) -> list[str]:
    """Return the keys of all records of a stream that has one column as its key."""
    return [key for run in runs if stream in run.streams for key in _keys(run, stream)]


def _keys(run: harness.TapRun, stream: str) -> Iterator[str]:
    # Asked for once: a run looks through all of its lines for it.
    names = run.key(stream)
    return (harness.key_of(record, names)[0] for record in run.records(stream))


def utc(text: str, zone: ZoneInfo) -> datetime:
    """Return the instant of a wall-clock reading, the earlier one of two."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(timezone.utc)


def stamps(values: Iterable[str], zone: ZoneInfo = PRAGUE) -> Counter[str]:
    """Return wall-clock readings as records spell them, counted."""
    return Counter(utc(value, zone).strftime("%Y-%m-%dT%H:%M:%SZ") for value in values)


def check_complete(
    daktela: harness.Sandbox, *runs: harness.TapRun, zone: ZoneInfo = PRAGUE, since: Mapping[str, Any] | None = None
) -> None:
    """Fail unless `runs` together brought every row that was not touched, and none that never was.

    `since` is the ledger by stream before the first run, where rows were added to it that are too fresh to be read.
    """
    streams = {stream for run in runs for stream in run.streams}
    assert streams
    for stream, account in accounts(daktela).items():
        if stream not in streams or not account["rows"]:
            continue
        known = set(account["rows"]) & set(since[stream]["rows"] if since else account["rows"])
        if stream == "realtime_sessions":
            found = Counter(record["exten"] for run in runs for record in run.records(stream))
            assert not Counter(known) - found, f"{stream}: rows are missing"
            continue
        if not any(run.key(stream) for run in runs if stream in run.streams):
            times = [account["rows"][key]["time"] for key in known - set(account["touched"])]
            found = Counter(record["time"] for run in runs for record in run.records(stream))
            assert not stamps(times, zone) - found, f"{stream}: rows are missing"
            continue
        keys = set(written(runs, stream))
        lost = known - set(account["touched"]) - keys
        assert not lost, f"{stream}: {len(lost)} of {len(account['rows'])} rows are missing, such as {sorted(lost)[:3]}"
        strange = keys - set(account["rows"]) - set(account["touched"])
        assert not strange, f"{stream}: unknown rows {sorted(strange)[:3]}"
    for run in runs:
        check_derived(run)


def check_derived(run: harness.TapRun) -> None:
    """Fail unless the rows of derived streams are the elements of the lists in the rows that they come from."""
    for stream in run.streams:
        entry = ENTRIES[stream]
        if entry.derived is None or entry.stream.name not in run.streams or not entry.derived.column_prefix:
            continue
        parent, child = run.key(stream)
        field, key = harness.snake(entry.derived.api), run.key(entry.stream.name)[0]
        inside = child.removeprefix(f"{entry.derived.column_prefix}_")
        rows = run.records(entry.stream.name)
        expected = {(row[key], item[inside]) for row in rows for item in row[field] or () if item[inside] is not None}
        assert {(row[parent], row[child]) for row in run.records(stream)} == expected, stream


def check_no_repeats(run: harness.TapRun) -> None:
    """Fail if a key occurs twice."""
    for stream in run.streams:
        if names := run.key(stream):
            keys = Counter(harness.key_of(record, names) for record in run.records(stream))
            repeated = [key for key, count in keys.items() if count > 1]
            assert not repeated, f"{stream}: {len(repeated)} keys came twice, such as {repeated[:3]}"


def check_states(daktela: harness.Sandbox, run: harness.TapRun, zone: ZoneInfo = PRAGUE) -> None:
    """Fail if a state says of a row that it was written while it had not been, at any place of the output.

    For runs without a state of their own, over rows that nobody touches.
    """
    known, seen = accounts(daktela), {stream: set() for stream in run.streams}
    names = {stream: run.key(stream) for stream in run.streams}
    for message in run.messages:
        if message["type"] == "RECORD" and message["stream"] in known and names[message["stream"]]:
            seen[message["stream"]].add(harness.key_of(message["record"], names[message["stream"]])[0])
        if message["type"] == "STATE":
            for stream, marks in message["value"].get("bookmarks", {}).items():
                if stream in known and names[stream]:
                    lost = _claimed(stream, marks, known[stream]["rows"], zone) - seen[stream]
                    assert not lost, f"{stream}: {marks} is ahead of {len(lost)} rows, such as {sorted(lost)[:3]}"


def _claimed(stream: str, marks: Mapping[str, Any], rows: Mapping[str, Any], zone: ZoneInfo) -> set[str]:
    """Return the keys of the rows that a stream's bookmarks say to have been written."""
    claimed = set()
    for axis in ENTRIES[stream].stream.axes:
        if axis.name not in marks or axis.started_before:
            continue
        bookmark = datetime.fromisoformat(marks[axis.name].replace("Z", "+00:00"))
        for key, row in rows.items():
            reading, never = row.get(axis.field), row.get(axis.only_where_unset or "")
            if reading and reading != ZERO and never in {None, ZERO} and utc(reading, zone) < bookmark:
                claimed.add(key)
    return claimed


def sorted_records(run: harness.TapRun) -> dict[str, list[str]]:
    """Return all records of all streams as text, sorted."""
    return {
        stream: sorted(json.dumps(record, sort_keys=True) for record in run.records(stream)) for stream in run.streams
    }


def critical(run: harness.TapRun) -> str:
    """Return the one CRITICAL line, which is the last one."""
    lines = run.stderr.strip().splitlines()
    [line] = [line for line in lines if line.startswith("CRITICAL")]
    assert line == lines[-1]
    assert "Traceback" not in run.stderr
    return line


class Begun:
    """A run of the tap that somebody reads only a part of, before it is stopped by a signal."""

    def __init__(self, config: Mapping[str, Any], state: Any = None, unit: Any = None) -> None:
        """Start the command."""
        self._folder = tempfile.TemporaryDirectory()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        command = harness.tap_command(Path(self._folder.name), config, state=state, unit=unit)
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log)
        assert self._process.stdout is not None
        self._stdout = self._process.stdout

    def stop(self, after: int, number: int = signal.SIGKILL) -> tuple[harness.TapRun, bytes]:
        """Read `after` bytes, send the signal, read what is still in the pipe; return the lines and what is no line."""
        read = self._stdout.read(after)
        self._process.send_signal(number)
        read += self._stdout.read()
        code = self._process.wait(timeout=harness.PATIENCE)
        self._stdout.close()
        self._log.seek(0)
        lines, _, rest = read.rpartition(b"\n")
        log = self._log.read().decode()
        self._log.close()
        self._folder.cleanup()
        return harness.TapRun(code, lines.decode(), log), rest


def mark(daktela: harness.Sandbox, endpoint: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Insert rows and return their keys as text."""
    return [str(key) for key in daktela.control("rows", {"endpoint": endpoint, "rows": list(rows)})["keys"]]
