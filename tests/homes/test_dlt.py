"""What examples/dlt loads into DuckDB, as somebody who copies its folder runs it."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.helpers import harness

pytestmark = pytest.mark.unmeasured

EXAMPLE = harness.REPOSITORY / "examples/dlt/daktela_pipeline.py"
KEYLESS = "realtime_sessions"
STREAMS = (
    "tickets", "tickets_statuses", "activities", "activities_call", "contacts", "contacts_custom_fields", "users",
    KEYLESS,
)  # fmt: skip
TYPES = {
    "date-time": "TIMESTAMP WITH TIME ZONE",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "object": "JSON",
    "array": "JSON",
    "string": "VARCHAR",
}
# Prints each table of the dataset: the types of its columns, and its rows.
READER = """
import json, sys, duckdb
database = duckdb.connect("tap_daktela.duckdb", read_only=True)
database.execute("SET TimeZone = 'UTC'")
tables = {}
columns = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ?"
for name, in database.execute("SELECT table_name FROM information_schema.tables").fetchall():
    types = dict(database.execute(columns, [name]).fetchall())
    rows = [dict(zip(types, row)) for row in database.execute(f'SELECT * FROM daktela."{name}"').fetchall()]
    tables[name] = {"types": types, "rows": rows}
json.dump(tables, sys.stdout, default=lambda value: value.isoformat())
"""
# Writes the lines that stand beside it, as the tap would, and keeps the state that it was given.
STAND_IN = """#!/bin/sh
cd "$(dirname "$0")"
for last; do :; done
cp "$last" given.json
cat lines
exec sh -c "$(cat ending)"
"""
ROWS = {"type": "object", "properties": {"name": {"type": "string"}, "calls": {"type": ["null", "integer"]}}}


@dataclass
class Home:
    """A folder in which the pipeline runs."""

    python: Path
    folder: Path

    @property
    def temporary(self) -> Path:
        """Return the folder for what the pipeline keeps only while it runs."""
        return self.folder / "temporary"

    def run(self, *arguments: object, tap: Path = harness.COMMANDS / "tap-daktela") -> CompletedProcess[str]:
        """Run the pipeline to its end."""
        return subprocess.run(
            [self.python, EXAMPLE, *map(str, arguments)],
            cwd=self.folder,
            env={**harness.unmeasured(), "TAP_DAKTELA": str(tap), "TMPDIR": str(self.temporary)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
            timeout=harness.PATIENCE,
        )

    def sync(self, daktela: harness.Sandbox, *streams: str) -> CompletedProcess[str]:
        """Load these streams of an instance."""
        config = harness.write_json(self.folder / "config.json", {**daktela.login, "start_date": harness.BEGINNING})
        return self.run("--config", config, "--streams", ",".join(streams))

    def tables(self) -> dict[str, Any]:
        """Return what is in the database."""
        return json.loads(self._program(READER))

    def change(self, sql: str) -> None:
        """Change the database."""
        self._program(f"import duckdb; duckdb.connect('tap_daktela.duckdb').execute({sql!r})")

    def _program(self, code: str) -> bytes:
        done = subprocess.run([self.python, "-c", code], cwd=self.folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


@pytest.fixture
def home(dlt_python: Path, tmp_path: Path) -> Home:
    made = Home(dlt_python, tmp_path)
    made.temporary.mkdir()
    return made


def test_tables_are_typed_complete_and_updated_in_place_although_one_stream_failed_at_first(
    sandbox: Callable[..., harness.Sandbox], home: Home
) -> None:
    with sandbox("--rows", "60", "--deny", "contacts=403") as daktela:
        daktela.settle()
        first = home.sync(daktela, *STREAMS)
        daktela.control("options", {"deny": None})
        daktela.control("edit", {"endpoint": "tickets", "count": 9})
        daktela.control("add", {"endpoint": "tickets", "count": 7})
        daktela.control("add", {"endpoint": "activitiesCall", "count": 7})
        daktela.settle()
        second = home.sync(daktela, *STREAMS)
        whole = harness.run_tap({**daktela.login, "start_date": harness.BEGINNING, "streams": STREAMS})
        tables = home.tables()
        check_runs(first, second, daktela.password)
        check_types(whole, tables)
        check_rows(whole, daktela, tables)
        check_loads(whole, tables)


def check_runs(first: CompletedProcess[str], second: CompletedProcess[str], password: str) -> None:
    assert first.returncode == 1
    assert first.stderr.rstrip().splitlines()[-1].startswith("tap-daktela ended with exit code 1: its log says why.")
    assert "contacts" in first.stderr
    assert "Traceback" not in first.stderr
    assert second.returncode == 0, second.stderr
    assert password not in first.stdout + first.stderr + second.stdout + second.stderr


def check_types(whole: harness.TapRun, tables: dict[str, Any]) -> None:
    """Each stream is one table, and each column has the type that its schema says."""
    assert {name for name in tables if not name.startswith("_dlt")} == set(STREAMS) == set(whole.streams)
    for stream in STREAMS:
        expected = {name: type_of(schema) for name, schema in properties(whole, stream).items()}
        found = tables[stream]["types"]
        assert {name: found.get(name) for name in expected} == expected, stream
        # What dlt and the pipeline add begins with an underscore.
        assert {name for name in found if not name.startswith("_")} == set(expected), stream


def check_rows(whole: harness.TapRun, daktela: harness.Sandbox, tables: dict[str, Any]) -> None:
    """Each row of the instance is in its table once, with its values as they are now."""
    for stream in set(STREAMS) - {KEYLESS}:
        key = whole.key(stream)
        records = {harness.key_of(record, key): record for record in whole.records(stream)}
        rows = {harness.key_of(row, key): row for row in tables[stream]["rows"]}
        assert len(rows) == len(tables[stream]["rows"]), stream
        assert set(rows) == daktela.keys(stream, whole), stream
        for name, schema in properties(whole, stream).items():
            kind = type_of(schema)
            found = {one: value_of(row[name], kind) for one, row in rows.items()}
            assert found == {one: instant(record[name], kind) for one, record in records.items()}, (stream, name)


def check_loads(whole: harness.TapRun, tables: dict[str, Any]) -> None:
    """The second run read only what was new or had failed; rows without a key are added by each run."""
    first, second = sorted(row["load_id"] for row in tables["_dlt_loads"]["rows"])
    loads = {stream: [row["_dlt_load_id"] for row in tables[stream]["rows"]] for stream in STREAMS}
    assert loads["tickets"].count(second) == 16 < len(loads["tickets"])
    assert set(loads["contacts"]) == set(loads["contacts_custom_fields"]) == {second}
    sessions = len(whole.records(KEYLESS))
    assert sessions > 0
    assert (loads[KEYLESS].count(first), loads[KEYLESS].count(second)) == (sessions, sessions)


def stand_in(folder: Path, *messages: dict[str, Any], rest: str = "", ending: str = "exit 0") -> Path:
    """Write a tap that writes these messages and what is left of a line, and ends in this way."""
    (folder / "lines").write_text("".join(f"{json.dumps(message)}\n" for message in messages) + rest, encoding="utf-8")
    (folder / "ending").write_text(ending, encoding="utf-8")
    tap = folder / "tap"
    tap.write_text(STAND_IN, encoding="utf-8")
    tap.chmod(0o755)
    return tap


def schema(stream: str = "queues") -> dict[str, Any]:
    return {"type": "SCHEMA", "stream": stream, "schema": ROWS, "key_properties": ["name"]}


def record(name: str, calls: int) -> dict[str, Any]:
    return {"type": "RECORD", "stream": "queues", "record": {"name": name, "calls": calls}}


def state(value: int) -> dict[str, Any]:
    return {"type": "STATE", "value": {"bookmarks": {"queues": {"edited": value}}}}


def queues(home: Home) -> dict[str, int]:
    return {row["name"]: row["calls"] for row in home.tables()["queues"]["rows"]}


def given(home: Home) -> Any:
    """Return the state that the stand-in was called with."""
    return json.loads((home.folder / "given.json").read_text(encoding="utf-8"))


def test_the_state_moves_with_the_rows_and_never_without_them(home: Home) -> None:
    again = [record("a", calls) for calls in range(50)]
    done = home.run(tap=stand_in(home.folder, schema("pauses"), schema(), *again, record("b", 1), state(1)))
    assert done.returncode == 0, done.stderr
    assert given(home) == {}
    # Of a row that came again and again, the last one counts.
    assert queues(home) == {"a": 49, "b": 1}
    # A table without rows is there as well.
    assert home.tables()["pauses"]["rows"] == []

    # A row that cannot be loaded: the state that came after it must not be kept.
    home.change("CREATE UNIQUE INDEX one ON daktela.queues (calls)")
    done = home.run(tap=stand_in(home.folder, schema(), record("c", 1), state(2)))
    assert done.returncode == 1
    assert "Constraint Error" in done.stderr
    home.change("DROP INDEX daktela.one")
    assert given(home) == state(1)["value"]
    assert queues(home) == {"a": 49, "b": 1}

    # A tap that is killed while it writes: what came before is loaded, and the run fails.
    done = home.run(tap=stand_in(home.folder, schema(), record("b", 2), state(3), rest='{"type"', ending="kill -9 $$"))
    assert done.returncode == 1
    assert "exit code -9" in done.stderr
    assert given(home) == state(1)["value"]
    assert queues(home) == {"a": 49, "b": 2}

    # A pipeline that is stopped: nothing is loaded, and no row stays in the temporary folder.
    done = home.run(tap=stand_in(home.folder, schema(), record("d", 1), state(4), ending="kill -TERM $PPID"))
    assert done.returncode != 0
    assert given(home) == state(3)["value"]
    assert queues(home) == {"a": 49, "b": 2}
    assert list(home.temporary.iterdir()) == []


def test_a_tap_that_is_not_there_is_named(home: Home) -> None:
    done = home.run("--config", "config.json", tap=home.folder / "nothing")
    assert done.returncode == 1
    assert done.stderr.startswith(f"'{home.folder}/nothing' is no command: install tap-daktela, or set TAP_DAKTELA")


def properties(run: harness.TapRun, stream: str) -> dict[str, Any]:
    return run.schema(stream)["schema"]["properties"]


def type_of(schema: dict[str, Any]) -> str:
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    [kind] = [schema.get("format") or name for name in types if name != "null"]
    return TYPES[kind]


def instant(value: Any, kind: str) -> Any:
    """Return a value, a timestamp as the instant that it means."""
    return datetime.fromisoformat(value.replace("Z", "+00:00")) if value and kind == TYPES["date-time"] else value


def value_of(value: Any, kind: str) -> Any:
    """Return the value of a cell of the database as the tap wrote it."""
    return json.loads(value) if value is not None and kind == "JSON" else instant(value, kind)
