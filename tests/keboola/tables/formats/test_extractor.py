"""The format `extractor`: the tables that component-ex-daktela documents."""

from __future__ import annotations

import csv
import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.keboola.job import Job, TableRequest
from tap_daktela.keboola.tables.formats import fixed_tables, table_specs
from tap_daktela.keboola.tables.formats.extractor import TABLES, clean
from tap_daktela.keboola.tables.formats.fixed_tables import Source
from tests.helpers.keboola.documented_tables import EXTRACTOR
from tests.helpers.keboola.pipeline_helpers import job, run
from tests.helpers.ledger import requested

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tap_daktela.keboola.tables.table_spec import TableSpec
    from tests.helpers import harness

pytestmark = pytest.mark.unmeasured

KNOWN = entries(STREAMS)


def spec(table: str) -> TableSpec:
    """Return the plan of a table."""
    [one] = table_specs(Job({}, (TableRequest("", table),), "acme", "extractor"), KNOWN)
    return one


def test_all_of_its_tables_are_there() -> None:
    assert fixed_tables("extractor") == tuple(EXTRACTOR)


@pytest.mark.parametrize("table", EXTRACTOR)
def test_columns_come_in_the_documented_order(table: str) -> None:
    columns, keys = EXTRACTOR[table]
    one = spec(table)
    assert one.column_names == ["server", "id", *columns]
    assert {column.name for column in one.columns if column.key} == keys
    assert one.primary_key == ("id",)


def test_what_a_table_is_made_of_exists() -> None:
    for name, table in TABLES.items():
        if table.stream is not None:
            # A source that is written down and missing would be a column that is empty by mistake.
            columns = {column.name for column in KNOWN[table.stream].columns}
            sources = [source if isinstance(source, Source) else Source(source) for source in table.sources.values()]
            written = {source.path.partition(".")[0] for source in sources}
            written |= {source.when[0] for source in sources if source.when}
            assert written | set(table.hashed) <= columns, name


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("<p>Hello <b>you</b> &amp; me</p>", "Hello you &amp; me"),
        ("  x \n", "x"),
        ("a <john@example.com> b", "a  b"),
        ("<p\n>", "<p\n>"),
        ("<br>", ""),
        ("a < b", "a < b"),
    ],
)
def test_html_is_cleaned_as_it_was(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def rows_of(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"acme_{table}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_table_comes_out_of_an_instance(
    sandbox: Callable[..., harness.Sandbox], target_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_CSV", str(target_csv))
    with sandbox("--rows", "60") as daktela:
        daktela.settle()
        outcome = run(job(daktela, *EXTRACTOR, output_format="extractor", incremental=True), tmp_path)
        ledger = daktela.ledger()
    for table, definition in TABLES.items():
        rows = rows_of(tmp_path, table)
        assert len(rows) == outcome.rows[table]
        assert len({row["id"] for row in rows}) == len(rows), table
        if definition.stream is None:
            assert rows == []
            continue
        endpoint = KNOWN[definition.stream].stream.endpoint
        if KNOWN[definition.stream].derived is None:
            key = "activities_name" if table == "activities" else "name"
            assert {row[key] for row in rows} == {f"acme_{name}" for name in ledger[endpoint]["rows"]}, table
            # The id is made of what is shown.
            assert all(row["id"] == hashlib.md5(row[key].encode()).hexdigest() for row in rows)  # noqa: S324 - the older component's ids
        for row in rows:
            assert row["server"] == "acme"
            assert all(row[name] == "" or row[name].startswith("acme_") for name in definition.keys if name in row)


def test_cells_are_written_as_they_were(
    daktela: harness.Sandbox, target_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_CSV", str(target_csv))
    run(job(daktela, "templates", "contacts", "emails", output_format="extractor"), tmp_path)
    templates = rows_of(tmp_path, "templates")
    assert any(row["body"] for row in templates)
    assert not any("<p>" in row["body"] for row in templates)
    contacts = rows_of(tmp_path, "contacts")
    # E-mail addresses and phone numbers are custom fields of Daktela's contacts.
    assert any("@" in row["email"] for row in contacts)
    assert any(row["phone"] for row in contacts)
    assert not any(row["mobile"] for row in contacts)


def test_columns_that_daktela_has_under_another_name_are_filled(
    sandbox: Callable[..., harness.Sandbox],
    run_tap: Callable[..., harness.TapRun],
    target_csv: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TARGET_CSV", str(target_csv))
    tables = ("activities", "calls", "activities_call", "emails", "activities_email", "sms", "activities_sms")
    daktela = sandbox("--rows", "500")
    work = job(daktela, *tables, "records", "schedules", output_format="extractor")
    run(work, tmp_path)
    streams = ["activities_call", "activities_email", "activities_sms", "campaigns_records", "activities", "timegroups"]
    told = run_tap({**work.tap_config, "streams": streams})

    def records(stream: str) -> dict[str, dict[str, Any]]:
        return {f"acme_{record[told.key(stream)[0]]}": record for record in told.records(stream)}

    calls = records("activities_call")
    for row in rows_of(tmp_path, "calls") + rows_of(tmp_path, "activities_call"):
        assert row["disposition"] == (calls[row["name"]]["disposition_cause"] or "")
    for table, stream, party in (("email", "activities_email", "address"), ("sms", "activities_sms", "sender")):
        found = records(stream)
        sides = set()
        for row in rows_of(tmp_path, f"activities_{table}") + rows_of(tmp_path, table.replace("email", "emails")):
            record = found[row["name"]]
            side = {"in": "from", "out": "to"}.get(record["direction"].lower(), "")
            assert {name: row[name] for name in ("from", "to")} == {
                "from": "",
                "to": "",
                **({side: record[party] or ""} if side else {}),
            }
            sides.add(side)
        assert {"from", "to"} <= sides
    found = records("campaigns_records")
    for row in rows_of(tmp_path, "records"):
        statuses = found[row["name"]]["statuses"]
        assert row["status"] == (statuses[0]["title"] if statuses else "")
    kinds = set()
    found = records("activities")
    for row in rows_of(tmp_path, "activities"):
        record = found[row["activities_name"]]
        call = calls.get(f"acme_{record['item_name']}") if record["type"] == "CALL" else None
        if call:
            kinds.add("call")
            names = ("direction", "clid", "did")
            assert [row[name] for name in ("call_name", *names)] == [
                call["id_call"],
                *(call[name] or "" for name in names),
            ]
        else:
            kinds.add(bool(row["direction"]))
            assert (row["call_name"], row["clid"], row["did"]) == ("", "", "")
    assert kinds == {"call", True, False}
    assert any(row["rules"].startswith("[") for row in rows_of(tmp_path, "schedules"))


def test_of_the_item_only_what_is_written_is_asked_for(
    sandbox: Callable[..., harness.Sandbox], target_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_CSV", str(target_csv))
    with sandbox("--rows", "30") as daktela:
        run(job(daktela, "activities", output_format="extractor"), tmp_path)
        queries = [parse_qsl(one["query"]) for one in requested(daktela) if one["path"].endswith("/activities.json")]
    fields = {value for query in queries for name, value in query if name.startswith("fields")}
    assert {field for field in fields if field.startswith("item")} == {
        f"item.{name}" for name in ("id_call", "name", "direction", "clid", "did")
    }
