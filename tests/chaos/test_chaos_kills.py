"""A small selection of the kills of `scripts/chaos kills`."""

from __future__ import annotations

import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.chaos import endurance_runs, kills
from tests.chaos.extracted import Component
from tests.chaos.kill_runs import Moment, Story, check_kept, marks_of
from tests.chaos.piped import Pipe
from tests.helpers import harness, ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.unmeasured


@pytest.fixture(scope="module")
def slow() -> Iterator[harness.Sandbox]:
    with kills.slow_sandbox() as daktela:
        yield daktela


def test_a_tap_that_is_killed_anywhere_loses_nothing(slow: harness.Sandbox) -> None:
    outcome = kills.tap_anywhere(slow, 5, seed=3)
    assert (outcome.broken, outcome.kills) == ([], 5)


def test_a_tap_that_is_killed_at_a_state_loses_nothing(slow: harness.Sandbox) -> None:
    outcome = kills.tap_at_states(slow, every=100, first=20)
    assert outcome.broken == []
    assert outcome.kills == 1


def test_a_life_that_reads_a_window_moves_on(slow: harness.Sandbox) -> None:
    story = Story(ledger.settings(slow, **kills.SLOW))
    seen = []
    for _ in range(3):
        assert story.live(Moment("behind", 4)).killed
        seen.append(marks_of(story.state))
    assert seen[0] != seen[1] != seen[2]


def test_rows_that_are_missing_are_noticed(slow: harness.Sandbox) -> None:
    lines = Story(ledger.settings(slow)).live(None).lines
    check_kept(slow, lines, ledger.SOME_STREAMS)
    at = next(number for number, line in enumerate(lines) if line.startswith(b'{"type":"RECORD","stream":"tickets"'))
    with pytest.raises(AssertionError, match="tickets: 1 of 160 rows are missing"):
        check_kept(slow, lines[:at] + lines[at + 1 :], ledger.SOME_STREAMS)
    # The same row, but behind the state that claims it.
    with pytest.raises(AssertionError, match=r"tickets: .* is ahead of 1 rows"):
        check_kept(slow, [*lines[:at], *lines[at + 1 :], lines[at]], ledger.SOME_STREAMS)


@pytest.mark.usefixtures("target_csv")
@pytest.mark.parametrize("victim", ["tap", "target"])
def test_a_pipe_of_which_one_half_is_killed_ends_and_loses_nothing(
    slow: harness.Sandbox, tmp_path: Path, victim: str
) -> None:
    pipe = Pipe(slow, tmp_path)
    assert pipe.run(victim, 0.5).victim == victim
    assert pipe.run(None, 0).victim is None
    pipe.check()


@pytest.mark.usefixtures("target_csv")
def test_a_component_that_is_killed_is_run_again(slow: harness.Sandbox) -> None:
    with kills.folders() as (root, temporary):
        component = Component(slow, root, temporary)
        assert component.run("component", 0.5).victim == "component"
        assert component.run("target-csv", 0.5).victim == "target-csv"
        assert component.run(None, 0).victim is None
        component.check()


def test_a_tap_whose_reader_died_ends_while_it_waits(tmp_path: Path) -> None:
    with endurance_runs.instance(100_000, "--silent-after", "4") as daktela:
        settings = {**daktela.settings, "request_timeout": 2 * harness.PATIENCE, "page_size": 10, "concurrency": 1}
        command = harness.tap_command(tmp_path, settings)
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tap:
            assert tap.stdout is not None
            try:
                tap.stdout.readline()
                while daktela.asked <= 4:
                    time.sleep(0.05)
                tap.stdout.close()
                code = tap.wait(harness.PATIENCE)
            finally:
                tap.kill()
        assert code == 128 + signal.SIGPIPE
