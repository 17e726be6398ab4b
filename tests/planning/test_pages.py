"""One page of each list, as a run opens with."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tap_daktela.daktela.client import Page
from tap_daktela.errors import AccessError, NotFoundError, RemoteError, TapError, UnreachableError
from tap_daktela.planning.pages import WORK_ROWS, Opened, opened
from tests.planning.test_lists import listed, parsed

if TYPE_CHECKING:
    from tap_daktela.daktela.query import Query

NOW = datetime(2024, 6, 1, tzinfo=timezone.utc)
PRAGUE = ZoneInfo("Europe/Prague")


class Instance:
    """Has `total` rows of 100 bytes in each list, and gives at most `most` of them; or only an `error`."""

    def __init__(self, total: int, most: int = 1000, error: TapError | None = None) -> None:
        self.total = total
        self.most = most
        self.error = error
        self.asked: list[tuple[str, Query]] = []

    def read(self, endpoint: str, query: Query) -> Page:
        """Answer."""
        self.asked.append((endpoint, query))
        if self.error is not None:
            raise self.error
        count = max(0, min(query.take, self.most, self.total - query.skip))
        rows: list[dict[str, Any]] = [{"name": str(number), "time": "2024-01-01 00:00:00"} for number in range(count)]
        return Page(rows, self.total, None, NOW, 0, 1, 100 * count, query.take, sent=1.0, read=1.5)


def first(instance: Any, stream: str, axis: str | None) -> Opened:
    [one] = listed(parsed(), stream)
    one = replace(one, request=replace(one.request, lists={}))  # Else rows without lists would be asked for twice.
    [found] = opened(instance, [(one, axis, None)], 4)
    return found


def test_the_page_tells_rows_and_seconds_and_keeps_few_rows() -> None:
    instance = Instance(5000)
    found = first(instance, "activities_call", "call_time")
    assert (found.rows, found.first_rows, found.page_rows) == (1000, 1000, 1000)
    assert (found.seconds, found.stats.requests, found.stats.received) == (0.5, 1, 100_000)
    assert found.page is not None
    assert len(found.page.rows) == WORK_ROWS
    assert instance.asked[0][1].sort == ("call_time", "id_call")


def test_where_the_first_page_is_small_on_purpose_the_next_one_tells_more() -> None:
    instance = Instance(5000)
    found = first(instance, "activities_email", "time")
    assert [(query.skip, query.take) for _, query in instance.asked] == [(0, 20), (20, 200)]
    assert (found.rows, found.first_rows, found.page_rows, found.stats.requests) == (200, 20, 200, 2)


def test_a_list_that_fits_on_the_small_page_is_not_asked_again() -> None:
    assert first(Instance(7), "activities_email", "time").stats.requests == 1


def test_a_server_that_gives_fewer_rows_has_smaller_pages() -> None:
    found = first(Instance(5000, most=300), "activities_call", "call_time")
    assert (found.rows, found.first_rows, found.page_rows) == (300, 300, 300)


def test_a_small_list_says_nothing_about_the_size_of_pages() -> None:
    found = first(Instance(12), "activities_call", "call_time")
    assert (found.rows, found.first_rows, found.page_rows) == (12, 1000, 1000)


@pytest.mark.parametrize(("axis", "begins"), [("time", datetime(2023, 12, 31, 23, tzinfo=timezone.utc)), (None, None)])
def test_the_first_row_says_from_when_on_there_are_rows(axis: str | None, begins: datetime | None) -> None:
    assert first(Instance(12), "activities", axis).first(PRAGUE) == begins


@pytest.mark.parametrize("error", [NotFoundError("activitiesWeb: none"), RemoteError("activitiesWeb: broken")])
def test_a_list_that_cannot_be_read_is_a_failure_named_as_its_stream(error: TapError) -> None:
    found = first(Instance(5, error=error), "activities_web", "time")
    assert found.page is None
    assert str(found.failure).startswith("activities_web: ")


@pytest.mark.parametrize("error", [AccessError("the token is refused", 401), UnreachableError("nobody answers")])
def test_what_concerns_every_list_ends_the_plan(error: TapError) -> None:
    with pytest.raises(type(error)):
        first(Instance(5, error=error), "users", None)
