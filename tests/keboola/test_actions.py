"""The form's buttons, as the platform presses them: one JSON document on stdout, or one sentence on stderr."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.keboola.config.table_selection import KNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers.harness import Sandbox
    from tests.helpers.keboola.keboola_folder import DataFolder, Run

CANARY = "canary-secret-3f9a"


def answer(run: Run) -> Any:
    """Return the one JSON document that an action wrote."""
    assert (run.returncode, run.stderr) == (0, "")
    assert run.state is None
    return json.loads(run.stdout)


def refused(run: Run) -> str:
    """Return the one sentence with which an action failed."""
    assert (run.returncode, run.stdout) == (1, "")
    assert len(run.stderr.strip().splitlines()) == 1
    assert "Traceback" not in run.stderr
    return run.stderr.strip()


@pytest.mark.parametrize("debug", [False, True, "true"], ids=str)
def test_a_connection_that_works(data_folder: DataFolder, login: dict[str, str], debug: Any) -> None:
    connection = {key: login[key] for key in ("url", "username", "#password")}
    assert answer(data_folder.run({**connection, "debug": debug}, action="testConnection")) == {"status": "success"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"#password": CANARY}, "refuses username and password"),
        ({"#password": None}, "#password is missing"),
        ({"#access_token": CANARY}, "refuses access_token"),
        ({"url": "https://nowhere.invalid"}, "nowhere.invalid"),
        ({"url": "http://127.0.0.1:9"}, "127.0.0.1:9"),
        ({"url": "", "server": ""}, "url is missing"),
    ],
    ids=["password", "none", "token", "host", "port", "nothing"],
)
def test_a_connection_that_does_not_work(
    data_folder: DataFolder, login: dict[str, str], changes: dict[str, Any], words: str
) -> None:
    sentence = refused(data_folder.run({**login, **changes}, action="testConnection"))
    assert words in sentence
    assert CANARY not in sentence


def test_tables_that_may_be_read_are_listed_with_their_rows(
    sandbox: Callable[..., Sandbox], data_folder: DataFolder
) -> None:
    denied = ("--deny", "tickets=403", "--deny", "activitiesVbr=404", "--deny", "activitiesCall=403")
    flags = ("--rows", "20", *denied, "--old-server")
    with sandbox(*flags) as daktela:
        connection = {"url": daktela.url, "#access_token": daktela.access_token, "debug": True}
        listed = answer(data_folder.run(connection, action="listStreams"))
        old_names = answer(data_folder.run({**connection, "output_format": "revolt"}, action="listStreams"))
    labels = {one["value"]: one["label"] for one in listed}
    assert labels["activities"] == "activities (20 rows)"
    assert labels["activities_statuses"] == "activities_statuses (from activities)"
    assert "activities_web" in labels
    assert not {"tickets", "tickets_statuses", "activities_vbr"} & set(labels)
    # Its rows are found through those of activities_call.
    assert not {"activities_call", "activities_call_transcripts"} & set(labels)
    assert {"activitiesEmail", "accounts"} <= {one["value"] for one in old_names}
    assert "tickets" not in {one["value"] for one in old_names}


def test_nothing_that_may_be_read_is_an_error(sandbox: Callable[..., Sandbox], data_folder: DataFolder) -> None:
    lists = {endpoint for entry in KNOWN.values() for endpoint in (entry.stream.endpoint, *entry.stream.aliases)}
    with sandbox("--rows", "5", *(word for one in lists for word in ("--deny", f"{one}=403"))) as daktela:
        connection = {"url": daktela.url, "#access_token": daktela.access_token}
        run = data_folder.run(connection, action="listStreams")
    assert refused(run).startswith("the user may read none of the tables")


def test_the_columns_of_a_table_are_listed(data_folder: DataFolder) -> None:
    listed = answer(data_folder.run({"table": "queues"}, action="listFields"))
    assert listed[0]["value"] == "name"
    assert {"title", "users_count"} <= {one["value"] for one in listed}


@pytest.mark.parametrize("output_format", ["table", "json"])
def test_the_custom_fields_of_the_instance_are_listed_one_by_one(
    data_folder: DataFolder, login: dict[str, str], output_format: str
) -> None:
    parameters = {**login, "table": "tickets", "output_format": output_format}
    labels = {one["value"]: one["label"] for one in answer(data_folder.run(parameters, action="listFields"))}
    assert labels["custom_fields_order_id"] == "custom_fields_order_id - Objednávka (TEXT)"
    assert labels["custom_fields_product"] == "custom_fields_product - Produkty (MULTISELECTBOX)"
    # What is offered can be chosen.
    [table] = data_folder.run({**login, "table": "tickets", "fields": list(labels)}).tables.values()
    assert set(labels) <= set(table.header)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"#password": CANARY}, "refuses username and password"),
        ({"#password": None}, "#password is missing"),
        ({"url": "http://127.0.0.1:9"}, "127.0.0.1:9"),
    ],
    ids=["password", "none", "port"],
)
def test_custom_fields_that_cannot_be_listed(
    data_folder: DataFolder, login: dict[str, str], changes: dict[str, Any], words: str
) -> None:
    sentence = refused(data_folder.run({**login, "table": "tickets", **changes}, action="listFields"))
    assert words in sentence
    assert CANARY not in sentence


@pytest.mark.parametrize(("fault", "words"), [("tickets=403", "tickets"), ("tickets=500", "500")])
def test_custom_fields_of_a_list_that_is_refused_or_broken(
    sandbox: Callable[..., Sandbox], data_folder: DataFolder, fault: str, words: str
) -> None:
    with sandbox("--rows", "5", "--deny", fault) as daktela:
        connection = {"url": daktela.url, "#access_token": daktela.access_token}
        assert words in refused(data_folder.run({**connection, "table": "tickets"}, action="listFields"))


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, "table is missing"),
        ({"table": "tikets"}, "the nearest is 'tickets'"),
        ({"table": "tickets", "output_format": "revolt"}, "columns of the format revolt are fixed"),
    ],
    ids=["none", "wrong", "fixed"],
)
def test_columns_that_cannot_be_listed(data_folder: DataFolder, parameters: dict[str, str], words: str) -> None:
    assert words in refused(data_folder.run(parameters, action="listFields"))


def test_the_period_is_shown_in_the_instances_time(data_folder: DataFolder, login: dict[str, str]) -> None:
    found = answer(data_folder.run({**login, "from": "-7", "continue_since_last_run": "1"}, action="previewWindow"))
    assert (found["type"], found["status"]) == ("info", "success")
    assert found["message"].startswith("From 2024-10-29 00:00:00 to 2024-11-05 12:30:00 (Europe/Prague).")
    assert "continue where the last run ended" in found["message"]


def test_the_period_that_is_shown_is_the_one_that_is_read(data_folder: DataFolder, login: dict[str, str]) -> None:
    dates = {"from": "2024-11-01", "to": "2031-01-01"}
    found = answer(data_folder.run({**login, **dates, "settle_minutes": 60}, action="previewWindow"))["message"]
    assert found.startswith("From 2024-11-01 00:00:00 to 2024-11-05 12:00:00 (Europe/Prague).")
    assert "Reading ends 60 minutes (settle_minutes) before now, although to ('2031-01-01') is later." in found


@pytest.mark.parametrize("action", ["previewWindow", "run"])
def test_a_period_without_time_in_it_is_refused(data_folder: DataFolder, login: dict[str, str], action: str) -> None:
    for begin, end, words in (
        ("today", "-7", "from ('today') must be before to ('-7'): from is 2024-11-05 12:30:00"),
        ("2030-01-01", "2031-01-01", "from ('2030-01-01') must be before now minus settle_minutes: from is 2030-01-01"),
    ):
        run = data_folder.run({**login, "from": begin, "to": end, "tables": "users"}, action=action)
        assert (run.returncode, run.files, run.state) == (1, [], None)
        assert run.stderr.startswith(words)


def test_an_action_that_does_not_exist_is_told(data_folder: DataFolder, login: dict[str, str]) -> None:
    assert "there is no 'dropTables'" in refused(data_folder.run(login, action="dropTables"))
