"""Arguments, and the files that they name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela import __version__, verbs
from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.choosing import chosen_streams
from tap_daktela.cli import read
from tap_daktela.commands import sync
from tap_daktela.dispatch import dispatch
from tap_daktela.errors import ConfigError, RemoteError
from tap_daktela.settings import Settings
from tap_daktela.sync.singer.state import State
from tap_daktela.sync.singer.writer import Writer
from tests.helpers.cli_output import NOBODY, broken, refused, tap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers.harness import TapRun


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--nonsense"], "there is no option --nonsense; see"),
        (["--stream", "users"], "there is no option --stream; the nearest is '--streams'"),
        (["--start_date=2024-01-01"], "there is no option --start_date; the nearest is '--start-date'"),
        (["--conf", "x.json"], "there is no option --conf; the nearest is '--config'"),
        (["--pasword=tok-Qz7Lw9"], "there is no option --pasword; see"),
        (["-ptok-Qz7Lw9"], "there is no option -p; see"),
        (["-discover"], "write --discover, with two dashes"),
        (["--streams", "users,", "queues"], "no option takes 'queues': a list has commas and no spaces"),
        (["--config"], "expected one argument"),
        (["--about", "--format", "pdf"], "pdf"),
        (["--list", "--test"], "list and test are two verbs; leave out one of them"),
    ],
    ids=str,
)
def test_wrong_arguments(arguments: list[str], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(arguments)
    sentence = str(caught.value)
    assert sentence.startswith("arguments: ")
    assert sentence.endswith("; see tap-daktela --help")
    assert words in sentence
    assert "Qz7Lw9" not in sentence


def test_without_any_argument_the_help_is_shown_and_no_target_gets_it() -> None:
    run = tap()
    assert refused(run).startswith("arguments: --config is missing")
    assert run.stdout == ""
    assert run.stderr.startswith(verbs.help_of().split("\n")[0])


def test_the_form_of_the_description_needs_one() -> None:
    refused(tap("--config", "x.json", "--format", "json"), "arguments: --format is an option of about, not of sync")


def test_the_help_has_three_examples_and_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = verbs.help_of()
    assert max(map(len, text.splitlines())) < 80
    examples = text[text.index("examples:") :]
    assert re.findall(r"^    tap-daktela .*$", examples, re.MULTILINE) == [
        "    tap-daktela discover -c config.json > catalog.json",
        "    tap-daktela -c config.json --catalog catalog.json |",
        "    tap-daktela -c config.json --catalog catalog.json -s state.json |",
    ]


def test_a_file_may_have_the_name_of_an_option() -> None:
    assert read(["--config", "d", "--state", "c"]).config == ["d"]


def test_streams_and_patterns_that_are_named_one_by_one() -> None:
    given = read(["--streams", "users, queues", "--streams", "tickets", "--select", "*.title"])
    assert (given.streams, given.select) == (["users, queues", "tickets"], ["*.title"])


def test_help() -> None:
    run = tap("--help")
    assert (run.returncode, run.stderr) == (0, "")
    for word in ("--config", "--catalog", "--properties", "--state", "discover", "test", "about", "LOGLEVEL"):
        assert word in run.stdout


def test_version() -> None:
    run = tap("--version")
    assert (run.returncode, run.stdout, run.stderr) == (0, f"tap-daktela {__version__}\n", "")


def test_the_version_waits_for_nothing_that_reads() -> None:
    program = "import sys; from tap_daktela import cli; cli.main(['--version']); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    version, modules = run.stdout.splitlines()
    assert version == f"tap-daktela {__version__}"
    ours = {name.split(".")[1] for name in modules.split() if name.startswith("tap_daktela.")}
    assert ours == {"cli", "errors", "logs", "printable", "redaction", "runtime", "verbs"}


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "is empty"),
        (b"{", "is not JSON"),
        (b"[]", "does not hold a JSON object"),
        (b"\xff", "is not text in UTF-8"),
    ],
)
def test_a_configuration_that_cannot_be_read(tmp_path: Path, content: bytes, word: str) -> None:
    refused(tap("--config", broken(tmp_path, content), "--discover"), "config: ", "broken.json", word)


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    refused(tap("--config", tmp_path / "nothing.json"), "config: cannot read", "nothing.json: No such file")


def test_all_that_is_wrong_with_the_settings_is_told_at_once(run_tap: Callable[..., TapRun]) -> None:
    wrong = {
        "url": "ftp://example.com",
        "page_size": 5000,
        "start_date": "yesterday",
        "timezone": "Mars/Olympus",
        "nested": "flat",
        "verify_ssl": "maybe",
        "streams": 5,
        "filters": [],
        "extra_streams": {},
    }
    run = run_tap({**wrong, "startdate": "2024-01-01", "zzz": 1})
    said = refused(run, *wrong, "access_token is missing: give it, or username and password")
    assert "\n" not in said
    [warning] = [line for line in run.stderr.split("\n") if line.startswith("WARNING")]
    assert "startdate (start_date?), zzz" in warning


@pytest.mark.parametrize(
    ("missing", "word"),
    [("url", "url is missing"), ("start_date", "start_date is missing"), ("access_token", "access_token is missing")],
)
def test_a_setting_that_is_missing(run_tap: Callable[..., TapRun], missing: str, word: str) -> None:
    for empty in ({}, {missing: ""}):
        refused(run_tap({**{k: v for k, v in NOBODY.items() if k != missing}, **empty}), word)


def test_text_is_taken_for_numbers_and_booleans(run_tap: Callable[..., TapRun]) -> None:
    texts = {"max_retries": "0", "page_size": "100", "verify_ssl": "false", "concurrency": "2"}
    # The settings are good, so that it is the connection that is refused.
    refused(run_tap({**NOBODY, **texts}), "whoim", "one try")


def test_names_that_do_not_exist_are_told_before_anybody_is_asked(run_tap: Callable[..., TapRun]) -> None:
    said = refused(run_tap({**NOBODY, "streams": "tickts, users,calls"}))
    assert said == (
        "streams: there is no stream 'tickts'; the nearest is 'tickets'; "
        "streams: there is no stream 'calls'; the nearest is 'activities_call'"
    )
    assert refused(run_tap(NOBODY, "--streams", "tickts")).startswith(
        "streams: there is no stream 'tickts'; the nearest is 'tickets'"
    )
    rule = {"field": "title", "operator": "eq", "value": "a"}
    refused(run_tap({**NOBODY, "filters": {"tikets": rule}}), "filters: there is no stream 'tikets'", "'tickets'")
    refused(run_tap({**NOBODY, "filters": {"tickets_statuses": rule}}), "'tickets_statuses' that is read by itself")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "is empty"),
        (b"{", "is not JSON"),
        ({}, "has no list of 'streams'"),
        ([], "has no list of 'streams'"),
        ({"streams": [{"schema": {}}]}, "stream 0 of"),
        ({"streams": [{"tap_stream_id": "tickets", "metadata": [{"crumb": 1}]}]}, "stream 0 of"),
    ],
    ids=str,
)
@pytest.mark.parametrize("flag", ["--catalog", "--properties"])
def test_a_catalog_that_cannot_be_used(
    run_tap: Callable[..., TapRun], tmp_path: Path, flag: str, content: Any, word: str
) -> None:
    refused(run_tap(NOBODY, flag, str(broken(tmp_path, content))), "catalog: ", "broken.json", word)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "is empty"),
        (b"{", "is not JSON"),
        ("text", "not the value of a state"),
        ({"type": "STATE", "value": {}}, "the last line that the target printed"),
        ({"bookmarks": 5}, "'bookmarks' is not an object"),
        ({"bookmarks": {"tickets": {"edited": "2024-01-01 00:00:00"}}}, "'edited' of 'tickets'"),
        ({"bookmarks": {"tickets": {"edited": 1700000000.5}}}, "'edited' of 'tickets'"),
    ],
    ids=str,
)
def test_a_state_that_cannot_be_used(run_tap: Callable[..., TapRun], tmp_path: Path, content: Any, word: str) -> None:
    refused(run_tap(NOBODY, "--state", str(broken(tmp_path, content))), "state: ", word)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"singer_state": {"bookmarks": {}}}, "hand over only the object within singer_state"),
        (
            {"url": "https://a.daktela.com", "start_date": "2024-01-01"},
            "it is a configuration: hand it over with --config",
        ),
        ({"streams": []}, "it is a catalog: hand it over with --catalog"),
        ({"start_date": "2024-01-01T00:00:00Z", "since": "2024-01-01T00:00:00Z"}, "it is a unit of a plan: .* --unit"),
    ],
    ids=str,
)
def test_another_file_than_a_state(content: object, words: str) -> None:
    with pytest.raises(ConfigError, match=f"^state: .*{words}$"):
        State(content, {})


def test_a_catalog_of_another_tap() -> None:
    other = {"streams": [{"tap_stream_id": "orders", "metadata": [{"breadcrumb": [], "metadata": {"selected": True}}]}]}
    with pytest.raises(ConfigError, match=r"^catalog: it is another tap's, .*; make a new one with --discover$"):
        chosen_streams(Settings.parse(NOBODY), entries(STREAMS), other)


@pytest.mark.parametrize("path", ["-", "/dev/stdout"])
def test_a_report_does_not_go_between_the_records(path: str) -> None:
    with pytest.raises(ConfigError, match=rf"^arguments: --report: {path} is for the records; name a file$"):
        dispatch(read(["--config", "x.json", "--report", path]))


def test_whoever_forgets_the_target_is_told(caplog: pytest.LogCaptureFixture) -> None:
    ours, theirs = os.openpty()
    settings = Settings.parse({**NOBODY, "max_retries": 0})
    with pytest.raises(RemoteError):
        sync(settings, {}, [], state=State({}, {}), writer=Writer(theirs), report=None)
    os.close(ours)
    os.close(theirs)
    assert caplog.messages[0].startswith("Records go to this terminal; put a target behind it (| target-csv)")


def test_declared_streams_that_cannot_be(run_tap: Callable[..., TapRun]) -> None:
    extra = [
        {"endpoint": "newThings", "fields": {"password": "string"}},
        {"endpoint": "users", "fields": {"name": "string"}},
    ]
    for mode in ([], ["--discover"]):
        run = run_tap({**NOBODY, "extra_streams": extra}, *mode)
        refused(run, "extra_streams: newThings has the field password", "extra_streams: users is a stream of the tap")


def test_a_level_that_does_not_exist_is_no_reason_to_stop() -> None:
    run = tap("--discover", env={"TAP_DAKTELA_LOGLEVEL": "loud"})
    assert run.returncode == 0
    assert "WARNING TAP_DAKTELA_LOGLEVEL: there is no level LOUD" in run.stderr
