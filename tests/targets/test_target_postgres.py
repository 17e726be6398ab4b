"""What meltanolabs-target-postgres makes of the tap's output in a real PostgreSQL."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import harness
from tests.helpers.loads.comparison import compare
from tests.helpers.loads.sent import Table, tables
from tests.helpers.postgres_cluster import Cluster

pytestmark = pytest.mark.unmeasured

ADVISED = "as_advised"
# By schema: as the target is set by default, and as docs/targets.md advises.
OPTIONS: dict[str, dict[str, Any]] = {"by_default": {}, ADVISED: {"validate_records": False, "use_copy": True}}

# What a column's type in the SCHEMA message becomes in the database.
COLUMNS = {
    "date-time": "timestamp without time zone",
    "integer": "bigint",
    "number": "numeric",
    "boolean": "boolean",
    "object": "jsonb",
    "array": "ARRAY",
    "string": "text",
}


def settings(daktela: harness.Sandbox) -> dict[str, Any]:
    return {**daktela.login, "start_date": harness.BEGINNING}


def deliver(tap: list[Any], target: list[Any], folder: Path) -> dict[str, Any]:
    """Run `tap | target` and return the state that the target printed."""
    done = harness.deliver(tap, target, folder)
    assert (done.tap_code, done.target_code) == (0, 0), done.log
    return done.last_state


def check_types(sent: dict[str, Table], postgres: Cluster, schema: str) -> None:
    columns = postgres.query(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"  # noqa: S608 - names of our own
        f" WHERE table_schema = '{schema}'"
    )
    types = {(row["table_name"], row["column_name"]): row["data_type"] for row in columns}
    expected = {(stream, name): COLUMNS[kind] for stream, table in sent.items() for name, kind in table.kinds.items()}
    assert {place: types.get(place) for place in expected} == expected


def check_rows(sent: dict[str, Table], postgres: Cluster, schema: str) -> None:
    """Each row that was sent is in its table once, as it was when it was sent last."""
    stored = {stream: postgres.query(f'SELECT * FROM {schema}."{stream}"') for stream in sent}  # noqa: S608 - names of our own
    found = compare(sent, stored, appended=False)
    assert (found.lost, found.surplus, found.differing, found.examples) == ([], [], {}, {})
    assert found.rows > 500


def check_keys(sent: dict[str, Table], daktela: harness.Sandbox) -> None:
    """What was sent is what the instance has."""
    for endpoint, account in daktela.ledger().items():
        if table := sent.get(harness.snake(endpoint)):
            assert {harness.key_of(row, table.key) for row in table.rows} == {(key,) for key in account["rows"]}


def test_tables_are_typed_complete_and_updated_in_place(
    sandbox: Callable[..., harness.Sandbox],
    run_tap: Callable[..., harness.TapRun],
    target_postgres: Path,
    postgres: Cluster,
    tmp_path: Path,
) -> None:
    with sandbox("--rows", "60") as daktela:
        daktela.settle()
        whole = run_tap(settings(daktela))
        for schema, options in OPTIONS.items():
            login = {**postgres.login, "default_target_schema": schema}
            target = [target_postgres, "--config", harness.write_json(tmp_path / "target.json", {**login, **options})]
            assert deliver(harness.tap_command(tmp_path, settings(daktela)), target, tmp_path) == whole.last_state
            check_types(tables(whole), postgres, schema)
            check_rows(tables(whole), postgres, schema)

        daktela.control("edit", {"endpoint": "tickets", "count": 9})
        daktela.control("add", {"endpoint": "tickets", "count": 7})
        daktela.control("add", {"endpoint": "activitiesCall", "count": 7})
        daktela.settle()
        news = run_tap(settings(daktela), state=whole.last_state)
        assert len({row["name"] for row in news.records("tickets")}) >= 9 + 7
        check_keys(tables(whole, news), daktela)
        deliver(harness.tap_command(tmp_path, settings(daktela), state=whole.last_state), target, tmp_path)
        check_rows(tables(whole, news), postgres, ADVISED)
