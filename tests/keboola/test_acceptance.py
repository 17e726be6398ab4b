"""What the platform and its users count on, seen from their side: the command, real processes, a data folder."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.keboola.config.parameters import Parameters
from tap_daktela.settings.declared import settings_of
from tests.helpers import harness
from tests.helpers.keboola.keboola_folder import Storage, parameters_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers.harness import Sandbox
    from tests.helpers.keboola.keboola_folder import DataFolder, Run, Table

pytestmark = pytest.mark.unmeasured

# A filter that is true of no row.
NOTHING = {"field": "name", "operator": "eq", "value": "no such row"}
NATIVE = {"KBC_DATA_TYPE_SUPPORT": "hints"}
CONTINUING = {"incremental": True, "continue_since_last_run": True}


@pytest.fixture
def world(sandbox: Callable[..., Sandbox]) -> Iterator[Sandbox]:
    """Give a sandbox of its own, which a test may change."""
    with sandbox("--rows", "60", "--seed", "3") as daktela:
        yield daktela


def succeeded(run: Run) -> Run:
    """Return a run that went well."""
    assert (run.returncode, run.stderr) == (0, "")
    return run


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


# --- tables and manifests -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("support", ["", "none", "hints"])
def test_1_the_manifest_is_of_the_kind_that_the_project_takes(
    data_folder: DataFolder, login: dict[str, str], support: str
) -> None:
    env = {"KBC_DATA_TYPE_SUPPORT": support} if support else {}
    run = succeeded(data_folder.run({**login, "tables": "tickets, users", "incremental": True}, env=env))
    assert set(run.tables) == {"acme_tickets", "acme_users"}
    for table in run.tables.values():
        assert ("schema" in table.manifest) is (support == "hints")
        assert ("column_metadata" in table.manifest) is (support != "hints")
        assert table.primary_key == ["id"]
        assert table.manifest["incremental"] is True
        assert table.header[:2] == ["server", "id"]


@pytest.mark.parametrize(
    ("output_format", "env"), [("table", {}), ("extractor", NATIVE), ("revolt", {}), ("json", NATIVE)]
)
def test_2_a_table_without_rows_is_a_header_and_a_manifest(
    data_folder: DataFolder, login: dict[str, str], output_format: str, env: dict[str, str]
) -> None:
    options = [{"table": "tickets", "filter": NOTHING}]
    parameters = {**login, "tables": "tickets", "table_options": options, "output_format": output_format}
    full = succeeded(data_folder.run({**parameters, "table_options": None}, env=env)).tables["acme_tickets"]
    run = succeeded(data_folder.run(parameters, env=env))
    assert run.tables["acme_tickets"].rows == []
    assert run.tables["acme_tickets"].primary_key == full.primary_key
    assert run.tables["acme_tickets"].header == full.header
    assert run.state is not None


def test_3_every_cell_is_in_its_column(
    world: Sandbox, data_folder: DataFolder, run_tap: Callable[..., harness.TapRun]
) -> None:
    for name, options in (("plain", {}), ("ragged", {"data_object": True, "serve_ragged": True})):
        world.control("options", options)
        found = succeeded(data_folder.run({**parameters_of(world), "tables": "queues, tickets"})).tables
        settings = {**world.login, "start_date": harness.BEGINNING, "timestamps": "local", "nested": "json"}
        told = run_tap({**settings, "streams": ["queues", "tickets"]})
        for stream in ("queues", "tickets"):
            expected = {str(record["name"]): record for record in told.records(stream)}
            rows = found[f"acme_{stream}"].rows
            assert len(rows) == len(expected) > 0, name
            for row in rows:
                record = expected[row["name"].removeprefix("acme_")]
                assert row["server"] == "acme"
                assert row["id"] == md5(row["name"])
                assert row["title"] == (record["title"] or "")
                for column in set(record) - {"name", "title"}:
                    assert row[column].removeprefix("acme_").lower() == written(record[column]), (name, column)


def written(value: Any) -> str:
    """Return how a value stands in a cell, in lower case."""
    return "" if value is None else str(value).lower()


AWKWARD = {
    "quotes": "He said \"no\", twice; 'maybe'",
    "lines": "one\r\ntwo\nthree\rfour",
    "html": "<p>" + "<b>á&nbsp;</b>" * 15000 + "</p>",
    "emoji": "👩‍👩‍👧 ✓ \uff46\uff55",
    "formula": "=cmd|' /C calc'!A0",
    "separators": "a,b;c\td|e\u2028f\u0085g",
    "backslash": 'C:\\temp\\"x"\\',
}


def test_4_awkward_text_comes_back_as_it_is(world: Sandbox, data_folder: DataFolder) -> None:
    world.control("clear", {"endpoint": "tickets"})
    rows = [
        {
            "name": number,
            "title": key,
            "description": text,
            "edited": "2024-11-01 10:00:00",
            "created": "2024-11-01 10:00:00",
        }
        for number, (key, text) in enumerate(AWKWARD.items(), 1)
    ]
    rows.append({"name": 90, "title": "broken", "description": "a\x00b\ud83dc", "edited": "2024-11-01 10:00:00"})
    rows.append(
        {
            "name": 91,
            "title": "zero",
            "description": "",
            "edited": "2024-11-01 10:00:00",
            "closed": "0000-00-00 00:00:00",
        }
    )
    world.control("rows", {"endpoint": "tickets", "rows": rows})
    table = succeeded(data_folder.run({**parameters_of(world), "tables": "tickets"})).tables["acme_tickets"]
    by_title = {row["title"]: row for row in table.rows}
    assert {key: by_title[key]["description"] for key in AWKWARD} == AWKWARD
    assert len(table.rows) == len(AWKWARD) + 2
    assert by_title["zero"]["closed"] == ""
    broken = by_title["broken"]["description"]
    assert re.fullmatch("a.b.c", broken)
    assert "\x00" not in broken


# --- runs one after another -----------------------------------------------------------------------------------------


def names(table: Table) -> set[str]:
    return set(table.values("name"))


def in_daktela(world: Sandbox, endpoint: str) -> set[str]:
    """Return the keys that a table should hold."""
    return {f"acme_{key}" for key in world.ledger()[endpoint]["rows"]}


def test_incremental_runs_that_continue_bring_what_is_new(world: Sandbox, data_folder: DataFolder) -> None:
    storage = Storage()
    parameters = {**parameters_of(world), **CONTINUING, "tables": "tickets, calls"}
    world.settle()
    storage.load(succeeded(data_folder.run(parameters)))
    first = {name: len(table.rows) for name, table in storage.tables.items()}

    added = {f"acme_{key}" for key in world.control("add", {"endpoint": "tickets", "count": 4})["keys"]}
    edited = {f"acme_{key}" for key in world.control("edit", {"endpoint": "tickets", "count": 2})["keys"]}
    world.settle()
    second = succeeded(data_folder.run(parameters, state=storage.state))
    storage.load(second)
    assert added | edited <= names(second.tables["acme_tickets"])
    assert len(second.tables["acme_tickets"].rows) < first["acme_tickets"] / 2
    assert names(storage.tables["acme_tickets"]) == in_daktela(world, "tickets")
    assert len(storage.tables["acme_tickets"].rows) == first["acme_tickets"] + 4

    third = succeeded(data_folder.run(parameters, state=storage.state))
    storage.load(third)
    assert third.tables["acme_tickets"].rows == []
    assert names(storage.tables["acme_tickets"]) == in_daktela(world, "tickets")


def test_activities_that_were_anonymised_since_come_again(world: Sandbox, data_folder: DataFolder) -> None:
    storage = Storage()
    parameters = {**parameters_of(world), **CONTINUING, "tables": "activities"}
    world.settle()
    storage.load(succeeded(data_folder.run(parameters)))
    erased = {f"acme_{key}" for key in world.control("erase", {"count": 20})["keys"]}
    second = succeeded(data_folder.run(parameters, state=storage.state))
    storage.load(second)
    again = second.tables["acme_activities"]
    assert erased <= names(again)
    assert set(again.values("anonymized")) == {"true"}
    third = succeeded(data_folder.run(parameters, state=storage.state))
    assert third.tables["acme_activities"].rows == []


def test_a_reset_state_means_all_since_from(world: Sandbox, data_folder: DataFolder) -> None:
    storage = Storage()
    parameters = {**parameters_of(world), **CONTINUING, "tables": "tickets"}
    world.settle()
    storage.load(succeeded(data_folder.run(parameters)))
    again = succeeded(data_folder.run(parameters, state={}))
    assert again.tables["acme_tickets"].rows == storage.tables["acme_tickets"].rows
    assert again.state == storage.state


def test_a_full_load_replaces_the_table(world: Sandbox, data_folder: DataFolder) -> None:
    storage = Storage()
    parameters = {**parameters_of(world), "tables": "tickets"}
    world.settle()
    storage.load(succeeded(data_folder.run(parameters)))
    gone = {f"acme_{key}" for key in world.control("delete", {"endpoint": "tickets", "count": 3})["keys"]}
    run = succeeded(data_folder.run(parameters, state=storage.state))
    storage.load(run)
    assert names(storage.tables["acme_tickets"]) == in_daktela(world, "tickets")
    assert not gone & names(storage.tables["acme_tickets"])
    assert run.tables["acme_tickets"].manifest["incremental"] is False


def test_without_continuing_each_run_reads_its_own_period(world: Sandbox, data_folder: DataFolder) -> None:
    parameters = {**parameters_of(world), "tables": "tickets", "incremental": True}
    world.settle()
    first = succeeded(data_folder.run(parameters))
    second = succeeded(data_folder.run(parameters, state=first.state))
    assert second.tables["acme_tickets"].rows == first.tables["acme_tickets"].rows


def test_8_a_run_whose_import_failed_comes_again_the_same(world: Sandbox, data_folder: DataFolder) -> None:
    storage = Storage()
    parameters = {**parameters_of(world), **CONTINUING, "tables": "tickets"}
    world.settle()
    storage.load(succeeded(data_folder.run(parameters)))
    world.control("add", {"endpoint": "tickets", "count": 5})
    world.settle()
    lost = succeeded(data_folder.run(parameters, state=storage.state))
    # The platform drops the state, and the tables, or only the state.
    again = succeeded(data_folder.run(parameters, state=storage.state))
    assert again.tables["acme_tickets"].rows == lost.tables["acme_tickets"].rows
    for run in (lost, again):
        storage.load(run)
    ids = storage.tables["acme_tickets"].values("id")
    assert len(ids) == len(set(ids))
    assert names(storage.tables["acme_tickets"]) == in_daktela(world, "tickets")


def test_a_row_of_a_configuration_is_one_table_with_its_own_state(world: Sandbox, data_folder: DataFolder) -> None:
    root = {**parameters_of(world), "tables": "users, queues", "incremental": False}
    row = {"table": "tickets", "fields": ["title"], "filter": '{"field": "stage", "operator": "eq", "value": "OPEN"}'}
    run = succeeded(data_folder.run({**root, **row, "incremental": True}, env={"KBC_CONFIGROWID": "5"}))
    [(name, table)] = run.tables.items()
    assert name == "acme_tickets"
    assert {name for name in table.header[2:] if any(table.values(name))} == {"name", "title", "edited"}
    everything = succeeded(data_folder.run({**root, "table": "tickets"})).tables["acme_tickets"]
    opened = {entry["name"] for entry in everything.rows if entry["stage"] == "OPEN"}
    assert names(table) == opened
    assert 0 < len(opened) < len(everything.rows)


def test_a_row_has_its_own_format_and_begins_again_when_that_changes(world: Sandbox, data_folder: DataFolder) -> None:
    root = {**parameters_of(world), **CONTINUING, "output_format": "extractor"}
    world.settle()
    first = succeeded(data_folder.run({**root, "table": "tickets", "output_format": "json"}))
    assert first.tables["acme_tickets"].header == ["server", "id", "name", "data"]
    again = succeeded(data_folder.run({**root, "table": "tickets", "output_format": "json"}, state=first.state))
    assert again.tables["acme_tickets"].rows == []
    other = succeeded(data_folder.run({**root, "table": "tickets"}, state=again.state))
    assert other.tables["acme_tickets"].values("id") == first.tables["acme_tickets"].values("id")
    assert "sla_deadtime" in other.tables["acme_tickets"].header


# --- states ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "warns"),
    [
        ([], False),
        ({"version": 99, "singer": {"bookmarks": {"tickets": {"edited": "2024-11-05T00:00:00Z"}}}}, True),
        ({"version": 1, "singer": {"bookmarks": []}, "columns": [], "fingerprints": []}, False),
    ],
    ids=["first", "newer", "empty inside"],
)
def test_7_any_state_is_survived(data_folder: DataFolder, login: dict[str, str], state: Any, warns: bool) -> None:
    # `test_state` has more of them.
    parameters = {**login, **CONTINUING, "tables": "tickets"}
    run = succeeded(data_folder.run(parameters, state=state))
    assert len(run.tables["acme_tickets"].rows) > 10
    assert ("The state was not written by this component" in run.stdout) is warns


def test_7_a_state_of_something_else_does_not_shorten_the_run(data_folder: DataFolder, login: dict[str, str]) -> None:
    parameters = {**login, **CONTINUING, "tables": "tickets"}
    first = succeeded(data_folder.run(parameters))
    [same] = succeeded(data_folder.run(parameters, state=first.state)).tables.values()
    assert same.rows == []
    # `test_preparation` has all changes that make a state another one.
    for change in ({"server": "beta"}, {"tables": "Tickets"}):
        [other] = succeeded(data_folder.run({**parameters, **change}, state=first.state)).tables.values()
        assert len(other.rows) == len(first.tables["acme_tickets"].rows) > 0, change


def test_7_the_state_of_another_instance_does_not_shorten_the_run(
    sandbox: Callable[..., Sandbox], data_folder: DataFolder, login: dict[str, str]
) -> None:
    parameters = {**CONTINUING, "tables": "tickets"}
    first = succeeded(data_folder.run({**login, **parameters}))
    with sandbox("--rows", "30", "--seed", "9") as other:
        run = succeeded(data_folder.run({**parameters_of(other), **parameters}, state=first.state))
        # Beside rows that are too fresh.
        assert len(run.tables["acme_tickets"].rows) > len(other.ledger()["tickets"]["rows"]) / 2
    assert run.state["url"] == other.url


def test_a_column_that_a_table_once_had_stays(world: Sandbox, data_folder: DataFolder) -> None:
    parameters = {**parameters_of(world), "tables": "tickets", "incremental": True}
    world.settle()
    first = succeeded(data_folder.run(parameters))
    fewer = {**parameters, "table_options": [{"table": "tickets", "fields": "title", "filter": NOTHING}]}
    second = succeeded(data_folder.run(fewer, state=first.state))
    assert second.tables["acme_tickets"].header == first.tables["acme_tickets"].header


# --- servers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("server", ["acme.DAKTELA.com", "call.acme.cz:8443", "https://A.cz/", "A c/m ě"])
def test_14_every_server_makes_valid_tables(data_folder: DataFolder, login: dict[str, str], server: str) -> None:
    [(name, table)] = succeeded(data_folder.run({**login, "server": server, "tables": "queues"})).tables.items()
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]*_queues", name)
    prefix = name.removesuffix("_queues")
    assert set(table.values("server")) == {prefix}
    assert all(key.startswith(f"{prefix}_") for key in table.values("name"))
    assert table.values("id") == [md5(key) for key in table.values("name")]


def test_14_a_server_without_a_name_is_called_after_its_address(
    daktela: Sandbox, data_folder: DataFolder, login: dict[str, str]
) -> None:
    parameters = {**login, "server": None, "tables": "queues"}
    runs = [succeeded(data_folder.run({**parameters, "url": url})) for url in (daktela.url, f"{daktela.url}/")]
    [first], [second] = (run.tables for run in runs)
    assert first == second
    assert first.startswith("127_0_0_1_")


def test_15_two_servers_do_not_collide(
    sandbox: Callable[..., Sandbox], data_folder: DataFolder, login: dict[str, str]
) -> None:
    tables = {"tables": "tickets, queues, tickets_statuses"}
    one = succeeded(data_folder.run({**login, **tables})).tables
    # The same world: every key of the one exists in the other.
    two = succeeded(data_folder.run({**login, **tables, "server": "acme_2"})).tables
    assert not set(one) & set(two)
    for stream in ("tickets", "queues", "tickets_statuses"):
        a, b = one[f"acme_{stream}"], two[f"acme_2_{stream}"]
        assert len(a.rows) == len(b.rows) > 0
        assert not set(a.values("id")) & set(b.values("id"))
        for key in ("name", "ticket_name", "queue_name"):
            if key in a.header:
                assert not (set(a.values(key)) & set(b.values(key))) - {""}


# --- configurations that are wrong ----------------------------------------------------------------------------------


def test_a_right_that_is_missing_is_told_by_the_columns_of_the_table(world: Sandbox, data_folder: DataFolder) -> None:
    world.control("options", {"trim_relations": True})
    run = succeeded(data_folder.run({**parameters_of(world), "tables": "activities"}))
    table = run.tables["acme_activities"]
    assert set(table.values("queue_name")) == {""}
    assert set(table.values("queue_title")) > {""}
    [line] = [line for line in run.stdout.splitlines() if "queue_name is empty in all rows" in line]
    assert line.startswith("WARNING")
    assert "lacks the right to read 'queues'" in line


def test_a_configuration_that_is_wrong_in_everything_is_told_in_one_line(data_folder: DataFolder) -> None:
    # A row does not read the tables of its configuration.
    keys = [one.key for one in settings_of(Parameters) if one.key != "tables"]
    wrong = {key: "x" if key in {"settle_minutes", "lookback_days"} else 1.5 for key in keys}
    run = data_folder.run(wrong)
    assert (run.returncode, run.files, run.state) == (1, [], None)
    [line] = run.stderr.strip().splitlines()
    assert [key for key in keys if f"{key} " not in line] == []
    assert not (run.folder / "out/state.json").exists()


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, "from is missing"),
        ([], "from is missing"),
        ("text", "parameters must be an object"),
        ({"server": "acme", "#access_token": "abc", "from": "0", "tables": "skills"}, "the nearest is 'groups'"),
    ],
    ids=["empty", "php", "text", "table"],
)
def test_a_configuration_that_is_wrong_is_the_users(data_folder: DataFolder, parameters: Any, words: str) -> None:
    run = data_folder.run(parameters)
    assert (run.returncode, run.files) == (1, [])
    [line] = run.stderr.strip().splitlines()
    assert words in line


def test_a_period_without_time_in_it_is_the_users(data_folder: DataFolder, login: dict[str, str]) -> None:
    run = data_folder.run({**login, "tables": "queues", "from": "2024-11-02", "to": "2024-11-01"})
    assert (run.returncode, run.files) == (1, [])
    assert run.stderr.startswith("from ('2024-11-02') must be before to ('2024-11-01')")


def test_a_config_file_that_is_none_is_told(data_folder: DataFolder) -> None:
    folder = data_folder.prepare({})
    for text in ("{", "[]", None):
        path = folder / "config.json"
        path.unlink() if text is None else path.write_text(text)
        run = data_folder.start(folder)
        assert run.returncode == 1
        assert run.stderr.startswith("config.json ")
        assert len(run.stderr.splitlines()) == 1


def test_the_state_is_told_as_the_user_sees_it(
    daktela: Sandbox, data_folder: DataFolder, login: dict[str, str]
) -> None:
    run = succeeded(data_folder.run({**login, "tables": "tickets"}, action=None))
    assert run.state["version"] == 1
    assert (run.state["url"], run.state["server"]) == (daktela.url, "acme")
    assert run.state["columns"]["acme_tickets"][:3] == ["server", "id", "name"]
    assert set(run.state["singer"]["bookmarks"]) == {"tickets"}
    assert len(json.dumps(run.state)) < 10000
