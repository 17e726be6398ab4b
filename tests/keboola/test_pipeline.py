"""The pipe with real processes: what arrives, and what happens when one of them fails."""

from __future__ import annotations

import csv
import json
import logging
import os
import resource
import signal
import stat
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.errors import ApplicationError, ConfigError, Interrupted, UserError
from tap_daktela.keboola import pipeline
from tap_daktela.keboola.pipe import processes
from tap_daktela.keboola.pipe import run_pipe as delivery
from tests.helpers import harness
from tests.helpers.keboola.pipeline_helpers import children, driven, job, script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TABLES = ("activities", "activities_statuses", "tickets", "users")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Give an output folder as the platform makes it."""
    folder = tmp_path / "out" / "tables"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, target_csv: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the place for temporary files, which has to be empty again afterwards; and the target."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setenv("TARGET_CSV", str(target_csv))
    yield folder
    assert list(folder.iterdir()) == []


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def as_cell(value: Any, key: bool) -> str:
    """Return how a value of the tap's has to arrive."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value in (None, "") else f"acme_{value}" if key else str(value)


def test_every_row_and_cell_arrives(
    daktela: harness.Sandbox, run_tap: Callable[..., harness.TapRun], out: Path
) -> None:
    work = job(daktela, *TABLES)
    outcome = pipeline.run(work, out)
    tap = run_tap({**work.tap_config, "nested": "json", "streams": ",".join(TABLES)})
    assert outcome.state == tap.last_state
    assert outcome.rows == {stream: len(tap.records(stream)) for stream in TABLES}
    assert sorted(path.name for path in out.iterdir()) == sorted(
        f"acme_{stream}.csv{end}" for stream in TABLES for end in ("", ".manifest")
    )
    for stream in TABLES:
        rows = read(out / f"acme_{stream}.csv")
        assert list(rows[0]) == outcome.columns[stream]
        assert len({row["id"] for row in rows}) == len(rows)
        for row, record in zip(rows, tap.records(stream), strict=True):
            for name, value in record.items():
                key = value not in (None, "") and not isinstance(value, bool) and row[name] == f"acme_{value}"
                assert row[name] == as_cell(value, key), (stream, name)
                assert key or name not in tap.key(stream)


def test_a_stream_without_rows_still_has_its_table(daktela: harness.Sandbox, out: Path) -> None:
    work = job(daktela, "tickets", "tickets_statuses", settings={"start_date": "2015-01-01", "end_date": "2015-02-01"})
    outcome = pipeline.run(work, out)
    assert outcome.rows == {"tickets": 0, "tickets_statuses": 0}
    for table in outcome.rows:
        [header] = (out / f"acme_{table}.csv").read_text(encoding="utf-8").splitlines()
        assert header.split(",") == outcome.columns[table]
        assert (out / f"acme_{table}.csv.manifest").exists()


def test_the_second_run_continues(sandbox: Callable[..., harness.Sandbox], out: Path, tmp_path: Path) -> None:
    with sandbox("--rows", "60") as daktela:
        daktela.settle()
        first = pipeline.run(job(daktela, "tickets"), out)
        daktela.control("add", {"endpoint": "tickets", "count": 3})
        daktela.settle()
        again = tmp_path / "again"
        second = pipeline.run(job(daktela, "tickets", tap_state=first.state), again)
        before, after = ({row["id"] for row in read(folder / "acme_tickets.csv")} for folder in (out, again))
        assert len(after - before) == 3
        assert len(after & before) <= 1
        # The platform's import failed and the state was not kept: the same rows come with the same ids.
        third = pipeline.run(job(daktela, "tickets", tap_state=first.state), tmp_path / "third")
        assert {row["id"] for row in read(tmp_path / "third/acme_tickets.csv")} == after
        assert third.state == second.state


def test_utc_times_arrive_as_the_tap_writes_them(daktela: harness.Sandbox, out: Path) -> None:
    pipeline.run(job(daktela, "tickets", settings={"timestamps": "utc"}), out)
    times = [row["edited"] for row in read(out / "acme_tickets.csv") if row["edited"]]
    assert times
    assert all(len(time) == len("2024-01-01T00:00:00Z") and time.endswith("Z") for time in times)


