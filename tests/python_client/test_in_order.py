"""Reading in an order that the user asks for: nothing is lost while rows move, and a wrong order is an error."""

from __future__ import annotations

from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.errors import ConfigError, ContractError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.python_client.conftest import Reading

CHURN = {
    "still": {},
    "edit": {"churn": "edit", "churn_rows": 3},
    "delete": {"churn": "delete", "churn_rows": 1},
    "mixed": {"churn": "mixed", "churn_rows": 2},
    "add": {"churn_add": True},
    "all": {"churn": "mixed", "churn_rows": 1, "churn_add": True},
}


@pytest.mark.parametrize(
    ("kind", "page_size", "sort"),
    [
        *product(CHURN, [7], ["-edited"]),
        *product(["edit", "all"], [7, 40], ["edited", ("priority", "-edited"), "name"]),
    ],
)
def test_every_row_that_stays_comes_once(reading: Callable[..., Reading], kind: str, page_size: int, sort: Any) -> None:
    one = reading(rows=400)
    before = one.keys("tickets")
    one.instance.control("options", CHURN[kind])
    came = [row["name"] for row in one.daktela.rows("tickets", sort=sort, fields=["name"], page_size=page_size)]
    assert len(came) == len(set(came))
    assert (before & one.keys("tickets")) - set(map(str, came)) == set()


@pytest.mark.parametrize("odd", [{"serve_at_most": 3}, {"serve_ragged": True}, {"total": "absent"}, {"total": "own"}])
@pytest.mark.parametrize("kind", ["still", "all"])
def test_servers_with_short_pages_and_without_totals(
    reading: Callable[..., Reading], odd: dict[str, Any], kind: str
) -> None:
    one = reading(rows=200, **odd)
    before = one.keys("tickets")
    one.instance.control("options", CHURN[kind])
    came = [row["name"] for row in one.daktela.rows("tickets", sort="-edited", fields="name", page_size=10)]
    assert len(came) == len(set(came))
    assert (before & one.keys("tickets")) - set(map(str, came)) == set()


def test_rows_come_in_order(still: Reading) -> None:
    rows = list(still.daktela.rows("tickets", sort=["stage", "-edited"], fields=["stage", "edited"], page_size=20))
    assert len(rows) == still.daktela.count("tickets")
    assert all(set(row) == {"stage", "edited"} for row in rows)
    for one, other in pairwise(rows):
        assert one["stage"] < other["stage"] or (one["stage"] == other["stage"] and one["edited"] >= other["edited"])


@pytest.mark.parametrize("odd", [{}, {"serve_at_most": 1}])
def test_pages_of_one_row_come_in_order_too(reading: Callable[..., Reading], odd: dict[str, Any]) -> None:
    one = reading(**odd)
    expected = [row["name"] for row in sorted(one.instance.all("users"), key=lambda row: row["name"], reverse=True)]
    assert [row["name"] for row in one.daktela.rows("users", sort="-name", page_size=1)] == expected
    assert [row["name"] for row in one.daktela.rows("users", sort="-name", page_size=1, max_rows=3)] == expected[:3]


def test_a_relation_to_sort_by(still: Reading) -> None:
    rows = list(still.daktela.rows("tickets", sort="category.title", fields="category.title", page_size=20))
    titles = [row["category"]["title"].casefold() for row in rows if row["category"]]
    assert titles == sorted(titles)


def test_the_beginning_and_a_number_of_rows(still: Reading) -> None:
    everything = [row["name"] for row in still.daktela.rows("tickets", sort="-edited", page_size=30)]
    some = [row["name"] for row in still.daktela.rows("tickets", sort="-edited", page_size=7, skip=11, max_rows=25)]
    assert some == everything[11:36]
    behind = list(still.daktela.rows("tickets", sort="-edited", skip=len(everything)))
    assert behind == []
    assert [row["name"] for row in still.daktela.rows("tickets", skip=3, max_rows=2)] == sorted(everything)[3:5]


def test_a_field_that_cannot_be_sorted_by(still: Reading) -> None:
    with pytest.raises(ConfigError, match=r"tickets: the instance cannot sort by editid; it has no such field"):
        list(still.daktela.rows("tickets", sort=["-editid"]))
    with pytest.raises(ConfigError, match=r"cannot sort by titel;"):
        list(still.daktela.rows("tickets", sort=["edited", "-titel"]))
    with pytest.raises(ConfigError, match=r"cannot sort by titel;"):
        still.daktela.first("tickets", sort="titel")
    with pytest.raises(ConfigError, match=r"cannot sort by titel;"):
        still.daktela.page("tickets", sort="titel", take=5)
    assert still.daktela.page("tickets", sort="title", skip=10_000).rows == []
    assert list(still.daktela.rows("tickets", sort="-editid", stage="NOBODY")) == []


