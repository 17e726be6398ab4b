"""What is asked of an instance: totals, keys and times of a window, and rows by their keys."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.choosing import chosen_streams, known_streams
from tap_daktela.daktela import clock
from tap_daktela.daktela.client import Client, Page
from tap_daktela.errors import ContractError
from tap_daktela.reconcile.instance_side import KEYS_AT_A_TIME, InstanceSide
from tap_daktela.reconcile.scopes import chosen_scopes
from tap_daktela.reconcile.warehouse.questions import Slice
from tap_daktela.settings import Settings
from tap_daktela.sync.singer.state import State
from tests.helpers import sandbox_client
from tests.helpers.reconcile.two_sides import PRAGUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

START, BOUND = datetime(2024, 3, 1, tzinfo=timezone.utc), datetime(2024, 4, 20, tzinfo=timezone.utc)


def side(client: Any, **given: Any) -> InstanceSide:
    """The side of an instance of which tickets and calls are compared."""
    nowhere = {"url": "http://127.0.0.1:1", "access_token": "t0ken-of-nobody"}
    streams = {"start_date": "2024-03-01", "streams": "tickets,activities_call"}
    settings = Settings.parse({**nowhere, **streams, **given})
    selection = chosen_streams(settings, known_streams(settings), None)
    assert selection is not None
    chosen = chosen_scopes(selection, settings, State({}, {}), PRAGUE, start=START, bound=BOUND)
    server_clock: Any = None  # Only real instances have one.
    return InstanceSide(client, settings, server_clock, chosen.selections, {one.stream: one for one in chosen.scopes})


@pytest.fixture(scope="module")
def sandbox() -> Iterator[sandbox_client.Client]:
    with sandbox_client.serving(rows=150, days=60) as client:
        yield client


@pytest.fixture
def asked(sandbox: sandbox_client.Client) -> InstanceSide:
    where = {"url": sandbox.sandbox.url, "access_token": sandbox.sandbox.access_token}
    settings = Settings.parse({**where, "start_date": "2024-03-01"})
    return side(Client(settings.connection), **where)


def truth(sandbox: sandbox_client.Client) -> Mapping[str, Mapping[str, str | None]]:
    """The times of all tickets, as the sandbox knows them."""
    rows: Mapping[str, Mapping[str, str | None]] = sandbox.ask("ledger", {"endpoint": "tickets"})["tickets"]["rows"]
    return rows


@pytest.mark.parametrize("axis", ["edited", "created"])
def test_a_slice_has_the_rows_of_its_axis_with_all_their_times(
    sandbox: sandbox_client.Client, asked: InstanceSide, axis: str
) -> None:
    lower, upper = START + timedelta(days=3), START + timedelta(days=40)
    one = Slice("tickets", axis, lower, upper)
    listed = asked.listed(one)
    begin, end = (clock.wall_clock_text(edge.astimezone(PRAGUE)) for edge in (lower, upper))
    expected = {
        key for key, times in truth(sandbox).items()
        if begin <= (times[axis] or "") < end and (axis == "edited" or (times["edited"] or "") < "1000")
    }  # fmt: skip
    assert set(listed) == expected
    for key in expected:
        text = truth(sandbox)[key][axis]
        assert listed[key][axis] == clock.to_utc(str(text), PRAGUE)
    [count] = asked.totals([one])
    assert count.rows == len(expected)
    assert expected or axis == "created"


def test_rows_are_found_by_their_keys_whatever_their_times(sandbox: sandbox_client.Client, asked: InstanceSide) -> None:
    keys = list(truth(sandbox))
    wanted = [*keys[:3], "999999", *keys[-2:], *map(str, range(5_000_000, 5_000_000 + KEYS_AT_A_TIME))]
    assert set(asked.by_key("tickets", wanted)) == {*keys[:3], *keys[-2:]}


def test_for_very_many_keys_the_list_is_read_instead(sandbox: sandbox_client.Client, asked: InstanceSide) -> None:
    keys = list(truth(sandbox))
    assert set(asked.by_key("tickets", [*keys[:9], *map(str, range(5_000_000, 5_002_000))])) == set(keys[:9])
    assert asked.took.requests < 2000 / KEYS_AT_A_TIME


def test_filters_of_the_configuration_count(sandbox: sandbox_client.Client) -> None:
    where = {"url": sandbox.sandbox.url, "access_token": sandbox.sandbox.access_token}
    first, second, *_ = truth(sandbox)
    wanted = {"tickets": {"field": "name", "operator": "neq", "value": int(first)}}
    client = Client(Settings.parse({**where, "start_date": "2024-03-01"}).connection)
    assert set(side(client, **where, filters=wanted).by_key("tickets", [first, second])) == {second}


class Odd:
    """An instance that answers each filter by key with the same rows; without one it gives `any_row`."""

    def __init__(self, *keys: str, any_row: str) -> None:
        self.keys, self.any_row = keys, any_row

    def read(self, _endpoint: str, query: Any) -> Page:
        """Answer."""
        keys = self.keys if query.filter is not None else (self.any_row,)
        rows = [{"id_call": key, "call_time": "2024-03-05 10:00:00"} for key in keys]
        rows = rows[query.skip : query.skip + query.take]
        return Page(rows, len(keys), None, BOUND, 0, 1, 100, query.take)


def test_no_row_is_gone_where_the_instance_finds_none_by_its_key() -> None:
    with pytest.raises(ContractError, match="does not find a row by its key, so no row is called gone"):
        side(Odd(any_row="x")).by_key("activities_call", ["a", "b"])


def test_an_instance_that_ignores_the_filter_is_noticed() -> None:
    with pytest.raises(ContractError, match="does not apply the filter on id_call"):
        side(Odd("other", "x", any_row="x")).by_key("activities_call", ["a", "b"])
