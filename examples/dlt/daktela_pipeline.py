"""Load Daktela into DuckDB with dlt: run tap-daktela once, and load the rows and the state that it writes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import dlt

TYPES = {"integer": "bigint", "number": "double", "boolean": "bool", "object": "json", "array": "json"}
# dlt reports to its makers what it does, unless it is told not to.
os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")


class TapError(Exception):
    """The tap is missing or ended with an exit code other than 0."""


def load(*arguments: str) -> None:
    """Load what the tap writes when it is called with these arguments, into the dataset `daktela`; raise TapError."""
    name = os.environ.get("TAP_DAKTELA", "tap-daktela")
    command = shutil.which(name)
    if command is None:
        raise TapError(f"{name!r} is no command: install tap-daktela, or set TAP_DAKTELA to the path of the command.")
    with tempfile.TemporaryDirectory() as folder:
        # A new working folder each time: an old one keeps a state that counts rows whose load failed.
        pipeline = dlt.pipeline("tap_daktela", pipelines_dir=folder, destination="duckdb", dataset_name="daktela")
        pipeline.sync_destination()
        state = Path(folder, "state.json")
        state.write_text(json.dumps(pipeline.state.get("sources", {}).get("daktela", {}).get("singer", {})))
        with subprocess.Popen([command, *arguments, "--state", state], stdout=subprocess.PIPE) as tap:
            # Not "jsonl": DuckDB then guesses types and changes values. "insert_values" needs ten times the memory.
            print(pipeline.run(daktela(tap.stdout), loader_file_format="parquet"))
    if tap.returncode:
        raise TapError(
            f"tap-daktela ended with exit code {tap.returncode}: its log says why. What it wrote before was loaded,"
            " with the state that belongs to it. The next run continues from there."
        )


@dlt.source
def daktela(lines: Iterable[bytes]) -> Any:
    """Return a source that makes a table of each stream in the tap's output."""
    return dlt.resource(rows, name="streams")(lines)


def rows(lines: Iterable[bytes]) -> Iterator[Any]:
    """Yield each record for the table of its stream, and keep the last state beside them."""
    for number, line in enumerate(lines):
        if not line.endswith(b"\n"):
            return  # The tap was killed while it wrote. Its exit code says so.
        message = json.loads(line)
        if message["type"] == "SCHEMA":
            yield dlt.mark.with_hints(dlt.mark.materialize_table_schema(), hints(message), create_table_variant=True)
        elif message["type"] == "RECORD":
            yield dlt.mark.with_table_name({**message["record"], "_sdc_sequence": number}, message["stream"])
        elif message["type"] == "STATE":
            dlt.current.source_state()["singer"] = message["value"]


def hints(message: dict[str, Any]) -> Any:
    """Return dlt's hints for the table of a SCHEMA message: update rows by the key, or append them if there is none."""
    key = message["key_properties"]
    columns = {name: {"data_type": data_type(schema)} for name, schema in message["schema"]["properties"].items()}
    # If a row comes twice in one run, the one that came last counts.
    columns["_sdc_sequence"] = {"data_type": "bigint", **({"dedup_sort": "desc"} if key else {})}
    return dlt.mark.make_hints(
        table_name=message["stream"],
        columns=columns,
        primary_key=key,
        write_disposition="merge" if key else "append",
    )


def data_type(schema: dict[str, Any]) -> str:
    """Return dlt's type of a column; its timestamps are in UTC."""
    if schema.get("format") == "date-time":
        return "timestamp"
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    return next((TYPES[name] for name in types if name in TYPES), "text")


if __name__ == "__main__":
    # Ends like Ctrl-C, so that no rows stay in the temporary folder.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        load(*sys.argv[1:])
    except TapError as error:
        sys.exit(str(error))
