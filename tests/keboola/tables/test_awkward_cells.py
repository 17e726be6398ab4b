"""Every awkward value there is, through the whole pipe and out of the finished table by three readers."""

from __future__ import annotations

import csv
import os
import subprocess
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.helpers.keboola.pipeline_helpers import job, run
from tests.helpers.postgres_cluster import DATABASE, USER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers import harness
    from tests.helpers.postgres_cluster import Cluster

pytestmark = pytest.mark.unmeasured

CELLS = {
    "NUL": "before\x00after",
    "lone surrogate": "half \ud83d of a smile",
    "quotes": "\"all\" 'kinds' of „quotes“ \"\"",
    "one quote": '"',
    "line ends": "one\r\ntwo\nthree\rfour",
    "only a return": "\r",
    "only line ends": "\n\n",
    "separators": "a,b;c\td|e",
    "spaces": "  around  ",
    "emoji": "😀 👨‍👩‍👧 🇨🇿",
    "formula": '=HYPERLINK("http://example.com";"x")',
    "other formulas": "@SUM(A1:A9)+-",
    "backslashes": "C:\\temp\\new\\",
    "end of data": "\\.",
    "null": "NULL",
    "N": "\\N",
    "line separators": "a\u2028b\u2029c\x85d\x0b\x0c\x1c\x1d\x1e",
    "right to left": "שלום עולם",
    "long": "<p>" + 'Žluťoučký kůň, "úpěl"\r\n' * 10_000 + "</p>",
    "byte order mark": "\ufeffbefore",
    "empty": "",
}  # fmt: skip
"""Values as Daktela has them."""

ARRIVE = {name: value.replace("\x00", "\ufffd").replace("\ud83d", "\ufffd") for name, value in CELLS.items()}
"""The same without what no target can store."""


@pytest.fixture(scope="module")
def table(sandbox: Callable[..., harness.Sandbox], target_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a finished table with all of them."""
    out = tmp_path_factory.mktemp("awkward")
    rows = [
        {"name": f"user{number}", "title": name, "description": value, "email": value}
        for number, (name, value) in enumerate(CELLS.items())
    ]
    with sandbox("--rows", "10") as daktela, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TARGET_CSV", str(target_csv))
        daktela.control("rows", {"endpoint": "users", "rows": rows})
        outcome = run(job(daktela, "users"), out)
        assert outcome.rows["users"] >= len(CELLS)
    return out / "acme_users.csv"


def wanted(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Return our rows out of all, with null as empty text."""
    ours = [row for row in rows if row["name"].startswith("acme_user") and row["title"] in CELLS]
    assert all((row["email"] or "") == (row["description"] or "") for row in ours)
    return {row["title"]: row["description"] or "" for row in ours}


def test_python_reads_them(table: Path) -> None:
    with table.open(newline="", encoding="utf-8") as file:
        assert wanted(list(csv.DictReader(file, strict=True))) == ARRIVE


def test_duckdb_reads_them(table: Path) -> None:
    # All is said, and nothing left to guess.
    query = (
        "SELECT name, title, description, email FROM read_csv(?, header=true, all_varchar=true, delim=',', quote='\"'"
    )
    query += ", escape='\"', new_line='\\r\\n', max_line_size=10000000, auto_detect=false, columns=?)"
    with table.open(newline="", encoding="utf-8") as file:
        columns = dict.fromkeys(next(csv.reader(file)), "VARCHAR")
    names = ("name", "title", "description", "email")
    rows = [dict(zip(names, row, strict=True)) for row in duckdb.execute(query, [str(table), columns]).fetchall()]
    assert wanted(rows) == ARRIVE


def test_postgresql_copies_them(table: Path, postgres: Cluster) -> None:
    with table.open(newline="", encoding="utf-8") as file:
        header = next(csv.reader(file))
    columns = ", ".join(f'"{name}" text' for name in header)
    environment = {
        **os.environ,
        "PGHOST": "127.0.0.1",
        "PGPORT": str(postgres.port),
        "PGUSER": USER,
        "PGDATABASE": DATABASE,
        "PGPASSWORD": postgres.password,
    }
    psql = ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
    commands = f"DROP TABLE IF EXISTS awkward; CREATE TABLE awkward ({columns})"
    subprocess.run([*psql, "--command", commands], env=environment, check=True, capture_output=True)
    copy = "COPY awkward FROM STDIN (FORMAT csv, HEADER true, ENCODING 'UTF8')"
    with table.open("rb") as file:
        subprocess.run([*psql, "--command", copy], env=environment, check=True, stdin=file)
    assert wanted(postgres.query("SELECT name, title, description, email FROM awkward")) == ARRIVE
