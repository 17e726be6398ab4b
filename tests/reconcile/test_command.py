"""The verb reconcile: what its options lead to, round by round, with DuckDB for a warehouse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tap_daktela import cli
from tap_daktela.dispatch import dispatch
from tap_daktela.errors import ConfigError
from tests.helpers import harness, sandbox_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def sandbox() -> Iterator[sandbox_client.Client]:
    with sandbox_client.serving() as client:
        yield client


@pytest.fixture
def reconcile(sandbox: sandbox_client.Client, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Any:
    """Give a function that runs the verb with some options, and returns its exit code and stdout."""
    where = {"url": sandbox.sandbox.url, "access_token": sandbox.sandbox.access_token}
    config = {**where, "start_date": "2024-04-01", "streams": ["users", "tickets_statuses"]}
    path = harness.write_json(tmp_path / "config.json", config)

    def run(*options: str) -> tuple[int, str]:
        code = dispatch(cli.read(["reconcile", "-c", str(path), *options]))
        return code, capfd.readouterr().out

    return run


def test_files_are_asked_for_until_the_warehouse_has_answered_all(
    reconcile: Callable[..., tuple[int, str]], sandbox: sandbox_client.Client, tmp_path: Path
) -> None:
    warehouse = duckdb.connect()
    warehouse.execute("CREATE TABLE users (name VARCHAR)")
    warehouse.execute("INSERT INTO users VALUES ('long gone')")
    answers: list[str] = []
    code, stdout = reconcile("--sql", "duckdb")
    for name in ("counts", "keys"):
        assert code == 5
        result = warehouse.execute(stdout)
        columns = [column[0] for column in result.description or ()]
        rows = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
        path = tmp_path / f"{name}.jsonl"
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        answers += ["--answers", str(path)]
        if name == "counts":
            with pytest.raises(ConfigError, match="name its SQL, such as --sql postgres"):
                reconcile(*answers)
            with pytest.raises(ConfigError, match="leave out --repair until all is answered"):
                reconcile(*answers, "--sql", "duckdb", "--repair")
        code, stdout = reconcile("--sql", "duckdb", *answers)
    found = {(one["finding"], one["key"]) for one in map(json.loads, stdout.splitlines())}
    users = {str(row["name"]) for row in sandbox.all("users", "name")}
    assert found == {("gone there", "long gone"), *(("late", name) for name in users)}
    assert code == 4


def test_without_sql_or_an_address_nobody_can_ask(reconcile: Callable[..., tuple[int, str]]) -> None:
    with pytest.raises(ConfigError, match="set warehouse_url, or name the SQL of the warehouse"):
        reconcile()


def test_it_is_an_error_if_nothing_can_be_compared(reconcile: Callable[..., tuple[int, str]]) -> None:
    with pytest.raises(ConfigError, match="nothing can be compared: tickets_statuses: it is made of lists"):
        reconcile("--sql", "postgres", "--streams", "tickets_statuses")


def test_the_state_of_a_unit_is_no_state_of_a_warehouse(
    reconcile: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    unit = {"bookmarks": {}, "backfill": {"url": "https://x.daktela.com", "streams": {}}}
    state = harness.write_json(tmp_path / "state.json", unit)
    with pytest.raises(ConfigError, match="join the states of all units"):
        reconcile("--sql", "postgres", "-s", str(state))
