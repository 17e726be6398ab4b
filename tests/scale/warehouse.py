"""What is in the database: two schemas compared row by row, in every column but those of the target itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.helpers import postgres_cluster

if TYPE_CHECKING:
    from tests.helpers.postgres_cluster import Cluster

COLUMNS = """
SELECT table_name, string_agg(format('%I', column_name), ', ' ORDER BY column_name) AS columns
FROM information_schema.columns
WHERE table_schema = '{schema}' AND column_name NOT LIKE '\\_sdc\\_%'
GROUP BY table_name ORDER BY table_name
"""
ONLY_IN = """
SELECT '{one}.{table}' AS place, count(*) AS n
FROM (SELECT {columns} FROM {one}.{table} EXCEPT ALL SELECT {columns} FROM {other}.{table}) AS d
"""


def database(cluster: Cluster, name: str) -> str:
    """Create a database for Airflow's own tables, and return its URL for SQLAlchemy."""
    cluster.execute(f"CREATE DATABASE {name}")
    return f"postgresql+psycopg2://{postgres_cluster.USER}:{cluster.password}@127.0.0.1:{cluster.port}/{name}"


def connection(cluster: Cluster) -> str:
    """Return the value of the variable that holds Airflow's connection to the warehouse."""
    at = cluster.login
    names = {"login": at["user"], "password": at["password"], "host": at["host"], "port": at["port"]}
    return json.dumps({"conn_type": "postgres", "schema": at["database"], **names})


def rows(cluster: Cluster, schema: str) -> int:
    """Return how many rows all tables of a schema have."""
    counts = [f"SELECT count(*) AS n FROM {schema}.{table}" for table in tables(cluster, schema)]  # noqa: S608 - our own
    return sum(row["n"] for row in cluster.query(" UNION ALL ".join(counts)))


def tables(cluster: Cluster, schema: str) -> dict[str, str]:
    """Return the tables of a schema, each with its columns."""
    return {row["table_name"]: row["columns"] for row in cluster.query(COLUMNS.format(schema=schema))}


def differences(cluster: Cluster, schema: str, expected: str) -> list[str]:
    """Return what is not the same in two schemas; nothing if they hold the same rows."""
    ours, theirs = tables(cluster, schema), tables(cluster, expected)
    if ours != theirs or not ours:
        return [f"{schema} and {expected} do not have the same tables and columns: {sorted(set(ours) ^ set(theirs))}"]
    found: list[dict[str, Any]] = cluster.query(
        " UNION ALL ".join(
            ONLY_IN.format(columns=columns, table=table, one=one, other=other)
            for table, columns in ours.items()
            for one, other in ((schema, expected), (expected, schema))
        )
    )
    return [f"{row['n']} rows only in {row['place']}" for row in found if row["n"]]
