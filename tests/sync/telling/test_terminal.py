"""What somebody sees who watches a run on a terminal."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import termios
from typing import TYPE_CHECKING

import pytest

from tests.helpers.harness import BEGINNING, PATIENCE, tap_command
from tests.helpers.ledger import requested

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.helpers.harness import Sandbox

WIDTH = 60


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., Sandbox]) -> Sandbox:
    return sandbox("--rows", "300")


def watched(daktela: Sandbox, folder: Path, more: Mapping[str, object], **environment: str) -> tuple[str, int]:
    """Run the tap with a terminal as its stderr; return what was drawn, and how many requests it took."""
    daktela.control("reset-requests")
    ours, theirs = os.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 24, WIDTH, 0, 0))
    command = tap_command(folder, {**daktela.login, "start_date": BEGINNING, "streams": "tickets,users", **more})
    plain = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "CI"}}
    with (folder / "rows.jsonl").open("wb") as rows:
        process = subprocess.Popen(command, stdout=rows, stderr=theirs, env={**plain, "TERM": "xterm", **environment})
    os.close(theirs)
    drawn = b""
    try:
        while piece := os.read(ours, 65536):
            drawn += piece
    except OSError:
        pass  # The terminal is closed: the tap has ended.
    os.close(ours)
    assert process.wait(timeout=PATIENCE) == 0, drawn.decode()
    return drawn.decode(), len(requested(daktela))


def test_a_live_line_says_what_is_done_and_leaves_nothing_behind(daktela: Sandbox, tmp_path: Path) -> None:
    drawn, count = watched(daktela, tmp_path, {})
    lines = drawn.replace("\r\n", "\n").split("\n")
    shown = [piece.rstrip() for line in lines for piece in line.split("\r")]
    assert any(piece.startswith("connecting to http://127.0.0.1:") for piece in shown)
    assert "asking for the totals of 2 lists…" in shown
    for name in ("tickets", "users"):
        [total] = {match[1] for piece in shown if (match := re.match(rf"\[\d/2\] {name}  [\d,]+ of ([\d,]+)", piece))}
        [ended] = [piece for piece in shown if re.match(rf"\S+ INFO {name}: ", piece)]
        assert f"{name}: {total} rows" in ended
    assert all(len(piece) < WIDTH for piece in shown if piece.startswith(("[", "asking", "connecting")))
    last = [line.rpartition("\r")[2] for line in lines if line]
    assert re.match(r"\S+ INFO ✓ [\d,]+ rows of 2 streams in ", last[-1])
    assert not any("[1/2]" in line for line in last)
    plain, fewer = watched(daktela, tmp_path, {}, NO_COLOR="1")
    assert "\r" not in plain.replace("\r\n", "")
    assert count == fewer + 3  # One for each time axis of tickets, one for users.
    rationed, least = watched(daktela, tmp_path, {"requests_per_second": 1000})
    assert "connecting" in rationed
    assert least == fewer
