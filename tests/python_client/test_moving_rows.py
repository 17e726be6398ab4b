"""Lists of a server in memory whose rows move between any two requests: nothing is lost, or it is told."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, cast

import pytest

from tap_daktela.daktela.query import where
from tap_daktela.errors import ContractError
from tap_daktela.python_client.list_reading import ListSlice, pages
from tap_daktela.python_client.list_source import ListSource
from tap_daktela.sync.scheduling.steps import Get
from tests.helpers.engine.reading_driver import ListServer, at, ticket, tickets

if TYPE_CHECKING:
    from tap_daktela.daktela.client import Client, Page
    from tap_daktela.daktela.query import Query


class Asks:
    """Asks a list server, as `Client.read` asks an instance."""

    def __init__(self, server: ListServer) -> None:
        self._server = server

    def read(self, name: str, query: Query) -> Page:
        """Return a page."""
        return self._server.answer(Get(name, query))


def read(server: ListServer, wanted: Any = None, **how: Any) -> list[Any]:
    """Return the keys of the rows that come."""
    slice_ = ListSlice.checked(**how)
    source = ListSource(cast("Client", Asks(server)), ("tickets",))
    found = pages(source, slice_.request("tickets", "name"), wanted, slice_, slice_.only_fields)
    return [row.get("name") for page in found for row in page.rows]


class Mover:
    """Edits, deletes and adds rows of a server before each request but the first. `touched` are keys of such rows."""

    def __init__(self, server: ListServer, chance: random.Random) -> None:
        self.touched: set[Any] = set()
        self._rows = server.rows
        self._chance = chance
        self._kinds = chance.choice(["edit", "delete", "add", "edit delete add"]).split()
        server.before = self._move

    def _move(self, number: int) -> None:
        if not 1 < number < 150:
            return
        kind, place = self._chance.choice(self._kinds), self._chance.randrange(len(self._rows) or 1)
        if kind == "add":
            self._rows.append(ticket(1000 + number, self._chance.randrange(200), stage="OPEN"))
        elif self._rows and kind == "delete":
            self.touched.add(self._rows.pop(place)["name"])
        elif self._rows:
            self._rows[place]["edited"] = at(200 + number)


@pytest.mark.parametrize("seed", range(150))
def test_every_row_that_stays_comes_once(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    rows = [ticket(number, chance.randrange(60), stage=chance.choice(["OPEN", "", None])) for number in range(1, 45)]
    server = ListServer(rows[: chance.choice([0, 1, 3, 12, 44])], cap=chance.choice([10**6, 10**6, 4]))
    before = {row["name"] for row in server.rows if row["stage"] == "OPEN"}
    mover = Mover(server, chance)
    came = read(
        server,
        where("stage", "eq", "OPEN"),
        sort=chance.choice([(), "-edited", "edited", ("stage", "-name"), "-name"]),
        page_size=chance.choice([1, 2, 5, 10, 50]),
        on_error=chance.choice(["stop", "skip"]),
        fields=chance.choice([(), "name"]),
    )
    assert len(came) == len(set(came))
    assert before - mover.touched - set(came) == set()


def test_the_last_row_is_deleted_while_the_order_is_tried() -> None:
    server = ListServer(tickets(1), instead={1: {"rows": [], "total": 0}})
    server.before = lambda number: server.rows.clear() if number == 3 else None
    assert read(server, sort="-edited") == []


def test_a_row_without_a_key_that_turns_up_late_is_told() -> None:
    server = ListServer(tickets(30))
    server.before = lambda number: server.rows.insert(0, ticket(None, 0)) if number == 6 else None
    with pytest.raises(ContractError, match="tickets: rows without name moved while they were read"):
        read(server, sort="-edited", page_size=10)


def test_rows_that_nothing_tells_apart_are_told_where_some_are_left_out() -> None:
    def alike() -> ListServer:
        return ListServer([{"name": None, "edited": at(number % 4)} for number in range(30)])

    with pytest.raises(ContractError, match="tickets: rows without name look alike, so some may be missing"):
        read(alike(), sort="edited", page_size=4, skip=2)
    assert len(read(alike(), sort="edited", page_size=50, skip=2)) == 28


def test_a_page_that_brings_nothing_new_is_no_proof_that_all_came() -> None:
    server = ListServer([ticket("last", 1), ticket("first", 0)])
    # The first row is edited behind the second page, and only so the second page shows it again.
    server.before = lambda number: server.rows[1].update(edited=at(2)) if number == 2 else None
    assert sorted(read(server, sort="edited", page_size=1)) == ["first", "last"]


@pytest.mark.parametrize("total", [True, False])
def test_a_list_that_shrank_to_what_came_is_no_proof_that_all_came(*, total: bool) -> None:
    server = ListServer(tickets(2), total=lambda right, _here: right if total else None)
    server.before = lambda number: server.rows.pop(0) if number == 2 else None
    assert read(server, sort="edited", page_size=1) == [1, 2]
