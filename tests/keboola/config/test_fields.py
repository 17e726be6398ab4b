"""`fields`: what is requested and written, and that a table keeps its columns whatever is chosen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from tests.helpers import ledger
from tests.helpers.keboola.keboola_folder import Storage, parameters_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers.harness import Sandbox
    from tests.helpers.keboola.keboola_folder import DataFolder, Run

pytestmark = pytest.mark.unmeasured

PROBE = {"_sys.cfScheme", "customFields"}
CUSTOM = "custom_fields_"


@pytest.fixture
def world(sandbox: Callable[..., Sandbox]) -> Iterator[Sandbox]:
    """Give a sandbox whose requests are this test's."""
    with sandbox("--rows", "40") as daktela:
        yield daktela


def run(data_folder: DataFolder, world: Sandbox, state: Any = None, **changes: Any) -> Run:
    """Return a run that went well."""
    world.control("reset-requests")
    done = data_folder.run({**parameters_of(world), "table": "tickets", "incremental": True, **changes}, state=state)
    assert (done.returncode, done.stderr) == (0, "")
    return done


def refused(data_folder: DataFolder, world: Sandbox, **changes: Any) -> str:
    """Return the sentence with which a run fails."""
    done = data_folder.run({**parameters_of(world), "table": "tickets", **changes})
    assert (done.returncode, done.files) == (1, [])
    return done.stderr.strip()


def fields_read(world: Sandbox, endpoint: str) -> set[str]:
    """Return all fields of a list that were requested, but for the request that looks up the custom fields."""
    queries = [parse_qsl(one["query"]) for one in ledger.requested(world) if one["path"].endswith(f"/{endpoint}.json")]
    asked = [{value for name, value in query if name.startswith("fields")} for query in queries]
    return {name for fields in asked if not fields >= PROBE for name in fields}


def filled(table: Any) -> set[str]:
    """Return the columns that have a value in any row."""
    return {name for name in table.header if any(table.values(name))}


def test_fields_that_shrink_keep_the_columns_also_after_a_reset(data_folder: DataFolder, world: Sandbox) -> None:
    storage = Storage()
    storage.load(run(data_folder, world))
    # Off by default, and a custom field.
    choice = ["title", "deleted", "custom_fields_order_id"]
    for fields, state in ((choice, storage.state), (choice, {}), (["title"], {}), (["custom_fields"], {}), (None, {})):
        load = run(data_folder, world, state, fields=fields)
        assert load.tables["acme_tickets"].header == storage.tables["acme_tickets"].header
        storage.load(load)
    assert len(set(storage.tables["acme_tickets"].header)) == len(storage.tables["acme_tickets"].header)


@pytest.mark.parametrize("support", ["", "hints"])
def test_the_first_run_with_fields_has_every_column(data_folder: DataFolder, world: Sandbox, support: str) -> None:
    parameters = {**parameters_of(world), "table": "tickets", "fields": ["title", "deleted", "custom_fields_order_id"]}
    done = data_folder.run(parameters, env={"KBC_DATA_TYPE_SUPPORT": support})
    table = done.tables["acme_tickets"]
    assert {"stage", "category_name", "satisfaction", "custom_fields", "custom_fields_product"} <= set(table.header)
    assert filled(table) - {"deleted"} == {"server", "id", "name", "title", "edited", "custom_fields_order_id"}
    described = json.dumps(table.manifest)
    assert described.count("Not read in this run.") == len(table.header) - 7
    listed = table.manifest["schema"] if support else table.manifest["column_metadata"]
    assert [one["name"] if support else one for one in listed] == table.header


def test_only_the_chosen_fields_are_requested(data_folder: DataFolder, world: Sandbox) -> None:
    run(data_folder, world, fields=["title", "custom_fields_order_id", "customFields.product"])
    chosen = {"title", "customFields.order_id", "customFields.product"}
    assert fields_read(world, "tickets") == {"name", "edited", "created", *chosen}
    run(data_folder, world, fields=["title"])
    assert fields_read(world, "tickets") == {"name", "edited", "created", "title"}
    run(data_folder, world, fields=["custom_fields", "custom_fields_order_id"])
    assert fields_read(world, "tickets") == {"name", "edited", "created", "customFields"}


def test_single_custom_fields_hold_what_they_hold_among_all(data_folder: DataFolder, world: Sandbox) -> None:
    everything = run(data_folder, world).tables["acme_tickets"]
    every = [name for name in everything.header if name.startswith(CUSTOM)]
    for chosen in (every[:1], every[1:], every):
        table = run(data_folder, world, fields=chosen).tables["acme_tickets"]
        for name in chosen:
            assert table.values(name) == everything.values(name)
        # `custom_fields` itself means all of them.
        assert filled(table) == {"server", "id", "name", "edited", *chosen}
    assert any(everything.values(every[0]))


def test_single_custom_fields_in_json(data_folder: DataFolder, world: Sandbox) -> None:
    changes = {"output_format": "json", "fields": ["title", "custom_fields_order_id"]}
    rows = [json.loads(text) for text in run(data_folder, world, **changes).tables["acme_tickets"].values("data")]
    assert all(set(row) == {"name", "title", "edited", "custom_fields"} for row in rows)
    assert {name for row in rows for name in row["custom_fields"] or {}} == {"order_id"}


@pytest.mark.parametrize("output_format", ["table", "json"])
def test_an_unknown_custom_field_is_told(data_folder: DataFolder, world: Sandbox, output_format: str) -> None:
    sentence = refused(data_folder, world, fields=["custom_fields_oder_id", "title"], output_format=output_format)
    assert "'tickets'" in sentence
    assert "'custom_fields_oder_id'; the nearest is 'order_id'" in sentence
    options = [{"table": "contacts", "fields": "customFields.nothing_like_it"}]
    sentence = refused(data_folder, world, table=None, tables="contacts", table_options=options)
    assert (
        "fields of 'contacts': the instance shows no custom field 'customFields.nothing_like_it'; 'custom_f" in sentence
    )


def test_a_custom_field_that_went_away_does_not_end_the_run(data_folder: DataFolder, world: Sandbox) -> None:
    columns = {"acme_tickets": ["server", "id", "name", "custom_fields_gone"]}
    state = {"version": 1, "singer": {"bookmarks": {}}, "columns": columns, "fingerprints": {}}
    done = run(data_folder, world, state, fields=["custom_fields_gone"])
    assert "'custom_fields_gone'" in done.stdout
    assert done.tables["acme_tickets"].header.count("custom_fields_gone") == 1
    assert "customFields.gone" in fields_read(world, "tickets")
