"""`--list`: the streams of an instance as a table."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import ALL_STREAMS
from tests.helpers.cli_output import NOBODY, refused, tap
from tests.helpers.harness import run_tap, select
from tests.helpers.ledger import PRAGUE, accounts, requested

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import tzinfo
    from pathlib import Path

    from tests.helpers.harness import Sandbox, TapRun

pytestmark = pytest.mark.unmeasured

KNOWN = entries(ALL_STREAMS)


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., Sandbox]) -> Iterator[Sandbox]:
    with sandbox("--rows", "30", "--deny", "contacts=403", "--deny", "pauses=404") as running:
        yield running


def newest_edited(daktela: Sandbox, zone: tzinfo) -> str:
    """Return when the last ticket was edited, as the clock of `zone` shows it."""
    text = max(row["edited"] for row in accounts(daktela)["tickets"]["rows"].values())
    moment = datetime.fromisoformat(text).replace(tzinfo=PRAGUE).astimezone(zone)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ" if zone is timezone.utc else "%Y-%m-%d %H:%M:%S")


def rows(run: TapRun) -> dict[str, list[str]]:
    """Return the cells of the table that a run wrote, by stream."""
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert lines[0].split("  ")[0] == "stream"
    assert max(map(len, lines)) <= 100
    return {line.split()[0]: line.split()[1:] for line in lines[2:]}


@pytest.fixture(scope="module")
def everything(daktela: Sandbox) -> TapRun:
    daktela.control("reset-requests")
    return run_tap(daktela.login, "--list")


def test_every_stream_is_listed(daktela: Sandbox, everything: TapRun) -> None:
    found = rows(everything)
    assert list(found) == list(KNOWN)
    truth = accounts(daktela)
    counted = {name: cells[0] for name, cells in found.items() if name in truth and "no" not in cells}
    assert {"tickets", "users", "activities_call"} <= set(counted)
    assert counted == {name: f"{len(truth[name]['rows']):,}" for name in counted}
    assert found["tickets"][1:] == [newest_edited(daktela, timezone.utc), "may", "be", "read", "yes"]
    assert found["tickets_statuses"] == ["?", "with", "tickets", "yes"]
    assert found["users"][1:] == ["may", "be", "read", "yes"]
    assert found["contacts"] == ["?", "?", "no", "right", "(403)"]
    assert found["contacts_custom_fields"] == ["?", "no", "right", "(403)"]
    assert found["pauses"] == ["?", "no", "such", "list", "(404)"]
    assert "CRITICAL" not in everything.stderr


def test_a_list_is_one_small_request_for_each_stream(daktela: Sandbox, everything: TapRun) -> None:
    assert everything.returncode == 0
    asked = [one for one in requested(daktela) if "login" not in one["path"] and "whoim" not in one["path"]]
    endpoints = {one["path"] for one in asked}
    # A list that is empty in an order is asked for once more without it.
    assert len(asked) <= len(endpoints) + sum(cells[0] == "0" for cells in rows(everything).values())
    assert all(one["query"].endswith("skip=0&take=1") for one in asked)


def test_the_wall_clock_of_the_instance(daktela: Sandbox) -> None:
    found = rows(run_tap({**daktela.login, "timestamps": "local"}, "--list", "--streams", "tickets"))
    assert list(found) == ["tickets"]
    assert " ".join(found["tickets"][1:3]) == newest_edited(daktela, PRAGUE)


def test_only_what_is_chosen_is_listed(daktela: Sandbox) -> None:
    catalog = json.loads(run_tap({}, "--discover").stdout)
    run = run_tap(daktela.login, "--list", catalog=select(catalog, "users", "contacts_custom_fields"))
    assert list(rows(run)) == ["contacts_custom_fields", "users"]


@pytest.mark.parametrize("other", ["--discover", "--test"])
def test_a_list_stands_alone(tmp_path: Path, other: str) -> None:
    said = refused(tap("--list", other), "arguments: ", "list", other.strip("-"))
    assert "are two verbs" in said
    run = run_tap(NOBODY, "--list", "--report", str(tmp_path / "report.json"))
    refused(run, "--report is an option of sync, not of list")


def test_what_is_wrong_is_no_table(daktela: Sandbox) -> None:
    cases: list[tuple[dict[str, Any], list[str], str]] = [
        ({**daktela.login, "password": "wrong"}, [], "refuses username and password"),
        ({"url": "http://127.0.0.1:9", "access_token": "t", "max_retries": 0}, [], "127.0.0.1:9"),
        ({"url": daktela.url}, [], "access_token is missing"),
        (daktela.login, ["--streams", "tickts"], "the nearest is 'tickets'"),
    ]
    for config, arguments, words in cases:
        run = run_tap(config, "--list", *arguments)
        refused(run, words)
        assert run.stdout == ""
    refused(tap("--list"), "--config is missing")
