"""Rows that change between requests and between runs, and that the same seed gives the same answers."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation.cases.grammar import oddities
from tests.simulation.cases.oddities import Churn, Oddities
from tests.simulation.model.asking import ask, pairs, tried
from tests.simulation.model.clock import VirtualClock, reading, start_of
from tests.simulation.model.instance import Instance


def instance(kind: str = "", seed: int = 1, **odd: Any) -> Instance:
    churn = (Churn(kind, 1.0),) if kind else ()
    return Instance(Oddities(churn=churn, **odd), seed, VirtualClock())


def changed(kind: str, endpoint: str = "tickets") -> tuple[Instance, dict[int, Any], dict[int, Any]]:
    """Return an instance after one request, its rows before, and those that are other ones since."""
    one = instance(kind)
    before = dict(one.table(endpoint).rows)
    ask(one, endpoint, take=1)
    after = one.table(endpoint).rows
    different = {number for number in {*before, *after} if before.get(number) is not after.get(number)}
    assert one.touched[endpoint] == different
    assert one.applied[f"churn: {kind}"] == 1
    return one, before, {number: after.get(number) for number in different}


def now(one: Instance) -> str:
    return reading(one.clock.now(), ZoneInfo("Europe/Prague"))


@pytest.mark.parametrize("kind", ["edit", "hot"])
def test_an_edit_moves_the_row_to_now(kind: str) -> None:
    one, before, after = changed(kind)
    [(number, row)] = after.items()
    assert row["edited"] == now(one) > (before[number]["edited"] or "")
    assert row["title"] == "edited 1"
    assert row["name"] == before[number]["name"]


def test_a_hot_row_is_the_same_one_each_time() -> None:
    one, _, _ = changed("hot")
    ask(one, "tickets", take=1)
    assert len(one.touched["tickets"]) == 1
    assert one.touched.keys() == {"tickets"}


def test_an_open_activity_closes_and_a_closed_one_has_no_stamp() -> None:
    one = instance("edit")
    before = dict(one.table("activities").rows)
    for _ in range(60):
        ask(one, "activities", take=1)
    touched = one.touched["activities"]
    opened = {number for number in touched if before[number]["time_close"] is None}
    rows = one.table("activities").rows
    assert opened
    assert touched - opened
    assert all(rows[number]["time_close"] for number in opened)
    assert all(rows[number]["time_close"] == before[number]["time_close"] for number in touched - opened)
    assert all(rows[number]["time"] == before[number]["time"] for number in touched)


def test_rows_are_deleted_and_inserted_again_with_the_same_key() -> None:
    one, before, after = changed("again")
    [(number, row)] = after.items()
    assert row is None
    ask(one, "tickets", take=1)
    assert one.table("tickets").rows[number] == before[number]
    assert changed("delete")[2].popitem()[1] is None


def test_rows_are_inserted_now_or_with_an_older_time() -> None:
    one, before, after = changed("insert")
    [(number, row)] = after.items()
    assert number not in before
    assert row["created"] == now(one)
    one, before, after = changed("late")
    [(number, row)] = after.items()
    assert number not in before
    assert row["created"] < now(one)
    assert row["name"] not in {other["name"] for other in before.values()}


def test_nothing_counts_as_touched_that_changed_between_runs() -> None:
    one = instance("hot")
    ask(one, "tickets", take=1)
    before, hot = dict(one.table("tickets").rows), one.touched["tickets"].copy()
    one.begin_run(gap=7200, changes=6)
    after = one.table("tickets").rows
    assert one.touched["tickets"] == set()
    assert sum(before.get(number) is not after.get(number) for number in {*before, *after}) in range(2, 8)
    assert after[hot.pop()]["edited"] == now(one)
    assert one.clock.monotonic() > 7200


def test_custom_fields_come_and_go_between_runs() -> None:
    one = instance(custom_fields="changing")
    ask(one, "tickets")
    one.begin_run(changes=20)
    rows = ask(one, "tickets", fields="name customFields _sys.cfScheme")
    names = {name for row in rows if row["customFields"] for name in row["customFields"]}
    assert names == {"email", "number", "note", "level2"}
    assert {"email", "note", "level2"} in [row["_sys"]["cfScheme"].keys() for row in rows]


def test_ties_are_in_one_second() -> None:
    rows = ask(instance(ties=60), "tickets")
    times = [row["edited"] or row["created"] for row in rows]
    assert len(rows) == 100
    assert max(map(times.count, times)) >= 40


def answers(odd: Oddities, seed: int) -> list[Any]:
    """Return all that an instance answers in two short runs."""
    one = Instance(odd, seed, VirtualClock(start_of(odd, seed)))
    found: list[Any] = []
    for _ in range(2):
        for endpoint in ("whoim", "tickets", "activities", "activitiesEmail", "tickets", "realtimeSessions"):
            page = tried(one, endpoint, pairs(fields="name exten statuses.name activities.name title", take=9))
            found.append(page if isinstance(page, str) else (page.status, page.headers, page.body))
        one.begin_run()
    return [*found, one.asked, one.applied, one.touched]


@given(odd=oddities(), seed=st.integers(0, 1000))
@settings(max_examples=60)
def test_the_same_seed_gives_the_same_bytes(odd: Oddities, seed: int) -> None:
    assert answers(odd, seed) == answers(odd, seed)


def test_another_seed_gives_other_rows() -> None:
    assert answers(Oddities(), 1) != answers(Oddities(), 2)
