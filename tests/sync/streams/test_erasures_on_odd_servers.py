"""Rows that were anonymised since, on an instance that contradicts itself: the stream itself is read as ever."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.catalog.fields import Axis, Stream, boolean, integer, moment
from tap_daktela.daktela.query import Condition
from tap_daktela.errors import AccessError, ContractError, RemoteError, TapError, UnreachableError
from tests.helpers.engine.reading_driver import ListServer, at
from tests.helpers.engine.stream_driver import END, NOW, Ran, ran, utc

if TYPE_CHECKING:
    from tap_daktela.daktela.client import Page
    from tap_daktela.sync.scheduling.steps import Get

NOTES = Stream(
    "notes",
    "Notes.",
    (integer("name", "Key."), moment("time", "Written."), boolean("erased", "Whether personal data was removed.")),
    axes=(Axis("time"),),
    erased_flag="erased",
)
STATE = {"bookmarks": {"notes": {"time": utc(1800), "erased": {"2024-01": 1}}}}
"""Where a run ended after which one more row was erased."""
OLD, NEW = range(1, 31), range(31, 36)


def asks_for_erased(get: Get) -> bool:
    """Tell whether a request is for erased rows."""
    inner = getattr(get.query.filter, "filters", ())
    return any(isinstance(one, Condition) and (one.field, one.value) == ("erased", 1) for one in inner)


def is_counting(get: Get) -> bool:
    """Tell whether a request counts rows. The others read them."""
    return "name" not in get.query.fields


class Notes(ListServer):
    """Old notes of which every second is erased, and new ones. It answers what `lie` makes of what is erased."""

    def __init__(self, lie: Any = None) -> None:
        old = [{"name": name, "time": at(name), "erased": int(name % 2 == 0)} for name in OLD]
        super().__init__(old + [{"name": name, "time": at(1800 + name), "erased": 0} for name in NEW])
        self.lie = lie

    def answer(self, get: Get) -> Page:
        """Return the page, with the lie in it."""
        page = super().answer(get)
        if self.lie and asks_for_erased(get):
            self.lie(self, get, page)
        return page


def read(server: Notes, state: Any = STATE) -> Ran:
    return ran({"notes": server}, NOTES, state=state)


def test_erased_rows_come_again_before_the_new_ones() -> None:
    one = read(Notes())
    assert one.failure is None
    assert one.keys("notes") == [*range(2, 31, 2), *NEW]
    assert one.bookmarks == {"notes": {"time": END, "erased": {"2024-01": 15}}}


def refuse(error: TapError) -> Any:
    def lie(_server: Notes, get: Get, _page: Page) -> None:
        if not is_counting(get):
            raise error

    return lie


def refuse_second_page(_server: Notes, get: Get, _page: Page) -> None:
    if get.query.skip:
        raise ContractError("notes: HTTP 400")


def promise_more(_server: Notes, get: Get, page: Page) -> None:
    if not is_counting(get):
        page.total = 17


def hide(_server: Notes, get: Get, page: Page) -> None:
    if not is_counting(get) and get.query.take > 1:
        page.rows, page.total = [], 0


def no_times(_server: Notes, get: Get, page: Page) -> None:
    if not is_counting(get):
        page.rows = [{**row, "time": "soon"} for row in page.rows]


@pytest.mark.parametrize(
    "lie",
    [
        refuse(ContractError("notes: HTTP 400")),
        refuse(AccessError("notes: HTTP 403", 403)),
        refuse(RemoteError("notes: HTTP 500")),
        refuse(UnreachableError("notes: it took too long")),
        refuse_second_page,
        promise_more,
        hide,
        no_times,
    ],
)
def test_an_instance_that_does_not_give_what_it_counted(lie: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    one = read(Notes(lie))
    assert one.failure is None
    assert set(NEW) <= set(one.keys("notes"))
    assert one.bookmarks == {"notes": {"time": END, "erased": {"2024-01": 1}}}
    [told] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert told.startswith("notes: rows that were anonymised since they were read could not be read again (")


def test_a_start_date_that_moves_on_hides_no_erased_row() -> None:
    """As with a period of so many days: as many erased rows leave it as were erased since."""
    server = Notes()
    first = ran({"notes": server}, NOTES, now=NOW - timedelta(minutes=30))
    server.rows[14]["erased"] = 1
    second = ran({"notes": server}, NOTES, state=first.state, start_date="2024-01-01 00:00:03")
    assert 15 in second.keys("notes")
    assert 2 not in second.keys("notes")
