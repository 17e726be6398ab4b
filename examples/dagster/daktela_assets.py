"""Daktela in Dagster: an asset for each stream, loaded by tap-daktela and a Singer target."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

STREAMS = ("activities", "activities_call", "activities_email", "tickets", "contacts", "users", "queues", "statuses")
TAP = (os.environ.get("TAP_DAKTELA", "tap-daktela"), "--config", "ENV")
TARGET = (os.environ.get("SINGER_TARGET", "target-postgres"), "--config=ENV")


@dg.multi_asset(
    specs=[dg.AssetSpec(stream, group_name="daktela", skippable=True) for stream in STREAMS], can_subset=True
)
def daktela(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    """Load the chosen streams, and materialize each that was read to its end and stored."""
    streams = sorted(key.to_user_string() for key in context.selected_asset_keys)
    with tempfile.TemporaryDirectory() as name:
        report, state = Path(name, "report.json"), Path(name, "state.json")
        state.write_text(json.dumps({"bookmarks": {stream: bookmarks(context, stream) for stream in streams}}))
        options = ("--streams", ",".join(streams), "--state", state, "--report", report)
        with subprocess.Popen([*TAP, *options], stdout=subprocess.PIPE) as tap:
            target = subprocess.run(TARGET, stdin=tap.stdout, stdout=subprocess.PIPE, check=False)
        endpoints = json.loads(report.read_text()).get("endpoints", []) if report.exists() else []
    if target.returncode:
        raise dg.Failure(f"The target ended with exit code {target.returncode}: its log says why. Nothing moved on.")
    states = target.stdout.splitlines()
    stored = json.loads(states[-1])["bookmarks"] if states else {}
    for endpoint in endpoints:
        for stream, account in endpoint["streams"].items():
            if endpoint["complete"]:
                metadata = {"rows": account["records"], "bookmarks": stored.get(stream, {})}
                yield dg.MaterializeResult(asset_key=stream, metadata=metadata)
    if tap.returncode:
        raise dg.Failure(f"The tap ended with exit code {tap.returncode}: its log says why. Other streams are stored.")


def bookmarks(context: dg.AssetExecutionContext, stream: str) -> Any:
    """Return the bookmarks with which a stream was last materialized, from which it continues."""
    event = context.instance.get_latest_materialization_event(dg.AssetKey(stream))
    if event is None or event.asset_materialization is None:
        return {}
    return event.asset_materialization.metadata["bookmarks"].value


defs = dg.Definitions(assets=[daktela])
