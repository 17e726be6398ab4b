"""The sandbox knows every stream of the tap, and has a value for every column: else no test reads them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import harness
from tests.helpers.ledger import ENTRIES, EVERY_STREAM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_daktela.catalog.fields import Column

ADD_A_STREAM = """\
the sandbox does not know these endpoints, so no run of a test reads them. Edit
- tap_daktela/sandbox/storage/columns.py: the endpoint with its fields
- tap_daktela/sandbox/storage/tables.py: its key, if that is not `name`
- tap_daktela/sandbox/world/: some rows, for a small table in company/small_lists.py"""

ADD_A_VALUE = """\
the sandbox has no value for these columns in any row, so no run of a test reads one. Edit
- tap_daktela/sandbox/storage/columns.py: the field, if it is missing there
- tap_daktela/sandbox/world/rare_values.py: a value, if no maker of rows sets one
Only a column that the sandbox cannot have belongs into WITHOUT_VALUE."""

EMPTY: tuple[Any, ...] = (None, "", [], {})

WITHOUT_VALUE = {
    # Only old servers send these, and the sandbox is a new one.
    "accounts": {"survey", "deleted"},
    "activities": {"status_name", "status_title"},
    "activities_call": {"dialer_time", "orig_pos", "position", "score", "note"},
    "activities_email": {"result"},
    "activities_web": {"ip", "country_code", "country_name", "region_code", "region_name", "city", "zip_code"}
    | {"time_zone", "latitude", "longitude", "metro_code"},
    "campaigns_records": {"number", "title", "queue_name", "queue_title"},
    "contacts": {"number", "deleted"},
    "crm_records": {"deleted"},
    "databases": {"deleted"},
    "queues": {"users_count"},
    "statuses": {"deleted"},
    "templates": {"deleted"},
    "tickets": {"merge_tickets", "sla_notify", "survey", "survey_offered", "satisfaction", "satisfaction_comment"}
    | {"is_bookmarked", "deleted"},
    "users": {"backoffice_ringing"},
}


def test_the_sandbox_knows_every_stream() -> None:
    unknown = {entry.stream.endpoint for name, entry in ENTRIES.items() if name not in EVERY_STREAM}
    assert unknown == set(), ADD_A_STREAM


def everything(*flags: str) -> harness.TapRun:
    """Return a run that reads all columns of all streams, also those that are not selected by default."""
    with harness.Sandbox("--rows", "600", *flags) as daktela:
        daktela.settle()
        config = {**daktela.login, "start_date": harness.BEGINNING, "date_window_size": 366}
        catalog = json.loads(harness.run_tap(config, "--discover").stdout)
        catalog["streams"] = [stream for stream in catalog["streams"] if stream["stream"] in EVERY_STREAM]
        for stream in catalog["streams"]:
            for node in stream["metadata"]:
                node["metadata"]["selected"] = True
        run = harness.run_tap(config, catalog=catalog)
    assert run.returncode == 0, run.stderr
    return run


def seen(rows: list[dict[str, Any]], columns: Iterable[Column]) -> Iterator[str]:
    """Yield the columns that hold something in some row, and the parts of embedded records as `column.part`."""
    for column in columns:
        values = [row[column.name] for row in rows if row.get(column.name) not in EMPTY]
        if values:
            yield column.name
        lists = ([value] if isinstance(value, dict) else value for value in values if column.items)
        elements = [element for value in lists for element in value]
        yield from (f"{column.name}.{part}" for part in seen(elements, column.items))


def expected(columns: Iterable[Column]) -> Iterator[str]:
    """Yield the names of columns, and the parts of embedded records as `column.part`."""
    for column in columns:
        yield column.name
        yield from (f"{column.name}.{part.name}" for part in column.items)


@pytest.mark.unmeasured
def test_the_sandbox_has_a_value_for_every_column() -> None:
    # Old servers send the files of e-mails under another name.
    runs = [everything(), everything("--old-server")]
    missing = set()
    for stream in EVERY_STREAM:
        columns = ENTRIES[stream].columns
        found = {name for run in runs for name in seen(run.records(stream), columns)}
        missing |= {f"{stream}.{name}" for name in expected(columns) if name not in found}
    excepted = {f"{stream}.{name}" for stream, names in WITHOUT_VALUE.items() for name in names}
    assert missing - excepted == set(), ADD_A_VALUE
    assert excepted - missing == set(), "the sandbox has a value for these: take them out of WITHOUT_VALUE"
