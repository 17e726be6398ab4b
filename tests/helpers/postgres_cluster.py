"""A throw-away PostgreSQL."""

from __future__ import annotations

import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

USER = "tests"
DATABASE = "postgres"


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's server programs: Debian keeps them off PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return versions[-1].parent if versions else None


def unprivileged() -> dict[str, Any]:
    """Return how to start a process that is not root's: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    account = names.get("postgres") or names["nobody"]
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Cluster:
    """A PostgreSQL cluster in a temporary folder, reachable from this machine only."""

    def __init__(self, programs: Path) -> None:
        """Create the cluster and start it."""
        self._programs = programs
        self._as = unprivileged()
        self._folder = Path(tempfile.mkdtemp(prefix="tap-daktela-postgres-"))
        self.password = secrets.token_hex(16)
        self.port = free_port()
        try:
            self._create()
            self._start()
        except BaseException:
            self.stop()
            raise

    def _create(self) -> None:
        passwords = self._folder / "password"
        passwords.touch(mode=0o600)
        passwords.write_text(self.password, encoding="utf-8")
        if self._as:
            for path in (self._folder, passwords):
                os.chown(path, self._as["user"], self._as["group"])
        options = ["--auth=scram-sha-256", f"--username={USER}", "--encoding=UTF8", "--locale=C", "--no-sync"]
        self._run("initdb", *options, f"--pwfile={passwords}", "--pgdata", self._folder / "data")

    def _start(self) -> None:
        # The socket goes into the folder, too: the usual place may not be writable.
        # The target drops the zone of a time, and the server would show it in the machine's.
        options = f"-c listen_addresses=127.0.0.1 -p {self.port} -k {self._folder} -c fsync=off -c timezone=UTC"
        self._control("start", "--options", options, "--log", self._folder / "log")

    def stop(self) -> None:
        """Stop the server and remove everything."""
        if (self._folder / "data" / "postmaster.pid").exists():
            self._control("stop", "--mode=immediate")
        shutil.rmtree(self._folder)

    @property
    def login(self) -> dict[str, Any]:
        """Return the settings with which target-postgres reaches the cluster."""
        where = {"host": "127.0.0.1", "port": self.port, "database": DATABASE}
        return {**where, "user": USER, "password": self.password}

    def query(self, sql: str, before: str = "") -> list[dict[str, Any]]:
        """Return the rows of a SELECT, after statements that return nothing."""
        return json.loads(self._psql(before, f"SELECT coalesce(json_agg(t), '[]') FROM ({sql}) AS t"))  # noqa: S608 - the tests' own

    def execute(self, sql: str) -> None:
        """Run a statement that returns nothing."""
        self._psql(sql)

    def _psql(self, *statements: str) -> bytes:
        command = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]
        command += [f"--command={sql}" for sql in statements if sql]
        where = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": USER, "PGDATABASE": DATABASE}
        return subprocess.run(
            command, env={**os.environ, **where, "PGPASSWORD": self.password}, capture_output=True, check=True
        ).stdout

    def _control(self, *args: str | Path) -> None:
        self._run("pg_ctl", "--wait", "--pgdata", self._folder / "data", *args)

    def _run(self, program: str, *args: str | Path) -> None:
        # Not captured by a pipe: the server that pg_ctl starts would keep it open.
        with tempfile.TemporaryFile() as output:
            command = [self._programs / program, *args]
            done = subprocess.run(command, cwd="/", stdout=output, stderr=output, check=False, **self._as)
            if done.returncode:
                output.seek(0)
                raise RuntimeError(f"{program} failed: {output.read().decode(errors='replace')}")
