"""Meltano's standard tests for taps pass over the command line."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import harness
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.unmeasured

ADAPTER = Path(__file__).with_name("meltano_adapter.py")


def test_the_standard_tests_pass(sandbox: Callable[..., harness.Sandbox], target_python: Path, tmp_path: Path) -> None:
    # An own configuration: ours would make errors of the SDK's warnings. No cache: it would be the checkout's.
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    options = ["-c", tmp_path / "pytest.ini", "--rootdir", tmp_path, "--noconftest", "-p", "no:cacheprovider", "-q"]
    with sandbox("--rows", "60") as daktela:
        config = harness.write_json(tmp_path / "config.json", {**daktela.login, "start_date": "2020-01-01"})
        done = subprocess.run(
            [target_python, "-m", "pytest", *options, ADAPTER],
            env={**os.environ, "TAP_COMMAND": str(harness.COMMANDS / "tap-daktela"), "TAP_CONFIG": str(config)},
            capture_output=True,
            text=True,
            check=False,
            timeout=harness.PATIENCE,
        )

    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
    # The suite makes its tests from the catalog: an empty catalog would pass, too.
    assert int(re.findall(r"(\d+) passed", done.stdout)[-1]) > 100
