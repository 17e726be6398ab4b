"""The item of an activity as an object: what of it is asked for, and what comes."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.fields import NESTED
from tap_daktela.catalog.streams import STREAMS
from tests.helpers import harness
from tests.helpers.ledger import odd_for_a_while, requested, settings

pytestmark = pytest.mark.unmeasured

KNOWN = entries(STREAMS)
ITEM = next(column for column in KNOWN["activities"].columns if column.name == "item")
CHANNELS = {"CALL": "activities_call", "EMAIL": "activities_email", "CHAT": "activities_web", "SMS": "activities_sms"}


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., harness.Sandbox]) -> Iterator[harness.Sandbox]:
    with sandbox("--rows", "120") as running:
        yield running


def catalog(stream: str, *columns: str) -> dict[str, Any]:
    chosen = {column.name: column.name in columns for column in KNOWN[stream].columns}
    marks = [{"breadcrumb": ["properties", name], "metadata": {"selected": wanted}} for name, wanted in chosen.items()]
    marks.append({"breadcrumb": [], "metadata": {"selected": True}})
    return {"streams": [{"tap_stream_id": stream, "stream": stream, "schema": {"properties": {}}, "metadata": marks}]}


def read(daktela: harness.Sandbox, stream: str, *columns: str) -> list[dict[str, Any]]:
    run = harness.run_tap(settings(daktela, streams=None), catalog=catalog(stream, *columns))
    assert run.returncode == 0, run.stderr
    return run.records(stream)


@pytest.fixture(scope="module")
def activities(daktela: harness.Sandbox) -> list[dict[str, Any]]:
    return read(daktela, "activities", "type", "item_name", "item")


@pytest.mark.parametrize(("kind", "stream"), CHANNELS.items())
def test_an_item_has_what_its_own_stream_has(
    daktela: harness.Sandbox, activities: list[dict[str, Any]], kind: str, stream: str
) -> None:
    parts = {column.name for column in ITEM.items}
    columns = [column.name for column in KNOWN[stream].columns if column.name in parts]
    key = KNOWN[stream].key[0]
    own = {record[key]: record for record in read(daktela, stream, *columns)}
    items = {row["item_name"]: row["item"] for row in activities if row["type"] == kind and row["item_name"]}
    assert items
    for name, item in items.items():
        expected = {part: own[name][part] for part in columns if own[name][part] is not None}
        assert item == expected
    orphans = [row for row in activities if row["type"] == kind and not row["item_name"]]
    assert not any(row["item"] for row in orphans)


def test_an_item_is_the_same_whatever_form_the_server_gives_it(
    daktela: harness.Sandbox, activities: list[dict[str, Any]]
) -> None:
    with odd_for_a_while(daktela) as become:
        for options in ({"literal_dots": True}, {"ignore_fields": True}):
            become(**options)
            found = read(daktela, "activities", "type", "item_name", "item")
            assert [row["item"] or None for row in found] == [row["item"] or None for row in activities], options


def test_only_declared_fields_of_an_item_are_asked_for_and_only_if_it_is_wanted(daktela: harness.Sandbox) -> None:
    asked = {}
    for columns in (("type", "item_name"), ("type", "item")):
        daktela.control("reset-requests")
        read(daktela, "activities", *columns)
        queries = [one["query"] for one in requested(daktela) if one["path"].endswith("/activities.json")]
        fields = {value for query in queries for name, value in parse_qsl(query) if name.startswith("fields")}
        asked[columns[1]] = {field for field in fields if field.startswith("item")}
    assert asked["item_name"] == {"item.id_call", "item.name"}
    assert asked["item"] == {f"item.{column.api_name}" for column in ITEM.items}
    assert not asked["item"] & {"item.text", "item.options", "item.queue", "item.cdr"}
    assert not any(column.type in NESTED for column in ITEM.items)
