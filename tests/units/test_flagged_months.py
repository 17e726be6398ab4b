"""Rows that are anonymised while a backfill is read: after a daily run, every one of them was read again."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any

from tap_daktela.sync.singer.state import State
from tap_daktela.sync.singer.unit_state import UnitState
from tap_daktela.units.merging import merge
from tap_daktela.units.state_parts import StateParts
from tap_daktela.units.unit import Unit

AXES = {"calls": ("time",)}
FLAG = "anonymized"
BEGIN = datetime(2023, 12, 31, 23, tzinfo=timezone.utc)
"""A midnight at the beginning of a month, where clocks are an hour ahead of UTC."""

DAYS = 75
EDGES = (0, 10, 31, 45, DAYS)
"""Where units begin and end, in days: in the middle of months, and at the end of January."""

CALLS = (3, 5, 15, 20, 35, 40, 50, 60)
"""The days with a call: two in each unit."""


def instant(day: int) -> datetime:
    return BEGIN + timedelta(days=day)


def month(day: int) -> str:
    return f"{instant(day) + timedelta(hours=1):%Y-%m}"


class Calls:
    """Calls, some of them flagged; which of them the warehouse knows as such; and the states of all runs."""

    def __init__(self) -> None:
        self.flagged: set[int] = set()
        self.known: dict[int, bool] = {}
        self.states: list[dict[str, Any]] = []

    def _read(self, start: int, end: int) -> None:
        self.known |= {day: day in self.flagged for day in CALLS if start <= day < end}

    def _counts(self, months: set[str]) -> dict[str, int]:
        flagged = Counter(map(month, self.flagged))
        return {one: flagged[one] for one in months}

    def unit(self, number: int, reached: int, *, counts: bool) -> None:
        """Read a unit up to the day `reached`; one that comes to its end remembers what it counted before."""
        start, end = EDGES[number], EDGES[number + 1]
        state = UnitState(Unit("u", "https://x", ("calls",), BEGIN, instant(start), instant(end)), AXES)
        reached = min(reached, end)
        if reached > start:
            state.advance("calls", "time", instant(reached))
        if reached == end and counts:
            state.set_counts("calls", FLAG, self._counts({month(day) for day in range(start, end)}))
        self._read(start, reached)
        self._keep(state)

    def daily(self, seed: int) -> None:
        """Go on from all states: read what is new, and flagged rows of months whose number of them is another one."""
        state = self._merged(seed)
        mark = state.bookmark("calls", "time") or BEGIN
        now = self._counts({month(day) for day in range(DAYS)})
        before = state.counts("calls", FLAG)
        changed = {one for one, count in now.items() if count and count != before.get(one)}
        for day in CALLS:
            if instant(day) >= mark or (day in self.flagged and month(day) in changed):
                self._read(day, day + 1)
        state.advance("calls", "time", instant(DAYS))
        state.set_counts("calls", FLAG, now)
        self._keep(state)

    def _merged(self, seed: int) -> State:
        """Return the state that joins all, in some order and in two steps."""
        order = [StateParts.parse(value, "s.json") for value in self.states]
        random.Random(seed).shuffle(order)  # noqa: S311 - a seed is the point
        first = StateParts.parse(merge(order[: seed % 4], BEGIN), "m.json")
        return State(merge([first, *order[seed % 4 :]], BEGIN), AXES)

    def _keep(self, state: State) -> None:
        self.states.append(json.loads(json.dumps(state.value)))


def drawn(dice: random.Random) -> list[tuple[str, int, int]]:
    """Return what happens: all units in some order, some of them again, half read, or uncounted; and between them."""
    units = [*range(len(EDGES) - 1), *dice.choices(range(len(EDGES) - 1), k=dice.randrange(4))]
    dice.shuffle(units)
    happens = []
    for number in units:
        happens.append(
            (dice.choice(("unit", "unit", "unit", "uncounted")), number, dice.choice((DAYS, DAYS, 15, 35, 50)))
        )
        happens += [("erase", dice.choice(CALLS), 0) for _ in range(dice.randrange(2))]
        happens += [("daily", dice.randrange(99), 0) for _ in range(dice.randrange(5) // 4)]
    return happens


def test_after_a_daily_run_all_is_known_as_it_is() -> None:
    for seed in range(800):
        dice, calls = random.Random(seed), Calls()  # noqa: S311 - a seed is the point
        happens = drawn(dice)
        for what, number, reached in happens:
            if what == "erase":
                calls.flagged.add(number)
            elif what == "daily":
                calls.daily(number)
            else:
                calls.unit(number, reached, counts=what == "unit")
        calls.daily(seed)
        assert calls.known == {day: day in calls.flagged for day in CALLS}, (seed, happens)


def test_what_units_agree_on_is_not_read_again() -> None:
    calls = Calls()
    calls.flagged |= {3, 15, 50}
    for number in range(len(EDGES) - 1):
        calls.unit(number, DAYS, counts=True)
    calls.known = {}
    calls.daily(0)
    assert calls.known == {}
    calls.flagged.add(20)
    calls.daily(0)
    assert sorted(calls.known) == [3, 15, 20]
