"""The format `revolt`: the tables of the extractor of 2018."""

from __future__ import annotations

import csv
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.keboola.job import Job, TableRequest
from tap_daktela.keboola.tables.formats import fixed_tables, table_specs
from tap_daktela.keboola.tables.formats.revolt import TABLES
from tap_daktela.keboola.tables.rows import RowFinisher
from tests.helpers import harness
from tests.helpers.keboola.documented_tables import REVOLT
from tests.helpers.keboola.pipeline_helpers import job, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.unmeasured

KNOWN = entries(STREAMS)


# Columns that no server of today sends, and for which there is nothing else.
EMPTY = {
    "users": {"algo"},
    "activities": {
        "record_customFields_hodnoceni", "record_customFields_operator", "record_customFields_id_hovoru", "status",
    },
}  # fmt: skip


def test_all_of_its_tables_are_there() -> None:
    assert fixed_tables("revolt") == tuple(REVOLT)


@pytest.mark.parametrize("table", REVOLT)
def test_columns_keys_and_order(table: str) -> None:
    columns, keys, primary = REVOLT[table]
    [spec] = table_specs(Job({}, (TableRequest("", table),), "acme", "revolt"), KNOWN)
    assert spec.column_names == columns
    assert {cell.name for cell in spec.columns if cell.key} == keys
    assert list(spec.primary_key) == primary
    assert {cell.name for cell in spec.columns if cell.source is None} == EMPTY.get(table, set())


@pytest.fixture(scope="module")
def world(sandbox: Callable[..., harness.Sandbox]) -> harness.Sandbox:
    """Give an instance that is large enough to have orphans of every kind."""
    return sandbox("--rows", "500")


@pytest.fixture(scope="module")
def tables(
    world: harness.Sandbox, target_csv: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[dict[str, str]]]:
    """Give the rows of all tables; `dropped` and `manifests` of the run beside them."""
    out = tmp_path_factory.mktemp("revolt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TARGET_CSV", str(target_csv))
        # The period is of the last day only: it does not matter for what was always read whole.
        settings = {"end_date": "2024-11-05T11:00:00Z"}
        outcome = run(job(world, *REVOLT, output_format="revolt", settings=settings), out)
    found: dict[str, Any] = {"dropped": outcome.dropped, "rows": outcome.rows, "manifests": {}}
    for path in out.glob("*.csv"):
        name = path.stem.removeprefix("acme_")
        with path.open(newline="", encoding="utf-8") as file:
            found[name] = list(csv.DictReader(file))
        found["manifests"][name] = json.loads(path.with_name(f"{path.name}.manifest").read_text(encoding="utf-8"))
    return found


def test_there_is_a_file_for_each_table_and_the_log(tables: dict[str, Any]) -> None:
    assert set(tables["manifests"]) == {*REVOLT, "log"}
    for name, (_, _, primary) in REVOLT.items():
        assert tables["manifests"][name]["primary_key"] == primary


def test_orphans_are_left_out_and_counted(
    tables: dict[str, Any], world: harness.Sandbox, run_tap: Callable[..., harness.TapRun]
) -> None:
    streams = "activities,activities_call,activities_email,activities_web"
    settings = {**world.login, "start_date": harness.BEGINNING, "end_date": "2024-11-05T11:00:00Z"}
    run = run_tap({**settings, "nested": "json", "streams": streams})
    channels = {"CALL", "EMAIL", "CHAT", "SMS", "FBM", "IGDM", "WAP", "VBR"}
    orphans = {r["name"] for r in run.records("activities") if r["type"] in channels and r["item_name"] is None}
    assert orphans
    names = {row["name"] for row in tables["activities"]}
    assert names == {f"acme_{record['name']}" for record in run.records("activities")} - {f"acme_{o}" for o in orphans}
    for table, definition in TABLES.items():
        if table.startswith("activities") and table != "activities":
            alone = [r for r in run.records(definition.stream or "") if not r["activities_name"]]
            assert tables["dropped"].get(table, 0) == len(alone), table
            assert len(tables[table]) == len(run.records(definition.stream or "")) - len(alone) > 0, table
    assert sum(tables["dropped"].values()) > 0


