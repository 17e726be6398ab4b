"""What a list shows of the instance: only what is proven counts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tap_daktela.catalog.streams import STREAMS
from tap_daktela.doctor.lists import ROWS, Findings, looked_at
from tap_daktela.sync.scheduling.steps import Get
from tests.helpers.engine.reading_driver import ListServer

[TICKETS] = [stream for stream in STREAMS if stream.name == "tickets"]


def rows(count: int) -> list[dict[str, Any]]:
    """Tickets that were edited a second after each other, and one that never was."""
    edited = [
        {"name": number, "edited": f"2024-01-01 00:{number // 60:02}:{number % 60:02}"} for number in range(count)
    ]
    return [*edited, {"name": count, "edited": None}]


def look(field: str = "edited", count: int = 50, **oddities: Any) -> Findings:
    return ask(ListServer(rows(count), **oddities), field)


def ask(server: ListServer, field: str = "edited") -> Findings:
    client: Any = SimpleNamespace(read=lambda endpoint, query: server.answer(Get(endpoint, query)))
    return looked_at(client, TICKETS, field, "name")


@pytest.mark.parametrize("field", ["edited", "name"])
@pytest.mark.parametrize("count", [3, ROWS, 50])
def test_a_good_instance_is_proven_good(field: str, count: int) -> None:
    assert look(field, count) == Findings(sorting="", totals="", filters="")


@pytest.mark.parametrize("count", [0, 1])
def test_few_rows_prove_nothing(count: int) -> None:
    found = look(count=count)
    assert (found.sorting, found.filters) == (None, None)


@pytest.mark.parametrize(
    ("oddities", "check", "sentence"),
    [
        ({"descends": False}, "sorting", "rows do not come in the order of edited"),
        ({"total": lambda _right, _here: 3}, "totals", "the instance promises 3 rows and sends 20"),
        ({"total": lambda _right, here: here}, "totals", "promises 20 rows and sends 20, with more behind them"),
        ({"total": lambda right, _here: right + (right == 19)}, "totals", "20 rows that pass a filter, and sends 19"),
        ({"unfiltered": frozenset({"edited"})}, "filters", "a filter on edited gives rows without it"),
    ],
    ids=["order", "few promised", "own rows promised", "many promised", "rows without a time"],
)
def test_a_fault_is_told(oddities: dict[str, Any], check: str, sentence: str) -> None:
    assert sentence in (getattr(look(**oddities), check) or "")


def test_a_filter_that_lets_others_through_is_told() -> None:
    server = ListServer(rows(50)[:-1], unfiltered=frozenset({"edited"}))
    assert ask(server).filters == "a filter on edited gives 1 rows that do not pass it, of 20 rows"


def test_rows_that_move_are_looked_at_again() -> None:
    """The oldest ticket is edited after the first page has come."""

    def before(number: int) -> None:
        if number == 3:
            server.rows[0]["edited"] = "2024-02-01 00:00:00"

    server = ListServer(rows(50), before=before)
    assert ask(server) == Findings(sorting="", totals="", filters="")
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    ("unsortable", "found"),
    [
        ({"name"}, Findings(sorting="", cannot_sort=True, totals="", filters="")),
        ({"name", "edited"}, Findings(cannot_sort=True)),
    ],
)
def test_an_instance_that_cannot_sort_is_no_empty_one(unsortable: set[str], found: Findings) -> None:
    assert look(unsortable=frozenset(unsortable)) == found


def test_an_instance_without_totals() -> None:
    assert look(total=lambda _right, _here: None) == Findings(sorting="", has_totals=False, filters="")
