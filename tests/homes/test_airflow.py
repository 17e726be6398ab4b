"""What examples/airflow does: a whole Airflow loads an instance in units, and a second run only what is missing."""

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.helpers import harness
from tests.helpers.postgres_cluster import Cluster
from tests.scale import example, plain_runs, warehouse
from tests.scale.instances import Instance, running

pytestmark = [pytest.mark.unmeasured, pytest.mark.apart]

STREAMS = ["activities", "tickets", "users"]


def planned(instance: Instance) -> list[Any]:
    """Return the units of small size into which the tap cuts the history of an instance."""
    config = {**instance.login, **instance.described["settings"]}
    with TemporaryDirectory() as folder:
        command = [*harness.tap_command(Path(folder), config), "--plan", "--unit-rows", "40"]
        return [json.loads(line) for line in subprocess.check_output(command).splitlines()]


def test_a_unit_that_failed_is_all_that_the_next_run_reads(
    postgres: Cluster, airflow: Path, target_postgres: Path
) -> None:
    instance = Instance("brno", rows=80, seed=3, settings={"streams": STREAMS})
    with running([instance]), example.airflow([instance], postgres, parallelism=2, unit_rows=40) as home:
        # The plan of a run that failed altogether, so that a stream can be refused before any unit is loaded.
        example.keep(home, instance, None, planned(instance))
        instance.sandbox.control("options", {"deny": ["tickets=500"]})
        run = example.begin(home, instance)
        example.until(lambda: example.outcome(home, instance, run) == "failed", "the first run did not end")
        first = {one["state"] for one in example.units(home, instance, run)}
        assert first == {"success", "failed"}
        assert instance.sandbox.access_token not in "".join(path.read_text() for path in home.folder.rglob("*.log"))

        instance.sandbox.control("options", {"deny": None})
        run = example.begin(home, instance)
        example.until(lambda: example.outcome(home, instance, run) == "success", "the second run did not end")
        assert len(example.units(home, instance, run)) == 1
        state = plain_runs.load(instance, postgres, "brno_plain")
        assert plain_runs.bookmarks(example.kept_state(home, instance)) == plain_runs.bookmarks(state)
        assert warehouse.differences(postgres, instance.name, "brno_plain") == []

        instance.sandbox.control("add", {"endpoint": "tickets", "count": 5})
        instance.sandbox.settle()
        run = example.begin(home, instance)
        example.until(lambda: example.outcome(home, instance, run) == "success", "the third run did not end")
        assert example.units(home, instance, run) == []
        plain_runs.load(instance, postgres, "brno_plain", state)
        assert warehouse.differences(postgres, instance.name, "brno_plain") == []
