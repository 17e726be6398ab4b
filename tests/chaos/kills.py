"""SIGKILL to the tap, to the target and to the component, at any moment: resumed until done, no row is lost.

Where chance decides when to kill, --seed repeats the choices; what has been done by then is up to the machine.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from tabulate import tabulate

from tests.chaos.extracted import Component
from tests.chaos.kill_runs import LATENCY_MS, SLOW, WORLD, BrokenPromiseError, Moment, Story
from tests.chaos.piped import Kill, Pipe
from tests.helpers import harness, ledger

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator

# Seconds and bytes within which a slow run is killed; it takes four seconds and writes 1.3 MB.
LONGEST, LARGEST = 2.5, 400_000
# Each STATE boundary is visited by a run of its own: fewer of them than windows of some hours have.
FEWER_WINDOWS = {**SLOW, "date_window_size": 3}
# Without a kill a run is to end soon.
FAST = {"date_window_size": 30, "page_size": 1000}
# A story in which nothing moves would never end; this many kills are followed by a life that may live.
KILLS_IN_A_STORY = 12
AT_ONCE = 2
AGES = (0, 0.001, 0.25, 0.5, 1, 2, 60)
AGE_HEADERS = ("the tap wrote for", "lives", "with bookmarks moved")


@dataclass
class Outcome:
    """What came of the kills of one kind.

    `survived` is how many seconds other processes lived on at most, `lives` holds how many seconds each life of the tap
    wrote and whether it moved the bookmarks, `broken` the promises that were.
    """

    name: str
    kills: int = 0
    stories: int = 0
    seconds: float = 0.0
    survived: float = 0.0
    lives: list[tuple[float, bool]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Add what another worker found."""
        self.kills += other.kills
        self.stories += other.stories
        self.seconds = max(self.seconds, other.seconds)
        self.survived = max(self.survived, other.survived)
        self.lives += other.lives
        self.broken += other.broken

    @contextmanager
    def story(self, what: str) -> Iterator[None]:
        """Count a story, and what it breaks."""
        begun = time.monotonic()
        try:
            yield
        except (AssertionError, BrokenPromiseError) as error:
            self.broken.append(f"{self.name}, {what}: {error}")
        self.stories += 1
        self.seconds += time.monotonic() - begun


@contextmanager
def slow_sandbox() -> Iterator[harness.Sandbox]:
    """Give a sandbox whose rows stand still, and that takes its time."""
    with harness.Sandbox(*WORLD) as daktela:
        daktela.settle()
        daktela.control("options", {"latency_ms": LATENCY_MS})
        yield daktela


# --- the tap alone ----------------------------------------------------------------------------------------------------


def tap_anywhere(daktela: harness.Sandbox, kills: int, seed: object) -> Outcome:
    """Kill the tap so many times, in stories that each go on until the tap ends by itself."""
    dice, outcome = random.Random(f"{seed}"), Outcome("tap, anywhere")  # noqa: S311 - where to kill is no secret
    while outcome.kills < kills and not outcome.broken:
        with outcome.story(f"seed {seed}, story {outcome.stories}"):
            story = Story(ledger.settings(daktela, **SLOW))
            for _ in range(min(KILLS_IN_A_STORY, kills - outcome.kills)):
                life = story.live(Moment.any(dice, LONGEST, LARGEST))
                if not life.killed:
                    break
                outcome.kills += 1
                outcome.lives.append((life.seconds, story.progress[-1]))
            else:
                story.live(None, **FAST)
            story.check(daktela)
    return outcome


