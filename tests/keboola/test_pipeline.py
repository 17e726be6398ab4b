"""Whole runs of jobs: what arrives, and what happens when a run fails or is stopped."""

from __future__ import annotations

import csv
import logging
import os
import resource
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.errors import ConfigError, UserError
from tests.helpers import harness
from tests.helpers.keboola.pipeline_helpers import alive, children, driven, fails, job, run, script, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.usefixtures("temporary"), pytest.mark.unmeasured]

TABLES = ("activities", "activities_statuses", "tickets", "users")


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
    outcome = run(work, out)
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
    outcome = run(work, out)
    assert outcome.rows == {"tickets": 0, "tickets_statuses": 0}
    for table in outcome.rows:
        [header] = (out / f"acme_{table}.csv").read_text(encoding="utf-8").splitlines()
        assert header.split(",") == outcome.columns[table]
        assert (out / f"acme_{table}.csv.manifest").exists()


def test_the_second_run_continues(sandbox: Callable[..., harness.Sandbox], out: Path, tmp_path: Path) -> None:
    with sandbox("--rows", "60") as daktela:
        daktela.settle()
        first = run(job(daktela, "tickets"), out)
        daktela.control("add", {"endpoint": "tickets", "count": 3})
        daktela.settle()
        again = tmp_path / "again"
        second = run(job(daktela, "tickets", tap_state=first.state), again)
        before, after = ({row["id"] for row in read(folder / "acme_tickets.csv")} for folder in (out, again))
        assert len(after - before) == 3
        assert len(after & before) <= 1
        # The platform's import failed and the state was not kept: the same rows come with the same ids.
        third = run(job(daktela, "tickets", tap_state=first.state), tmp_path / "third")
        assert {row["id"] for row in read(tmp_path / "third/acme_tickets.csv")} == after
        assert third.state == second.state


def test_utc_times_arrive_as_the_tap_writes_them(daktela: harness.Sandbox, out: Path) -> None:
    run(job(daktela, "tickets", settings={"timestamps": "utc"}), out)
    times = [row["edited"] for row in read(out / "acme_tickets.csv") if row["edited"]]
    assert times
    assert all(len(time) == len("2024-01-01T00:00:00Z") and time.endswith("Z") for time in times)


def test_log_lines_keep_their_level(
    daktela: harness.Sandbox, out: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "TAP_DAKTELA_LOG_FORMAT", "json"
    )  # The form in which the component reads them is its own matter.
    caplog.set_level(logging.INFO)
    run(job(daktela, "tickets", settings={"strange": 1}), out)
    told = {(name, level) for name, level, _ in caplog.record_tuples}
    assert ("tap-daktela", logging.INFO) in told
    assert ("tap-daktela", logging.WARNING) in told
    # What the target has to say of each of its batches interests nobody; that its Python is too old may be told.
    lines = [line for line in caplog.record_tuples if line[0] == "target-csv"]
    assert [line for line in lines if line[1] < logging.WARNING] == []


# --- failures ---------------------------------------------------------------------------------------------------------


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


def test_an_output_folder_that_cannot_be_written_to(daktela: harness.Sandbox, tmp_path: Path) -> None:
    place = tmp_path / "tables"
    place.write_text("a file", encoding="utf-8")
    process = driven(job(daktela, "users"), place)
    _, log = process.communicate(timeout=harness.PATIENCE)
    words = log.decode().splitlines()[-1]
    assert (process.returncode, words) == (
        1,
        f"UserError: cannot write {place}: File exists; look at it and its rights",
    )
    assert place.read_text(encoding="utf-8") == "a file"


@pytest.mark.parametrize("whose", ["the target's", "the target's beside files", "the rows'", "ours"])
def test_a_full_disk(
    daktela: harness.Sandbox, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    # The kernel refuses to write longer files. Ours are longer than the target's, by the ids at least.
    work = job(daktela, "activities")
    run(work, tmp_path / "whole")
    size = (tmp_path / "whole/acme_activities.csv").stat().st_size
    limit = {"the rows'": size // 2, "the target's beside files": 10 * size}.get(whose, size - 1)
    if whose != "the rows'":
        # Rows in files, as JSON, need more room than in tables. Without a name of the module they come in messages.
        real, most = os.environ["TARGET_CSV"], size // 2 if "target" in whose else limit
        named = "# meltanolabs_target_csv\n" if "files" in whose else ""
        body = f"{named}import os, resource, sys\nresource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}))\n"
        target = script(tmp_path / "target", f"{body}os.execv({real!r}, [{real!r}, *sys.argv[1:]])\n")
        monkeypatch.setenv("TARGET_CSV", str(target))
    process = driven(work, out, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    _, log = process.communicate(timeout=harness.PATIENCE)
    words = log.splitlines()[-1]
    assert process.returncode == 1, words
    assert words.startswith(b"UserError: ")
    assert b"File too large" in words
    assert words.endswith(b"; extract fewer tables or a shorter period in one run, or make room")
    assert (b"target-csv" in words) is ("target" in whose)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_everything(
    sandbox: Callable[..., harness.Sandbox], out: Path, temporary: Path, number: signal.Signals
) -> None:
    with sandbox("--rows", "60", "--latency-ms", "60000") as daktela:
        process = driven(job(daktela, "users", settings={"access_token": daktela.access_token}), out)
        wait_for(lambda: list(temporary.glob("*/config.json")) and len(children(process.pid)) == 2)
        started = children(process.pid)
        process.send_signal(number)
        _, words = process.communicate(timeout=harness.PATIENCE)
    assert words == f"Interrupted: stopped by signal {number.value} ({number.name})".encode()
    assert process.returncode == 128 + number
    assert list(out.iterdir()) == []
    assert not any(alive(child) for child in started)
