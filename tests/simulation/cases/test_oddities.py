"""The grammar: every oddity is drawn, survives JSON, and shrinks away."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import fields

import pytest
from hypothesis import find, given, settings

from tests.simulation.cases.grammar import FAULTS, ODDITIES, drawn, oddities
from tests.simulation.cases.oddities import Fault, ListWay, Oddities


def test_there_is_a_row_in_the_table_for_every_field() -> None:
    assert {field.name for field in fields(Oddities)} == set(ODDITIES)
    assert all(oddity.sentence.endswith(".") and oddity.values for oddity in ODDITIES.values())


@pytest.mark.parametrize("name", ODDITIES)
def test_no_value_of_the_table_is_good_behaviour(name: str) -> None:
    assert getattr(Oddities(), name) not in ODDITIES[name].values


@given(drawn=oddities())
@settings(max_examples=200)
def test_oddities_survive_json(drawn: Oddities) -> None:
    assert Oddities.from_json(drawn.to_json()) == drawn


def test_json_names_what_is_odd_and_nothing_else() -> None:
    odd = Oddities(total="page", faults=(Fault("empty", request=3),))
    assert odd.to_json() == ('{"total": "page", "faults": [{"kind": "empty", "request": 3, "run": 1, "rate": 0.0}]}')
    assert Oddities.from_json("{}") == Oddities()


@pytest.mark.parametrize("text", ['{"unknown": 1}', '{"faults": [{"unknown": 1}]}', "[1]", "x"])
def test_json_of_something_else_is_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError)):
        Oddities.from_json(text)


def test_they_shrink_to_good_behaviour() -> None:
    assert find(oddities(), lambda _: True) == Oddities()
    assert find(oddities(), lambda odd: odd.total == "page") == Oddities(total="page")
    assert find(oddities(), lambda odd: bool(odd.faults)).odd().keys() == {"faults"}


def test_one_oddity_at_a_time_is_the_commonest() -> None:
    dice = random.Random(1)  # noqa: S311 - arbitrary, not secret
    sizes = Counter(len(drawn(dice).odd()) for _ in range(2000))
    assert max(sizes, key=sizes.__getitem__) == 1
    assert min(sizes[0], sizes[2], sizes[3]) > 100


def test_dice_bring_every_oddity_and_every_kind_of_fault() -> None:
    dice = random.Random(2)  # noqa: S311 - arbitrary, not secret
    met = [drawn(dice) for _ in range(4000)]
    assert {name for odd in met for name in odd.odd()} == set(ODDITIES)
    assert {fault.kind for odd in met for fault in odd.faults} == set(FAULTS)


def test_the_first_way_that_is_given_for_a_list_counts() -> None:
    odd = Oddities(lists=(ListWay("tickets.statuses", "bare null"), ListWay("*", "bare []")))
    assert odd.way("tickets.statuses", "bare []", "bare null") == "bare null"
    assert odd.way("tickets.followers", "bare []", "bare null") == "bare []"
    assert odd.way("tickets.followers", "empty null") is None
