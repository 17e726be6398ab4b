"""Runs of the tap against odd instances, as many as fit into some seconds: `make simulate SECONDS=60 SEED=1`.

    python -m simulation [--seconds N] [--seed N] [--only ODDITY] [--table] | --replay JSON        (from tests/)

Exit code 1 where a run did what it may not do; then the oddities are shrunk, and one command replays them.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import shlex
import sys
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.simulation.cases.case import Case, drawn_case
from tests.simulation.cases.grammar import ODDITIES, drawn_value
from tests.simulation.cases.oddities import Oddities
from tests.simulation.cases.shrink import shrunk
from tests.simulation.oracle import ViolationError, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

PLAIN = "none"
"""What the table calls runs against an instance that does nothing odd."""


@dataclass
class Tally:
    """What became of cases: `runs`, `kept` and `told` count by oddity and `all` in all; `failed` is one that broke."""

    runs: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    all: Counter[str] = field(default_factory=Counter)
    failed: Case | None = None

    def judge(self, case: Case) -> None:
        """Run a case and count it."""
        try:
            verdict = judge(case)
        except Exception:  # noqa: BLE001 - a run that crashes is as bad as one that loses; it is shown when shrunk
            self.failed = case
            return
        numbers = {"runs": verdict.runs, "kept": verdict.kept, "told": len(verdict.told)}
        self.all.update(numbers | {"cases": 1, "requests": verdict.requests})
        for name in case.oddities.odd() or (PLAIN,):
            for what, number in numbers.items():
                getattr(self, what)[name] += number

    def add(self, other: Tally) -> None:
        """Add the counts of another process."""
        for what in ("runs", "kept", "told", "all"):
            getattr(self, what).update(getattr(other, what))
        self.failed = self.failed or other.failed


def explore(seed: str, seconds: float, only: str | None) -> Tally:
    """Judge cases that `seed` gives for so many seconds, or until one breaks."""
    logging.disable(logging.CRITICAL)
    dice, tally, end = random.Random(seed), Tally(), time.monotonic() + seconds  # noqa: S311
    while time.monotonic() < end and tally.failed is None:
        case = drawn_case(dice)
        if only is not None:
            case = replace(case, oddities=Oddities(**{only: drawn_value(only, dice)}))
        tally.judge(case)
    return tally


def why(case: Case) -> str | None:
    """Return what a case does that it may not do; None where it does nothing of that sort."""
    try:
        judge(case)
    except ViolationError as error:
        return str(error)
    except Exception:  # noqa: BLE001 - the trace is what there is to say
        return traceback.format_exc()
    return None


def show_failure(case: Case) -> None:
    """Shrink a case that broke, and say what it did and how to see it again."""
    case = shrunk(case, lambda smaller: why(smaller) is not None)
    replay = f"REPLAY={shlex.quote(case.to_json())}"
    print(f"\n{why(case)}\n\nmake simulate {replay}")  # noqa: T201


def table(tally: Tally, *, markdown: bool) -> str:
    """Return the oddities with what became of their runs, as a table for people or for the documentation."""
    if markdown:
        lines = ["| Oddity | What the instance does | Runs | Kept | Told |", "|---|---|--:|--:|--:|"]
        rows = [(f"`{name}`", oddity.sentence, name) for name, oddity in ODDITIES.items()]
        rows.append(("none", "It behaves.", PLAIN))
        return "\n".join(
            [*lines, *(f"| {title} | {text} | {_cells(tally, name, ' | ')} |" for title, text, name in rows)]
        )
    lines = [f"{'oddity':15}    runs    kept    told"]
    return "\n".join([*lines, *(f"{name:15} {_cells(tally, name, ' ')}" for name in (PLAIN, *ODDITIES))])


def _cells(tally: Tally, name: str, between: str) -> str:
    return between.join(f"{count[name]:7}" if between == " " else f"{count[name]}" for count in _counts(tally))


def _counts(tally: Tally) -> Sequence[Counter[str]]:
    return tally.runs, tally.kept, tally.told


def main() -> int:
    """Explore on all cores, or replay one case; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m simulation")
    parser.add_argument("--seconds", type=float, default=60, help="how long it runs (default: 60)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same cases (default: 1)")
    parser.add_argument("--only", choices=ODDITIES, help="draw this oddity alone")
    parser.add_argument("--table", action="store_true", help="print the table for docs/reliability.md")
    parser.add_argument("--replay", help="the case to run again, as a failure shows it")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if options.replay:
        problem = why(Case.from_json(options.replay))
        print(problem or "Every row was kept, or the runs told that they were incomplete.")  # noqa: T201
        return int(problem is not None)
    cores = os.cpu_count() or 1
    begun, tally = time.monotonic(), Tally()
    with ProcessPoolExecutor(cores) as pool:
        seeds = [f"{options.seed} {number}" for number in range(cores)]
        for part in pool.map(explore, seeds, [options.seconds] * cores, [options.only] * cores):
            tally.add(part)
    print(table(tally, markdown=options.table))  # noqa: T201
    number = tally.all
    per_minute = 60 * number["runs"] / (time.monotonic() - begun)
    print(  # noqa: T201
        f"\n{number['runs']} runs of {number['cases']} cases, {number['requests']} requests: {number['kept']} kept, "
        f"{number['told']} told, the others killed. {per_minute:.0f} runs a minute."
    )
    if tally.failed is not None:
        show_failure(tally.failed)
    return int(tally.failed is not None)


if __name__ == "__main__":
    sys.exit(main())
