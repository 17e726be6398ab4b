"""Daktela's own Python client and ours read the same sandbox, with the same results."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tap_daktela.daktela.query import OPERATORS as SENT
from tests.helpers.clients import costs, report
from tests.helpers.clients.abilities import ABILITIES, FILTERS, OPERATORS, Ability, disagreement
from tests.helpers.clients.pair import Pair
from tests.helpers.clients.troubles import TROUBLES, outcomes
from tests.helpers.harness import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers.harness import Sandbox

LISTS = ("users", "queues", "contacts", "accounts", "crmRecords", "campaignsRecords", "activitiesCall", "articles")
PAGE = (REPOSITORY / "docs/client.md").read_text(encoding="utf-8")
SMALL = (costs.Way("", is_ours=False, size=50), costs.Way("", is_ours=True, size=50))


@pytest.fixture(scope="module")
def pair(sandbox: Callable[..., Sandbox]) -> Iterator[Pair]:
    with closing(Pair(sandbox("--rows", "500"))) as pair:
        yield pair


@pytest.fixture(scope="module")
def found(pair: Pair) -> dict[str, tuple[str, str]]:
    return outcomes(pair)


@pytest.mark.parametrize("ability", ABILITIES, ids=lambda one: one.what)
def test_both_clients_give_the_same(pair: Pair, ability: Ability) -> None:
    assert disagreement(ability, pair) == ""


@pytest.mark.parametrize("name", LISTS)
def test_both_clients_give_the_same_rows_of_a_list(pair: Pair, name: str) -> None:
    everything = Ability(name, f'client.get_all("{name}", page_size=200)', f'list(d.rows("{name}", page_size=200))')
    assert disagreement(everything, pair) == ""


@pytest.mark.parametrize("ability", FILTERS, ids=lambda one: one.what)
def test_no_filter_of_the_table_lets_all_rows_pass(pair: Pair, ability: Ability) -> None:
    assert 0 < len(pair.result(ability.vendor)) < pair.client.get("tickets").total


def test_the_table_has_every_operator_that_ours_can_send() -> None:
    assert {name for name, (_, ours) in OPERATORS.items() if ours} == set(SENT)


def test_results_that_differ_are_found(pair: Pair) -> None:
    other = Ability("x", 'client.get_all("tickets")', 'list(d.rows("tickets", F.stage == "OPEN"))')
    assert disagreement(other, pair) == "x: the results differ"
    assert disagreement(Ability("x", "client.get_all('tickets', max_items=0)", ""), pair) == "x: [] shows nothing"


@pytest.mark.parametrize("trouble", [one.what for one in TROUBLES])
def test_the_page_says_what_becomes_of_a_reading_in_trouble(found: dict[str, tuple[str, str]], trouble: str) -> None:
    assert f"\n| {' | '.join((trouble, *found[trouble]))} |\n" in PAGE


def test_ours_is_never_silent_about_rows_that_did_not_come(found: dict[str, tuple[str, str]]) -> None:
    assert [what for what, (_, ours) in found.items() if "no error" in ours or "twice" in ours] == []


def test_the_page_says_what_each_can_do(found: dict[str, tuple[str, str]]) -> None:
    assert report.filled(PAGE, {report.CAN: report.can(found)}) == PAGE


def test_the_page_says_what_everything_takes() -> None:
    takes = PAGE.partition(f"<!-- clients: {report.TAKES} -->")[2].partition("<!-- end -->")[0]
    rows = [*(task.what for task in costs.TASKS), *(way.name for way in costs.BUSY_WAYS)]
    assert [row for row in rows if f"\n| {row} | " not in takes] == []


def test_ours_takes_at_most_one_request_more_than_daktelas_own(pair: Pair) -> None:
    # Each page begins with the last row of the page before, and behind a short page it asks for one row more.
    lists = {task.what for task in costs.TASKS[:3]}
    for what, (vendor, ours) in costs.costs(pair.sandbox, SMALL).items():
        assert ours.requests <= vendor.requests + (what in lists), what
        assert ours.bytes <= vendor.bytes * 1.05, what


@pytest.mark.parametrize("move", costs.MOVES)
def test_ours_loses_no_row_that_moves_and_sends_none_twice(sandbox: Callable[..., Sandbox], move: str) -> None:
    with sandbox("--rows", "500") as daktela:
        found = costs.moved(daktela, costs.MOVES[move], costs.Way("", is_ours=True, size=20))
    assert (found.lost, found.twice) == (0, 0)


def test_rows_that_are_lost_are_seen(sandbox: Callable[..., Sandbox]) -> None:
    with sandbox("--rows", "500") as daktela:
        deleted = costs.MOVES["5 rows are deleted"]
        assert costs.moved(daktela, deleted, costs.Way("", is_ours=False, size=20, sort="name")).lost > 0
    with sandbox("--rows", "500") as daktela:
        added = costs.MOVES["a row is added"]
        assert costs.moved(daktela, added, costs.Way("", is_ours=False, size=20)).twice > 0