def test_log_lines_keep_their_level(daktela: harness.Sandbox, out: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    pipeline.run(job(daktela, "tickets", settings={"strange": 1}), out)
    told = {(name, level) for name, level, _ in caplog.record_tuples}
    assert ("tap-daktela", logging.INFO) in told
    assert ("tap-daktela", logging.WARNING) in told
    # What the target has to say of each of its batches interests nobody; that its Python is too old may be told.
    lines = [line for line in caplog.record_tuples if line[0] == "target-csv"]
    assert [line for line in lines if line[1] < logging.WARNING] == []


# --- secrets ----------------------------------------------------------------------------------------------------------


def test_the_password_is_only_in_a_file_that_nobody_else_may_read(
    daktela: harness.Sandbox,
    out: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen = tmp_path / "seen.json"
    spy = script(
        tmp_path / "spy",
        "import json, os, sys\n"
        "path = sys.argv[sys.argv.index('--config') + 1]\n"
        "modes = [oct(os.stat(place).st_mode & 0o777) for place in (path, os.path.dirname(path))]\n"
        f"json.dump([sys.argv, modes, 'password' in open(path).read()], open({str(seen)!r}, 'w'))\n"
        f"os.execv({str(processes.tap_command())!r}, ['tap-daktela', *sys.argv[1:]])\n",
    )
    monkeypatch.setattr(delivery, "tap_command", lambda: spy)
    caplog.set_level(logging.DEBUG)
    pipeline.run(job(daktela, "users"), out)
    argv, modes, has_password = json.loads(seen.read_text())
    assert modes == ["0o600", "0o700"]
    assert has_password
    assert daktela.password not in "".join(argv) + caplog.text
    assert not Path(argv[argv.index("--config") + 1]).exists()


# --- failures ---------------------------------------------------------------------------------------------------------


def fails(work: Any, out: Path, kind: type[Exception]) -> str:
    """Run a job that has to fail with `kind`, leave nothing, and return its sentence."""
    with pytest.raises(kind) as caught:
        pipeline.run(work, out)
    assert list(out.iterdir()) == []
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def test_what_the_user_can_mend_is_the_users(daktela: harness.Sandbox, out: Path) -> None:
    wrong = job(daktela, "users", settings={"password": "wrong-password"})
    sentence = fails(wrong, out, UserError)
    assert "password" in sentence
    assert "wrong-password" not in sentence
    assert "start_date" in fails(job(daktela, "users", settings={"start_date": "soon"}), out, ConfigError)
    assert "nonsense" in fails(job(daktela, "nonsense"), out, UserError)
    assert "more than once" in fails(job(daktela, "users", "users"), out, UserError)
    assert "output_format" in fails(job(daktela, "users", output_format="xml"), out, UserError)


def test_one_stream_that_fails_is_a_failure(sandbox: Callable[..., harness.Sandbox], out: Path) -> None:
    with sandbox("--rows", "30", "--deny", "users=403") as daktela:
        sentence = fails(job(daktela, "users", "queues"), out, UserError)
    assert "users" in sentence


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ("print('{}', flush=True)", ApplicationError, "no Singer message"),
        ("sys.stderr.write('CRITICAL it is closed\\nINFO bye\\n'); sys.exit(1)", UserError, "it is closed"),
        ("sys.stderr.write('CRITICAL KeyError: x\\n'); sys.exit(2)", ApplicationError, "exit code 2: KeyError: x"),
        ("sys.exit(1)", ApplicationError, "exit code 1"),
        ("os.kill(os.getpid(), 9)", ApplicationError, "SIGKILL, most likely because memory ran out"),
        ("sys.exit(143)", ApplicationError, "SIGTERM"),
        ('sys.stdout.write(\'{"type":"STATE","value"\')', ApplicationError, "within a line"),
        ("pass", ApplicationError, "users: the tap has not sent it"),
    ],
)
def test_a_tap_that_fails_leaves_no_table(  # noqa: PLR0917 - fixtures
    daktela: harness.Sandbox,
    out: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    body: str,
    kind: type[Exception],
    words: str,
) -> None:
    tap = script(tmp_path / "tap", f"import os, sys\n{body}\n")
    monkeypatch.setattr(delivery, "tap_command", lambda: tap)
    assert words in fails(job(daktela, "users"), out, kind)


