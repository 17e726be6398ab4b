"""The project in meltano.yml, run by a real Meltano: one story, told once, that the tests look at."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.catalog import selection
from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tests.helpers import harness

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers.harness import Sandbox, TapRun

pytestmark = pytest.mark.unmeasured

RUN = ("run", "tap-daktela", "target-csv")
WRONG = "canary-password-4711"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Done:
    """A command of Meltano that has ended: its exit code, its log lines, its stdout, and the rows that it loaded."""

    code: int
    log: list[dict[str, Any]]
    stdout: str
    rows: dict[str, list[dict[str, str]]]

    def told(self, *levels: str) -> list[str]:
        """Return what the tap said at these levels."""
        return [line["event"] for line in self.log if line.get("name") == "tap-daktela" and line["level"] in levels]

    def keys(self, stream: str) -> list[str]:
        """Return the keys of the rows of a stream."""
        return [row["name"] for row in self.rows.get(stream, [])]


class Project:
    """The project in a folder of its own, whose plugins are those that are installed already."""

    def __init__(self, folder: Path, meltano: Path, target_csv: Path, daktela: Sandbox) -> None:
        self._folder, self._meltano = folder, meltano
        text = (harness.REPOSITORY / "meltano.yml").read_text(encoding="utf-8")
        assert daktela.password in text
        for ours, others in (
            ("    pip_url: -e .\n", ""),
            ("    pip_url: meltanolabs-target-csv\n", ""),
            ("executable: tap-daktela\n", f"executable: {harness.COMMANDS / 'tap-daktela'}\n"),
            ("executable: target-csv\n", f"executable: {target_csv}\n"),
            ("http://127.0.0.1:8765", daktela.url),
            # The password is in .env, where Meltano's users have it.
            (f"      password: {daktela.password}\n", ""),
        ):
            assert text.count(ours) == 1, ours
            text = text.replace(ours, others)
        (folder / "meltano.yml").write_text(text, encoding="utf-8")
        (folder / ".env").write_text(f"TAP_DAKTELA_PASSWORD={daktela.password}\n", encoding="utf-8")

    def __call__(self, *arguments: str, **variables: str) -> Done:
        """Run a command with these environment variables."""
        before = set(self._folder.glob("output/*"))
        own = {"HOME": str(self._folder), "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false", **variables}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MELTANO_")}
        done = subprocess.run(
            [self._meltano, "--log-format", "json", *arguments],
            cwd=self._folder,
            env={**inherited, **own},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=harness.PATIENCE,
        )
        files = {path.name.rpartition("-20")[0]: path for path in set(self._folder.glob("output/*")) - before}
        return Done(
            done.returncode,
            [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")],
            done.stdout,
            {stream: rows_of(path) for stream, path in files.items()},
        )


@dataclass(frozen=True)
class Story:
    """What became of each command, in the order in which they ran."""

    login: dict[str, str]
    tested: Done
    listed: Done
    first: Done
    plain: TapRun
    second: Done
    tickets: set[str]
    whole: Done
    denied: Done
    refused: Done


@pytest.fixture(scope="module")
def story(
    sandbox: Callable[..., Sandbox], meltano: Path, target_csv: Path, tmp_path_factory: pytest.TempPathFactory
) -> Story:
    """Give what happened to the project."""
    with sandbox("--rows", "60") as daktela:
        daktela.settle()
        project = Project(tmp_path_factory.mktemp("project"), meltano, target_csv, daktela)
        tested, listed = project("config", "test", "tap-daktela"), project("select", "--list", "tap-daktela")
        first = project(*RUN)
        plain = harness.run_tap({**daktela.login, "start_date": harness.BEGINNING, "nested": "json"})
        daktela.control("add", {"endpoint": "tickets", "count": 4})
        daktela.settle()
        second = project(*RUN)
        tickets = set(daktela.ledger()["tickets"]["rows"])
        every_request = {"TAP_DAKTELA_LOGLEVEL": "DEBUG", "TAP_DAKTELA_LOG_FORMAT": "text"}
        tickets_only = {"TAP_DAKTELA__SELECT": '["tickets.*"]', "TAP_DAKTELA_PAGE_SIZE": "7"}
        whole = project(*RUN, "--full-refresh", **tickets_only, **every_request)
        daktela.control("options", {"deny": ["queues=403"]})
        every_run = '{"tickets": {"replication-method": "FULL_TABLE"}}'
        denied = project(*RUN, TAP_DAKTELA__SELECT='["queues.*", "tickets.title"]', TAP_DAKTELA__METADATA=every_run)
        refused = project(*RUN, TAP_DAKTELA_PASSWORD=WRONG)
        return Story(daktela.login, tested, listed, first, plain, second, tickets, whole, denied, refused)


def test_the_configuration_is_tested(story: Story) -> None:
    assert (story.tested.code, story.tested.stdout.strip()) == (0, "Plugin configuration is valid")


def test_the_default_is_listed_as_selected(story: Story) -> None:
    chosen = selection.by_default(entries(STREAMS), None)
    wanted = {f"{one.entry.name}.{column.name}" for one in chosen for column in one.columns}
    lines = [line.split("]") for line in story.listed.stdout.splitlines() if line.startswith("\t[")]
    known = {f"{name}.{column.name}" for name, entry in entries(STREAMS).items() for column in entry.columns}
    listed = {name.strip() for mark, name in lines if mark.strip("\t[ ") in {"selected", "automatic"}}
    assert (story.listed.code, listed & known) == (0, wanted)


def test_all_rows_of_the_default_streams_are_loaded(story: Story) -> None:
    assert story.first.code == 0
    assert {stream: len(rows) for stream, rows in story.first.rows.items() if rows} == {
        stream: len(rows) for stream in story.plain.streams if (rows := story.plain.records(stream))
    }


def test_the_second_run_brings_only_what_is_new(story: Story) -> None:
    first, second = story.first.keys("tickets"), story.second.keys("tickets")
    assert story.second.code == 0
    assert len(second) == 4
    assert {*first, *second} == story.tickets
    assert len(first) + len(second) == len(story.tickets)


def test_a_full_refresh_brings_all(story: Story) -> None:
    assert story.whole.code == 0
    assert list(story.whole.rows) == ["tickets"]
    assert sorted(story.whole.keys("tickets")) == sorted(story.tickets)


def test_levels_arrive_in_the_log_of_meltano(story: Story) -> None:
    assert any(re.match(r"tickets: \d+ rows", text) for text in story.first.told("info"))
    assert any("values were invalid" in text for text in story.first.told("warning"))
    assert story.first.told("error", "critical") == []
    assert story.refused.told("critical")


def test_every_request_is_seen_without_any_row(story: Story) -> None:
    told = story.whole.told("info")
    assert any(" DEBUG GET tickets " in text for text in told)
    assert not any('"RECORD"' in text for text in told)


def test_a_stream_whose_right_was_taken_away_fails_the_run(story: Story) -> None:
    assert story.denied.code != 0
    assert any(text.startswith("queues: the user has no right to read it") for text in story.denied.told("error"))
    assert story.denied.rows["tickets"]
    assert story.denied.rows["queues"] == []


def test_a_stream_is_read_whole_in_every_run(story: Story) -> None:
    assert sorted(story.denied.keys("tickets")) == sorted(story.tickets)
    assert {len(row) for row in story.denied.rows["tickets"]} == {3}


def test_the_environment_is_stronger_than_the_project(story: Story) -> None:
    assert story.refused.code != 0
    assert story.refused.told("critical") == ["the instance refuses username and password (HTTP 401)"]
    assert story.refused.rows == {}


def test_no_password_is_told(story: Story) -> None:
    for done in (story.tested, story.listed, story.first, story.second, story.whole, story.denied, story.refused):
        assert story.login["password"] not in repr(done)
        assert WRONG not in repr(done)
