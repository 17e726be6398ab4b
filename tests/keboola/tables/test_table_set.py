"""Finished tables, made of files as the target writes them."""

from __future__ import annotations

import csv
import errno
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.errors import ApplicationError, UserError
from tap_daktela.keboola.job import Job, TableRequest
from tap_daktela.keboola.pipe.tee import Passed
from tap_daktela.keboola.tables.formats import table_specs
from tap_daktela.keboola.tables.publish import publish
from tap_daktela.keboola.tables.table_set import FinishedTable, TableSet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_daktela.keboola.tables.table_spec import TableSpec

KNOWN = entries(STREAMS)


def plan(stream: str, *fields: str, **options: Any) -> TableSpec:
    """Return the plan of one stream's table."""
    request = TableRequest(stream, stream, fields or None)
    [spec] = table_specs(Job({}, (request,), "acme", **options), KNOWN)
    return spec


class Workshop:
    """Takes rows as the target has them, and gives finished ones."""

    def __init__(self, folder: Path) -> None:
        self.raw, self.done = folder / "raw", folder / "done"
        self.raw.mkdir()
        self.done.mkdir()
        self.passed: dict[str, Passed] = {}

    def take(self, stream: str, rows: list[dict[str, str]], columns: list[str] | None = None) -> None:
        """Write a file as the target does."""
        names = columns or list(rows[0])
        with (self.raw / f"{stream}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
        self.passed[stream] = Passed(tuple(names), rows=len(rows))

    def finish(
        self,
        spec: TableSpec,
        remembered: Mapping[str, list[str]] | None = None,
        defined: Mapping[str, list[str]] | None = None,
    ) -> list[dict[str, str]]:
        """Return the rows of the finished table; its header is in `header`."""
        tables = TableSet("acme", self.raw, self.done, [spec], remembered or {}, defined=defined or {})
        table = tables.finish(spec, self.passed)
        self.table = table
        with table.file.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            self.header = next(reader)
            rows = [dict(zip(self.header, row, strict=True)) for row in reader]
        assert self.header == table.spec.column_names
        assert len(rows) == table.rows
        return rows


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def filled(spec: TableSpec, **values: str) -> dict[str, str]:
    """Return a row of the stream that a table is made of, empty but for `values`."""
    assert set(values) <= spec.reads
    return {
        column.name: values.get(column.name, "")
        for column in KNOWN[spec.stream or ""].columns
        if column.name in spec.reads
    }


def test_a_row_gets_server_id_and_prefixed_keys(workshop: Workshop) -> None:
    spec = plan("activities_call")
    rows = [
        filled(
            spec,
            id_call="t1",
            queue_name="5",
            answered="True",
            clid="=1+1",
            missed_call_time="2024-01-01 00:00:00",
        ),
        filled(spec, id_call="t2", answered="False"),
        filled(spec, id_call="t3"),
    ]
    workshop.take("activities_call", rows)
    first, second, third = workshop.finish(spec)
    assert workshop.header[:3] == ["server", "id", "id_call"]
    assert first["server"] == "acme"
    assert first["id"] == "9d59664e3dfb04d4d21934aa02478fc4"
    assert first["id_call"] == "acme_t1"
    assert first["queue_name"] == "acme_5"
    assert (second["queue_name"], second["activities_name"]) == ("", "")
    assert [row["answered"] for row in (first, second, third)] == ["true", "false", ""]
    assert first["clid"] == "=1+1"
    assert first["missed_call_time"] == "2024-01-01 00:00:00"


def test_the_columns_do_not_depend_on_the_rows(workshop: Workshop) -> None:
    spec = plan("tickets_statuses")
    workshop.take("tickets_statuses", [], list(filled(spec)))
    assert workshop.finish(spec) == []
    assert workshop.header == ["server", "id", "ticket_name", "status_name", "status_title", "edited"]


def test_only_chosen_fields_and_the_key_are_columns() -> None:
    spec = plan("users", "email")
    assert spec.column_names == ["server", "id", "name", "email"]
    assert spec.reads == {"name", "email"}
    with pytest.raises(UserError, match="users has no field nonsense"):
        plan("users", "nonsense")


def test_a_table_never_loses_a_column(workshop: Workshop) -> None:
    remembered = ["server", "id", "name", "title", "email", "strange"]
    spec = plan("users", "email", remembered_columns={"users": remembered})
    workshop.take("users", [filled(spec, name="joe", email="j@example.com")])
    [row] = workshop.finish(spec, {"users": remembered})
    # What is declared keeps its place; what nobody knows any more comes last.
    assert workshop.header == [*remembered[:3], "title", "email", "strange"]
    assert (row["title"], row["email"], row["strange"]) == ("", "j@example.com", "")


def test_custom_fields_become_columns_that_stay(workshop: Workshop) -> None:
    spec = plan("contacts", "title", "custom_fields")
    rows = [
        filled(spec, name="a", custom_fields='{"number":["1","2"],"Město":["Brno"],"empty":[],"null":[null]}'),
        filled(spec, name="b", custom_fields='{"mesto":["Praha"],"one":"x"}'),
        filled(spec, name="c", custom_fields="{}"),
        filled(spec, name="d"),
    ]
    workshop.take("contacts", rows)
    first, second, third, fourth = workshop.finish(spec, {"contacts": ["custom_fields_before", "custom_fields_NUMBER"]})
    assert workshop.header[:4] == ["server", "id", "name", "title"]
    assert "custom_fields_NUMBER" not in workshop.header
    extra = [name for name in workshop.header if name.startswith("custom_fields_")]
    assert extra == sorted(extra)
    assert {"custom_fields_before", "custom_fields_empty", "custom_fields_mesto", "custom_fields_number"} <= set(extra)
    assert first["custom_fields_number"] == '["1","2"]'
    assert first["custom_fields_empty"] == first["custom_fields_null"] == first["custom_fields_before"] == ""
    # Two fields that the platform would give the same name.
    assert second["custom_fields_mesto"] == "Praha"
    [other] = [name for name in extra if first[name] == "Brno"]
    assert other.startswith("custom_fields_Mesto_")
    assert second["custom_fields_one"] == "x"
    for row in (third, fourth):
        assert not any(row[name] for name in extra)


def test_custom_fields_of_the_instance_are_columns_without_a_row(workshop: Workshop) -> None:
    defined = {"contacts": ["order_id", "Město", "mesto"], "tickets": ["other"]}
    headers = []
    for rows in ([], [filled(plan("contacts"), name="a", custom_fields='{"mesto":["Praha"]}')]):
        workshop.take("contacts", rows, list(filled(plan("contacts"))))
        workshop.finish(plan("contacts"), defined=defined)
        headers.append(workshop.header)
    assert headers[0] == headers[1]
    assert {"custom_fields_order_id", "custom_fields_mesto"} <= set(headers[0])
    assert len([name for name in headers[0] if name.startswith("custom_fields_")]) == 3
    workshop.take("contacts", [], list(filled(plan("contacts", "title"))))
    workshop.finish(plan("contacts", "title"), defined=defined)
    assert workshop.header == ["server", "id", "name", "title", "edited"]


def test_a_declared_column_gives_way_to_ours(workshop: Workshop) -> None:
    spec = plan("recordings")
    workshop.take("recordings", [filled(spec, name="r", id="17")])
    [row] = workshop.finish(spec)
    assert row["daktela_id"] == "17"
    assert len(row["id"]) == 32


def test_rows_without_a_key_of_their_own_are_told_apart_by_content(workshop: Workshop) -> None:
    spec = plan("contacts_snapshots")
    rows = [filled(spec, time="2024-01-01 00:00:00", title=title) for title in ("a", "b", "a")]
    workshop.take("contacts_snapshots", rows)
    ids = [row["id"] for row in workshop.finish(spec)]
    assert ids[0] == ids[2] != ids[1]


def test_html_is_only_touched_when_asked_and_never_in_keys(workshop: Workshop) -> None:
    for strip, text in ((False, "<p>a &amp; <b@c></p>"), (True, "a & <b@c>")):
        spec = plan("activities_email", strip_html=strip)
        workshop.take(
            "activities_email",
            [filled(spec, name="<p>k</p>", text="<p>a &amp; <b@c></p>", attachments='["<p>"]')],
        )
        [row] = workshop.finish(spec)
        assert row["text"] == text
        assert row["name"] == "acme_<p>k</p>"
        assert row["attachments"] == '["<p>"]'


def test_html_in_columns_of_custom_fields_is_text_too(workshop: Workshop) -> None:
    fields = r'{"one":["<p>a&nbsp;b</p>"],"two":["<i>&quot;x&quot;</i>","y"],"number":7,"empty":[""]}'
    for strip, one, two in (
        (False, "<p>a&nbsp;b</p>", r'["<i>&quot;x&quot;</i>","y"]'),
        (True, "a b", r'["\"x\"","y"]'),
    ):
        spec = plan("contacts", strip_html=strip)
        workshop.take("contacts", [filled(spec, name="a", custom_fields=fields)])
        [row] = workshop.finish(spec)
        assert (row["custom_fields_one"], row["custom_fields_two"]) == (one, two)
        assert (row["custom_fields_number"], row["custom_fields_empty"]) == ("7", "")
        # The object itself stays as it is.
        assert row["custom_fields"] == fields


def test_a_row_whose_key_is_missing_is_never_written(workshop: Workshop) -> None:
    spec = plan("users")
    workshop.take("users", [filled(spec, title="nobody")])
    with pytest.raises(ApplicationError, match="users: a row came without its key"):
        workshop.finish(spec)


@pytest.mark.parametrize("difference", [-1, 1])
def test_rows_in_must_be_rows_out(workshop: Workshop, difference: int) -> None:
    spec = plan("users")
    workshop.take("users", [filled(spec, name="a"), filled(spec, name="b")])
    workshop.passed["users"].rows += difference
    with pytest.raises(ApplicationError, match=rf"users: {2 + difference} rows went into the target and 2 came out"):
        workshop.finish(spec)


def test_a_file_that_is_not_what_was_sent_is_refused(workshop: Workshop) -> None:
    spec = plan("users")
    with pytest.raises(ApplicationError, match="the tap has not sent it"):
        workshop.finish(spec)
    workshop.take("users", [filled(spec, name="a")])
    path = workshop.raw / "users.csv"
    good = path.read_text(encoding="utf-8")
    path.write_text(good + "short,row\r\n", encoding="utf-8")
    with pytest.raises(ApplicationError, match="does not fit its header"):
        workshop.finish(spec)
    path.write_text(good + '"never closed', encoding="utf-8")
    with pytest.raises(ApplicationError, match="cannot be read"):
        workshop.finish(spec)
    path.write_text(good.replace("title", "other", 1), encoding="utf-8")
    with pytest.raises(ApplicationError, match="has no column title"):
        workshop.finish(spec)
    workshop.passed["users"] = replace(workshop.passed["users"], columns=("name", "title"))
    path.write_text(good, encoding="utf-8")
    with pytest.raises(ApplicationError, match="other columns"):
        workshop.finish(spec)
    path.unlink()
    with pytest.raises(ApplicationError, match="has not written its file"):
        workshop.finish(spec)


# --- into the output folder -----------------------------------------------------------------------------------------


def finished(workshop: Workshop, *streams: str) -> list[FinishedTable]:
    """Return small finished tables."""
    tables = []
    for stream in streams:
        spec = plan(stream)
        workshop.take(stream, [filled(spec, name="a")])
        workshop.finish(spec)
        tables.append(workshop.table)
    return tables


def test_tables_and_manifests_arrive_together(workshop: Workshop, tmp_path: Path) -> None:
    out = tmp_path / "tables"
    out.mkdir()
    publish(finished(workshop, "users", "queues"), out, incremental=True, native_types=False)
    names = sorted(path.name for path in out.iterdir())
    assert names == [
        "acme_queues.csv", "acme_queues.csv.manifest", "acme_users.csv", "acme_users.csv.manifest",
    ]  # fmt: skip
    assert not list(workshop.done.iterdir())


def test_another_file_system_makes_no_difference(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(Path, "replace", refuse)
    out = tmp_path / "tables"
    out.mkdir()
    [table] = finished(workshop, "users")
    content = table.file.read_bytes()
    publish([table], out, incremental=True, native_types=True)
    assert (out / "acme_users.csv").read_bytes() == content
    assert not list(workshop.done.iterdir())


def test_nothing_is_left_when_one_table_cannot_be_placed(workshop: Workshop, tmp_path: Path) -> None:
    out = tmp_path / "tables"
    out.mkdir()
    # A folder stands where the second table wants to be.
    (out / "acme_queues.csv" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="acme_queues"):
        publish(finished(workshop, "users", "queues"), out, incremental=True, native_types=False)
    assert [path.name for path in out.iterdir()] == ["acme_queues.csv"]
