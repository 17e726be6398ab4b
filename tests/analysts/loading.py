"""One sandbox in this process, loaded twice into CSV files and into PostgreSQL. Between the runs things change."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from tests.analysts import page
from tests.analysts.truth import Known
from tests.helpers import harness
from tests.helpers.sandbox_client import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.postgres_cluster import Cluster
    from tests.helpers.sandbox_client import Client

STREAMS = ["activities", "activities_call", "tickets", "tickets_statuses", "tap_daktela_windows"]
TWO_HOURS = 7200

Ask = Callable[[str], list[dict[str, Any]]]


@dataclass(frozen=True)
class Loaded:
    """What the sandbox knows, and for each database a function that returns the rows of a query."""

    known: Known
    ask: dict[str, Ask]


@contextmanager
def loaded_twice(target_csv: Path, target_postgres: Path, postgres: Cluster, folder: Path) -> Iterator[Loaded]:
    """Load into CSV files and into PostgreSQL, change things, let time pass, and load what is new."""
    (folder / "output").mkdir()
    csv_files = {"output_path": "output", "file_naming_scheme": "{stream_name}-{timestamp}.csv"}
    tables = {**postgres.login, "default_target_schema": "daktela", "use_copy": True}
    with serving(rows=2000, days=60, now="2024-11-05T12:00:00Z") as client, duckdb.connect() as connection:
        loads = [
            Load(client, folder, target_csv, csv_files, nested="json"),
            Load(client, folder, target_postgres, tables, nested="native"),
        ]
        for load in loads:
            load.run()
        removed = things_change(client)
        client.control("advance", {"seconds": TWO_HOURS})
        for load in loads:
            load.run()
        # The page reads files below the working folder. No answer may depend on where the analyst sits.
        connection.execute(f"SET file_search_path = '{folder}'; SET TimeZone = 'America/New_York'")
        connection.execute(page.setup("duckdb"))
        before = "SET TimeZone = 'America/New_York';" + page.setup("postgres")
        asks = {"postgres": lambda sql: postgres.query(sql, before), "duckdb": lambda sql: asked(connection, sql)}
        yield Loaded(Known(client.sandbox.world.store, removed), asks)


def asked(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """Return the rows of a query to DuckDB."""
    found = connection.execute(sql)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


class Load:
    """Runs of the tap into one target, each from the state of the one before."""

    def __init__(self, client: Client, folder: Path, command: Path, target: dict[str, Any], *, nested: str) -> None:
        sandbox = client.sandbox
        login = {"url": sandbox.url, "username": sandbox.username, "password": sandbox.password}
        self._config = {**login, "start_date": harness.BEGINNING, "streams": STREAMS, "nested": nested}
        self._folder = folder
        settings = {**target, "validate_records": False}
        self._target = [command, "--config", harness.write_json(folder / f"{command.name}.json", settings)]
        self._state: dict[str, Any] | None = None

    def run(self) -> None:
        """Read what is new."""
        tap = harness.tap_command(self._folder, self._config, state=self._state)
        done = harness.deliver(tap, self._target, self._folder)
        assert (done.tap_code, done.target_code) == (0, 0), done.log
        self._state = done.last_state


def things_change(client: Client) -> list[Any]:
    """Let tickets be closed, reopened and merged, and calls come. Take a status from each ticket; return them.

    As numbers, the keys of the two calls would be the same.
    """
    world = client.sandbox.world
    now, tickets = world.clock.now_text(), world.store["tickets"]
    with world.store.lock:
        rows = [row for row in tickets if row.get("statuses") and not row.get("first_answer")][:10]
        for row in rows:
            change = {"stage": "CLOSE", "closed": now} if row["stage"] == "OPEN" else {"stage": "OPEN", "closed": None}
            tickets.edit(row["name"], {**change, "edited": now, "statuses": row["statuses"][1:]})
        tickets.edit(rows[0]["name"], {"first_answer": now, "first_answer_duration": 86_400})
        tickets.edit(rows[1]["name"], {"stage": "OPEN", "closed": None, "id_merge": rows[0]["name"]})
        call = {"direction": "internal", "answered": False, "call_time": now}
        world.upsert("activitiesCall", [{**call, "id_call": key} for key in ("1730804400.85", "1730804400.850")])
        handed = next(row for row in world.store["activities"] if row["type"] == "CALL" and row.get("duration"))
        times = dict.fromkeys(("time", "time_open", "time_close"), now)
        world.upsert("activities", [{**handed, **times, "name": "activities_handed_over", "duration": 60, "aaw": 5}])
    return [row["statuses"][0] for row in rows]
