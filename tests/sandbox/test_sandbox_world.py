"""The invented world: the same for the same seed, consistent, and as untidy as real ones."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.sandbox.options import SandboxOptions
from tap_daktela.sandbox.storage.tables import ITEMS, TABLES, ColumnType
from tap_daktela.sandbox.world.world import World
from tests.helpers.sandbox_client import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers.sandbox_client import Client

ZERO = "0000-00-00 00:00:00"


@pytest.fixture(scope="module")
def world() -> World:
    return World(SandboxOptions(rows=2000, now=NOW, freeze=True))


def everything(world: World) -> dict[str, Any]:
    return {name: rows.by_key for name, rows in world.store.tables.items()}


def values(world: World, name: str, column: str) -> Counter[Any]:
    return Counter(row.get(column) for row in world.store[name])


def test_the_same_seed_makes_the_same_world_and_another_one_does_not() -> None:
    one, two, other = (World(SandboxOptions(rows=100, now=NOW, freeze=True, seed=seed)) for seed in (5, 5, 6))
    assert everything(one) == everything(two)
    assert one.credentials == two.credentials
    assert everything(one) != everything(other)
    assert one.credentials.access_token != other.credentials.access_token


@pytest.mark.parametrize("rows", [0, 1, 7])
def test_tiny_worlds_work(rows: int) -> None:
    tiny = World(SandboxOptions(rows=rows, now=NOW, freeze=True))
    assert len(tiny.store["activities"]) == rows
    assert len(tiny.store["users"]) == 12


def test_the_number_of_activities_is_exact_and_the_rest_in_proportion(world: World) -> None:
    sizes = {name: len(rows) for name, rows in world.store.tables.items()}
    assert sizes["activities"] == 2000
    assert (sizes["contacts"], sizes["tickets"], sizes["accounts"]) == (1000, 800, 160)
    assert sizes["activitiesCall"] > sizes["activitiesEmail"] > sizes["activitiesWeb"] > 100
    assert all(size > 0 for size in sizes.values())


WEEK = [f"2026-11-{23 + hour // 24}T{hour % 24:02}:35:00Z" for hour in range(0, 7 * 24, 5)]
"""Moments by which each hour of the day was met once at least, on all days of the week."""


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    "now", [*WEEK, "2028-02-29T12:00:00Z", "2026-12-31T22:59:30Z", "2027-03-28T01:30:00Z", "2027-10-31T00:30:00Z"]
)
def test_no_list_is_empty_whatever_the_time_is(now: str, seed: int) -> None:
    world = World(SandboxOptions(rows=60, seed=seed, now=now, freeze=True))
    # The tap leaves alone what happened in the last half hour.
    settled = world.clock.text(world.clock.now() - 1800)
    lists = [rows for rows in world.store.tables.values() if rows.table.listed]
    empty = {rows.table.name for rows in lists if all(row.get(rows.table.axis, "") >= settled for row in rows)}
    assert empty == set()


def references(world: World) -> Iterator[tuple[str, str, Any]]:
    """All (table, target, key) that rows point to."""
    for name, rows in world.store.tables.items():
        for column in TABLES[name].columns.values():
            for row in rows:
                value = row.get(column.name)
                if column.type is ColumnType.RELATION and value is not None:
                    yield name, column.target, value
                elif column.type is ColumnType.RELATIONS:
                    yield from ((name, column.target, key) for key in value or ())
                elif column.type is ColumnType.ITEM and value is not None:
                    yield name, ITEMS[row["type"]], value


def test_every_reference_resolves(world: World) -> None:
    found = list(references(world))
    assert len(found) > 5000
    assert [one for one in found if one[2] not in world.store[one[1]].by_key] == []


def test_rows_hold_only_declared_columns_of_the_declared_kind(world: World) -> None:
    kinds: dict[ColumnType, tuple[type, ...]] = {
        ColumnType.TEXT: (str,),
        ColumnType.TIME: (str,),
        ColumnType.INTEGER: (int,),
        ColumnType.NUMBER: (int, float),
        ColumnType.BOOLEAN: (bool,),
        ColumnType.CUSTOM: (dict,),
        ColumnType.RELATIONS: (list,),
    }
    for name, rows in world.store.tables.items():
        for row in rows:
            for column, value in row.items():
                kind = TABLES[name].columns[column].type
                allowed = kinds.get(kind, (object,)) + ((str,) if column == "action" else ())
                assert isinstance(value, allowed), (name, column, value)


def test_items_and_activities_know_each_other(world: World) -> None:
    for activity in world.store["activities"]:
        if "item" in activity:
            assert activity["name"] in world.store[ITEMS[activity["type"]]].by_key[activity["item"]]["activities"]
    for table in set(ITEMS.values()):
        for row in world.store[table]:
            for name in row.get("activities", ()):
                assert world.store["activities"].by_key[name]["item"] == row[TABLES[table].key]


def test_there_are_orphans_on_both_sides_and_items_with_two_activities(world: World) -> None:
    lost = [row for row in world.store["activities"] if row["type"] in ITEMS and "item" not in row]
    assert {"CALL", "EMAIL"} <= {row["type"] for row in lost}
    counts = Counter(len(row.get("activities", ())) for row in world.store["activitiesEmail"])
    assert {0, 1, 2} <= set(counts)
    assert [row for row in world.store["activities"] if row["type"] == "" and "item" in row] == []


def test_a_transcript_belongs_to_an_activity_that_has_its_call() -> None:
    # With these seeds, a call that was transcribed loses its activity.
    for seed in (5, 7, 16):
        store = World(SandboxOptions(rows=300, days=3, now=NOW, freeze=True, seed=seed)).store
        activities = {row["activity"] for row in store["activitiesCallTranscripts"]}
        assert activities
        assert [name for name in activities if "item" not in store["activities"].by_key[name]] == []


def test_nothing_happens_in_the_future_or_before_it_began(world: World) -> None:
    now = world.clock.now_text()
    for name, table in TABLES.items():
        for row in world.store[name]:
            stamps = [row[axis] for axis in table.axes if axis in row]
            assert all(stamp <= now for stamp in stamps), (name, row)
            assert name == "events" or ZERO not in stamps
            if "created" in row and "edited" in row:
                assert row["created"] <= row["edited"]
    assert all(row["time"] <= row.get("time_close", now) for row in world.store["activities"])


def test_office_hours(world: World) -> None:
    moments = [datetime.fromisoformat(row["time"]) for row in world.store["activities"]]
    office = [moment for moment in moments if moment.weekday() < 5 and 8 <= moment.hour < 18]
    assert 0.9 * len(moments) < len(office) < len(moments)


@pytest.mark.parametrize(
    ("name", "column", "expected"),
    [
        ("activitiesCall", "direction", {"in", "out", "internal"}),
        ("activitiesCall", "answered", {True, False}),
        ("activitiesCall", "missed_call", {None, 0, 1}),
        ("activitiesCall", "disposition_cause", {"", "caller", "agent", "transfer", "system"}),
        (
            "activitiesCall",
            "disconnection_cause",
            {"", "abandon", "exitwithtimeout", "exitwithkey", "exitempty"}
            | {"busy", "cancel", "noanswer", "failed", "amdmachine"},
        ),
        ("activities", "action", {"OPEN", "WAIT", "POSTPONE", "CLOSE"}),
        ("activities", "type", set(ITEMS) | {"", "CUSTOM", "COMMENT"}),
        ("tickets", "stage", {"OPEN", "WAIT", "CLOSE", "ARCHIVE"}),
        ("tickets", "isParent", {True, False}),
        ("users", "deactivated", {True, False}),
        ("users", "deleted", {True, False}),
        ("crmRecords", "stage", {"OPEN", "CLOSE"}),
    ],
)
def test_all_values_occur(world: World, name: str, column: str, expected: set[Any]) -> None:
    assert set(values(world, name, column)) == expected


def test_missed_calls_are_called_back_by_later_calls(world: World) -> None:
    calls = world.store["activitiesCall"].by_key
    answered = [call for call in calls.values() if "missed_callback" in call]
    assert len(answered) > 20
    for call in answered:
        back = calls[call["missed_callback"]]
        assert (call["missed_call"], call["direction"], back["direction"]) == (0, "in", "out")
        assert back["call_time"] >= call["call_time"]
        assert back["clid"] == call["clid"]


def test_open_activities_are_recent_or_rare(world: World) -> None:
    rows = list(world.store["activities"])
    assert all(("time_close" in row) is (row["action"] == "CLOSE") for row in rows)
    late = World(SandboxOptions(rows=2000, days=1, now="2024-04-19T12:00:00Z", freeze=True))
    recent = [row for row in late.store["activities"] if row["time"] > "2024-04-19 12:00:00" and row["type"] in ITEMS]
    still_open = sum("time_close" not in row for row in recent)
    assert 0.4 * len(recent) < still_open < 0.8 * len(recent)


def test_imports_make_ties(world: World) -> None:
    _, size = values(world, "contacts", "created").most_common(1)[0]
    assert 50 <= size <= 301


def test_untidy_values(world: World) -> None:
    assert {"", None} <= set(values(world, "contacts", "description"))
    assert values(world, "crmRecords", "edited")[None] > 20
    assert values(world, "campaignsRecords", "edited")[None] > 50
    assert {int, str} == {type(row["action"]) for row in world.store["campaignsRecords"]}
    assert values(world, "tickets", "sla_deadtime")[ZERO] > 10
    assert values(world, "tickets", "id_merge")[None] < 800
    fields = [row["customFields"] for row in world.store["contacts"] if "customFields" in row]
    assert 0 < len(fields) < 1000
    assert {0, 1, 2, 3} == {len(one["email"]) for one in fields}
    assert [None] in [one["note"] for one in fields]
    mails = sorted(len(row["text"]) for row in world.store["activitiesEmail"])
    assert mails[-1] > 10_000
    assert mails[0] < 1000


def test_every_type_of_custom_field_is_defined(world: World) -> None:
    kinds = {str(one["type"]) for scheme in world.store.custom_fields.values() for one in scheme.values()}
    texts = {"TEXT", "TEXTAREA", "HTML", "PHONE", "EMAIL", "ADDRESS", "URL"}
    choices = {"SELECTBOX", "MULTISELECTBOX", "CHECKBOX", "RADIO"}
    assert kinds == texts | choices | {"DATETIME", "DATE", "TIME"}


def test_nasty_texts_arrive_as_escapes(serve: Callable[..., Client]) -> None:
    client = serve()
    response = client.get("tickets", {"take": 1000, "fields[0]": "title", "sort[0][field]": "name"})
    assert response.content.isascii()
    assert b'\\ud83d"' in response.content
    titles = [row["title"] for row in response.json()["result"]["data"]]
    assert "=1+1" in titles
    assert "Nula \x00 uprostřed" in titles
    assert "Useknutý smajlík \ud83d" in titles
    assert any("\r\n" in title for title in titles)


@pytest.mark.parametrize(
    ("now", "night"), [("2024-04-20T12:00:00Z", "2024-03-31"), ("2024-11-20T12:00:00Z", "2024-10-27")]
)
def test_something_happens_in_the_nights_when_clocks_change(now: str, night: str) -> None:
    world = World(SandboxOptions(rows=400, days=60, now=now, freeze=True))
    times = [row["time"] for row in world.store["activities"] if row["time"].startswith(night)]
    hours = Counter(int(time[11:13]) for time in times)
    assert hours[1] >= 4
    assert hours[3] >= 4
    assert (hours[2] >= 8) is (night == "2024-10-27")
    assert (hours[2] == 0) is (night == "2024-03-31")


def test_the_clock_runs_on_from_its_start() -> None:
    world = World(SandboxOptions(rows=1, now=NOW))
    first = world.clock.now()
    while world.clock.now() == first:
        pass
    assert world.clock.now() > first >= datetime.fromisoformat(NOW.replace("Z", "+00:00")).timestamp()
