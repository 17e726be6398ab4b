"""How one endpoint is asked, and what its first answers prove."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tap_daktela.daktela.client import Page
from tap_daktela.daktela.instance import Instance
from tap_daktela.daktela.query import where
from tap_daktela.daktela.server_clock import ServerClock
from tap_daktela.errors import AccessError, ClockError, ContractError
from tap_daktela.sync.reading.endpoint import Endpoint, RequestStats, ServerQuirks
from tap_daktela.sync.reading.request import PAGE_BYTES
from tests.helpers.engine.reading_driver import (
    READ_AT,
    ListServer,
    drive,
    endpoint,
    query,
    request,
    spelled,
    ticket,
    tickets,
    window,
)

if TYPE_CHECKING:
    from tap_daktela.daktela.query import Filter
    from tap_daktela.sync.records.dotted import Row

LISTS = {"statuses": ("statuses.name", "statuses.title"), "tags": ("tags.name",)}
FIELDS = ("name", "statuses.name", "statuses.title", "tags.name", "edited")


def page(rows: int, size: int, asked: int = 100) -> Page:
    return Page([{}] * rows, rows, None, READ_AT, repaired=0, attempts=1, size=size, take=asked)


def test_every_page_is_counted_with_its_tries() -> None:
    stats = RequestStats()
    stats.add(Page([], 0, None, READ_AT, repaired=3, attempts=1, size=100, take=10))
    stats.add(Page([], 0, None, READ_AT, repaired=2, attempts=4, size=50, take=10))
    assert stats == RequestStats(requests=5, retries=3, received=150, repaired=5)


@pytest.mark.parametrize(
    ("axis", "key", "order"),
    [
        ("edited", "name", ("edited", "name")),
        (None, "name", ("name",)),
        ("edited", None, ("edited",)),
        (None, None, ()),
    ],
)
def test_at_first_an_endpoint_is_asked_for_the_full_order(
    axis: str | None, key: str | None, order: tuple[str, ...]
) -> None:
    quirks = endpoint(key=key, names=("new", "old")).unknown(axis)
    assert quirks == ServerQuirks("new", order, frozenset(), 10, totals_trusted=True)


@pytest.mark.parametrize(("size", "long", "first"), [(10, True, 10), (1000, True, 20), (1000, False, 1000)])
def test_the_first_page_of_rows_that_may_be_long_is_small(size: int, long: bool, first: int) -> None:
    assert endpoint(page_size=size, long=long).unknown(None).page_size == first


def test_a_request_says_what_it_is_given() -> None:
    source = endpoint()
    quirks = source.unknown("edited")
    wanted = where("stage", "eq", "OPEN")
    usual = source.get(quirks, wanted)
    assert (usual.endpoint, usual.query.filter, usual.query.sort) == ("tickets", wanted, ("edited", "name"))
    assert (usual.query.fields, usual.query.take, usual.query.skip) == (("name", "edited"), 10, 0)
    other = source.get(quirks, None, (), skip=5, take=1)
    assert (other.query.filter, other.query.sort, other.query.take, other.query.skip) == (None, (), 1, 5)


# --- the size of pages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "size", "asked", "fitted"),
    [
        (100, 100 * 100, 100, 1000),  # Small rows: ten times as many, and at most those.
        (20, 20 * 100, 20, 200),
        (20, 20 * PAGE_BYTES // 50, 20, 50),
        (20, 20 * PAGE_BYTES // 2, 20, 4),  # Two rows would fill a page: four it is.
        (2, PAGE_BYTES, 2, 4),
        (0, 100, 20, 20),
        (1, 100, 1, 20),  # One row that was asked for alone says nothing.
    ],
)
def test_as_many_rows_are_asked_for_as_fit(rows: int, size: int, asked: int, fitted: int) -> None:
    quirks = ServerQuirks("tickets", (), frozenset(), 20)
    assert quirks.fitted(page(rows, size, asked), request(page_size=1000)).page_size == fitted


def test_never_more_rows_are_asked_for_than_the_user_allows_and_what_fits_stays() -> None:
    quirks = ServerQuirks("tickets", (), frozenset(), 20)
    assert quirks.fitted(page(20, 100, 20), request(page_size=30)).page_size == 30
    assert quirks.fitted(page(20, 20 * PAGE_BYTES, 20), request(page_size=3)).page_size == 3
    roomy = request(page_size=30, page_bytes=100 * PAGE_BYTES)
    assert quirks.fitted(page(20, 20 * PAGE_BYTES, 20), roomy).page_size == 30
    assert quirks.fitted(page(2, 100, 2), request(page_size=20)) is quirks


# --- the first answer -------------------------------------------------------------------------------------------------


def shown(bare: dict[str, Any]) -> Any:
    """Return how an instance shows lists: those in `bare` as they say where parts are asked for, and else whole."""

    def show(row: Row, fields: tuple[str, ...]) -> Row:
        shown = {name: value for name, value in row.items() if name not in LISTS}
        for name, dotted in LISTS.items():
            if name in fields or name not in bare:
                shown[name] = row[name]
            elif set(dotted) & set(fields) and bare[name] is not ...:
                shown[name] = bare[name]
        return shown

    return show


def with_lists(count: int) -> list[Row]:
    return [{**row, "statuses": [{"name": "s", "title": "S"}], "tags": [{"name": "t"}]} for row in tickets(count)]


def opened(server: ListServer, **changes: Any) -> tuple[Page, ServerQuirks]:
    source = endpoint(fields=FIELDS, lists=LISTS, **changes)
    found: tuple[Page, ServerQuirks] = drive(source.opening(source.unknown("edited"), None), server).returned
    return found


def test_lists_that_are_picked_from_are_asked_for_once() -> None:
    server = ListServer(with_lists(3), shown=shown({}))
    page, quirks = opened(server)
    assert (len(server.asked), len(page.rows), quirks.whole_lists) == (1, 3, frozenset())
    assert server.asked[0].query.fields == FIELDS


@pytest.mark.parametrize("nothing", [None, [], ...])
@pytest.mark.parametrize(
    ("names", "fields"),
    [
        (("statuses",), ("name", "statuses", "tags.name", "edited")),
        (("tags",), ("name", "statuses.name", "statuses.title", "tags", "edited")),
        (("statuses", "tags"), ("name", "statuses", "tags", "edited")),
    ],
)
def test_lists_that_are_not_are_asked_for_as_a_whole(
    names: tuple[str, ...], fields: tuple[str, ...], nothing: Any
) -> None:
    """One way for each list: one that is null proves nothing, and one that is picked from nothing for another."""
    server = ListServer(with_lists(3), shown=shown(dict.fromkeys(names, nothing)))
    page, quirks = opened(server)
    assert quirks.whole_lists == frozenset(names)
    assert [get.query.fields for get in server.asked] == [FIELDS, fields]
    assert all(len(row[name]) == 1 for row in page.rows for name in LISTS)


def test_a_list_that_is_asked_for_as_a_whole_stays_so_where_another_one_has_no_elements() -> None:
    server = ListServer(with_lists(3), shown=shown({"statuses": None, "tags": []}))
    opening = endpoint(lists=LISTS, fields=FIELDS)
    known = replace(opening.unknown("edited"), whole_lists=frozenset({"statuses"}))
    page, quirks = drive(opening.opening(known, None), server).returned
    assert quirks.whole_lists == {"statuses", "tags"}
    assert all(len(row["statuses"]) == 1 for row in page.rows)


def test_an_empty_answer_proves_nothing_about_lists() -> None:
    server = ListServer([])
    _, quirks = opened(server)
    assert (len(server.asked), quirks.whole_lists) == (1, frozenset())


def test_the_first_page_tells_how_many_rows_fit() -> None:
    _, quirks = opened(ListServer(with_lists(10), row_bytes=PAGE_BYTES // 5))
    assert quirks.page_size == 5


# --- names ------------------------------------------------------------------------------------------------------------


def test_an_older_name_is_tried_where_the_newer_is_not_known() -> None:
    server = ListServer(with_lists(2), names=("old",))
    page, quirks = opened(server, names=("new", "newer", "old", "oldest"))
    assert [get.endpoint for get in server.asked] == ["new", "newer", "old"]
    assert (len(page.rows), quirks.name) == (2, "old")


def test_a_list_that_is_asked_for_as_a_whole_is_asked_for_by_its_older_name() -> None:
    server = ListServer(with_lists(2), names=("old",), shown=shown({"tags": None}))
    _, quirks = opened(server, names=("new", "old"))
    assert [get.endpoint for get in server.asked] == ["new", "old", "old"]
    assert quirks.name == "old"


def test_a_list_that_is_known_by_no_name_is_an_error() -> None:
    server = ListServer([], names=())
    with pytest.raises(AccessError, match=r"^new: there is no such list"):
        opened(server, names=("new", "old"))
    assert len(server.asked) == 2


NO_RIGHT = {1: AccessError("new: the user has no right", 403)}


def test_a_name_without_a_right_may_be_one_that_the_instance_does_not_know() -> None:
    page, quirks = opened(ListServer(with_lists(2), names=("new", "old"), instead=NO_RIGHT), names=("new", "old"))
    assert (len(page.rows), quirks.name) == (2, "old")


def test_a_missing_right_is_told_if_the_older_name_is_not_known() -> None:
    server = ListServer([], names=("new",), instead=NO_RIGHT)
    with pytest.raises(AccessError, match=r"^new: the user has no right"):
        opened(server, names=("new", "old"))


def test_a_name_that_was_found_is_where_the_search_begins() -> None:
    source = endpoint(names=("new", "old"))
    server = ListServer(tickets(1), names=("new", "old"))
    drive(source.opening(replace(source.unknown(None), name="old"), None), server)
    assert [get.endpoint for get in server.asked] == ["old"]


# --- the order --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unsortable", "order"),
    [(set(), ("edited", "name")), ({"name"}, ("edited",)), ({"edited", "name"}, ()), ({"edited"}, ())],
)
def test_the_longest_order_that_gives_rows(unsortable: set[str], order: tuple[str, ...]) -> None:
    source = endpoint()
    server = ListServer(tickets(5), unsortable=frozenset(unsortable))
    wanted = query().within(window(0, 9))
    read = drive(source.order_that_gives_rows(source.unknown("edited"), wanted), server)
    assert read.returned == replace(source.unknown("edited"), order=order)
    assert all(get.query.take == 1 and get.query.filter == wanted for get in server.asked)
    tried = [(), ("edited", "name"), ("edited",)]
    assert [get.query.sort for get in server.asked] == tried[: 2 if not unsortable else 3]


def test_no_rows_in_any_order_are_no_rows() -> None:
    source = endpoint()
    server = ListServer([])
    assert drive(source.order_that_gives_rows(source.unknown("edited"), None), server).returned is None
    assert len(server.asked) == 1


# --- proof that it sorts: rows in an order of their own may look sorted by chance -------------------------------------

MIXED = [ticket(number, second) for number, second in enumerate((5, 1, 9, 3, 7, 2, 8, 4, 6, 0))]


def proven(server: ListServer, wanted: Filter | None = None) -> ServerQuirks:
    source = endpoint(page_size=1000)
    found: ServerQuirks = drive(source.proven_order(source.unknown("edited"), wanted), server).returned
    return found


def test_rows_of_several_times_prove_an_order_in_two_requests() -> None:
    server = ListServer(tickets(90))
    assert proven(server, query().within(window(3, 70))).sorts
    assert spelled(server.asked) == [
        "edited>=3 and edited<70 | edited,name | 0+20",
        "edited>=3 and edited<70 | -edited,-name | 0+20",
    ]


@pytest.mark.parametrize(("cap", "requests"), [(10, 2), (9, 4), (5, 4), (1, 20)])
def test_few_rows_at_a_time_prove_it_only_together(cap: int, requests: int) -> None:
    server = ListServer(MIXED, cap=cap)
    assert proven(server).sorts
    assert len(server.asked) == requests


@pytest.mark.parametrize("rows", [[], tickets(1), tickets(7, every=0)])
def test_rows_of_one_time_need_no_order_and_prove_none(rows: list[Row]) -> None:
    assert not proven(ListServer(rows)).sorts


@pytest.mark.parametrize("cap", [1, 2, 10])
@pytest.mark.parametrize("first", range(10))
def test_rows_in_an_order_of_their_own_are_told_whatever_comes_first(first: int, cap: int) -> None:
    server = ListServer(MIXED[first:] + MIXED[:first], unsorted=frozenset({"edited", "name"}), cap=cap)
    with pytest.raises(ContractError, match=r"^tickets: the instance does not sort by edited, and no total"):
        proven(server)
    assert len(server.asked) == 2 * 4


@pytest.mark.parametrize("rows", [tickets(2), tickets(2)[::-1], tickets(9)])
def test_an_order_that_is_the_same_in_both_directions_is_none(rows: list[Row]) -> None:
    with pytest.raises(ContractError, match="does not sort by edited"):
        proven(ListServer(rows, unsorted=frozenset({"edited", "name"})))


def test_rows_that_came_in_another_order_by_chance_prove_nothing() -> None:
    """The first row changes between two requests, and so comes another one first."""
    server = ListServer(tickets(3)[::-1], unsorted=frozenset({"edited", "name"}), cap=2)
    server.before = lambda number: server.rows.append(server.rows.pop(0)) if number in (1, 3) else None
    with pytest.raises(ContractError, match="does not sort by edited"):
        proven(server)


@pytest.mark.parametrize("number", [1, 2])
def test_both_orders_have_to_run_as_asked(number: int) -> None:
    wrong = {"rows": [ticket(1, 5), ticket(2, 4), ticket(3, 7)]}
    with pytest.raises(ContractError, match="does not sort by edited"):
        proven(ListServer(tickets(10, first=number * 2), instead={number: wrong, number + 4: wrong}))


@pytest.mark.parametrize("number", [1, 2])
def test_an_empty_answer_is_no_proof_against_an_order(number: int) -> None:
    assert proven(ListServer(MIXED, instead={number: {"rows": []}})).sorts


# --- every answer -----------------------------------------------------------------------------------------------------


def test_every_answer_is_counted_and_its_time_checked() -> None:
    instance = Instance(READ_AT, READ_AT, ZoneInfo("UTC"), "2024", "robot", read=0.0, read_at=READ_AT)
    shared = RequestStats(requests=10)
    source = Endpoint(request(), ServerClock(instance, None), shared)
    server = ListServer(tickets(3))
    drive(source.ask(source.get(source.unknown(None), None)), server)
    assert (source.stats.requests, source.stats.received) == (11, 300)
    assert source.stats is shared
    assert Endpoint(request(), ServerClock(instance, None)).stats == RequestStats()
    server.instead = {2: {"date": READ_AT + timedelta(hours=2)}}
    with pytest.raises(ClockError, match=r"^tickets: the clock of the instance jumped"):
        drive(source.ask(source.get(source.unknown(None), None)), server)
