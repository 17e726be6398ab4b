"""singer-check-tap, the Singer project's own checker, finds nothing to say."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.helpers import harness

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.unmeasured

RECORDS = re.compile(r"(\d+) record messages")


def check(checker: Path, run: harness.TapRun, folder: Path) -> int:
    """Let the checker read a run's output and return how many records it saw.

    The checker could run the tap itself, but then it does not wait for its own reader and fails at random.
    """
    done = subprocess.run(
        [checker],
        input=run.stdout,
        cwd=folder,
        encoding="utf-8",
        capture_output=True,
        check=False,
        timeout=harness.PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [count] = RECORDS.findall(done.stdout)
    return int(count)


@pytest.mark.parametrize("choice", [{}, {"nested": "json"}, {"timestamps": "local"}], ids=str)
def test_a_run_and_the_run_after_it_are_valid(
    sandbox: Callable[..., harness.Sandbox],
    run_tap: Callable[..., harness.TapRun],
    singer_check_tap: Path,
    tmp_path: Path,
    choice: dict[str, str],
) -> None:
    with sandbox("--rows", "100") as daktela:
        daktela.settle()
        settings = {**daktela.login, "start_date": harness.BEGINNING, **choice}
        first = run_tap(settings)
        second = run_tap(settings, state=first.last_state)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    # The checker is content with nothing, too: activities and much else came first, and less than that again.
    before, after = (check(singer_check_tap, run, tmp_path) for run in (first, second))
    assert before > 300
    assert 0 < after < before
