"""An Airflow of our own in a temporary folder: api-server, scheduler and DAG processor, on 127.0.0.1 only."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from tests.helpers import harness
from tests.helpers.postgres_cluster import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping

AIRFLOW = harness.REPOSITORY / ".venv-airflow/bin/airflow"
# The scheduler serves its logs to the whole network unless it is told not to.
SERVICES = (("api-server",), ("scheduler", "--skip-serve-logs"), ("dag-processor",))


def settings(folder: Path, database: str, parallelism: int) -> dict[str, str]:
    """Return the variables of an Airflow whose files are in `folder` and whose metadata is in a PostgreSQL."""
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    options = {
        "CORE__DAGS_FOLDER": folder / "dags",
        "CORE__LOAD_EXAMPLES": False,
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": parallelism,
        "CORE__MAX_ACTIVE_TASKS_PER_DAG": parallelism,
        # Nothing begins by itself: a run is asked for, and its DAG is paused again for the scheduler's own runs.
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": True,
        "CORE__EXECUTION_API_SERVER_URL": f"{here}/execution/",
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": True,
        "CORE__FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "API__HOST": "127.0.0.1",
        "API__PORT": port,
        "API__BASE_URL": here,
        "API__WORKERS": 1,
        "API__SECRET_KEY": secrets.token_hex(32),
        "API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "DATABASE__SQL_ALCHEMY_CONN": database,
        # A task whose supervisor was killed is tried again after seconds instead of minutes.
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": 40,
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": 5,
        "USAGE_DATA_COLLECTION__ENABLED": False,
    }
    return {"AIRFLOW_HOME": str(folder), **{f"AIRFLOW__{name}": str(value) for name, value in options.items()}}


class AirflowHome:
    """A running Airflow; a context manager that stops it and removes its folder."""

    def __init__(self, dags: Path, database: str, variables: Mapping[str, str], parallelism: int) -> None:
        """Make the folder and the metadata; `variables` are those of the connections and of the DAGs."""
        self.folder = Path(tempfile.mkdtemp(prefix="tap-daktela-airflow-"))
        self._environment = {
            **harness.unmeasured(),
            **settings(self.folder, database, parallelism),
            **variables,
        }
        self._url = self._environment["AIRFLOW__API__BASE_URL"]
        self._api = requests.Session()
        self.services: list[subprocess.Popen[bytes]] = []
        shutil.copytree(dags, self.folder / "dags")

    def __enter__(self) -> AirflowHome:  # noqa: PYI034 - typing.Self is younger than Python 3.10
        """Create the metadata, start the services, and wait until they answer."""
        try:
            self.command("db", "migrate")
            for service in SERVICES:
                self._start(service)
            self._wait_for_health()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        """Stop everything."""
        self.stop()

    def command(self, *arguments: str | Path) -> str:
        """Run `airflow …` to its end, and return its stdout."""
        return self._run([AIRFLOW, *arguments])

    def _run(self, command: list[str | Path]) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=harness.PATIENCE,
        )
        if done.returncode:
            raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr[-3000:]}")
        return done.stdout

    def create_pools(self) -> None:
        """Do what the example's README says: its file writes the pools, Airflow imports them."""
        pools = self.folder / "pools.json"
        program = self._run([AIRFLOW.with_name("python"), self.folder / "dags/daktela_dags.py"])
        pools.write_text(program)
        self.command("pools", "import", pools)

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """Ask Airflow's REST API, and return its answer."""
        if not self._api.headers.get("Authorization"):
            token = self._api.get(f"{self._url}/auth/token", timeout=harness.PATIENCE).json()["access_token"]
            self._api.headers["Authorization"] = f"Bearer {token}"
        answer = self._api.request(method, f"{self._url}/api/v2/{path}", timeout=harness.PATIENCE, **body)
        answer.raise_for_status()
        return answer.json()

    def cpu_seconds(self) -> float:
        """Return the CPU time of the services, of their workers, and of all tasks that have ended."""
        ticks = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                # State, parent, group, …; from the twelfth on: its own time, and that of processes it waited for.
                fields = path.read_text().rpartition(")")[2].split()
                if int(fields[2]) in {service.pid for service in self.services}:
                    ticks += sum(map(int, fields[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End the services and all that they started, and remove the folder."""
        self._api.close()
        for service in self.services:
            service.send_signal(signal.SIGTERM)
        for service in self.services:
            try:
                service.wait(timeout=20)
            except subprocess.TimeoutExpired:
                service.kill()
            # Workers and tasks that outlived the service are in its group.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(service.pid, signal.SIGKILL)
            service.wait()
        shutil.rmtree(self.folder)

    def _start(self, service: tuple[str, ...]) -> None:
        with (self.folder / f"{service[0]}.log").open("wb") as log:
            self.services.append(
                subprocess.Popen(
                    [AIRFLOW, *service],
                    cwd=self.folder,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )

    def _wait_for_health(self) -> None:
        end = time.monotonic() + harness.PATIENCE
        while time.monotonic() < end:
            time.sleep(1)
            if any(service.poll() is not None for service in self.services):
                break
            try:
                health = requests.get(f"{self._url}/api/v2/monitor/health", timeout=5).json()
            except (requests.RequestException, json.JSONDecodeError):
                continue
            if all(health[name]["status"] == "healthy" for name in ("metadatabase", "scheduler", "dag_processor")):
                return
        logs = "\n".join((self.folder / f"{service[0]}.log").read_text()[-2000:] for service in SERVICES)
        raise RuntimeError(f"Airflow did not start: {logs}")
