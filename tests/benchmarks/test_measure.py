"""`benchmarks/measure.py`: what a run took is that of the run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import measure


def test_the_memory_of_who_starts_a_run_is_not_that_of_the_run(tmp_path: Path) -> None:
    ours = b"x" * (200 * 2**20)
    usage = measure.run([sys.executable, "-c", "print('done')"], measure.cores(), tmp_path, output=tmp_path / "output")
    assert len(ours) / 2**20 > 100 > usage.peak_mib
    assert (tmp_path / "output").read_text("utf-8") == "done\n"


def test_a_run_that_fails_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(measure.FailedError, match=r"ended with 3:\nthe reason"):
        measure.run(
            [sys.executable, "-c", "import sys; sys.stderr.write('the reason'); sys.exit(3)"], measure.cores(), tmp_path
        )
