"""Backfills by units, against odd instances: the first run is a plan in random order, whose states are merged."""

from __future__ import annotations

import logging
import random
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tap_daktela.daktela import clock
from tap_daktela.sync.singer.state import State, axes_of
from tap_daktela.sync.singer.unit_state import UnitState
from tap_daktela.units.merging import merge
from tap_daktela.units.state_parts import StateParts
from tap_daktela.units.unit import Unit
from tests.simulation.cases.case import Case, drawn_case
from tests.simulation.cases.oddities import Churn, Fault, Oddities
from tests.simulation.oracle import ViolationError, judge
from tests.simulation.runner import KNOWN, Ran, Simulation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

FEW = ("activities", "activities_statuses", "activities_email", "tickets", "tickets_statuses", "users")
AXES = axes_of(KNOWN)


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """Let nobody log, which takes longer than the runs."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


class ByUnits(Simulation):
    """A simulation whose first run is a backfill by units; some of them are killed or left out, and some come twice."""

    def run(self, kill: int | None = None) -> Ran:
        """Read all units, and leave their merged state; later runs go on from that as ever."""
        if self.number > 1 or kill is not None:
            return super().run(kill)
        whole = self.one_run(State({}, AXES), kill=0)  # As far as having begun: it says what the range is.
        if whole.begun is None:
            return whole
        dice = random.Random(f"{self.case.seed} units")  # noqa: S311 - a seed is the point
        runs = [whole]
        for unit in self._units(whole.begun.start, whole.begun.bound, dice):
            runs.append(self._unit(unit, dice.choice((None, None, 3))))
            if runs[-1].killed:
                runs.append(self._unit(unit, None))
        return self._joined(runs, dice)

    def _joined(self, runs: list[Ran], dice: random.Random) -> Ran:
        """Return what all runs did together, which ends with their merged state."""
        states = [StateParts.parse(one.after, "unit") for one in runs if one.after]
        dice.shuffle(states)
        self.state = merge(states)
        text = b"".join(map(_without_states, runs)) + orjson.dumps({"type": "STATE", "value": self.state}) + b"\n"
        begun = [one.begun for one in runs if one.begun is not None]
        # A run that reads in another zone is not held against the model.
        strange = next((one for one in begun if one.zone.key != self.case.oddities.zone), begun[0])
        error = next((one.error for one in runs if one.error is not None), None)
        return Ran(
            self.number, {}, text, self.state, replace(strange, start=begun[0].start, bound=begun[0].bound), error
        )

    def _unit(self, unit: Unit, kill: int | None) -> Ran:
        return self.one_run(UnitState(unit, AXES), kill, unit)

    def _units(self, start: datetime, bound: datetime, dice: random.Random) -> list[Unit]:
        """Return the units of a plan, in some order, one of them twice."""
        seconds = sorted(dice.sample(range(1, int((bound - start).total_seconds())), 2))
        edges = [start, *(start + timedelta(seconds=each) for each in seconds), bound]
        names: dict[str, list[str]] = {}
        for one in self.selection:
            names.setdefault(one.entry.stream.name, []).append(one.entry.name)
        units = []
        for streams in names.values():
            ranges = list(pairwise(edges)) if any(AXES[name] for name in streams) else [(start, bound)]
            units += [Unit("u", "https://example.test", tuple(streams), start, *each) for each in ranges]
        units.append(dice.choice(units))
        dice.shuffle(units)
        return units


def _without_states(ran: Ran) -> bytes:
    return b"".join(orjson.dumps(line) + b"\n" for line in ran.lines if line["type"] != "STATE")


def odd(streams: tuple[str, ...] = FEW, **oddities: Any) -> Case:
    return Case(oddities=Oddities(**oddities), streams=streams)


@pytest.mark.parametrize("seed", range(4))
def test_no_row_is_lost_between_units(seed: int) -> None:
    dice = random.Random(1000 + seed)  # noqa: S311 - a seed is the point
    for _ in range(4):
        case = drawn_case(dice)
        # Where a clock jumps, units end at other instants than the run that the model knows of.
        judge(replace(case, kill=None, oddities=replace(case.oddities, jumps=())), ByUnits)


@pytest.mark.parametrize(
    "oddities",
    [
        {},
        {"night": "autumn"},
        {"night": "spring"},
        {"ties": 60},
        {"churn": (Churn("edit", 0.3),)},
        {"churn": (Churn("delete", 0.3),)},
        {"faults": (Fault("500", request=8), Fault("reset", request=20))},
    ],
    ids=str,
)
def test_what_is_mild_is_kept(oddities: dict[str, Any]) -> None:
    verdict = judge(odd(**oddities), ByUnits)
    assert (verdict.kept, verdict.told) == (2, [])


def test_a_state_that_is_ahead_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def advance(self: UnitState, stream: str, axis: str, instant: datetime) -> None:
        right(self, stream, axis, instant)
        windows = self.value["backfill"]["streams"][stream]["windows"]
        if windows[axis]:
            windows[axis][0][1] = clock.utc_text(instant + timedelta(days=1))

    right = UnitState.advance
    monkeypatch.setattr(UnitState, "advance", advance)
    with pytest.raises(ViolationError, match="the bookmark of"):
        judge(odd(), ByUnits)
