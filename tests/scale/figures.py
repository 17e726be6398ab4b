"""How fast a backfill is, and what the instance feels of it, with one, two and four units at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import mean
from typing import TYPE_CHECKING

from tests.scale import example, warehouse

if TYPE_CHECKING:
    from tests.helpers.postgres_cluster import Cluster
    from tests.scale.airflow_home import AirflowHome
    from tests.scale.instances import Instance

HEAD = (
    "| Units at a time | Units | Rows | Seconds | CPU seconds | Requests/s | Most in flight (allowed) | On average |",
    "|---|---|---|---|---|---|---|---|",
)


@dataclass(frozen=True)
class Figures:
    """One backfill: from the beginning of its first unit to the end of its last one.

    `cpu_seconds` are those of Airflow, the tap and the target, in the whole run of the DAG.
    """

    at_a_time: int
    units: int
    rows: int
    seconds: float
    cpu_seconds: float
    requests: int
    most_in_flight: int
    allowed: int
    mean_in_flight: float

    @property
    def line(self) -> str:
        """Return the line of the table in docs/scale.md."""
        times = f"{self.seconds:.0f} | {self.cpu_seconds:.0f} | {self.requests / self.seconds:.1f}"
        cells = f"{self.units} | {self.rows:,} | {times}"
        return f"| {self.at_a_time} | {cells} | {self.most_in_flight} ({self.allowed}) | {self.mean_in_flight:.1f} |"


def measured(home: AirflowHome, instance: Instance, cluster: Cluster) -> Figures:
    """Load an instance by Airflow, and return the figures."""
    instance.sandbox.control("reset-requests")
    before = home.cpu_seconds()
    run = example.begin(home, instance)
    example.until(lambda: example.outcome(home, instance, run) == "success", f"{instance.name} was not loaded in time")
    units = example.units(home, instance, run)
    begun = min(datetime.fromisoformat(one["start_date"]) for one in units).timestamp()
    ended = max(datetime.fromisoformat(one["end_date"]) for one in units).timestamp()
    requests = instance.requests()
    of_units = [one["in_flight"] for one in requests if begun <= one["at"] <= ended]
    return Figures(
        at_a_time=instance.requests_in_flight // instance.concurrency,
        units=len(units),
        rows=warehouse.rows(cluster, instance.name),
        seconds=ended - begun,
        cpu_seconds=home.cpu_seconds() - before,
        requests=len(of_units),
        most_in_flight=max(one["in_flight"] for one in requests),
        allowed=instance.requests_in_flight,
        mean_in_flight=mean(of_units),
    )
