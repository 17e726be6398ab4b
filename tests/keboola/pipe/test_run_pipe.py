"""The pipe with real processes: its secrets, and what happens when one of them fails."""

from __future__ import annotations

import csv
import json
import logging
import os
import signal
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tap_daktela.errors import ApplicationError, UserError
from tap_daktela.keboola.pipe import processes, run_pipe
from tests.helpers import harness
from tests.helpers.keboola.pipeline_helpers import (
    LYING_TARGET,
    alive,
    driven,
    fails,
    job,
    named_children,
    run,
    script,
    wait_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.usefixtures("temporary"), pytest.mark.unmeasured]


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
    monkeypatch.setattr(run_pipe, "tap_command", lambda: spy)
    caplog.set_level(logging.DEBUG)
    run(job(daktela, "users"), out)
    argv, modes, has_password = json.loads(seen.read_text())
    assert modes == ["0o600", "0o700"]
    assert has_password
    assert daktela.password not in "".join(argv) + caplog.text
    assert not Path(argv[argv.index("--config") + 1]).exists()


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
    monkeypatch.setattr(run_pipe, "tap_command", lambda: tap)
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
    monkeypatch.setattr(run_pipe, "tap_command", lambda: tap)
    assert "tap-daktela was ended by SIGKILL" in fails(job(daktela, "activities"), out, ApplicationError)


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
        (LYING_TARGET.replace("SLICE", ":-1") + "print(json.dumps(state))", "rows went into the target and"),
        (LYING_TARGET.replace("SLICE", ":") + "print('nonsense')", "no state"),
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
    target = script(tmp_path / "target", LYING_TARGET.replace("SLICE", ":") + "print(json.dumps(state))\n")
    monkeypatch.setenv("TARGET_CSV", str(target))
    outcome = run(job(daktela, "users"), out)
    with (out / "acme_users.csv").open(newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == outcome.rows["users"] > 0


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
