"""What the tasks of daktela_dags.py do: they run tap-daktela, alone or piped into a Singer target. Knows no Airflow."""

import ctypes
import json
import os
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

TAP = os.environ.get("TAP_DAKTELA", "tap-daktela")
TARGET = os.environ.get("SINGER_TARGET", "target-postgres")
Settings = Mapping[str, Any]


def planned(settings: Settings, unit_rows: int) -> list[Any]:
    """Return the units of which the history consists, each of about as many rows."""
    lines = _output(["plan", "--config", "ENV", "--unit-rows", str(unit_rows)], settings).splitlines()
    return [json.loads(line) for line in lines]


def unit_of_tables(units: list[Any]) -> Any:
    """Return a unit of one second with all streams that several units share, or None if one unit is alone.

    It creates the schema and their tables: of two targets that create the same one at the same moment, one fails.
    """
    if len(units) <= 1:
        return None
    numbers = Counter(stream for unit in units for stream in unit["streams"])
    shared = [stream for stream, number in numbers.items() if number > 1]
    since = datetime.fromisoformat(units[0]["since"].replace("Z", "+00:00"))
    second = {"start_date": since.isoformat(), "end_date": (since + timedelta(seconds=1)).isoformat()}
    return {**units[0], "id": "tables", "streams": shared or units[0]["streams"][:1], **second}


def load_unit(tap: Settings, target: Settings, unit: Any) -> Any:
    """Load a unit, and return its state; RuntimeError if a part of it is missing."""
    state, is_whole = load(tap, target, "--unit", unit)
    if not is_whole:
        raise RuntimeError(f"Unit {unit['id']} was not read to its end: the lines of the tap above say why.")
    return state


def load(tap: Settings, target: Settings, option: str, content: Any) -> tuple[Any, bool]:
    """Pipe the tap into the target. Return the last state that was stored, and whether the tap read everything.

    `option` is `--unit` or `--state`, and `content` what its file holds. RuntimeError if the target failed.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(content, file)
        file.flush()
        command = [TAP, "--config", "ENV", option, file.name]
        reader = _start(command, "TAP_DAKTELA", tap, stdout=subprocess.PIPE)
        command = [TARGET, "--config=ENV"]
        writer = _start(command, "TARGET_POSTGRES", target, stdin=reader.stdout, stdout=subprocess.PIPE)
        reader.stdout.close()  # Only the target holds the pipe now: if it dies, the tap ends.
        states = writer.communicate()[0].splitlines()
        reader.wait()
    if writer.returncode:
        raise RuntimeError(f"The target ended with exit code {writer.returncode}: its lines above say why.")
    return json.loads(states[-1]) if states else None, reader.returncode == 0


def merged(states: list[Any]) -> Any:
    """Return one state of several. It is never ahead of what was read."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{number}.json") for number in range(len(states))]
        for path, state in zip(paths, states, strict=True):
            path.write_text(json.dumps(state))
        return json.loads(_output(["merge-state", *map(str, paths)], {}))


def _output(arguments: list[str], settings: Settings) -> bytes:
    process = _start([TAP, *arguments], "TAP_DAKTELA", settings, stdout=subprocess.PIPE)
    output = process.communicate()[0]
    if process.returncode:
        raise RuntimeError(
            f"tap-daktela {arguments[0]} ended with exit code {process.returncode}: see its lines above."
        )
    return output


def _start(command: list[str], prefix: str, settings: Settings, **pipes: Any) -> "subprocess.Popen[bytes]":
    """Start a program that gets its settings from the environment, where nobody else sees them."""
    _end_with_parent()
    # Airflow's own variables hold secrets that are none of the program's business.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}
    for key, value in settings.items():
        environment[f"{prefix}_{key.upper()}"] = value if isinstance(value, str) else json.dumps(value)
    # On the stdout of the task, since Airflow shows what comes on its stderr as errors.
    return subprocess.Popen(command, env=environment, stderr=1, preexec_fn=_end_with_parent, **pipes)  # noqa: PLW1509 - no threads


def _end_with_parent() -> None:
    """Let Linux kill this process when its parent dies. Else the next try would find the last one still at work."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG.
