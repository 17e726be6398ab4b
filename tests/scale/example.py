"""The example's DAGs, copied as a user would, in an Airflow of our own; and what Airflow says about their runs."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tests.helpers import harness
from tests.scale import plain_runs, warehouse
from tests.scale.airflow_home import AirflowHome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.helpers.postgres_cluster import Cluster
    from tests.scale.instances import Instance

EXAMPLE = harness.REPOSITORY / "examples/airflow"
# Only ends what hangs.
PATIENCE = 1200


@contextmanager
def airflow(
    instances: Sequence[Instance], cluster: Cluster, *, parallelism: int, unit_rows: int
) -> Iterator[AirflowHome]:
    """Run an Airflow with the DAGs of these instances, paused, and with their pools."""
    variables = {
        **{f"AIRFLOW_CONN_DAKTELA_{one.name.upper()}": connection(one) for one in instances},
        "AIRFLOW_CONN_WAREHOUSE": warehouse.connection(cluster),
        "TAP_DAKTELA": str(harness.COMMANDS / "tap-daktela"),
        "SINGER_TARGET": str(plain_runs.TARGET),
        "DAKTELA_UNIT_ROWS": str(unit_rows),
        "DAKTELA_RETRY_SECONDS": "2",
    }
    with TemporaryDirectory() as name:
        dags = Path(name)
        for path in EXAMPLE.glob("*.py"):
            shutil.copy(path, dags)
        (dags / "daktela_instances.json").write_text(json.dumps({one.name: one.described for one in instances}))
        with AirflowHome(dags, warehouse.database(cluster, "airflow"), variables, parallelism) as home:
            home.create_pools()
            until(lambda: home.ask("GET", "dags")["total_entries"] == len(instances), "DAGs were not found")
            yield home


def connection(instance: Instance) -> str:
    """Return the value of the variable that holds an instance's connection."""
    login = instance.login
    return json.dumps({"conn_type": "http", "host": login["url"], "password": login["access_token"]})


def begin(home: AirflowHome, instance: Instance) -> str:
    """Let an instance be loaded, and return the name of the run.

    The scheduler makes the first run itself, as soon as the DAG is no longer paused.
    """
    path = f"dags/daktela_{instance.name}"
    if not home.ask("GET", path)["is_paused"]:
        return str(home.ask("POST", f"{path}/dagRuns", json={"logical_date": None})["dag_run_id"])
    home.ask("PATCH", path, json={"is_paused": False})
    until(lambda: home.ask("GET", f"{path}/dagRuns")["dag_runs"], f"no run of {instance.name} began")
    return str(home.ask("GET", f"{path}/dagRuns")["dag_runs"][0]["dag_run_id"])


def outcomes(home: AirflowHome, runs: Mapping[str, str]) -> dict[str, str]:
    """Return the state of runs, given by the names of their instances: queued, running, success or failed."""
    found = home.ask("GET", "dags/~/dagRuns?limit=1000")["dag_runs"]
    states = {(one["dag_id"], one["dag_run_id"]): one["state"] for one in found}
    return {name: states[f"daktela_{name}", run] for name, run in runs.items()}


def running_units(home: AirflowHome) -> list[dict[str, Any]]:
    """Return what Airflow knows about each task that is loading a unit."""
    tasks = home.ask("GET", "dags/~/dagRuns/~/taskInstances?state=running&limit=1000")["task_instances"]
    return [one for one in tasks if one["task_id"] == "load_unit"]


def outcome(home: AirflowHome, instance: Instance, run: str) -> str:
    """Return the state of one run."""
    return outcomes(home, {instance.name: run})[instance.name]


def units(home: AirflowHome, instance: Instance, run: str) -> list[dict[str, Any]]:
    """Return what Airflow knows about each task of a run that loads a unit."""
    path = f"dags/daktela_{instance.name}/dagRuns/{run}/taskInstances?limit=1000"
    tasks = home.ask("GET", path)["task_instances"]
    return [one for one in tasks if one["task_id"] == "load_unit" and one["map_index"] >= 0]


def merged_state(home: AirflowHome, instance: Instance, run: str) -> Any:
    """Return the state that the task `merge` of a run returned."""
    path = f"dags/daktela_{instance.name}/dagRuns/{run}/taskInstances/merge/xcomEntries/return_value"
    return home.ask("GET", f"{path}?deserialize=true")["value"]


def kept_state(home: AirflowHome, instance: Instance) -> Any:
    """Return the state with which the next run of an instance begins."""
    return json.loads(home.ask("GET", f"variables/daktela_{instance.name}")["value"])["state"]


def keep(home: AirflowHome, instance: Instance, state: Any, missing: list[Any]) -> None:
    """Let the next run of an instance begin with a state and the units that are missing."""
    value = json.dumps({"state": state, "missing": missing})
    home.ask("POST", "variables", json={"key": f"daktela_{instance.name}", "value": value})


def until(is_so: Callable[[], Any], otherwise: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(otherwise)
        time.sleep(1)
