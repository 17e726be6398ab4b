"""The whole stdout of a small run, as a file: a change of what the tap writes shows as a difference to be read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.helpers import golden, ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers import harness

GOLDEN = Path(__file__).parent / "golden.jsonl"
# The machine's clock is the only thing in the output that differs from run to run.
READ_AT = re.compile(r'"time_extracted":"[^"]+"')


def test_the_output_of_a_run_is_what_it_was(
    sandbox: Callable[..., harness.Sandbox], run_tap: Callable[..., harness.TapRun]
) -> None:
    streams = ["activities", "activities_statuses", "activities_call", "tickets", "queues", "contacts_custom_fields"]
    with sandbox("--rows", "24", "--seed", "1", "--days", "3") as daktela:
        run = run_tap(ledger.settings(daktela, streams=streams, concurrency=4, page_size=5))
    # How many states a run writes depends on how long it takes.
    lines = [line for line in run.stdout.splitlines() if not line.startswith('{"type":"STATE"')]
    lines.append(run.stdout.splitlines()[-1])
    output = READ_AT.sub('"time_extracted":"2024-11-05T12:00:00.000000Z"', "\n".join(lines) + "\n")
    assert run.returncode == 0
    golden.check(GOLDEN, output)
