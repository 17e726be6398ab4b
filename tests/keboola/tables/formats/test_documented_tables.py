"""The 14 documented tables in each format, by the installed command: columns, prefixes, ids, references, numbers."""

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
import requests

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.names import OLDER_NAMES
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.sandbox.storage.tables import TABLES, ColumnType
from tests.helpers import harness
from tests.helpers.keboola.documented_tables import EXTRACTOR, NAMES, REVOLT
from tests.helpers.keboola.keboola_folder import DataFolder, Run, Table, parameters_of

pytestmark = pytest.mark.unmeasured

KNOWN = entries(STREAMS)
# The extractor of 2018 had only these of them, under its own names.
OF_2018 = {
    **{name: name for name in ("activities", "tickets", "users", "queues", "accounts", "statuses")},
    "activities_call": "activitiesCall",
    "activities_email": "activitiesEmail",
    "activities_chat": "activitiesChat",
}
CHANNELS = {
    "activities_call": "activitiesCall",
    "activities_email": "activitiesEmail",
    "activities_chat": "activitiesWeb",
}
WITH_ITEM = {"CALL", "EMAIL", "CHAT", "SMS", "FBM", "IGDM", "WAP", "VBR"}
SERVERS: dict[str, dict[str, Any]] = {
    "lists": {},
    "empty lists": {"emptied": True},
    "null lists": {"emptied": True, "null_lists": True},
    "absent lists": {"emptied": True, "null_lists": True, "bare_lists": True, "bare_as": "absent"},
    "lists only as a whole": {"bare_lists": True, "bare_as": "null"},
}
REFERENCES = {
    "queue_name": "queues", "user_name": "users", "contact_name": "contacts", "account_name": "accounts",
    "ticket_name": "tickets", "status_name": "statuses", "category_name": "categories", "record_name": "records",
    "activities_name": "activities", "created_by_name": "users", "edited_by_name": "users",
    "record_type_name": "campaigns", "id_merge_name": "tickets", "parent_ticket_name": "tickets",
}  # fmt: skip


class Instance(NamedTuple):
    """A sandbox, and all its rows by table as it sends them."""

    daktela: harness.Sandbox
    whole: dict[str, list[dict[str, Any]]]


def endpoint_of(name: str) -> str:
    return KNOWN[OLDER_NAMES.get(name, name)].stream.endpoint


def raw_rows(daktela: harness.Sandbox, endpoint: str) -> list[dict[str, Any]]:
    """Return the rows as the server has them, read by nothing of ours."""
    answer = requests.get(
        f"{daktela.url}/api/v6/{endpoint}.json",
        params={"take": 1000},
        headers={"X-AUTH-TOKEN": daktela.access_token},
        timeout=harness.PATIENCE,
    )
    rows: list[dict[str, Any]] = answer.json()["result"]["data"]
    return rows


def without_lists(daktela: harness.Sandbox, endpoint: str) -> None:
    """Empty all lists of all rows, and their custom fields."""
    columns = TABLES[endpoint].columns
    lists = {name: [] for name, one in columns.items() if one.type in {ColumnType.RELATIONS, ColumnType.CUSTOM}}
    known = [{name: row[name] for name in row if name in columns} for row in raw_rows(daktela, endpoint)]
    daktela.control("rows", {"endpoint": endpoint, "rows": [{**row, **lists} for row in known]})


# What a table is made of is the same whichever way lists come: `test_table` shows it of each way.
two_servers = pytest.mark.parametrize("server", ["lists", "absent lists"], indirect=True)


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest, sandbox: Callable[..., harness.Sandbox]) -> Iterator[Instance]:
    """Give an instance that sends its lists in one of several ways."""
    options = dict(SERVERS[request.param])
    with sandbox("--rows", "150", "--seed", "5") as daktela:
        daktela.settle()
        if options.pop("emptied", False):
            for endpoint in sorted({endpoint_of(name) for name in NAMES} | set(CHANNELS.values())):
                without_lists(daktela, endpoint)
        whole = {name: raw_rows(daktela, endpoint_of(name)) for name in NAMES}
        if options:
            daktela.control("options", options)
        yield Instance(daktela, whole)


def elements(rows: list[dict[str, Any]], field: str) -> int:
    return sum(len(row[field] or []) for row in rows)


def check_columns(table: Table, columns: list[str], keys: set[str]) -> None:
    """Check the order of columns, and that all keys and nothing else has the server's prefix."""
    assert table.header == columns
    for row in table.rows:
        assert row["server"] == "acme"
        for name in columns:
            if name in keys:
                assert row[name] == "" or row[name].startswith("acme_"), name
            else:
                assert not row[name].startswith("acme_"), name


def check_ids(table: Table, key: tuple[str, ...], column: str = "id", separator: str = "") -> None:
    for row in table.rows:
        text = separator.join(row[name] for name in key)
        assert row[column] == hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - the keys of users' tables
    assert len({row[column] for row in table.rows}) == len(table.rows)


