"""The command: a process with a ready line, a log without credentials, and an end."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
import requests

from tests.helpers.harness import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-m", "tap_daktela.sandbox"]


@contextmanager
def command(*flags: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A started command and its ready line. As a user starts it, by the machine's clock: no row is looked at."""
    pipe = subprocess.PIPE
    with subprocess.Popen([*COMMAND, *flags], stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_ready_line_and_clean_end(signum: signal.Signals) -> None:
    with command("--rows", "30") as (process, ready):
        assert list(ready) == ["url", "username", "password", "access_token"]
        assert ready["url"].startswith("http://127.0.0.1:")
        headers = {"X-AUTH-TOKEN": ready["access_token"]}
        with requests.Session() as session:
            answer = session.get(f"{ready['url']}/api/v6/activities?take=1", headers=headers, timeout=PATIENCE)
            assert answer.json()["result"]["total"] == 30
            given = {"username": ready["username"], "password": ready["password"]}
            login = session.post(f"{ready['url']}/api/v6/login.json", params=given, timeout=PATIENCE)
            assert login.status_code == 200
            process.send_signal(signum)
            rest, log = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert rest == ""
    assert "GET /api/v6/activities?take=1 200, 1 rows" in log
    assert "POST /api/v6/login.json?username=***&password=*** 200" in log
    assert "SANDBOX-SECRET-" not in log
    assert "Traceback" not in log


def test_held_connections_do_not_keep_it_alive() -> None:
    with command("--rows", "1", "--fault", "timeout@1") as (process, ready), requests.Session() as session:
        with pytest.raises(requests.ReadTimeout):
            session.get(f"{ready['url']}/api/v6/tickets", timeout=0.2)
        process.terminate()
        assert process.wait(PATIENCE) == 0


def test_credentials_follow_from_the_seed() -> None:
    with command("--rows", "1", "--seed", "3") as (_, one), command("--rows", "1", "--seed", "3") as (_, two):
        assert {**one, "url": ""} == {**two, "url": ""}
        assert one["url"] != two["url"]


def test_a_wrong_command_line() -> None:
    done = subprocess.run(
        [*COMMAND, "--fault", "nothing"], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("tap-daktela-sandbox: argument --fault")
    assert len(done.stderr.splitlines()) == 1


def test_it_ends_with_its_parent() -> None:
    start = f"import subprocess, sys; child = subprocess.Popen({[*COMMAND, '--rows', '1', '--with-parent']!r})"
    start += "; print(child.pid, flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    # Unbuffered: what was read ahead would be nothing to wait for.
    with subprocess.Popen([sys.executable, "-c", start], stdin=pipe, stdout=pipe, bufsize=0) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        try:
            # The parent holds the pipe too: a sandbox that died would not end it.
            assert select.select([parent.stdout], [], [], PATIENCE)[0] == [parent.stdout]
            json.loads(parent.stdout.readline())
            assert select.select([parent.stdout], [], [], 1.5)[0] == []
            parent.kill()
            # The pipe ends when the last process that holds it has ended.
            assert select.select([parent.stdout], [], [], PATIENCE)[0] == [parent.stdout]
            assert parent.stdout.read() == b""
        finally:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


def test_tls(tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(
        [*make.split(), "-keyout", str(key), "-out", str(cert)], capture_output=True, timeout=PATIENCE, check=True
    )
    with command("--rows", "1", "--tls", str(cert), str(key)) as (_, ready), requests.Session() as session:
        assert ready["url"].startswith("https://")
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"{ready['url']}/api/v6/whoim.json", timeout=PATIENCE)
        assert session.get(f"{ready['url']}/api/v6/whoim.json", timeout=PATIENCE, verify=str(cert)).status_code == 200
