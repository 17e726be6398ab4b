"""Load instances by Airflow while tasks are killed and one instance is gone for a while; compare with plain runs."""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from contextlib import ExitStack

from tests.helpers.postgres_cluster import Cluster, binaries
from tests.scale import example, figures
from tests.scale.instances import Instance, running
from tests.scale.killer import Killer
from tests.scale.trial import Trial

AT_A_TIME = (1, 2, 4)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command line."""
    parser.add_argument("--instances", type=int, default=8)
    parser.add_argument("--rows", type=int, default=2500, help="activities of each instance (default 2500)")
    parser.add_argument("--unit-rows", type=int, default=1500, help="rows of a unit (default 1500)")
    parser.add_argument("--kills", type=int, default=12, help="how many processes are killed (default 12)")
    parser.add_argument("--seed", type=int, default=1, help="which processes are killed, and when (default 1)")
    parser.add_argument("--parallelism", type=int, default=4, help="how many tasks Airflow runs at a time (default 4)")
    parser.add_argument("--latency-ms", type=int, default=300, help="of the instance that is measured (default 300)")
    parser.add_argument("--no-figures", action="store_true", help="leave out the table of docs/scale.md")


def main(given: argparse.Namespace) -> int:
    """Do it all, print what came of it, and return 1 where something was not as it must be."""
    began = time.monotonic()
    # So that everything is stopped and removed, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    def say(text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began:4.0f} s  {text}\n")
        sys.stdout.flush()

    loaded = [Instance(f"i{number}", given.rows, seed=number) for number in range(1, given.instances + 1)]
    paced = [
        Instance(f"paced{number}", 2 * given.rows, seed=99, requests_in_flight=2 * number, latency_ms=given.latency_ms)
        for number in ([] if given.no_figures else AT_A_TIME)
    ]
    with ExitStack() as stack:
        cluster = Cluster(binaries())
        stack.callback(cluster.stop)
        stack.enter_context(running([*loaded, *paced]))
        home = stack.enter_context(
            example.airflow([*loaded, *paced], cluster, parallelism=given.parallelism, unit_rows=given.unit_rows)
        )
        say("Airflow runs")
        lines = [figures.measured(home, one, cluster).line for one in paced]
        if lines:
            say("\n".join(["measured:", *figures.HEAD, *lines]))
        dice = random.Random(given.seed)  # noqa: S311 - it chooses victims
        trial = Trial(home, cluster, loaded, Killer(dice, given.kills), say)
        trial.run()
    say("\n".join([f"{len(trial.problems)} problems", *trial.problems]))
    return 1 if trial.problems else 0
