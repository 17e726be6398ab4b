"""A warehouse in PostgreSQL, loaded through target-postgres, held against a sandbox: what was planted is found.

With `-s` it prints what each comparison takes of the instance; ROWS, DAYS and SINCE in the environment make it larger.
"""

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
from tests.helpers.ledger import requested

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers.postgres_cluster import Cluster

pytestmark = pytest.mark.unmeasured

STREAMS = "tickets,tickets_statuses,activities,activities_call,contacts,users"
SCHEMA = "reconciled"
# In summer, so that windows begin and end at other hours in UTC; and a row was begun before and closed after it.
START = os.environ.get("SINCE", "2024-07-10")
OPEN = {"name": "closed_later", "type": "CALL", "time": "2024-07-09 23:50:00", "time_close": "2024-07-10 00:20:00"}
# In the hour that comes twice.
TWICE = {"name": "twice", "created": "2024-10-27 02:30:00", "edited": "2024-10-27 02:30:00"}


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
        login = self.postgres.login
        where = f"{login['user']}:{login['password']}@127.0.0.1:{login['port']}/{login['database']}"
        own = {"start_date": START, "streams": STREAMS, "warehouse_url": f"postgresql+psycopg://{where}"}
        return {**self.daktela.login, **own}

    def reconcile(self, name: str = "stdout", **options: Any) -> tuple[int, str]:
        """Return exit code and stdout, and print what it takes of the instance."""
        settings = Settings.parse(self.config)
        known = known_streams(settings)
        chosen = chosen_streams(settings, known, None)
        state, path = State(self.state, axes_of(known)), self.folder / name
        self.daktela.control("reset-requests")
        with path.open("wb") as file:
            given = Options(schema=SCHEMA, **options)
            code = reconcile(settings, known, chosen, state=state, output=file.fileno(), options=given)
        print(f"exit code {code} {'with' if given.digests else 'without'} digests: {took(self.daktela)}")  # noqa: T201
        return code, path.read_text(encoding="utf-8")

    def by_files(self) -> tuple[int, str, list[str]]:
        """Ask the warehouse by files until nothing is left to ask. Return exit code, stdout and the files."""
        answers: list[str] = []
        while True:
            code, stdout = self.reconcile(sql="postgres", answers=answers, digests=True)
            if code != MORE_TO_ASK:
                return code, stdout, answers
            path = self.folder / f"answers-{len(answers)}.csv"
            path.write_text(self.psql(stdout), encoding="utf-8")
            answers.append(str(path))

    def load(self, messages: Path) -> dict[str, Any]:
        """Hand messages to the target, and return the state that it prints."""
        with messages.open("rb") as lines:
            done = subprocess.run(self.target, stdin=lines, cwd=self.folder, capture_output=True, check=True)
        state: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return state

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


def took(daktela: harness.Sandbox) -> str:
    """Say what the instance was asked for since it forgot."""
    asked = requested(daktela)
    return f"{len(asked)} requests, {sum(one['bytes'] for one in asked):,} bytes"


@pytest.fixture
def warehouse(
    sandbox: Callable[..., harness.Sandbox], target_postgres: Path, postgres: Cluster, tmp_path: Path
) -> Warehouse:
    daktela = sandbox("--rows", os.environ.get("ROWS", "400"), "--days", os.environ.get("DAYS", "150"))
    daktela.control("rows", {"endpoint": "activities", "rows": [OPEN]})
    daktela.control("rows", {"endpoint": "contacts", "rows": [TWICE]})
    daktela.settle()
    login = {**postgres.login, "default_target_schema": SCHEMA, "validate_records": False, "use_copy": True}
    target = [target_postgres, "--config", harness.write_json(tmp_path / "target.json", login)]
    made = Warehouse(daktela, postgres, target, tmp_path, {})
    daktela.control("reset-requests")
    done = harness.deliver(harness.tap_command(tmp_path, made.config), target, tmp_path)
    assert (done.tap_code, done.target_code) == (0, 0), done.log
    print(f"a full read: {took(daktela)}")  # noqa: T201
    made.state = done.last_state
    return made


class Planted:
    """Differences that are planted in a warehouse and its instance, and what is to be said of each row (`said`)."""

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

    def put(self, endpoint: str, *rows: dict[str, Any]) -> None:
        """Write rows into the instance, with times before the bookmark: nobody told the warehouse."""
        self._say(endpoint, self._control("rows", {"endpoint": endpoint, "rows": rows})["keys"], "missing here")

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
    planted.lost("activities", "name", f"WHERE name = '{OPEN['name']}'")
    planted.lost("contacts", "name", f"WHERE name = '{TWICE['name']}'")
    planted.lost("activities_call", "id_call", "ORDER BY call_time LIMIT 2")
    planted.lost("activities_call", "id_call", "ORDER BY call_time DESC LIMIT 1", "late")  # lookback_days
    planted.lost("users", "name", "ORDER BY name LIMIT 1", "late")  # A whole table.
    summer = "WHERE {0} < '2024-09-01' ORDER BY {0} DESC LIMIT 2"
    planted.deleted("tickets", "tickets", "name", summer.format("edited"))
    planted.deleted("activities_call", "activitiesCall", "id_call", summer.format("call_time"))
    planted.deleted("contacts", "contacts", "name", summer.format("edited"))
    planted.edited("tickets", "WHERE edited < '2024-08-01' ORDER BY edited LIMIT 2")
    old = {"created": "2024-07-12 08:00:00", "edited": "2024-09-09 09:09:09"}
    planted.put("contacts", {"name": "came_late", **old}, {"name": "never_edited", **old, "edited": None})
    [ticket] = warehouse.keys(f"SELECT max(name) FROM {SCHEMA}.tickets WHERE edited < '2024-08-15'")  # noqa: S608
    planted.put("tickets", {"name": int(ticket), **old})
    return planted.said


def found(stdout: str) -> dict[tuple[str, str], str]:
    findings = [json.loads(line) for line in stdout.splitlines()]
    return {(one["stream"], one["key"]): one["finding"] for one in findings}


def test_every_planted_difference_is_found_and_mended_and_none_is_invented(warehouse: Warehouse) -> None:
    assert warehouse.reconcile() == (0, "")
    assert warehouse.reconcile(digests=True) == (0, "")
    statuses = warehouse.keys(f"SELECT count(*) FROM {SCHEMA}.tickets_statuses")  # noqa: S608

    planted = plant(warehouse)
    code, stdout, answers = warehouse.by_files()
    assert found(stdout) == planted
    assert (code, len(answers)) == (MISSING, 3)
    assert found(warehouse.reconcile()[1]) == planted

    warehouse.psql(f"DELETE FROM {SCHEMA}.tickets_statuses")  # noqa: S608
    assert warehouse.reconcile("repair.jsonl", digests=True, repair=True)[0] == GONE
    assert warehouse.load(warehouse.folder / "repair.jsonl") == warehouse.state
    assert warehouse.keys(f"SELECT count(*) FROM {SCHEMA}.tickets_statuses") != ["0"] != statuses  # noqa: S608

    code, stdout = warehouse.reconcile(digests=True)
    assert found(stdout) == {row: word for row, word in planted.items() if word != "missing here"}
    assert code == GONE
