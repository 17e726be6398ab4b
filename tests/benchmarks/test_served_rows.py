"""What the server of the benchmark serves: rows of the sandbox that are clean, or dirty on every page."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from benchmarks.server.answers import Answers
from benchmarks.server.world import Instance, WorldSize

SMALL_PAGE = 200
FIELDS = ("name", "title", "time", "edited", "created", "statuses.title", "customFields")
ASKED = "&".join(f"fields[{number}]={name}" for number, name in enumerate(FIELDS))
CLEAN = WorldSize(1000)
DIRTY = WorldSize(1000, dirty=True)
UNSTORABLE = (rb"\u0000", rb'\ud83d"')

each_list = pytest.mark.parametrize("endpoint", ["activities", "tickets", "contacts", "activitiesEmail"])


@cache
def instance(size: WorldSize) -> Instance:
    return Instance(size)


def pages(size: WorldSize, endpoint: str) -> list[bytes]:
    skips = range(0, instance(size).sizes()[endpoint] - SMALL_PAGE + 1, SMALL_PAGE)
    path = f"/api/v6/{endpoint}.json?take={SMALL_PAGE}&{ASKED}"
    answers = [instance(size).answer(f"{path}&skip={skip}") for skip in skips]
    assert answers
    return [answer.body for answer in answers]


def rows(size: WorldSize, endpoint: str) -> list[dict[str, Any]]:
    return [row for page in pages(size, endpoint) for row in json.loads(page)["result"]["data"]]


@each_list
def test_every_page_of_dirty_rows_has_what_no_target_can_store(endpoint: str) -> None:
    assert [[one in page for one in UNSTORABLE] for page in pages(DIRTY, endpoint)] == [
        [True, True] for _ in pages(DIRTY, endpoint)
    ]


@each_list
def test_no_page_of_clean_rows_has_any(endpoint: str) -> None:
    assert [one for page in pages(CLEAN, endpoint) for one in UNSTORABLE if one in page] == []


@each_list
def test_dirty_rows_are_the_clean_ones(endpoint: str) -> None:
    keys = [
        [{name: row[name] for name in ("name", "time", "edited", "created") if name in row} for row in found]
        for found in (rows(CLEAN, endpoint), rows(DIRTY, endpoint))
    ]
    assert keys[0] == keys[1]


def test_an_empty_list_is_null_only_in_dirty_rows() -> None:
    kinds = [{type(row["statuses"]) for row in rows(one, "tickets")} for one in (CLEAN, DIRTY)]
    assert kinds == [{list}, {list, dict, type(None)}]


def test_each_contact_has_as_many_custom_fields_as_asked_for() -> None:
    assert {len(row["customFields"]) for row in rows(WorldSize(1000, custom_fields=50), "contacts")} == {50}


def test_the_clock_moves_and_the_rows_stay() -> None:
    before, later = instance(CLEAN), instance(WorldSize(1000, later=1))
    now, then = (json.loads(one.answer("/api/v6/tickets.json?take=1").body) for one in (before, later))
    assert (now["_time"], then["_time"]) == ("2025-01-01 12:00:00", "2025-01-01 13:00:00")
    assert later.sizes() == before.sizes()


def test_an_answer_is_made_once() -> None:
    answers = Answers()
    first, second = (answers.get(instance(CLEAN), "/api/v6/users.json?take=1") for _ in range(2))
    assert first is second
    assert answers.made == 1
    answers.get(instance(DIRTY), "/api/v6/users.json?take=1")
    assert answers.made == 2
