"""A run that has failed is over: it waits for no request that is still under way."""

from __future__ import annotations

import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from tests.helpers.cli_output import refused
from tests.helpers.harness import BEGINNING, PATIENCE, TapRun, tap_command
from tests.helpers.http_stub import TOKEN, HttpStub, Reply, answered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path


class Half:
    """An instance that redirects one list as soon as another one was asked for, which it does not answer."""

    def __init__(self) -> None:
        """Listen."""
        self.asked, self.over = threading.Event(), threading.Event()
        self.server = HttpStub()
        self.server.on("whoim", answered({"user": {"name": "me"}, "version": "6.1"}, _timezone="Europe/Prague"))
        self.server.on("tickets", Reply(raw=self._redirect))
        self.server.on("users", Reply(raw=self._wait))

    def _redirect(self, request: BaseHTTPRequestHandler) -> None:
        assert self.asked.wait(PATIENCE)
        request.send_response(302)
        request.send_header("Location", "https://other.example.com/")
        request.send_header("Content-Length", "0")
        request.end_headers()

    def _wait(self, _: BaseHTTPRequestHandler) -> None:
        self.asked.set()
        self.over.wait()


@pytest.fixture
def half() -> Iterator[Half]:
    one = Half()
    yield one
    one.over.set()
    one.server.stop()


def test_a_failed_run_waits_for_nothing(half: Half, tmp_path: Path) -> None:
    config = {"url": half.server.url, "access_token": TOKEN, "start_date": BEGINNING, "streams": "tickets,users"}
    done = subprocess.run(tap_command(tmp_path, config), capture_output=True, check=False, timeout=PATIENCE)
    refused(
        TapRun(done.returncode, done.stdout.decode(), done.stderr.decode()), "redirects to https://other.example.com"
    )
