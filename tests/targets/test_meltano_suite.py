"""Meltano's standard tests for taps pass over the command line."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers import harness, ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.unmeasured

ADAPTER = Path(__file__).with_name("meltano_adapter.py")


def warned(output: str) -> Iterator[str]:
    """Yield what pytest's summary of warnings says: each test with the reason for which it saw less than it wanted."""
    _, _, summary = output.partition(" warnings summary ")
    tests: list[str] = []
    for line in summary.partition("\n-- Docs: ")[0].splitlines():
        if found := re.fullmatch(r"\S*::(\S+\[\S+\])", line):
            tests.append(found[1])
        elif found := re.fullmatch(r"  \S+: \w+Warning: (.+)", line):
            yield from (f"{test}: {found[1]}" for test in tests)
            tests = []


def test_the_standard_tests_pass(
    sandbox: Callable[..., harness.Sandbox],
    target_python: Path,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    # An own configuration: ours would make errors of the SDK's warnings. No cache: it would be the checkout's.
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    options = ["-c", tmp_path / "pytest.ini", "--rootdir", tmp_path, "--noconftest", "-p", "no:cacheprovider", "-q"]
    with sandbox("--rows", "60") as daktela:
        config = harness.write_json(tmp_path / "config.json", ledger.settings(daktela, streams=ledger.DEFAULT_STREAMS))
        done = subprocess.run(
            [target_python, "-m", "pytest", *options, ADAPTER],
            env={**os.environ, "TAP_COMMAND": str(harness.COMMANDS / "tap-daktela"), "TAP_CONFIG": str(config)},
            capture_output=True,
            text=True,
            check=False,
            timeout=harness.PATIENCE,
        )

    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
    # Columns for which the sandbox has no value: the suite passes with a warning, and tests nothing.
    for text in warned(done.stdout):
        record_property("unseen", text)
    # The suite makes its tests from the catalog: an empty catalog would pass, too.
    assert int(re.findall(r"(\d+) passed", done.stdout)[-1]) > 100