def test_items_carry_the_unique_key(tables: dict[str, Any]) -> None:
    for table, key in (
        ("activitiesCall", "item_id_call"),
        ("activitiesEmail", "item_name"),
        ("activitiesChat", "item_name"),
    ):
        for row in tables[table]:
            text = f"{row['activities_name']}-{row[key]}"
            assert row["unique_key"] == hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - the older script's keys
            assert text.startswith("acme_")
            assert row["server"] == "acme"


def test_cells_are_written_as_they_were(tables: dict[str, Any]) -> None:
    assert {row["important"] for row in tables["activities"]} <= {"TRUE", "FALSE", ""}
    assert {row["item_answered"] for row in tables["activitiesCall"]} == {"TRUE", "FALSE"}
    # A missing key is empty: it was `acme_NA` in 2018, and joined nothing either.
    assert "" in {row["ticket_name"] for row in tables["activities"]}
    assert any("<p>" in row["item_text"] for row in tables["activitiesEmail"])


def test_the_log_tells_every_table(tables: dict[str, Any], world: harness.Sandbox) -> None:
    assert tables["manifests"]["log"]["primary_key"] == ["date", "endpoint"]
    assert [row["endpoint"] for row in tables["log"]] == list(REVOLT)
    for row in tables["log"]:
        read = tables["rows"][row["endpoint"]] + tables["dropped"].get(row["endpoint"], 0)
        assert int(row["exported_records"]) == read
        assert float(row["extraction_time"]) >= 0
        assert row["call"].startswith(f"{world.url}/api/v6/")
        assert row["call"].endswith(".json")
        assert world.password not in row["call"]


def test_what_was_always_read_whole_still_is(
    world: harness.Sandbox, target_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_CSV", str(target_csv))
    settings = {"start_date": "2024-11-05T10:00:00Z"}
    work = job(world, "accounts", "tickets", output_format="revolt", settings=settings)
    first = run(work, tmp_path / "first")
    # The last half hour is left for the next run.
    rested = [row for row in world.ledger()["accounts"]["rows"].values() if row["edited"] < "2024-11-05 12:30:00"]
    assert first.rows["accounts"] == len(rested)
    assert first.rows["tickets"] < len(world.ledger()["tickets"]["rows"])
    again = job(world, "accounts", output_format="revolt", settings=settings, tap_state=first.state)
    assert run(again, tmp_path / "again").rows == {"accounts": first.rows["accounts"]}


def test_the_status_of_an_activity_is_its_first(
    tables: dict[str, Any], world: harness.Sandbox, run_tap: Callable[..., harness.TapRun]
) -> None:
    settings = {**world.login, "start_date": harness.BEGINNING, "end_date": "2024-11-05T11:00:00Z"}
    told = run_tap({**settings, "streams": ["activities"]}).records("activities")
    first = {f"acme_{record['name']}": record["statuses"] for record in told}
    expected = {name: f"acme_{statuses[0]['name']}" if statuses else "" for name, statuses in first.items()}
    found = {row["name"]: row["status_name"] for row in tables["activities"]}
    assert found == {name: expected[name] for name in found}
    assert {bool(status) for status in found.values()} == {True, False}


def test_old_servers_send_one_status() -> None:
    spec = table_specs(Job({}, (TableRequest("", "activities"),), "acme", "revolt"), KNOWN)[0]
    header = sorted(spec.reads)
    rows = [
        dict.fromkeys(header, "") | {"name": "a", **cells}
        for cells in (
            {"status_name": "old"},
            {"status_name": "old", "statuses": '[{"name":"new","title":"N"}]'},
            {"statuses": "[]"},
            {"statuses": '[null,{"name":"second","title":null}]'},
            {},
        )
    ]
    finisher = RowFinisher(spec, header, "acme")
    place = spec.column_names.index("status_name")
    found = [row[place] for row in finisher.finish([list(row.values()) for row in rows])]
    assert found == ["acme_old", "acme_new", "", "acme_second", ""]
