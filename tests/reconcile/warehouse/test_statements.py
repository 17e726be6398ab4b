"""The statements answer in real databases what Python answers, whatever types the columns have."""

import os
import subprocess
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tap_daktela.reconcile.warehouse.answer_files import read_answers
from tap_daktela.reconcile.warehouse.dialects import DIALECTS
from tap_daktela.reconcile.warehouse.statements import statements
from tests.helpers.postgres_cluster import Cluster
from tests.reconcile.warehouse.warehouses import QUESTIONS, answered, connected, expected, filling, made, tables

WALL = ZoneInfo("Asia/Jerusalem")
"""Where the first border begins the hour that comes twice."""


@pytest.mark.parametrize(
    ("time_type", "key_type", "zone"),
    [
        ("timestamp", "bigint", "Asia/Kathmandu"),
        ("timestamptz", "varchar", "America/New_York"),
        ("varchar", "bigint", "Europe/Prague"),
    ],
)
@pytest.mark.parametrize("name", ["postgres", "duckdb"])
def test_answers_are_right_for_every_type_in_every_session(
    name: str, time_type: str, key_type: str, zone: str, postgres: Cluster
) -> None:
    odd = "; SET DateStyle = 'German, DMY'" if name == "postgres" else ""
    with connected(name, postgres) as run:
        run(filling(time_type, key_type, f"SET TimeZone = '{zone}'{odd}"))
        answers = answered(run(statements(QUESTIONS, tables(), DIALECTS[name])))
    assert set(answers) == expected()
    assert len(answers) == len(expected())


@pytest.mark.parametrize("time_type", ["timestamp", "varchar"])
@pytest.mark.parametrize("name", ["postgres", "duckdb"])
def test_answers_are_right_where_times_are_on_the_wall_clock(name: str, time_type: str, postgres: Cluster) -> None:
    with connected(name, postgres) as run:
        run(filling(time_type, "bigint", "SET TimeZone = 'America/New_York'", WALL))
        answers = answered(run(statements(QUESTIONS, tables(WALL), DIALECTS[name])), WALL)
    assert set(answers) == expected()


def test_what_psql_writes_is_read(postgres: Cluster, tmp_path: Path) -> None:
    script, answers = tmp_path / "ask.sql", tmp_path / "answers.csv"
    script.write_text(statements(QUESTIONS, tables(), DIALECTS["postgres"]), encoding="utf-8")
    with made(postgres, "timestamptz"):
        login = postgres.login
        command = ["psql", "--no-psqlrc", "--csv", "--quiet", f"--file={script}", f"--output={answers}"]
        names = {
            "host": login["host"],
            "port": str(login["port"]),
            "dbname": login["database"],
            "username": login["user"],
        }
        command += [f"--{name}={value}" for name, value in names.items()]
        subprocess.run(
            command, env={**os.environ, "PGPASSWORD": login["password"], "PGTZ": "Asia/Kathmandu"}, check=True
        )
    assert set(read_answers(str(answers))) == expected()