def test_a_tap_that_dies_in_the_middle_leaves_no_table(
    daktela: harness.Sandbox, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The real tap, cut off behind its first kilobytes: the target sees a clean end.
    tap = script(
        tmp_path / "tap",
        "import os, subprocess, sys\n"
        f"run = subprocess.Popen([{str(processes.tap_command())!r}, *sys.argv[1:]], stdout=subprocess.PIPE)\n"
        "whole = run.communicate()[0]\n"
        "half = whole[: whole.rindex(b'\\n', 0, len(whole) // 2) + 1]\n"
        "sys.stdout.buffer.write(half)\n"
        "sys.stdout.flush()\n"
        "os.kill(os.getpid(), 9)\n",
    )
    monkeypatch.setattr(delivery, "tap_command", lambda: tap)
    assert "tap-daktela was ended by SIGKILL" in fails(job(daktela, "activities"), out, ApplicationError)


LYING = """
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


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("sys.exit(3)", "target-csv failed with exit code 3"),
        ("sys.stdin.readline(); sys.stderr.write('ERROR it broke\\n'); sys.exit(1)", "exit code 1: it broke"),
        ("sys.stdin.readline(); os.kill(os.getpid(), 9)", "SIGKILL"),
        ("sys.stdin.read(); os.kill(os.getpid(), 11)", "SIGSEGV"),
        ("sys.stdin.close(); os.close(0)", "stopped reading before the end"),
        ("sys.stdin.read()", "never confirmed a state"),
        ("sys.stdin.read(); print('[]')", "no state"),
        ("sys.stdin.read(); print('{\"bookmarks\": {}}')", "has not written its file"),
        (LYING.replace("SLICE", ":-1") + "print(json.dumps(state))", "rows went into the target and"),
        (LYING.replace("SLICE", ":") + "print('nonsense')", "no state"),
    ],
)
def test_a_target_that_fails_leaves_no_table(  # noqa: PLR0917 - fixtures
    daktela: harness.Sandbox,
    out: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    body: str,
    words: str,
) -> None:
    target = script(tmp_path / "target", f"import os, sys\n{body}\n")
    monkeypatch.setenv("TARGET_CSV", str(target))
    assert words in fails(job(daktela, "activities"), out, ApplicationError)


@pytest.mark.parametrize(("victim", "other"), [("target-csv", "tap-daktela"), ("tap-daktela", "target-csv")])
def test_a_process_that_is_killed_takes_the_other_one_along(
    sandbox: Callable[..., harness.Sandbox], out: Path, temporary: Path, victim: str, other: str
) -> None:
    # The instance is slow: nothing flows that would make anybody notice.
    with sandbox("--rows", "60", "--latency-ms", "60000") as daktela:
        process = driven(job(daktela, "users", settings={"access_token": daktela.access_token}), out)
        wait_for(lambda: {"target-csv", "tap-daktela"} <= named_children(process.pid).keys())
        started = named_children(process.pid)
        os.kill(started[victim], signal.SIGKILL)
        _, log = process.communicate(timeout=harness.PATIENCE)
    assert process.returncode == 2
    sentence = f"ApplicationError: {victim} was ended by SIGKILL, most likely because memory ran out"
    assert log.decode().splitlines()[-1] == sentence
    assert list(out.iterdir()) == []
    assert not alive(started[other])


def test_an_honest_target_of_another_make_is_fine(
    daktela: harness.Sandbox, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = script(tmp_path / "target", LYING.replace("SLICE", ":") + "print(json.dumps(state))\n")
    monkeypatch.setenv("TARGET_CSV", str(target))
    outcome = pipeline.run(job(daktela, "users"), out)
    assert len(read(out / "acme_users.csv")) == outcome.rows["users"] > 0


@pytest.mark.parametrize("kind", ["missing", "not a program"])
def test_a_target_that_cannot_be_started(
    daktela: harness.Sandbox, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    target = tmp_path / "target"
    if kind != "missing":
        target.write_bytes(b"\x00\x01\x02")
        target.chmod(target.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("TARGET_CSV", str(target))
    assert "TARGET_CSV" in (sentence := fails(job(daktela, "users"), out, ApplicationError)) or "target-csv" in sentence


def test_the_target_is_found_beside_the_installation_and_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TARGET_CSV")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(ApplicationError, match="not installed"):
        processes.target_command()
    for place in ("bin", ".venv-target/bin"):
        (tmp_path / place).mkdir(parents=True)
        found = script(tmp_path / place / "target-csv", "")
        assert processes.target_command() == found


def test_an_output_folder_that_cannot_be_written_to(daktela: harness.Sandbox, tmp_path: Path) -> None:
    place = tmp_path / "tables"
    place.write_text("a file", encoding="utf-8")
    with pytest.raises(ApplicationError, match=r"cannot write .*tables"):
        pipeline.run(job(daktela, "users"), place)
    assert place.read_text(encoding="utf-8") == "a file"


# The file with the measurement would be cut off too, and spoil that of all tests.
@pytest.mark.unmeasured
@pytest.mark.parametrize("whose", ["the target's", "ours"])
def test_a_full_disk(daktela: harness.Sandbox, out: Path, tmp_path: Path, whose: str) -> None:
    # The kernel refuses to write longer files. Ours are longer than the target's, by the ids at least.
    work = job(daktela, "activities")
    pipeline.run(work, tmp_path / "whole")
    size = (tmp_path / "whole/acme_activities.csv").stat().st_size
    limit = size // 2 if whose == "the target's" else size - 1
    process = driven(work, out, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    _, log = process.communicate(timeout=harness.PATIENCE)
    words = log.splitlines()[-1]
    assert process.returncode == 2, words
    assert words.startswith(b"ApplicationError: ")
    assert b"File too large" in words
    assert (b"target-csv" in words) is (whose == "the target's")
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything(
    sandbox: Callable[..., harness.Sandbox], out: Path, temporary: Path, number: signal.Signals
) -> None:
    with sandbox("--rows", "60", "--latency-ms", "60000") as daktela:
        process = driven(job(daktela, "users", settings={"access_token": daktela.access_token}), out)
        wait_for(lambda: list(temporary.glob("*/config.json")) and len(children(process.pid)) == 2)
        started = children(process.pid)
        process.send_signal(number)
        _, words = process.communicate(timeout=harness.PATIENCE)
    assert words == f"Interrupted: stopped by signal {number.value}".encode()
    assert process.returncode == 128 + number
    assert list(out.iterdir()) == []
    assert not any(alive(child) for child in started)


def test_a_signal_in_this_process_is_given_back(
    daktela: harness.Sandbox, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(harness.PATIENCE)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(pipeline, "publish", interrupt)
    with pytest.raises(Interrupted):
        pipeline.run(job(daktela, "users"), out)
    assert signal.getsignal(signal.SIGTERM) == before


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
