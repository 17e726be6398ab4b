"""The format `json`: each record whole in one column."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tap_daktela.keboola.job import TableRequest
from tests.helpers.keboola.pipeline_helpers import job, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers import harness

pytestmark = pytest.mark.unmeasured

STREAMS = ("tickets", "contacts", "activities_statuses", "contacts_snapshots")


def test_records_arrive_whole(
    daktela: harness.Sandbox,
    run_tap: Callable[..., harness.TapRun],
    target_csv: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TARGET_CSV", str(target_csv))
    work = job(daktela, *STREAMS, output_format="json")
    outcome = run(work, tmp_path)
    tap = run_tap({**work.tap_config, "streams": ",".join(STREAMS)})
    assert outcome.state == tap.last_state
    for stream in STREAMS:
        with (tmp_path / f"acme_{stream}.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        records, key = tap.records(stream), tap.key(stream)
        assert outcome.columns[stream] == ["server", "id", *key, "data"]
        # Numbers, nulls, lists: all as Daktela has them, and not as a CSV file would.
        assert [json.loads(row["data"]) for row in rows] == records
        for row, record in zip(rows, records, strict=True):
            assert [row[name] for name in key] == [f"acme_{record[name]}" for name in key]
            assert row["server"] == "acme"
        assert len({row["id"] for row in rows}) == len(rows)


def test_an_activity_holds_its_item(
    daktela: harness.Sandbox, target_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_CSV", str(target_csv))
    run(job(daktela, "activities", "activities_call", output_format="json"), tmp_path)
    found = {}
    for table in ("activities", "activities_call"):
        with (tmp_path / f"acme_{table}.csv").open(newline="", encoding="utf-8") as file:
            found[table] = [json.loads(row["data"]) for row in csv.DictReader(file)]
    calls = {call["id_call"]: call for call in found["activities_call"]}
    items = [row["item"] for row in found["activities"] if row["type"] == "CALL" and row["item_name"]]
    assert items
    for item in items:
        call = calls[item["id_call"]]
        assert {"call_time", "direction", "clid"} <= set(item)
        assert {name: call[name] for name in item} == item
    [chosen] = [TableRequest("activities", "activities", ("title",))]
    run(replace(job(daktela, "users", output_format="json"), tables=(chosen,)), tmp_path / "chosen")
    with (tmp_path / "chosen/acme_activities.csv").open(newline="", encoding="utf-8") as file:
        assert {tuple(json.loads(row["data"])) for row in csv.DictReader(file)} == {("name", "title", "time")}


def test_ids_are_those_of_the_format_table(
    daktela: harness.Sandbox, target_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_CSV", str(target_csv))
    ids = []
    for output_format in ("json", "table"):
        run(job(daktela, "tickets", "tickets_custom_fields", output_format=output_format), tmp_path)
        for table in ("tickets", "tickets_custom_fields"):
            with (tmp_path / f"acme_{table}.csv").open(newline="", encoding="utf-8") as file:
                ids.append([row["id"] for row in csv.DictReader(file)])
    assert ids[:2] == ids[2:]


def test_html_is_taken_out_of_the_record_when_asked(
    daktela: harness.Sandbox, target_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_CSV", str(target_csv))
    found = {}
    for strip in (False, True):
        run(job(daktela, "templates", output_format="json", strip_html=strip), tmp_path)
        with (tmp_path / "acme_templates.csv").open(newline="", encoding="utf-8") as file:
            found[strip] = [json.loads(row["data"]) for row in csv.DictReader(file)]
    assert any("<p>" in record["content"] for record in found[False])
    assert not any("<p>" in record["content"] for record in found[True])
    for before, after in zip(found[False], found[True], strict=True):
        assert {**before, "content": None} == {**after, "content": None}


def test_html_is_taken_out_whatever_name_of_the_stream_asks_for_it(
    daktela: harness.Sandbox, target_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_CSV", str(target_csv))
    requests = (TableRequest("templates", "first", ("content",)), TableRequest("templates", "second", ("title",)))
    work = replace(job(daktela, "templates", output_format="json", strip_html=True), tables=requests)
    run(work, tmp_path)
    assert "<p>" not in (tmp_path / "acme_first.csv").read_text(encoding="utf-8")
