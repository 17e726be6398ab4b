"""Daktela in Airflow: a DAG for each instance loads its history in units, side by side, and then what is new.

plan -> create_tables -> load_unit, one task for each unit -> merge -> load_new

DAG, connection, pool and variable of an instance are all called `daktela_NAME`; its tables are in the schema NAME.
`python daktela_dags.py > pools.json && airflow pools import pools.json` creates the pools.
"""

import json
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import daktela_loading
from airflow.sdk import DAG, Connection, Variable, task
from airflow.sdk.exceptions import AirflowFailException

INSTANCES = json.loads(Path(__file__).with_name("daktela_instances.json").read_text())
UNIT_ROWS = int(os.environ.get("DAKTELA_UNIT_ROWS", "50000"))
RETRY_DELAY = timedelta(seconds=int(os.environ.get("DAKTELA_RETRY_SECONDS", "60")))


@task
def plan(name: str) -> list[Any]:
    """Return the units to read: all of them at first, then those that failed, in the end none."""
    kept = read_kept(name)
    return daktela_loading.planned(tap_settings(name), UNIT_ROWS) if kept is None else kept["missing"]


@task
def create_tables(name: str, units: list[Any]) -> None:
    """Create the tables that several units write into."""
    unit = daktela_loading.unit_of_tables(units)
    if unit:
        daktela_loading.load_unit(tap_settings(name), target_settings(name), unit)


@task(trigger_rule="all_done")  # A stream that fails there holds up no other.
def load_unit(name: str, unit: Any) -> Any:
    """Load one unit of the history. What it returns is in Airflow's database, so the next task may run elsewhere."""
    return {"unit": unit["id"], "state": daktela_loading.load_unit(tap_settings(name), target_settings(name), unit)}


@task(trigger_rule="all_done_min_one_success")
def merge(name: str, units: list[Any], loaded: Any) -> Any:
    """Join the states of the units that were read, and keep which ones are missing for the next run."""
    results, kept = list(loaded or ()), read_kept(name)
    states = [result["state"] for result in results] + ([kept["state"]] if kept and kept["state"] else [])
    read = {result["unit"] for result in results}
    missing = [unit for unit in units if unit["id"] not in read]
    state = daktela_loading.merged(states) if states else None
    keep(name, state, missing)
    if missing:
        raise AirflowFailException(f"{len(missing)} of {len(units)} units are missing. The next run reads only those.")
    return state


@task(trigger_rule="none_failed")  # Without units to load, there was nothing to merge.
def load_new(name: str) -> None:
    """Read on from where the last run ended. A stream that fails stays where it was; the others move on."""
    state, is_whole = daktela_loading.load(
        tap_settings(name), target_settings(name), "--state", read_kept(name)["state"]
    )
    if state is not None:
        keep(name, state, missing=[])
    if not is_whole:
        raise RuntimeError("Not everything was read: the lines of the tap above say why.")


def read_kept(name: str) -> Any:
    """Return what the last run kept of an instance: its state, and the units that are missing. None at first."""
    return Variable.get(f"daktela_{name}", default=None, deserialize_json=True)


def keep(name: str, state: Any, missing: list[Any]) -> None:
    """Keep the state of an instance, and the units that are missing."""
    Variable.set(f"daktela_{name}", {"state": state, "missing": missing}, serialize_json=True)


def tap_settings(name: str) -> dict[str, Any]:
    """Return the settings of the tap: the login from the connection, and a task's share of what the pool allows."""
    connection, instance = Connection.get(f"daktela_{name}"), INSTANCES[name]
    login = {"access_token": connection.password}
    if connection.login:
        login = {"username": connection.login, "password": connection.password}
    share = {"concurrency": instance["concurrency"]}
    if "requests_per_second" in instance:
        tasks = instance["requests_in_flight"] // instance["concurrency"]
        share["requests_per_second"] = instance["requests_per_second"] / tasks
    return {"url": connection.host, **login, **share, **instance["settings"]}


def target_settings(name: str) -> dict[str, Any]:
    """Return the settings of the target: the connection `warehouse`, and a schema for each instance."""
    to = Connection.get("warehouse")
    login = {"host": to.host, "port": to.port or 5432, "database": to.schema, "user": to.login, "password": to.password}
    return {**login, "default_target_schema": name, "validate_records": False, "use_copy": True}


def pools() -> dict[str, Any]:
    """Return a pool for each instance: a slot is a request that may be in flight there."""
    pool = {"description": "Requests in flight at this instance of Daktela", "include_deferred": False}
    return {f"daktela_{name}": {"slots": one["requests_in_flight"], **pool} for name, one in INSTANCES.items()}


for name, instance in INSTANCES.items():
    with DAG(
        dag_id=f"daktela_{name}",
        schedule="@daily",
        start_date=datetime(2025, 1, 1, tzinfo=timezone.utc),
        catchup=False,
        max_active_runs=1,
        default_args={
            "pool": f"daktela_{name}",
            "pool_slots": instance["concurrency"],
            "retries": 3,
            "retry_delay": RETRY_DELAY,
            "retry_exponential_backoff": True,
        },
        tags=["daktela"],
    ):
        units = plan(name)
        loaded = load_unit.partial(name=name).expand(unit=units)
        create_tables(name, units) >> loaded
        merge(name, units, loaded) >> load_new(name)

if __name__ == "__main__":
    print(json.dumps(pools(), indent=2))
