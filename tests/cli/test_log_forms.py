"""The form of the log: text for people, JSON lines for machines, and what Meltano asks for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.cli_output import NOBODY, tap
from tests.helpers.harness import BEGINNING, PATIENCE, untimed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.helpers.harness import Sandbox, TapRun

AS_JSON = {"TAP_DAKTELA_LOG_FORMAT": "json"}
# What Meltano's parser wants of a line before it believes a level.
FIELDS = {"level", "pid", "logger_name", "ts", "thread_name", "app_name", "stream_name", "message", "extra"}
# What is told without a logger.
OTHERS = """
import threading, warnings
from tap_daktela import logs
from tap_daktela.redaction import redactor

class Broken:
    def __del__(self):
        raise ValueError("canary-5f0e2b")

def work():
    raise ValueError("canary-5f0e2b")

logs.start()
redactor.add("canary-5f0e2b")
warnings.warn("a library, token=canary")
thread = threading.Thread(target=work, name="worker")
thread.start()
thread.join()
Broken()
"""
STRUCTURED = {"()": "singer_sdk.logging.StructuredFormatter"}


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., Sandbox]) -> Sandbox:
    return sandbox("--rows", "5")


def lines_of(text: str) -> list[dict[str, Any]]:
    """Return a log as JSON; each line of it is one, printable, and has all fields."""
    lines = [json.loads(line) for line in text.splitlines()]
    assert all(line.isprintable() for line in text.splitlines())
    assert {frozenset(FIELDS - line.keys()) for line in lines} == {frozenset()}
    return lines


def asked_by_meltano(folder: Path, formatter: Mapping[str, str], level: str) -> dict[str, str]:
    """Return the environment that Meltano gives a tap, with the file that it writes."""
    asked = {
        "version": 1,
        "formatters": {"singer_formatter": formatter},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "singer_formatter"}},
        "root": {"handlers": ["console"], "level": level},
    }
    path = folder / "tap.singer_sdk_logging.json"
    path.write_text(json.dumps(asked), encoding="utf-8")
    return {"SINGER_SDK_LOG_CONFIG": str(path)}


def test_json_lines_of_a_run(daktela: Sandbox, run_tap: Callable[..., TapRun]) -> None:
    config = {**daktela.login, "start_date": BEGINNING, "streams": "users,queues", "colour": "red"}
    run = run_tap(config, env=AS_JSON)
    assert run.returncode == 0, run.stderr
    lines = lines_of(run.stderr)
    [warning] = [line for line in lines if line["level"] == "warning"]
    assert "colour" in warning["message"]
    assert (warning["app_name"], warning["stream_name"]) == ("tap-daktela", None)
    assert {line["level"] for line in lines} == {"info", "warning"}
    points = [line for line in lines if "metric_info" in line]
    counted = {line["stream_name"]: line for line in points if line["metric_info"]["metric"] == "record_count"}
    assert counted["users"]["message"] == "METRIC"
    assert counted["users"]["metric_info"]["type"] == "counter"
    assert {name: line["metric_info"]["value"] for name, line in counted.items()} == {
        name: len(run.records(name)) for name in ("users", "queues")
    }
    assert any(line["stream_name"] == "users" and re.match(r"users: \d+ rows in ", line["message"]) for line in lines)


def test_a_failed_run_ends_with_one_critical_line() -> None:
    run = tap("--nonsense", env=AS_JSON)
    assert run.returncode == 1
    [line] = lines_of(run.stderr)
    assert line["level"] == "critical"
    assert "--nonsense" in line["message"]


def test_capitals_and_blanks_do_not_matter() -> None:
    assert lines_of(tap("--discover", env={"TAP_DAKTELA_LOG_FORMAT": " JSON "}).stderr)


def test_nonsense_is_named_and_text_is_written() -> None:
    run = tap("--discover", env={"TAP_DAKTELA_LOG_FORMAT": "xml\x1b[2J"})
    assert run.returncode == 0
    first, *rest = run.stderr.splitlines()
    assert first == r"WARNING TAP_DAKTELA_LOG_FORMAT: there is no form xml\x1b[2J; there are text and json"
    assert all(line.startswith("WARNING ") for line in rest)


def test_meltano_gets_json_lines_at_its_level(tmp_path: Path) -> None:
    environment = asked_by_meltano(tmp_path, STRUCTURED, "ERROR")
    run = tap("--discover", env=environment)
    assert (run.returncode, run.stderr) == (0, "")
    [line] = lines_of(tap("--nonsense", env=environment).stderr)
    assert line["level"] == "critical"


def test_without_the_capability_meltano_gets_text(tmp_path: Path) -> None:
    run = tap("--discover", env=asked_by_meltano(tmp_path, {"format": "%(message)s"}, "INFO"))
    assert run.stderr.startswith("WARNING No instance")


def test_our_variables_are_stronger_than_meltano(tmp_path: Path) -> None:
    ours = {"TAP_DAKTELA_LOG_FORMAT": "text", "TAP_DAKTELA_LOGLEVEL": "warning"}
    run = tap("--discover", env={**asked_by_meltano(tmp_path, STRUCTURED, "ERROR"), **ours})
    assert run.stderr.startswith("WARNING No instance")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        ("version: 1\n", "is not JSON"),
        ("", "is empty"),
    ],
)
def test_a_file_of_meltano_that_cannot_be_read_is_named(tmp_path: Path, content: str | None, words: str) -> None:
    path = tmp_path / "log.yaml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    run = tap("--discover", env={"SINGER_SDK_LOG_CONFIG": str(path)})
    assert run.returncode == 0
    first = run.stderr.splitlines()[0]
    assert first.startswith("WARNING SINGER_SDK_LOG_CONFIG: ")
    assert words in first
    assert "TAP_DAKTELA_LOG_FORMAT" in first


@pytest.mark.parametrize("content", ["[]", "null", '{"root": [], "formatters": 5}', '{"root": {"level": 10}}'])
def test_a_file_that_asks_for_nothing_changes_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "log.json"
    path.write_text(content, encoding="utf-8")
    run = tap("--discover", env={"SINGER_SDK_LOG_CONFIG": str(path)})
    assert run.stderr == tap("--discover").stderr


def test_no_secret_is_in_a_json_line(run_tap: Callable[..., TapRun]) -> None:
    token = 'canary"token\\5f0e2b'
    run = run_tap({**NOBODY, "access_token": token, "max_retries": 0}, env={**AS_JSON, "TAP_DAKTELA_LOGLEVEL": "DEBUG"})
    assert run.returncode == 1
    assert lines_of(run.stderr)[-1]["level"] == "critical"
    assert "canary" not in run.stderr


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_others_would_print_is_a_line_of_the_log(form: str) -> None:
    """A warning of a library, a thread that fails, and an object that fails at its end."""
    done = subprocess.run(
        [sys.executable, "-c", OTHERS],
        env={**os.environ, "TAP_DAKTELA_LOG_FORMAT": form},
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert "canary" not in done.stderr
    if form == "json":
        told = [(line["level"].upper(), line["message"]) for line in lines_of(done.stderr)]
    else:
        lines = [line for line in done.stderr.splitlines() if not line.startswith(" ")]
        told = [(level, text) for level, _, text in (untimed(line).partition(" ") for line in lines)]
    assert [level for level, _ in told] == ["WARNING", "ERROR", "ERROR"]
    (_, warning), (_, thread), (_, finalizer) = told
    assert "UserWarning: a library, token=***" in warning
    assert "The thread worker failed" in thread
    assert "Broken.__del__" in finalizer
