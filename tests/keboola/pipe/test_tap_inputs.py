"""What the tap is told to read."""

from __future__ import annotations

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.selection import from_catalog
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.keboola.job import Job, TableRequest
from tap_daktela.keboola.pipe import tap_inputs
from tap_daktela.keboola.tables.formats import table_specs

KNOWN = entries(STREAMS)


def job(*tables: TableRequest, **options: object) -> Job:
    """Return a job without an instance."""
    return Job(tap_config=options, tables=tables, server="acme")


def test_only_what_the_tables_need_is_selected() -> None:
    work = job(TableRequest("users", "agents", ("email",)), TableRequest("tickets", "tickets"))
    chosen, stale = from_catalog(tap_inputs.catalog(table_specs(work, KNOWN), KNOWN), KNOWN)
    columns = {one.entry.name: [column.name for column in one.columns] for one in chosen}
    assert columns.keys() == {"users", "tickets"}
    assert columns["users"] == ["name", "email"]
    assert columns["tickets"] == [column.name for column in KNOWN["tickets"].columns if column.selected]
    assert stale.fields == stale.streams == ()


def test_two_tables_of_one_stream_are_read_once() -> None:
    calls = TableRequest("", "calls"), TableRequest("", "activities_call")
    work = Job({}, calls, "acme", "extractor")
    [chosen], _ = from_catalog(tap_inputs.catalog(table_specs(work, KNOWN), KNOWN), KNOWN)
    assert {"queue_name", "clid"} <= {column.name for column in chosen.columns}


def test_batches_are_small_where_rows_are_long() -> None:
    def batch(stream: str, *fields: str) -> int:
        work = job(TableRequest(stream, stream, fields or None))
        return tap_inputs.batch_rows(table_specs(work, KNOWN), KNOWN)

    assert batch("activities_email") < batch("activities_call") == batch("activities_email", "title") < 1000


def test_the_pipe_decides_over_what_it_depends_on() -> None:
    work = job(TableRequest("users", "users"), streams="x", nested="native", emit_activate_version_messages=True)
    settings = tap_inputs.settings(work)
    assert settings["nested"] == "json"
    assert settings["emit_activate_version_messages"] is False
    # The catalog says what to read; beside it the setting would only be misleading.
    assert "streams" not in settings


def test_the_state_is_that_of_the_job_but_for_what_is_always_read_whole() -> None:
    state = {
        "bookmarks": {"tickets": {"edited": "2024-01-01T00:00:00Z"}, "accounts": {"edited": "2024-01-01T00:00:00Z"}}
    }
    tables = TableRequest("", "tickets"), TableRequest("", "accounts")
    work = Job({}, tables, "acme", "revolt", tap_state=state)
    begin = tap_inputs.state(work, table_specs(work, KNOWN), KNOWN)
    assert begin["bookmarks"]["tickets"] == state["bookmarks"]["tickets"]
    assert set(begin["bookmarks"]["accounts"]) == {"edited", "created"}
    assert max(begin["bookmarks"]["accounts"].values()) < "2001"
    # What was handed over stays as it was; the platform may have made a list of an empty object.
    assert state["bookmarks"]["accounts"] == {"edited": "2024-01-01T00:00:00Z"}
    assert tap_inputs.state(
        Job({}, tables, "acme", "revolt", tap_state={"bookmarks": []}), table_specs(work, KNOWN), KNOWN
    )