def tap_at_states(daktela: harness.Sandbox, every: int = 1, first: int = 1) -> Outcome:
    """Kill the tap at each state that it writes (or `every` so many, from `first` on): right before or right behind.

    They take turns: what a target has right behind one state is what it has left right before the next.
    """
    outcome, number, ended = Outcome("tap, at every STATE"), first, False
    while not ended and not outcome.broken:
        what = ("before", "behind")[number // every % 2]
        with outcome.story(f"{what} state {number}"):
            story = Story(ledger.settings(daktela, **FEWER_WINDOWS))
            # The last state comes right before the end: what has ended is not killed.
            ended = not story.live(Moment(what, number)).killed
            if not ended:
                outcome.kills += 1
                story.live(None, **FAST)
            story.check(daktela)
        number += every
    return outcome


# --- more than one process --------------------------------------------------------------------------------------------


def pipe(daktela: harness.Sandbox, kills: int, seed: object) -> Outcome:
    """Kill tap, target or both so many times, in stories that each go on until the pipe ends by itself."""
    outcome = Outcome("tap | target-csv")
    dice = random.Random(f"pipe {seed}")  # noqa: S311 - the same kills for the same seed
    while outcome.kills < kills and not outcome.broken:
        with outcome.story(f"seed {seed}, story {outcome.stories}"), tempfile.TemporaryDirectory() as name:
            story = Pipe(daktela, Path(name))

            def kill(story: Pipe = story) -> Kill:
                return story.run(dice.choice(["tap", "target", "both"]), dice.uniform(0.3, LONGEST))

            _kill_until_done(outcome, kills, kill, lambda story=story: story.run(None, 0))
            story.check()
    return outcome


def component(daktela: harness.Sandbox, kills: int, seed: object) -> Outcome:
    """Kill the component and its children so many times, in first runs and in runs that follow a success."""
    outcome = Outcome("component and its children")
    dice = random.Random(f"component {seed}")  # noqa: S311 - the same kills for the same seed
    while outcome.kills < kills and not outcome.broken:
        with outcome.story(f"seed {seed}, story {outcome.stories}"), folders() as (root, temporary):
            story = Component(daktela, root, temporary)

            def kill(story: Component = story) -> Kill:
                victim = dice.choice(["component", "tap-daktela", "target-csv", "publish"])
                return story.run(victim, dice.uniform(0, 0.0015) if victim == "publish" else dice.uniform(0.3, LONGEST))

            for _ in ("the first run", "a run with a state"):
                _kill_until_done(outcome, kills, kill, lambda story=story: story.run(None, 0))
                story.check()
                daktela.control("add", {"endpoint": "tickets", "count": 50})
                daktela.settle()
    return outcome


def _kill_until_done(outcome: Outcome, kills: int, kill: Callable[[], Kill], last: Callable[[], Kill]) -> None:
    """Kill again and again until a run ends before its kill; let the last one end if that takes too long."""
    for _ in range(min(KILLS_IN_A_STORY // 2, kills - outcome.kills)):
        killed = kill()
        if killed.victim is None:
            return
        outcome.kills += 1
        outcome.survived = max(outcome.survived, killed.survived)
    last()


@contextmanager
def folders() -> Iterator[tuple[Path, Path]]:
    """Give a folder for data and one for temporary files, on another file system where there is one, as in Keboola."""
    shared = Path("/dev/shm")  # noqa: S108 - not to hide something there, but to have a second file system
    with (
        tempfile.TemporaryDirectory() as root,
        tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as temporary,
    ):
        yield Path(root), Path(temporary)


# --- the command ------------------------------------------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=300, help="of the tap, anywhere; the other kinds in proportion")


def main(args: argparse.Namespace) -> int:
    """Kill, print what came of it, and return the exit code."""
    kills, seed = args.kills, args.seed
    workers = [f"{seed}/{number}" for number in range(AT_ONCE)]
    with slow_sandbox() as daktela, ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = [
            _sum(pool.map(lambda worker: tap_anywhere(daktela, -(-kills // AT_ONCE), worker), workers)),
            _sum(pool.map(lambda first: tap_at_states(daktela, AT_ONCE, first + 1), range(AT_ONCE))),
            _sum(pool.map(lambda worker: pipe(daktela, -(-kills // 6 // AT_ONCE), worker), workers)),
        ]
    # It changes the rows of its sandbox, so it cannot share one.
    with slow_sandbox() as daktela:
        outcomes.append(component(daktela, -(-kills // 8), seed))
    _report(outcomes)
    return int(any(outcome.broken for outcome in outcomes))


def _sum(parts: Iterable[Outcome]) -> Outcome:
    total, *others = parts
    for other in others:
        total.add(other)
    return total


def _report(outcomes: list[Outcome]) -> None:
    """Print what was killed and what came of it."""
    headers = ["killed", "kills", "stories", "seconds", "others ended within", "broken"]
    rows = [
        (one.name, one.kills, one.stories, one.seconds, f"{one.survived:.1f} s", len(one.broken)) for one in outcomes
    ]
    _say(tabulate(rows, headers, floatfmt=".0f"))
    lives = outcomes[0].lives
    buckets = [[moved for seconds, moved in lives if low <= seconds < high] for low, high in pairwise(AGES)]
    ages = [f"{low:g} to {high:g} s" for low, high in pairwise(AGES)]
    _say(tabulate([(age, len(one), sum(one)) for age, one in zip(ages, buckets, strict=True)], AGE_HEADERS))
    for sentence in (sentence for outcome in outcomes for sentence in outcome.broken):
        _say(f"BROKEN  {sentence}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n\n")
