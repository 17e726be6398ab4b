"""The memory of the pipe: the three processes together, with rows as long as those of a real instance."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.keboola.pipeline_helpers import children, driven, job

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers import harness

pytestmark = pytest.mark.unmeasured

# What Keboola gives a component, in kB.
LIMIT = 256 * 1024
MAILS = 500
# 27 KB: what an e-mail of a real instance has on average.
TEXT = "<div>Dobrý den, posílám podklady.</div>" * 700
# One in so many has pictures in it: 5 MB.
RARE, LONG = 50, TEXT * 190


def memory(process: int) -> int:
    """Return the memory of a process in kB, shared pages divided among those who share them; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def test_long_rows_fit_into_what_the_platform_gives(
    sandbox: Callable[..., harness.Sandbox], target_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_CSV", str(target_csv))
    with sandbox("--rows", "20") as daktela:
        for begin in range(0, MAILS, 100):
            rows = [
                {
                    "name": f"mail{n}",
                    "time": f"2024-10-{1 + n % 28:02} {n % 24:02}:{n % 60:02}:00",
                    "text": f"{n}{TEXT if n % RARE else LONG}",
                }
                for n in range(begin, begin + 100)
            ]
            daktela.control("rows", {"endpoint": "activitiesEmail", "rows": rows})
        process = driven(job(daktela, "activities_email"), tmp_path)
        peak = 0
        while process.poll() is None:
            peak = max(peak, sum(map(memory, [process.pid, *children(process.pid)])))
            time.sleep(0.05)
        _, log = process.communicate()
    assert process.returncode == 0, log
    assert (tmp_path / "acme_activities_email.csv").stat().st_size > MAILS * len(TEXT)
    assert 0 < peak < LIMIT
