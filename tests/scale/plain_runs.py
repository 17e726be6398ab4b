"""What all is compared with: one process that reads an instance from its beginning to its end, and then what is new."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.helpers import harness

if TYPE_CHECKING:
    from tests.helpers.postgres_cluster import Cluster
    from tests.scale.instances import Instance

TARGET = harness.REPOSITORY / ".venv-target/bin/target-postgres"


def load(instance: Instance, cluster: Cluster, schema: str, state: Any = None) -> Any:
    """Load an instance into a schema with the tap alone, and return the last state; RuntimeError if that fails."""
    config = {**instance.login, **instance.described["settings"]}
    target = {**cluster.login, "default_target_schema": schema, "validate_records": False, "use_copy": True}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tap = harness.tap_command(folder, config, state=state)
        done = harness.deliver(tap, [TARGET, "--config", harness.write_json(folder / "target.json", target)], folder)
    if done.tap_code or done.target_code:
        raise RuntimeError(f"the plain run of {instance.name} failed: {done.log[-3000:]}")
    return done.last_state


def bookmarks(state: Any) -> dict[str, Any]:
    """Return the bookmarks of a state. That a month has no anonymised rows is said by the states of units only."""
    return {
        stream: {name: value if isinstance(value, str) else _not_none(value) for name, value in bookmark.items()}
        for stream, bookmark in state["bookmarks"].items()
    }


def _not_none(counts: dict[str, int]) -> dict[str, int]:
    return {month: count for month, count in counts.items() if count}
