"""The command: `python -m benchmarks`, or `make bench`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import cases, measure, report, verdicts
from benchmarks.instance import REPOSITORY, Instance
from benchmarks.runs import Runs

RESULTS = REPOSITORY / "benchmarks/RESULTS.md"


def main() -> int:
    """Measure what was asked for, print tables and targets, and keep them if nothing else was asked for.

    If a case fails, nothing is kept; what was measured before is printed all the same.
    """
    options = _options()
    wanted = [case for case in cases.all_cases(options.rows) if _is_wanted(case, options)]
    about = report.machine()
    samples: verdicts.Samples = {case.name: [] for case in wanted}
    failed = False
    everything = measure.cores()
    with tempfile.TemporaryDirectory(prefix="bench-") as name, Instance({everything[-1]}) as instance:
        full_row_bytes = instance.full_row_bytes()
        runs = Runs(instance, Path(name), everything, everything[:-1] or everything)
        try:
            _measure(runs, wanted, options.repeats, samples)
        except measure.FailedError as error:
            failed = True
            _tell(str(error))
    if any(samples.values()):
        text = report.whole(about, samples, verdicts.verdicts(samples, full_row_bytes))
        sys.stdout.write(f"\n{text}")
        if len(sys.argv) == 1 and not failed:
            RESULTS.write_text(text, encoding="utf-8")
    return int(failed)


def _is_wanted(case: cases.Case, options: argparse.Namespace) -> bool:
    if options.only:
        return any(text.lower() in case.name.lower() for text in options.only)
    return not (options.quick and case.rounds == cases.FEW)


def _measure(runs: Runs, wanted: list[cases.Case], repeats: int, samples: verdicts.Samples) -> None:
    """Run every case once to check it, then in rounds, and add what was measured to `samples`."""
    for case in wanted:
        _tell(f"{case.name}: {runs.check(case):,} rows")
    for number in range(repeats):
        for case in (case for case in wanted if number < case.rounds):
            sample = runs.run(case)
            samples[case.name].append(sample)
            _tell(f"round {number + 1}: {case.name}: {sample.seconds:.2f} s, CPU {sample.cpu_seconds:.2f} s")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, help="activities (default: 50000, with --quick 20000)")
    parser.add_argument(
        "--repeats", type=int, help="rounds (default: 5, with --quick 1); the longest runs are in fewer"
    )
    parser.add_argument("--quick", action="store_true", help="leave out the longest runs")
    parser.add_argument(
        "--only", action="append", metavar="TEXT", help="only cases with this in their name; repeatable"
    )
    options = parser.parse_args()
    options.rows = options.rows or (20_000 if options.quick else 50_000)
    options.repeats = options.repeats or (1 if options.quick else 5)
    return options


def _tell(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
