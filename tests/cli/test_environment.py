"""`--config ENV` at the front door: a run, `--discover` and `--test` with settings from the environment alone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.helpers import harness
from tests.helpers.cli_output import items, refused, tap, tap_by_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers.harness import Sandbox


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., Sandbox]) -> Iterator[Sandbox]:
    """Give an instance."""
    with sandbox("--rows", "30") as running:
        yield running


def test_a_run_without_any_file(daktela: Sandbox, tmp_path: Path) -> None:
    login = {"URL": daktela.url, "USERNAME": daktela.username, "PASSWORD": daktela.password}
    rule = {"tickets": {"field": "stage", "operator": "eq", "value": "OPEN"}}
    wanted = {"START_DATE": harness.BEGINNING, "STREAMS": '["tickets"]', "FILTERS": json.dumps(rule)}
    run = tap_by_environment(tmp_path, **login, **wanted, PAGE_SIZE="7", VERIFY_SSL="True")
    assert run.returncode == 0, run.stderr
    assert {row["stage"] for row in run.records("tickets")} == {"OPEN"}
    assert "WARNING The environment" not in run.stderr
    assert daktela.password not in run.stderr


def test_settings_from_three_places(daktela: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{daktela.access_token}\n", encoding="utf-8")
    lines = ["export TAP_DAKTELA_ACCESS_TOKEN_FILE=secret", "PORT='1'", "TAP_DAKTELA_URL=http://127.0.0.1:${PORT}"]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    harness.write_json(tmp_path / "ENV", {"streams": "users", "start_date": "2024-01-01"})
    places = ("--config", "./ENV")
    assert "127.0.0.1:1" in refused(tap_by_environment(tmp_path, *places))
    tested = tap_by_environment(tmp_path, *places, "--test", URL=daktela.url)
    assert tested.returncode == 0, tested.stderr
    assert tested.stdout.endswith("\nOK: 1 of 1 streams can be read\n")
    found = tap_by_environment(tmp_path, *places, "--discover", URL=daktela.url, NESTED="json")
    assert found.returncode == 0, found.stderr
    assert "custom_fields" in items(found)["contacts"]["schema"]["properties"]
    run = tap_by_environment(tmp_path, *places, "--streams", "queues", URL=daktela.url)
    assert run.returncode == 0, run.stderr
    assert run.streams == ["queues"]


def test_without_the_word_the_environment_says_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TAP_DAKTELA_PAGE_SIZE=0\n='", encoding="utf-8")
    nobody = {"url": "http://127.0.0.1:9", "access_token": "a", "start_date": "2024-01-01", "max_retries": 0}
    harness.write_json(tmp_path / "config.json", nobody)
    wrong = {"TAP_DAKTELA_CONCURRENCY": "0", "TAP_DAKTELA_ZZZ": "1", "TAP_DAKTELA_FILTERS": "{"}
    run = tap("--config", "config.json", env=wrong, cwd=tmp_path)
    refused(run, "gave no usable answer")
    assert "TAP_DAKTELA" not in run.stderr
    assert "ENV" in refused(tap(env=wrong, cwd=tmp_path), "--config is missing")


@pytest.mark.parametrize("mode", [[], ["--discover"], ["--test"]])
def test_errors_name_the_variables(tmp_path: Path, mode: list[str]) -> None:
    said = {"URL": "ftp://a", "ACCESS_TOKEN": "a b\nc", "START_DATE": "soon", "PAGE_SIZE": "0"}
    run = tap_by_environment(tmp_path, *mode, **said, PAGE_SISE="1", LOGLEVEL="INFO", _SELECT="x")
    refused(run, *(f"TAP_DAKTELA_{name} " for name in said))
    [warning] = [line for line in run.stderr.splitlines() if line.startswith("WARNING")]
    assert warning.endswith(": TAP_DAKTELA_PAGE_SISE (TAP_DAKTELA_PAGE_SIZE?)")


def test_an_option_before_a_variable_and_a_file_behind_it(tmp_path: Path) -> None:
    harness.write_json(tmp_path / "config.json", {"page_size": 0})
    said = refused(tap_by_environment(tmp_path, "--config", "config.json", "--end-date", "then", PAGE_SIZE="1"))
    assert "; page_size must" in f"; {said}"
    assert "end_date is wrong" in said
    one = {"TAP_DAKTELA_PAGE_SIZE": "1"}
    said = refused(tap("--config", "config.json", "--config", "ENV", env=one, cwd=tmp_path))
    assert "page_size" not in said.lower()


def test_the_report_does_not_replace_the_settings(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TAP_DAKTELA_SERVER=a\n", encoding="utf-8")
    refused(tap_by_environment(tmp_path, "--report", ".env"), "--report: .env is a file that the run needs")
    assert (tmp_path / ".env").read_text(encoding="utf-8") == "TAP_DAKTELA_SERVER=a\n"


def test_the_example_in_the_documents(daktela: Sandbox, tmp_path: Path) -> None:
    text = (harness.REPOSITORY / "docs/settings.md").read_text(encoding="utf-8")
    section = text[text.index("## The environment") :]
    [dotenv] = re.findall(r"```dotenv\n(.*?)```", section, re.DOTALL)
    [command] = re.findall(r"```sh\n +(TAP_.*?)\n", section)
    (tmp_path / "token").write_text(f"{daktela.access_token}\n", encoding="utf-8")
    lines = textwrap.dedent(dotenv).replace("/run/secrets/daktela_token", "token")
    (tmp_path / ".env").write_text(lines, encoding="utf-8")
    env = {"PATH": f"{harness.COMMANDS}:{os.environ['PATH']}", "TAP_DAKTELA_URL": daktela.url}
    done = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    run = harness.TapRun(0, (tmp_path / "rows.jsonl").read_text(encoding="utf-8"), done.stderr)
    assert run.streams == ["tickets", "users"]
    assert "2 streams on " in done.stderr
    assert ": 1 from start_date 2024-10-01, 1 as whole tables\n" in done.stderr
