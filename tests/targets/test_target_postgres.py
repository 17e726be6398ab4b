"""What meltanolabs-target-postgres makes of the tap's output in a real PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import harness

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers.postgres_cluster import Cluster

pytestmark = pytest.mark.unmeasured

SCHEMA = "daktela"

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


def deliver(
    daktela: harness.Sandbox, target_postgres: Path, postgres: Cluster, folder: Path, state: Any = None
) -> dict[str, Any]:
    """Run `tap-daktela | target-postgres` and return the state that the target printed."""
    folder.mkdir()
    settings = {**daktela.login, "start_date": harness.BEGINNING}
    options = {**postgres.login, "default_target_schema": SCHEMA}
    target = [target_postgres, "--config", harness.write_json(folder / "target.json", options)]
    done = harness.deliver(harness.tap_command(folder, settings, state=state), target, folder)
    assert (done.tap_code, done.target_code) == (0, 0), done.log
    return done.last_state


def keys(postgres: Cluster, stream: str, key: list[str]) -> list[tuple[str, ...]]:
    columns = ", ".join(f'"{name}"' for name in key)
    rows = postgres.query(f'SELECT {columns} FROM {SCHEMA}."{stream}"')  # noqa: S608 - names of our own
    return [harness.key_of(row, key) for row in rows]


def column_types(postgres: Cluster) -> dict[tuple[str, str], str]:
    rows = postgres.query(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"  # noqa: S608 - names of our own
        f" WHERE table_schema = '{SCHEMA}'"
    )
    return {(row["table_name"], row["column_name"]): row["data_type"] for row in rows}


def expected_type(schema: dict[str, Any]) -> str:
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    [name] = [schema.get("format") or name for name in names if name != "null"]
    return COLUMNS[name]


def test_tables_are_typed_complete_and_updated_in_place(
    sandbox: Callable[..., harness.Sandbox],
    run_tap: Callable[..., harness.TapRun],
    target_postgres: Path,
    postgres: Cluster,
    tmp_path: Path,
) -> None:
    with sandbox("--rows", "60") as daktela:
        daktela.settle()
        state = deliver(daktela, target_postgres, postgres, tmp_path / "first")
        whole = run_tap({**daktela.login, "start_date": harness.BEGINNING})
        check_types(whole, postgres)
        check_rows(whole, daktela, postgres)
        stale = last_edits(postgres)

        daktela.control("edit", {"endpoint": "tickets", "count": 9})
        daktela.control("add", {"endpoint": "tickets", "count": 7})
        daktela.control("add", {"endpoint": "activitiesCall", "count": 7})
        daktela.settle()
        deliver(daktela, target_postgres, postgres, tmp_path / "second", state)
        whole = run_tap({**daktela.login, "start_date": harness.BEGINNING})
        check_rows(whole, daktela, postgres)
        fresh = last_edits(postgres)
        assert fresh == {row["name"]: row["edited"][:19] for row in whole.records("tickets")}
        assert len(fresh.items() - stale.items()) == 16


def last_edits(postgres: Cluster) -> dict[int, str]:
    """Return when each ticket was last edited, without the zone that the target drops."""
    rows = postgres.query(f"SELECT name, edited FROM {SCHEMA}.tickets")  # noqa: S608 - names of our own
    return {row["name"]: row["edited"][:19] for row in rows}


def check_types(run: harness.TapRun, postgres: Cluster) -> None:
    types = column_types(postgres)
    for stream in run.streams:
        properties = run.schema(stream)["schema"]["properties"]
        expected = {(stream, name): expected_type(schema) for name, schema in properties.items()}
        assert {place: types.get(place) for place in expected} == expected


def check_rows(run: harness.TapRun, daktela: harness.Sandbox, postgres: Cluster) -> None:
    """Each row of the instance is in its table once, however often it was sent, if it has a key."""
    for stream in run.streams:
        found = keys(postgres, stream, run.key(stream))
        if not run.key(stream):
            assert len(found) >= len(run.records(stream)) > 0, stream
            continue
        assert len(found) == len(set(found)), stream
        assert set(found) == daktela.keys(stream, run), stream