def check_references(tables: dict[str, Table], own: dict[str, str]) -> int:
    """Check that every key of a row in another table of the run is there; return how many were looked up."""
    looked_up = 0
    keys = {name: set(table.values(own[name])) for name, table in tables.items() if name in own}
    for name, table in tables.items():
        for column, target in REFERENCES.items():
            if column in table.header and target in keys and column != own.get(name):
                values = set(table.values(column)) - {""}
                looked_up += len(values)
                assert values <= keys[target], (
                    f"{name}.{column}: {sorted(values - keys[target])[:3]} are not in {target}"
                )
    return looked_up


def read(server: Instance, folder: DataFolder, output_format: str, names: Any = NAMES) -> dict[str, Table]:
    run: Run = folder.run({**parameters_of(server.daktela), "tables": ",".join(names), "output_format": output_format})
    assert (run.stderr, run.returncode) == ("", 0)
    return {name.removeprefix("acme_"): table for name, table in run.tables.items()}


def expected_rows(whole: dict[str, list[dict[str, Any]]]) -> dict[str, int]:
    found = {name: len(rows) for name, rows in whole.items()}
    return {**found, "activities_statuses": elements(whole["activities"], "statuses")}


def key_of(name: str) -> tuple[str, ...]:
    return KNOWN[OLDER_NAMES.get(name, name)].key


def test_table(server: Instance, data_folder: DataFolder) -> None:
    tables = read(server, data_folder, "table")
    assert {name: len(table.rows) for name, table in tables.items()} == expected_rows(server.whole)
    for name, table in tables.items():
        entry = KNOWN[OLDER_NAMES.get(name, name)]
        columns = ["server", "id", *(column.name for column in entry.columns)]
        more = table.header[len(columns) :]
        assert all(column.startswith("custom_fields_") for column in more)
        keys = {
            *entry.key,
            *(column.name for column in entry.columns if column.selected and column.name.endswith("_name")),
        } - {"prefix_clid_name"} | {
            "call_id",
            "activity",
        }
        check_columns(table, [*columns, *more], keys & set(table.header))
        check_ids(table, entry.key)
    assert check_references(tables, {name: key_of(name)[0] for name in NAMES if len(key_of(name)) == 1}) > 40


@two_servers
def test_json(server: Instance, data_folder: DataFolder) -> None:
    tables = read(server, data_folder, "json")
    assert {name: len(table.rows) for name, table in tables.items()} == expected_rows(server.whole)
    for name, table in tables.items():
        key = key_of(name)
        check_columns(table, ["server", "id", *key, "data"], set(key))
        check_ids(table, key)
        for row in table.rows:
            data = json.loads(row["data"])
            assert [f"acme_{data[part]}" for part in key] == [row[part] for part in key]


@two_servers
def test_extractor(server: Instance, data_folder: DataFolder) -> None:
    tables = read(server, data_folder, "extractor")
    numbers = {**expected_rows(server.whole), "activities_statuses": len(server.whole["statuses"])}
    assert {name: len(table.rows) for name, table in tables.items()} == numbers
    own = {name: "activities_name" if name == "activities" else "name" for name in NAMES}
    for name, table in tables.items():
        columns, keys = EXTRACTOR[name]
        check_columns(table, ["server", "id", *columns], keys)
        check_ids(table, (own[name],))
    assert check_references(tables, own) > 40


@two_servers
def test_revolt(server: Instance, data_folder: DataFolder) -> None:
    tables = read(server, data_folder, "revolt", OF_2018)
    whole = server.whole
    numbers = {OF_2018[name]: len(whole[name]) for name in OF_2018}
    orphans = [row for row in whole["activities"] if row["type"] in WITH_ITEM and not row["item"]]
    numbers["activities"] -= len(orphans)
    for name in CHANNELS:
        numbers[OF_2018[name]] = sum(bool(row["activities"]) for row in whole[name])
    log = tables.pop("log")
    assert len(log.rows) == len(OF_2018)
    assert {name: len(table.rows) for name, table in tables.items()} == numbers
    for name, table in tables.items():
        columns, keys, primary = REVOLT[name]
        check_columns(table, columns, keys)
        assert table.primary_key == primary
        if "unique_key" in columns:
            check_ids(table, tuple(primary), "unique_key", "-")
    own = {name: "name" for name in tables if not name.startswith("activities") or name == "activities"}
    assert check_references(tables, own) > 40


def test_the_names_that_2018_did_not_have_are_refused_together(data_folder: DataFolder, login: dict[str, str]) -> None:
    run = data_folder.run({**login, "tables": ",".join(NAMES), "output_format": "revolt"})
    assert (run.returncode, run.files) == (1, [])
    assert all((f"'{name}', which" in run.stderr) is (name not in OF_2018) for name in NAMES)
