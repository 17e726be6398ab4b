"""A few rounds of `scripts/chaos faults`, and proof that a round finds what it is made to find."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.chaos import faults, rounds
from tests.helpers import harness, ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.unmeasured

QUICK = faults.broken("500", "reset", "html", "expired", "total")
"""Without those that cost time: 429, timeouts and slow bodies."""

FEWER = {"page_size": 50, "date_window_size": 3}
"""Fewer requests."""

CHURN = {name: value for name, value in faults.KINDS["churn"].trouble.items() if name.startswith("churn")}
KINDS = {
    "expired": faults.KINDS["expired"],
    "mixed": replace(faults.KINDS["mixed"], settings=FEWER),
    "churn": replace(faults.KINDS["churn"], trouble={**QUICK, **CHURN}, settings=FEWER),
    "restart": faults.KINDS["restart"],
    "stall": faults.KINDS["stall"],
    "server-behind": replace(faults.KINDS["server-behind"], trouble={}),
    **{name: faults.KINDS[name] for name in ("bare-list", "empty-once", "partial-once", "clock-ahead-first")},
}


@pytest.mark.parametrize("name", KINDS)
def test_the_promise_is_kept(name: str) -> None:
    outcome = rounds.play(KINDS[name], faults.SEED)
    assert outcome.deviations == []
    assert outcome.written >= outcome.promised > 0
    assert bool(outcome.injected) is bool(KINDS[name].trouble.get("fault") or KINDS[name].fatal)


def test_the_component_keeps_it_too(target_csv: Path) -> None:
    outcome = rounds.play(replace(faults.KINDS["component-mixed"], trouble=QUICK), faults.SEED)
    assert outcome.deviations == []
    assert outcome.written == outcome.promised > 0
    assert outcome.injected


def test_the_command_prints_a_table() -> None:
    command = [sys.executable, harness.REPOSITORY / "scripts/chaos", "faults", "--only", "total", "--seed", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=harness.PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("total")
    assert done.stdout.splitlines()[-1].endswith("kept")


# --- what a round finds -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[rounds.Server]:
    running = rounds.Server(faults.SEED, harness.STILL, {})
    yield running
    running.daktela.stop()


@pytest.fixture(scope="module")
def whole(server: rounds.Server) -> harness.TapRun:
    run = harness.run_tap(ledger.settings(server.daktela, **rounds.SETTINGS, streams=rounds.STREAMS))
    rounds.check(server, [run], changing=False)
    return run


def test_a_row_that_is_missing_is_found(server: rounds.Server, whole: harness.TapRun) -> None:
    for stream in ("tickets", "activities", "groups"):
        lines = whole.stdout.split("\n")
        # A row from which no other stream has rows, that would be missed too.
        alone = [place for place, line in enumerate(lines) if '"statuses":[{' not in line]
        place = next(place for place in alone if f'"RECORD","stream":"{stream}"' in lines[place])
        short = harness.TapRun(0, "\n".join(lines[:place] + lines[place + 1 :]), "")
        for changing in (False, True):
            with pytest.raises(AssertionError, match=f"{stream}: 1 of [0-9]+ rows are missing"):
                rounds.check(server, [short], changing=changing)
        # Another run may have brought it.
        rounds.check(server, [whole, short], changing=False)


def test_a_row_that_nobody_has_is_found(server: rounds.Server, whole: harness.TapRun) -> None:
    strange = whole.stdout.replace('"name":"chaos001"', '"name":"chaos-1"') + "\n"
    both = [harness.TapRun(0, strange, ""), whole]
    with pytest.raises(AssertionError, match=r"groups: unknown rows .*chaos-1"):
        rounds.check(server, both, changing=True)


def test_a_state_ahead_of_its_rows_is_found(server: rounds.Server, whole: harness.TapRun) -> None:
    first = next(line for line in whole.stdout.split("\n") if '"RECORD","stream":"tickets"' in line)
    late = harness.TapRun(0, whole.stdout.replace(f"{first}\n", "") + f"{first}\n", "")
    with pytest.raises(AssertionError, match=r"tickets: .* is ahead of 1 rows"):
        rounds.check(server, [late], changing=False)


def test_a_value_that_differs_is_found(whole: harness.TapRun) -> None:
    rounds.check_values(whole, [whole])
    lost = harness.TapRun(0, re.sub(r'"statuses":\[\{.*?\}\]', '"statuses":[]', whole.stdout), "")
    with pytest.raises(AssertionError, match=r"activities: [0-9]+ records are missing or differ, such as \[\('name'"):
        rounds.check_values(whole, [lost])
    # Another run may have brought them, and null is as good as an empty list.
    null = harness.TapRun(0, whole.stdout.replace('"statuses":[]', '"statuses":null'), "")
    rounds.check_values(whole, [lost, null])


def test_a_broken_promise_ends_the_command_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # A run that has to fail, and does not.
    monkeypatch.setitem(faults.KINDS, "stall", rounds.FieldType({}, fatal=True))
    parser = argparse.ArgumentParser()
    faults.add_arguments(parser)
    assert faults.main(parser.parse_args(["--only", "stall", "--seed", "5"])) == 1
    printed = capsys.readouterr().out
    assert "BROKEN" in printed
    assert "stall: the first run had to fail, and says that it succeeded" in printed
    assert "again: scripts/chaos faults --only stall --seed 5 --rounds 1" in printed
