"""Targets that die and users who change their mind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.cli_output import refused
from tests.helpers.harness import BEGINNING, COMMANDS, PATIENCE, TapRun, tap_command, untimed
from tests.helpers.http_stub import TOKEN, HttpStub, Reply, answered, give

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from tests.helpers.harness import Sandbox


def dead(folder: Path, command: list[object], lines: int) -> tuple[int, str]:
    """Run a command into a target that reads some lines and dies; return its exit code and stderr."""
    with (folder / "stderr").open("wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, cwd=folder)  # type: ignore[call-overload]
        for _ in range(lines):
            process.stdout.readline()
        process.stdout.close()
        code = process.wait(timeout=PATIENCE)
    return code, untimed((folder / "stderr").read_text(encoding="utf-8"))


@pytest.mark.parametrize("lines", [0, 1, 30])
def test_a_target_that_dies(sandbox: Callable[..., Sandbox], tmp_path: Path, lines: int) -> None:
    with sandbox("--rows", "2000") as daktela:
        command = tap_command(tmp_path, {**daktela.login, "start_date": BEGINNING, "page_size": 50})
        code, said = dead(tmp_path, list(command), lines)
    assert code == 128 + signal.SIGPIPE
    assert "Traceback" not in said
    assert "CRITICAL" not in said
    assert said.rstrip().split("\n")[-1] == "INFO the target has stopped reading"


@pytest.mark.parametrize("arguments", [["--about"], ["--discover"]])
def test_a_reader_that_dies(tmp_path: Path, arguments: list[str]) -> None:
    code, said = dead(tmp_path, [COMMANDS / "tap-daktela", *arguments], 0)
    assert code == 128 + signal.SIGPIPE
    assert said.rstrip().split("\n")[-1] == "INFO the target has stopped reading"
    assert "Exception" not in said


def test_a_full_disk() -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run([COMMANDS / "tap-daktela", "--about"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode != 0
    assert untimed(done.stderr.decode()) == "CRITICAL stdout cannot be written: No space left on device\n"


def test_stdout_that_is_closed() -> None:
    command = f"'{COMMANDS / 'tap-daktela'}' --discover >&-"
    done = subprocess.run(["/bin/sh", "-c", command], stderr=subprocess.PIPE, check=False)
    assert done.returncode != 0
    assert untimed(done.stderr.decode()).splitlines()[-1] == "CRITICAL stdout is closed"


class Silent:
    """An instance that takes a request and never answers it."""

    def __init__(self) -> None:
        """Listen."""
        self.asked, self.over = threading.Event(), threading.Event()
        self.server = HttpStub()
        self.server.on("whoim", Reply(raw=self.wait))

    def wait(self, _: BaseHTTPRequestHandler) -> None:
        """Say that the request is there, and do not answer it."""
        self.asked.set()
        self.over.wait()

    def refuse_for_minutes(self, request: BaseHTTPRequestHandler) -> None:
        """Answer that the request may be sent again in some minutes."""
        give(request, Reply(503, b"", {"Retry-After": "200"}))
        self.asked.set()


@pytest.fixture
def silent() -> Iterator[Silent]:
    one = Silent()
    yield one
    one.over.set()
    one.server.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("mode", [[], ["--discover"], ["--test"]])
def test_a_signal_while_nothing_was_read_yet(
    silent: Silent, tmp_path: Path, mode: list[str], number: signal.Signals
) -> None:
    config = {"url": silent.server.url, "access_token": "canary-token-5f0e2b", "start_date": BEGINNING}
    process = subprocess.Popen(
        [*tap_command(tmp_path, config), *mode], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    )
    assert silent.asked.wait(PATIENCE)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=PATIENCE)
    refused(TapRun(process.returncode, stdout.decode(), stderr.decode()), "stopped by signal", code=128 + number)


def held_at(stage: str, url: str) -> dict[str, Any]:
    """Return settings with which the tap waits at a stage of its beginning."""
    token = {"access_token": TOKEN} if stage != "login" else {"username": "me", "password": "canary-password"}
    return {"url": url, **token, "start_date": BEGINNING}


@pytest.mark.parametrize("mode", [[], ["--discover"]])
@pytest.mark.parametrize("stage", ["login", "whoim", "probing", "long retry"])
def test_a_reader_that_is_gone_while_nothing_was_read_yet(
    silent: Silent, tmp_path: Path, mode: list[str], stage: str
) -> None:
    held = Reply(raw=silent.wait)
    if stage == "long retry":
        held = Reply(raw=silent.refuse_for_minutes)
    silent.server.on("login", held if stage == "login" else answered({"accessToken": TOKEN}))
    if stage == "probing":
        silent.server.on("whoim", answered({"user": {"name": "me"}, "version": "6.1"}, _timezone="Europe/Prague"))
        silent.server.on("tickets", held)
    else:
        silent.server.on("whoim", held)
    process = subprocess.Popen(
        [*tap_command(tmp_path, held_at(stage, silent.server.url)), *mode],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    assert silent.asked.wait(PATIENCE)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, stderr = process.communicate(timeout=PATIENCE)
    said = untimed(stderr.decode()).splitlines()
    assert process.returncode == 128 + signal.SIGPIPE
    assert said[-1] == "INFO the target has stopped reading"
    assert not [line for line in said if line.startswith(("ERROR", "CRITICAL", "Traceback"))]


INTERRUPTED = """
import sys
from tap_daktela import cli, dispatch

def interrupted(*_):
    raise KeyboardInterrupt

dispatch.known_streams = interrupted
sys.exit(cli.main(sys.argv[1:]))
"""


def test_an_interrupt_before_signals_are_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"server": "x", "access_token": "t", "start_date": BEGINNING}), encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", INTERRUPTED, "--config", path], capture_output=True, check=False)
    run = TapRun(done.returncode, done.stdout.decode(), done.stderr.decode())
    refused(run, "stopped by signal 2", code=128 + signal.SIGINT)
