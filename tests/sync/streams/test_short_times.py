"""Axis values as a date, or as the only element of a list: `2024-01-01` is midnight, wherever reading continues."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tap_daktela.daktela.client import Page
from tap_daktela.daktela.query import Condition, Group
from tap_daktela.sync.scheduling.steps import Get
from tests.helpers.engine.reading_driver import ListServer
from tests.helpers.engine.stream_driver import END, TICKETS, Ran, edited, ran

MIDNIGHT = "2024-01-01 00:00:00"
SHAPES: dict[str, Callable[[int, str], Any]] = {
    "dates": lambda _key, text: text.removesuffix(" 00:00:00"),
    "dates here and there": lambda key, text: text.removesuffix(" 00:00:00") if key % 3 else text,
    "lists": lambda _key, text: [text],
    "lists here and there": lambda key, text: [text] if key % 3 else text,
    "lists of dates": lambda _key, text: [text.removesuffix(" 00:00:00")],
}


class ByTime(ListServer):
    """Compares times: for it, a date is midnight."""

    def answer(self, get: Get) -> Page:
        """Return a page."""
        return super().answer(replace(get, query=replace(get.query, filter=with_clocks(get.query.filter))))


def with_clocks(wanted: Any) -> Any:
    if isinstance(wanted, Group):
        return replace(wanted, filters=tuple(map(with_clocks, wanted.filters)))
    is_date = isinstance(wanted, Condition) and isinstance(wanted.value, str) and len(wanted.value) == len("2024-01-01")
    return replace(wanted, value=f"{wanted.value} 00:00:00") if is_date else wanted


def rows(at_midnight: int, behind: int) -> list[dict[str, Any]]:
    """Return tickets of which so many were edited at midnight, and so many later."""
    found = edited(at_midnight + behind)
    for number, row in enumerate(found):
        row["edited"] = row["edited"] if number >= at_midnight else MIDNIGHT
    return found


def read(server: ListServer, **changes: Any) -> Ran:
    return ran({"tickets": server}, TICKETS, names=["tickets"], start_date="2023-12-31", **changes)


@pytest.mark.parametrize("totals", [True, False], ids=["totals", "no totals"])
@pytest.mark.parametrize("counts", [(1, 2), (9, 20), (35, 0), (35, 40), (250, 30)], ids=str)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_an_instance_that_compares_times(
    shape: Callable[[int, str], Any], counts: tuple[int, int], totals: bool
) -> None:
    server = ByTime(rows(*counts), shown=lambda row, _fields: {**row, "edited": shape(row["name"], row["edited"])})
    if not totals:
        server.total = lambda _right, _here: None
    one = read(server)
    assert one.failure is None
    assert sorted(one.keys("tickets")) == [*range(1, sum(counts) + 1)]
    assert one.records("tickets")[0]["edited"] == "2024-01-01T00:00:00Z"
    assert one.bookmarks["tickets"]["edited"] == END


@pytest.mark.parametrize("totals", [True, False], ids=["totals", "no totals"])
@pytest.mark.parametrize("counts", [(1, 2), (9, 20), (35, 0), (35, 40), (250, 30)], ids=str)
def test_an_instance_that_compares_texts_never_loses_a_row_in_silence(counts: tuple[int, int], totals: bool) -> None:
    found = rows(*counts)
    for row in found[: counts[0]]:
        row["edited"] = SHAPES["dates here and there"](row["name"], row["edited"])
    server = ListServer(found)
    if not totals:
        server.total = lambda _right, _here: None
    one = read(server)
    assert sorted(set(one.keys("tickets"))) == [*range(1, sum(counts) + 1)] or one.failure is not None


def test_the_zone_of_the_instance_says_when_midnight_is() -> None:
    server = ListServer(rows(1, 0), shown=lambda row, _fields: {**row, "edited": ["2024-01-01"]})
    found = {
        how: read(server, zone="Europe/Prague", timestamps=how).records("tickets")[0]["edited"]
        for how in ("utc", "local")
    }
    assert found == {"utc": "2023-12-31T23:00:00Z", "local": "2024-01-01 00:00:00"}


def test_a_list_of_several_times_is_no_time() -> None:
    server = ListServer(edited(3), shown=lambda row, _fields: {**row, "edited": [row["edited"]] * 2})
    one = read(server)
    assert one.failure is None  # All rows are on one page, which needs no time to read on from.
    assert [record["edited"] for record in one.records("tickets")] == [None] * 3
