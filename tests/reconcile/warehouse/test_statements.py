"""The statements answer in real databases what Python answers, whatever types the columns have."""

from zoneinfo import ZoneInfo

import pytest

from tap_daktela.reconcile.warehouse.dialects import DIALECTS
from tap_daktela.reconcile.warehouse.statements import statements
from tests.helpers.postgres_cluster import Cluster
from tests.reconcile.warehouse.warehouses import QUESTIONS, answered, connected, expected, filling, tables

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
