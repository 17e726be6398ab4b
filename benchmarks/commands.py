"""From a case to the commands that it starts, and the files that tell them what to do."""

from __future__ import annotations

import json
import shlex
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks import TOKEN, since
from benchmarks.instance import REPOSITORY
from tap_daktela.catalog import discovery
from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.cases import Case

COMMANDS = REPOSITORY / ".venv/bin"
TARGET = REPOSITORY / ".venv-target/bin/target-csv"
YARDSTICKS = {"floor": ".venv", "canonical": ".venv", "sdk": ".venv-sdk"}
TAPS = {"tap", "tap-default", "version", "discover", "nothing", "nothing-bare"}

_TARGET_LOGS = {"TARGET_CSV_LOGLEVEL": "WARNING"}


@dataclass(frozen=True)
class Start:
    """A command with what it reads, its variables, and whether it starts others, with which it has all cores."""

    command: list[str]
    source: Path | None = None
    env: dict[str, str] = field(default_factory=dict)
    tree: bool = False


class Commands:
    """Makes the commands of cases for the server at `url`.

    `kept` is the folder for what one run leaves for another: the state and catalog of an instance, records.
    """

    def __init__(self, url: str, kept: Path) -> None:
        self._url = url
        self._kept = kept

    def start(self, case: Case, work: Path) -> Start:
        """Return what a case starts, its files written into the folder `work`."""
        if case.who in YARDSTICKS:
            return self._yardstick(case, work)
        if case.who in TAPS:
            return Start(self._tap(case, work))
        if case.who == "component":
            return self._component(case, work, TARGET)
        options = {"output_path": str(work / "csv"), "validate_records": False}
        command = [str(TARGET), "--config", _write(work / "target.json", options)]
        return Start(command, self.records(case), _TARGET_LOGS)

    def recording(self, case: Case, work: Path) -> Start:
        """Return the component with a target-csv that keeps what it reads, for the case of target-csv alone."""
        script = work / "target-csv"
        records, target = shlex.quote(str(self.records(case))), shlex.quote(str(TARGET))
        script.write_text(f'#!/bin/sh\ntee -a {records} | {target} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
        return self._component(case, work, script)

    def records(self, case: Case) -> Path:
        """Return the file with the records of target-csv alone."""
        return self._kept / f"records of {case.group}"

    def state(self, case: Case) -> Path:
        """Return the file with the state from which a run with nothing new begins."""
        return self._kept / f"state of {case.group}.json"

    def catalog(self, case: Case) -> Path:
        """Return the file with the catalog of --discover."""
        return self._kept / f"catalog of {case.group}.json"

    def _tap(self, case: Case, work: Path) -> list[str]:
        command = [str(COMMANDS / "tap-daktela")]
        if case.who == "version":
            return [*command, "--version"]
        start = since(case.since_days).isoformat()
        config = {"url": self._url, "access_token": TOKEN, "start_date": start, **case.settings}
        if case.who == "tap-default" and case.streams:
            config["streams"] = list(case.streams)
        command += ["--config", _write(work / "config.json", config)]
        if case.who == "discover":
            return [*command, "--discover"]
        if case.who == "tap" and case.streams:
            command += ["--catalog", _write(work / "catalog.json", _whole_streams(case.streams))]
        if case.who == "nothing":
            command += ["--catalog", str(self.catalog(case))]
        if case.who in {"nothing", "nothing-bare"}:
            command += ["--state", str(self.state(case))]
        return command

    def _component(self, case: Case, work: Path, target: Path) -> Start:
        for name in ("in/tables", "in/files", "out/tables", "out/files"):
            (work / "data" / name).mkdir(parents=True)
        parameters: dict[str, Any] = {
            "url": self._url,
            "server": "acme",
            "#access_token": TOKEN,
            "tables": list(case.streams or (name for name, one in entries(STREAMS).items() if one.selected)),
            "from": since(case.since_days).isoformat(),
        }
        _write(work / "data/config.json", {"action": "run", "parameters": parameters})
        env = {"KBC_DATADIR": f"{work / 'data'}/", "TARGET_CSV": str(target)}
        return Start([str(COMMANDS / "tap-daktela-keboola")], env=env, tree=True)

    def _yardstick(self, case: Case, work: Path) -> Start:
        [stream] = case.streams or ()
        maker = [str(COMMANDS / "python"), "-m", "benchmarks.yardsticks.job"]
        made = subprocess.run(
            [*maker, self._url, since(case.since_days).isoformat(), stream],
            cwd=REPOSITORY, check=True, capture_output=True,
        )  # fmt: skip
        job = work / "job.json"
        job.write_bytes(made.stdout)
        python = REPOSITORY / YARDSTICKS[case.who] / "bin/python"
        command = [str(python), "-m", f"benchmarks.yardsticks.{case.who}", str(job)]
        return Start(command, env={"PYTHONPATH": str(REPOSITORY)})


def _whole_streams(streams: tuple[str, ...]) -> dict[str, Any]:
    """Return a catalog in which all columns of these streams are selected."""
    known = entries(STREAMS)
    document = discovery.catalog({name: known[name] for name in streams}, nested="native", timestamps="utc")
    for stream in document["streams"]:
        for node in stream["metadata"]:
            node["metadata"]["selected"] = True
    return document


def _write(path: Path, value: Any) -> str:
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)
