"""Parameters, clock and stored state made into a job: the settings of the tap, and when its bookmarks are valid."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tap_daktela.daktela.instance import Instance
from tap_daktela.errors import ConfigError
from tap_daktela.keboola.config.parameters import Parameters
from tap_daktela.keboola.job import Outcome
from tap_daktela.keboola.preparation import PreparedRun, prepare, streams_with_custom_fields
from tap_daktela.keboola.state import StoredState

NOON = datetime(2024, 11, 5, 12, tzinfo=timezone.utc)
INSTANCE = Instance(NOON, NOON, ZoneInfo("Europe/Prague"), "6.20", "keboola", read=0, read_at=NOON)
MINIMUM = {"server": "acme", "#access_token": "abc", "from": "2024-11-01", "tables": "tickets, records"}
MARK = {"edited": "2024-11-04T00:00:00Z", "created": "2024-11-04T00:00:00Z"}
DEFINED = {"tickets": ["order_id"]}
FILTER = {"field": "stage", "operator": "eq", "value": "OPEN"}


def prepared(stored: StoredState | None = None, **changes: Any) -> PreparedRun:
    """Return the run of a configuration."""
    return prepare(
        Parameters.parse({**MINIMUM, **changes}),
        INSTANCE,
        stored or StoredState(),
        native_types=False,
        custom_fields=DEFINED,
    )


def remembered(first: PreparedRun) -> StoredState:
    """Return what is remembered after a run of `first` that read both streams."""
    state = {"bookmarks": {"tickets": MARK, "campaigns_records": MARK}}
    return StoredState().after(first.result(Outcome(state, {}, {"tickets": ["server", "id"]}, {})))


def test_the_tap_is_told_all_that_it_needs() -> None:
    assert prepared().job.tap_config == {
        "url": "https://acme.daktela.com",
        "access_token": "abc",
        "start_date": "2024-10-31T23:00:00Z",
        "end_date": "2024-11-05T11:30:00Z",
        "timestamps": "local",
        "orphans": "keep",
        "settle_minutes": 30,
        "lookback_days": 1,
        "verify_ssl": True,
        "concurrency": 4,
        "page_size": 1000,
        "filters": {},
    }


def test_what_the_user_chose_reaches_the_tap() -> None:
    chosen = {"timestamps": "utc", "orphans": "drop", "settle_minutes": 5, "lookback_days": 3, "timezone": "Asia/Tokyo"}
    rare = {"verify_ssl": False, "page_size": 50, "concurrency": 7}
    assert {name: prepared(advanced=rare).job.tap_config[name] for name in rare} == rare
    options = [{"table": "records", "filter": FILTER}]
    config = prepared(**chosen, backend="sequential", table_options=options).job.tap_config
    assert {name: config[name] for name in chosen} == chosen
    assert config["concurrency"] == 1
    assert config["filters"] == {"campaigns_records": FILTER}
    assert config["end_date"] == "2024-11-05T11:55:00Z"


def test_secrets_are_not_shown_by_a_job() -> None:
    assert "abc" not in repr(prepared())


def test_a_run_that_does_not_continue_begins_without_a_state() -> None:
    stored = remembered(prepared())
    assert prepared(stored).job.tap_state == {}
    assert prepared(stored).job.remembered_columns == {"tickets": ["server", "id"]}


def test_a_run_that_continues_begins_where_the_last_one_ended(caplog: pytest.LogCaptureFixture) -> None:
    stored = remembered(prepared(incremental=True))
    job = prepared(stored, continue_since_last_run=True, incremental=True).job
    assert job.tap_state == {"bookmarks": {"tickets": MARK, "campaigns_records": MARK}}
    assert caplog.messages == []
    prepared(stored, continue_since_last_run=True)
    assert "will hold what is new only" in caplog.text


@pytest.mark.parametrize(
    ("changes", "streams"),
    [
        ({"tables": "tickets"}, {"tickets"}),
        ({"tables": "tickets, campaigns_records"}, {"tickets"}),
        ({"table_options": [{"table": "records", "filter": FILTER}]}, {"tickets"}),
        ({"server": "beta"}, set()),
        ({"url": "https://call.acme.cz"}, set()),
        ({"output_format": "extractor"}, set()),
        ({"output_format": "json"}, set()),
        ({"orphans": "drop"}, set()),
        ({"tables": "Tickets, records"}, {"campaigns_records"}),
    ],
    ids=["fewer tables", "another name", "filter", "server", "url", "format", "json", "orphans", "capital"],
)
def test_bookmarks_count_for_the_same_table_only(changes: dict[str, Any], streams: set[str]) -> None:
    state = prepared(remembered(prepared()), continue_since_last_run=True, incremental=True, **changes).job.tap_state
    assert set(state.get("bookmarks", {})) == streams


@pytest.mark.parametrize(
    ("changes", "streams"),
    [
        ({}, ["tickets", "campaigns_records"]),
        ({"tables": "tickets, queues, contacts_custom_fields"}, ["tickets"]),
        ({"table_options": [{"table": "tickets", "fields": "title"}]}, ["tickets", "campaigns_records"]),
        ({"output_format": "json"}, []),
        (
            {"output_format": "json", "table_options": [{"table": "tickets", "fields": "custom_fields_order_id"}]},
            ["tickets"],
        ),
        ({"output_format": "extractor"}, []),
    ],
    ids=["two", "without any", "not chosen", "json", "json, single", "extractor"],
)
def test_custom_fields_are_looked_up_where_they_become_columns(changes: dict[str, Any], streams: list[str]) -> None:
    assert [stream.name for stream in streams_with_custom_fields(Parameters.parse({**MINIMUM, **changes}))] == streams
    assert prepared(**changes).job.custom_fields == DEFINED


def test_columns_of_another_server_are_of_other_tables() -> None:
    assert prepared(remembered(prepared()), server="beta").job.remembered_columns == {}


def test_a_full_load_that_continues_at_its_end_is_refused() -> None:
    ended = {"edited": "2024-11-05T11:30:00Z", "created": "2024-11-05T11:30:00Z"}
    first = prepared(tables="tickets, calls, users")
    calls = {"call_time": "2024-11-05T11:30:00Z"}
    state = {"bookmarks": {"tickets": ended, "activities_call": calls, "users": {}}}
    stored = StoredState().after(first.result(Outcome(state, {}, {}, {})))
    changes = {"tables": "tickets, calls, users", "continue_since_last_run": True}
    with pytest.raises(
        ConfigError, match=r"^incremental is off, .*: tickets was read up to 2024-11-05 12:30:00 before"
    ):
        prepared(stored, **changes)
    assert prepared(stored, **changes, incremental=True).continued["tickets"] == ended
    assert prepared(stored, **changes | {"tables": "calls, users"}).continued["activities_call"] == calls
    # An axis that looks back begins a day before its mark: at the end of this period.
    with pytest.raises(ConfigError, match=": calls was read up to 2024-11-04 12:00:00 before"):
        prepared(stored, **changes | {"tables": "calls", "to": "2024-11-04 12:00"})
    assert prepared(stored, **changes | {"continue_since_last_run": False}).continued == {}