def test_an_empty_answer_that_is_a_passing_fault(reading: Callable[..., Reading]) -> None:
    one = reading(fault=("empty@1",), rows=200)
    assert len(list(one.daktela.rows("tickets", sort="-edited"))) == len(one.keys("tickets"))
    one.instance.control("reset-requests")
    assert len(one.daktela.page("tickets", sort="-edited", take=5).rows) == 5


def test_a_server_that_ignores_skip_ends(reading: Callable[..., Reading]) -> None:
    one = reading(rows=100, ignore_skip=True)
    with pytest.raises(ContractError, match=r"tickets, .*the instance ignores skip"):
        list(one.daktela.rows("tickets", sort="-edited", fields="name", page_size=5))


@pytest.mark.parametrize("odd", [{}, {"serve_at_most": 1}, {"serve_at_most": 3, "total": "own"}, {"total": "absent"}])
@pytest.mark.parametrize("page_size", [1, 2, 7])
def test_pages_of_one_row_and_wrong_totals_keep_the_order(
    reading: Callable[..., Reading], odd: dict[str, Any], page_size: int
) -> None:
    one = reading(rows=60, **odd)
    rows = list(one.daktela.rows("tickets", sort="-edited", fields=["name", "edited"], page_size=page_size))
    assert {str(row["name"]) for row in rows} == one.keys("tickets")
    edited = [row["edited"] for row in rows]
    assert edited == sorted(edited, reverse=True)
    some = list(one.daktela.rows("tickets", sort="-edited", fields="edited", page_size=page_size, skip=3))
    assert [row["edited"] for row in some] == edited[3:]


@pytest.mark.parametrize("options", [{"skip": 0, "on_error": "skip"}, {"skip": 3}])
def test_an_order_that_nobody_asked_for_is_not_needed(reading: Callable[..., Reading], options: dict[str, Any]) -> None:
    one = reading(rows=100, no_key_sort=True)
    came = [row["name"] for row in one.daktela.rows("tickets", page_size=9, **options)]
    assert len(set(came)) == len(came) == len(one.keys("tickets")) - options["skip"]


@pytest.mark.parametrize("total", ["number", "absent"])
def test_with_skip_an_empty_answer_is_asked_for_again(reading: Callable[..., Reading], total: str) -> None:
    one = reading(fault=("empty@1",), rows=100, total=total)
    came = list(one.daktela.rows("tickets", sort="-edited", skip=3, page_size=10))
    assert len(came) == len(one.keys("tickets")) - 3


def test_a_total_of_the_page_alone_hides_no_row(reading: Callable[..., Reading]) -> None:
    one = reading(rows=100, total="own")
    tickets = one.keys("tickets")
    one.instance.control("options", {"churn": "delete"})
    came = one.daktela.rows("tickets", sort="-edited", fields="name", page_size=len(tickets) - 2)
    names = {str(row["name"]) for row in came}
    assert one.keys("tickets") - names == set()


@pytest.mark.parametrize("sort", ["title", "-edited"])
def test_with_skip_rows_that_are_added_hide_none(reading: Callable[..., Reading], sort: str) -> None:
    one = reading(rows=200)
    names = [row["name"] for row in one.daktela.rows("tickets", sort=sort)]
    one.instance.control("options", {"churn_add": True})
    came = [row["name"] for row in one.daktela.rows("tickets", sort=sort, skip=3, page_size=10)]
    assert set(names[3:]) - set(came) == set()


def test_it_takes_a_request_a_page_and_the_keys(reading: Callable[..., Reading]) -> None:
    one = reading(rows=300)
    tickets = len(one.keys("tickets"))
    list(one.daktela.rows("tickets", sort="-edited", fields="name", page_size=1000))
    assert one.requests() == 2  # The rows, and that none follow.
    size = tickets // 3
    list(one.daktela.rows("tickets", sort="-edited", fields="name", page_size=size))
    assert one.requests() <= 5 + 2  # Pages that share ten rows and the end; the keys and their end.
    list(one.daktela.rows("tickets", sort="-edited", page_size=size, max_rows=2))
    assert one.requests() == 1
