"""A warehouse in PostgreSQL, loaded through target-postgres, held against a sandbox: what was planted is found."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.choosing import chosen_streams, known_streams
from tap_daktela.reconcile.command import MORE_TO_ASK, Options, reconcile
from tap_daktela.reconcile.telling import GONE, MISSING
from tap_daktela.settings import Settings
from tap_daktela.sync.singer.state import State, axes_of
from tests.helpers import harness

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers.postgres_cluster import Cluster

pytestmark = pytest.mark.unmeasured

STREAMS = "tickets,tickets_statuses,activities,activities_call,contacts,users"
SCHEMA = "reconciled"


@dataclass
class Warehouse:
    """A schema in PostgreSQL, loaded from a sandbox up to `state`."""

    daktela: harness.Sandbox
    postgres: Cluster
    target: list[Any]
    folder: Path
    state: dict[str, Any]

    @property
    def config(self) -> dict[str, Any]:
        """Return the tap's settings."""
        return {**self.daktela.login, "start_date": harness.BEGINNING, "streams": STREAMS}

    def reconcile(self, name: str, **options: Any) -> tuple[int, str]:
        """Return exit code and stdout."""
        settings = Settings.parse(self.config)
        known = known_streams(settings)
        chosen = chosen_streams(settings, known, None)
        state = State(self.state, axes_of(known))
        path = self.folder / name
        with path.open("wb") as file:
            code = reconcile(settings, known, chosen, state=state, output=file.fileno(), options=Options(**options))
        return code, path.read_text(encoding="utf-8")

    def offline(self) -> tuple[int, str, list[str]]:
        """Ask the warehouse by files until nothing is left to ask. Return exit code, stdout and the files."""
        answers: list[str] = []
        while True:
            code, stdout = self.reconcile("stdout", sql="postgres", schema=SCHEMA, answers=answers, digests=True)
            if code != MORE_TO_ASK:
                return code, stdout, answers
            path = self.folder / f"answers-{len(answers)}.csv"
            path.write_text(self.psql(stdout), encoding="utf-8")
            answers.append(str(path))

    def psql(self, sql: str) -> str:
        """Return what psql writes as CSV."""
        login = self.postgres.login
        where = {"PGHOST": "127.0.0.1", "PGPORT": str(login["port"]), "PGUSER": login["user"]}
        environment = {**os.environ, **where, "PGPASSWORD": login["password"]}
        command = ["psql", "--no-psqlrc", "--csv", "--quiet", "--set=ON_ERROR_STOP=1", login["database"]]
        done = subprocess.run(command, input=sql, env=environment, capture_output=True, check=False, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def keys(self, sql: str) -> list[str]:
        """Run a statement that returns keys."""
        return self.psql(sql).split()[1:]


@pytest.fixture
def warehouse(
    sandbox: Callable[..., harness.Sandbox], target_postgres: Path, postgres: Cluster, tmp_path: Path
) -> Warehouse:
    daktela = sandbox("--rows", "400", "--days", "150")
    daktela.settle()
    login = {**postgres.login, "default_target_schema": SCHEMA, "validate_records": False, "use_copy": True}
    target = [target_postgres, "--config", harness.write_json(tmp_path / "target.json", login)]
    config = {**daktela.login, "start_date": harness.BEGINNING, "streams": STREAMS}
    done = harness.deliver(harness.tap_command(tmp_path, config), target, tmp_path)
    assert (done.tap_code, done.target_code) == (0, 0), done.log
    return Warehouse(daktela, postgres, target, tmp_path, done.last_state)


class Planted:
    """Differences that are planted in a warehouse and its instance, and what is to be said of each row."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.said: dict[tuple[str, str], str] = {}
        self._warehouse = warehouse
        self._control = warehouse.daktela.control

    def lost(self, stream: str, key: str, chosen: str, word: str = "missing here") -> None:
        """Delete rows in PostgreSQL."""
        table = f'{SCHEMA}."{stream}"'
        keys = f"SELECT {key} FROM {table} {chosen}"  # noqa: S608 - names of our own
        self._say(stream, self._warehouse.keys(f"DELETE FROM {table} WHERE {key} IN ({keys}) RETURNING {key}"), word)  # noqa: S608

    def deleted(self, stream: str, endpoint: str, key: str, chosen: str) -> None:
        """Delete rows in the instance."""
        keys = self._keys(f'SELECT {key} FROM {SCHEMA}."{stream}" {chosen}')  # noqa: S608 - names of our own
        self._say(stream, self._control("delete", {"endpoint": endpoint, "keys": keys})["keys"], "gone there")

    def edited(self, endpoint: str, chosen: str) -> None:
        """Edit rows in the instance, after the bookmark."""
        keys = self._keys(f'SELECT name FROM {SCHEMA}."{endpoint}" {chosen}')  # noqa: S608 - names of our own
        self._say(endpoint, self._control("edit", {"endpoint": endpoint, "keys": keys})["keys"], "late")

    def put(self, stream: str, endpoint: str, rows: list[dict[str, Any]]) -> None:
        """Write rows into the instance, with times before the bookmark: nobody told the warehouse."""
        self._say(stream, self._control("rows", {"endpoint": endpoint, "rows": rows})["keys"], "missing here")

    def _keys(self, sql: str) -> list[Any]:
        return [int(key) if key.isdigit() else key for key in self._warehouse.keys(sql)]

    def _say(self, stream: str, keys: list[Any], word: str) -> None:
        assert keys
        self.said.update({(stream, str(key)): word for key in keys})


def plant(warehouse: Warehouse) -> dict[tuple[str, str], str]:
    """Make the two sides different in every way. Return what is to be said of each row."""
    planted = Planted(warehouse)
    autumn = "WHERE {0} < '2024-10-20' ORDER BY {0} DESC LIMIT 3"
    for stream, column in (("tickets", "edited"), ("activities", "time"), ("contacts", "created")):
        planted.lost(stream, "name", autumn.format(column))
    planted.lost("activities_call", "id_call", "ORDER BY call_time LIMIT 2")
    planted.lost("activities_call", "id_call", "ORDER BY call_time DESC LIMIT 1", "late")  # lookback_days
    planted.lost("users", "name", "ORDER BY name LIMIT 1", "late")  # A whole table.
    summer = "WHERE {0} < '2024-09-01' ORDER BY {0} DESC LIMIT 2"
    planted.deleted("tickets", "tickets", "name", summer.format("edited"))
    planted.deleted("activities_call", "activitiesCall", "id_call", summer.format("call_time"))
    planted.deleted("contacts", "contacts", "name", summer.format("edited"))
    planted.edited("tickets", "WHERE edited < '2024-08-01' ORDER BY edited LIMIT 2")
    old = {"created": "2024-07-01 08:00:00", "edited": "2024-09-09 09:09:09"}
    planted.put("contacts", "contacts", [{"name": "late", **old}, {"name": "blank change", **old, "edited": None}])
    [ticket] = warehouse.keys(f"SELECT max(name) FROM {SCHEMA}.tickets WHERE edited < '2024-08-15'")  # noqa: S608
    planted.put("tickets", "tickets", [{"name": int(ticket), **old}])
    return planted.said


def found(stdout: str) -> dict[tuple[str, str], str]:
    findings = [json.loads(line) for line in stdout.splitlines()]
    return {(one["stream"], one["key"]): one["finding"] for one in findings}


def test_every_planted_difference_is_found_and_mended_and_none_is_invented(warehouse: Warehouse) -> None:
    code, stdout, answers = warehouse.offline()
    assert (code, stdout, len(answers)) == (0, "", 1)

    planted = plant(warehouse)
    code, stdout, answers = warehouse.offline()
    assert found(stdout) == planted
    assert (code, len(answers)) == (MISSING, 3)

    code, stdout = warehouse.reconcile("repair.jsonl", answers=answers, digests=True, repair=True)
    assert code == GONE
    with (warehouse.folder / "repair.jsonl").open("rb") as lines:
        done = subprocess.run(warehouse.target, stdin=lines, cwd=warehouse.folder, capture_output=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == warehouse.state

    code, stdout, _ = warehouse.offline()
    assert found(stdout) == {row: word for row, word in planted.items() if word != "missing here"}
    assert code == GONE
