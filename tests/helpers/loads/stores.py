"""Where targets store: how a target is told of the place, and what is found there afterwards."""

import csv
import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.helpers import harness
from tests.helpers.loads.sent import Row
from tests.helpers.postgres_cluster import Cluster

SCHEMA = "daktela"
BUCKET = "lake"
ANYBODY = {"AWS_ACCESS_KEY_ID": "anybody", "AWS_SECRET_ACCESS_KEY": "anybody"}


@dataclass
class Stored:
    """The tables that were found: the rows of each, and the types of its columns where the place has types."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    types: dict[str, dict[str, str]] = field(default_factory=dict)


class PostgresSchema:
    """A schema of a PostgreSQL database. `database` is the target's name of the setting that names the database."""

    def __init__(self, cluster: Cluster, name: str, database: str = "database") -> None:
        self._cluster = cluster
        self._name = name
        self._database = database

    def options(self) -> dict[str, Any]:
        """Return the target's settings of the place."""
        login = {self._database if name == "database" else name: value for name, value in self._cluster.login.items()}
        return {**login, "default_target_schema": self._name}

    def read(self) -> Stored:
        """Return all tables, without the target's own columns."""
        stored = Stored()
        columns = self._cluster.query(
            "SELECT table_name, column_name, format_type(a.atttypid, a.atttypmod) AS type"  # noqa: S608 - names of our own
            " FROM information_schema.columns JOIN pg_attribute a ON a.attname = column_name"
            f" AND a.attrelid = format('%I.%I', table_schema, table_name)::regclass WHERE table_schema = '{self._name}'"
        )
        for column in columns:
            stored.types.setdefault(column["table_name"], {})[column["column_name"]] = column["type"]
        for table in stored.types:
            stored.rows[table] = self._cluster.query(f'SELECT * FROM {self._name}."{table}"')  # noqa: S608 - as above
        return stored


class CsvFiles:
    """A folder for each load, since the target begins each file anew."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def options(self) -> dict[str, Any]:
        """Return the target's settings of the next load."""
        folder = self._folder / str(len(list(self._folder.iterdir())))
        folder.mkdir()
        return {"output_path": str(folder)}

    def read(self) -> Stored:
        """Return the rows of all loads, the first one first."""
        stored = Stored()
        for path in sorted(self._folder.glob("*/*.csv")):
            with path.open(newline="", encoding="utf-8") as file:
                stored.rows.setdefault(path.stem, []).extend(csv.DictReader(file))
        return stored


class JsonlFiles:
    """A folder with a file for each stream, to which each load adds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def options(self) -> dict[str, Any]:
        """Return the target's settings of the place."""
        return {"destination_path": str(self._folder), "do_timestamp_file": False}

    def read(self) -> Stored:
        """Return the rows of all files."""
        return Stored({path.stem: list(_json_lines(path)) for path in self._folder.iterdir()})


class DuckdbFile:
    """A DuckDB database, read by the interpreter of the target's environment."""

    def __init__(self, folder: Path, python: Path) -> None:
        # Not named as the schema: DuckDB would not know which of the two is meant.
        self._path = folder / "warehouse.duckdb"
        self._python = python

    def options(self) -> dict[str, Any]:
        """Return the target's settings of the place."""
        return {"filepath": str(self._path), "default_target_schema": SCHEMA}

    def read(self) -> Stored:
        """Return all tables of the schema."""
        script = Path(__file__).with_name("read_duckdb.py")
        command = [self._python, script, self._path, SCHEMA]
        return _stored(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.splitlines())


class S3Bucket:
    """A bucket of an S3 of our own, which runs in the target's environment until `stop`."""

    def __init__(self, python: Path, log: Path) -> None:
        with log.open("wb") as errors:
            script = Path(__file__).with_name("s3_server.py")
            self._process = subprocess.Popen(
                [python, script, BUCKET, SCHEMA], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
            )
        line = self._answer().readline()
        if not line:
            raise RuntimeError(f"the S3 did not start: {log.read_text(encoding='utf-8')}")
        self._address = json.loads(line)["address"]

    def options(self) -> dict[str, Any]:
        """Return the target's settings of the place."""
        login = {name.lower(): value for name, value in ANYBODY.items()}
        where = {"aws_region": "us-east-1", "aws_bucket": BUCKET, "aws_endpoint_override": self._address}
        return {
            "cloud_provider": {"cloud_provider_type": "aws", "aws": {**login, **where}},
            "prefix": SCHEMA,
            "format": {"format_type": "parquet"},
            # So that the names of files sort in the order in which they were written.
            "append_date_to_filename_grain": "microsecond",
        }

    def read(self) -> Stored:
        """Return all tables below the prefix."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"read\n")
        self._process.stdin.flush()
        return _stored(iter(self._answer().readline, b"\n"))

    def stop(self) -> None:
        """End the S3."""
        self._process.communicate(timeout=harness.PATIENCE)

    def _answer(self) -> Any:
        return self._process.stdout


Store = PostgresSchema | CsvFiles | JsonlFiles | DuckdbFile | S3Bucket


def _json_lines(path: Path) -> Iterable[Row]:
    # Not splitlines(): a row may hold characters that Python takes for line ends and JSON does not.
    return map(json.loads, filter(None, path.read_text(encoding="utf-8").split("\n")))


def _stored(lines: Iterable[bytes]) -> Stored:
    """Return what read_duckdb.py and s3_server.py print, a table on each line."""
    stored = Stored()
    for table in map(json.loads, lines):
        stored.rows[table["table"]], stored.types[table["table"]] = table["rows"], table["types"]
    return stored
