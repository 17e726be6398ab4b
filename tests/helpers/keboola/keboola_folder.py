"""The platform's side of a component: a data folder that is prepared, the command, and what is found afterwards."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.helpers import harness

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COMMAND = harness.COMMANDS / "tap-daktela-keboola"

# What the platform sets in every container, apart from the data folder.
ENVIRONMENT = {
    "KBC_RUNID": "1",
    "KBC_PROJECTID": "2",
    "KBC_STACKID": "connection.keboola.com",
    "KBC_CONFIGID": "3",
    "KBC_COMPONENTID": "test.daktela",
    "KBC_BRANCHID": "4",
}

csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class Table:
    """A finished table as the platform would read it."""

    header: list[str]
    rows: list[dict[str, str]] = field(repr=False)
    manifest: dict[str, Any]

    @property
    def primary_key(self) -> list[str]:
        """Return the key that the manifest names, whichever kind of manifest it is."""
        if "schema" in self.manifest:
            return [column["name"] for column in self.manifest["schema"] if column.get("primary_key")]
        return self.manifest["primary_key"]

    def values(self, column: str) -> list[str]:
        """Return what is in a column, in the order of the rows."""
        return [row[column] for row in self.rows]

    def upsert(self, load: Table) -> Table:
        """Return what the platform makes of this table by loading another one into it."""
        if not load.manifest["incremental"]:
            return load
        assert set(self.header) <= set(load.header), "the import fails: columns are missing"
        rows = {tuple(row[name] for name in load.primary_key): row for table in (self, load) for row in table.rows}
        return Table(load.header, list(rows.values()), load.manifest)


@dataclass(frozen=True)
class Run:
    """A finished run of the component."""

    returncode: int
    stdout: str
    stderr: str
    folder: Path

    @property
    def state(self) -> dict[str, Any] | None:
        """Return what the platform would store: nothing unless the run succeeded."""
        path = self.folder / "out/state.json"
        return json.loads(path.read_text(encoding="utf-8")) if self.returncode == 0 and path.exists() else None

    @property
    def files(self) -> list[str]:
        """Return the names in out/tables."""
        return sorted(path.name for path in (self.folder / "out/tables").iterdir())

    @property
    def tables(self) -> dict[str, Table]:
        """Return every table by name; a manifest without a table, or the reverse, is an error."""
        names = [name.removesuffix(".csv") for name in self.files if name.endswith(".csv")]
        assert self.files == sorted([f"{name}.csv" for name in names] + [f"{name}.csv.manifest" for name in names])
        return {name: read_table(self.folder / "out/tables", name) for name in names}


def read_table(folder: Path, name: str) -> Table:
    """Read a table with its header and its manifest."""
    with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        header = next(reader)
        rows = [dict(zip(header, row, strict=True)) for row in reader]
    return Table(header, rows, json.loads((folder / f"{name}.csv.manifest").read_text(encoding="utf-8")))


class Storage:
    """Keboola Storage as far as a component notices it: the tables of a bucket, and the state of the configuration."""

    def __init__(self) -> None:
        """Begin empty, as before the first run."""
        self.tables: dict[str, Table] = {}
        self.state: Any = None

    def load(self, run: Run) -> None:
        """Import what a run has written, and store its state."""
        assert run.returncode == 0, run.stderr
        for name, table in run.tables.items():
            self.tables[name] = self.tables[name].upsert(table) if name in self.tables else table
        assert run.state is not None, "a run without a state file erases the stored state"
        self.state = run.state


class DataFolder:
    """A data folder; each run gets a fresh one, as on the platform."""

    def __init__(self, root: Path, target: Path) -> None:
        """Take an empty folder and the command of the target."""
        self.root = root
        self._target = target
        self._number = 0

    def run(
        self,
        parameters: Any,
        *,
        action: str | None = "run",
        state: Any = None,
        env: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
    ) -> Run:
        """Prepare a folder as the platform does, and run the command in it; `before` are words put before it."""
        return self.start(self.prepare(parameters, action=action, state=state), env=env, before=before)

    def start(self, folder: Path, *, env: Mapping[str, str] | None = None, before: Sequence[str] = ()) -> Run:
        """Run the command in a folder that was prepared."""
        done = subprocess.run(
            [*before, COMMAND],
            cwd=self.root,
            env=self.environment(folder, env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=harness.PATIENCE,
        )
        return Run(done.returncode, done.stdout.decode(), done.stderr.decode(), folder)

    def prepare(self, parameters: Any, *, action: str | None = "run", state: Any = None) -> Path:
        """Return a new data folder."""
        self._number += 1
        folder = self.root / f"data{self._number}"
        for name in ("in/tables", "in/files", "in/user", "out/tables", "out/files"):
            (folder / name).mkdir(parents=True)
        config = {"parameters": parameters, "image_parameters": {}, "authorization": {}}
        harness.write_json(folder / "config.json", config if action is None else {**config, "action": action})
        harness.write_json(folder / "in/state.json", {} if state is None else state)
        return folder

    def environment(self, folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the variables of a run."""
        ours = {"KBC_DATADIR": f"{folder}/", "TARGET_CSV": str(self._target), **ENVIRONMENT}
        return {**os.environ, **ours, **(more or {})}


def parameters_of(daktela: harness.Sandbox) -> dict[str, str]:
    """Return the parameters that lead to a sandbox, with all of its past as the period."""
    return {
        "url": daktela.url,
        "server": "acme",
        "username": daktela.username,
        "#password": daktela.password,
        "from": harness.BEGINNING,
        "to": "today",
    }
