"""The verbs of the command line: a first word or an option, one of them, with its own options and help."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tap_daktela import verbs
from tap_daktela.cli import read
from tap_daktela.dispatch import dispatch
from tap_daktela.errors import ConfigError
from tests.helpers.cli_output import NOBODY, tap
from tests.helpers.harness import write_json

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS = {
    "sync": "-c --catalog --properties -s --unit --report --streams --select --start-date --end-date",
    "discover": "-c --streams --select",
    "list": "-c --catalog --streams --select",
    "test": "-c --catalog --streams --select --start-date --end-date",
    "about": "--format",
    "plan": "-c --catalog --streams --select --start-date --end-date --unit-rows --newest-first",
    "merge-state": "--since",
    "reconcile": "-c --catalog -s --streams --start-date --end-date --sql --schema --answers --digests --repair",
}
EXAMPLES = {
    "": {"discover", "sync"},
    "sync": {"discover", "sync"},
    "plan": {"plan", "sync", "merge-state"},
    "merge-state": {"merge-state"},
    "reconcile": {"reconcile"},
}
"""The verbs in the examples of each help."""

UNIT_STATE = {"bookmarks": {}, "backfill": {"url": NOBODY["url"], "streams": {}}}


def refusal(line: str) -> str:
    """Return why a command line is refused."""
    with pytest.raises(ConfigError) as caught:
        read(line.split())
    return str(caught.value).removeprefix("arguments: ")


@pytest.mark.parametrize("name", OPTIONS)
def test_a_verb_is_a_first_word_or_an_option_anywhere(name: str) -> None:
    more = [] if name == "merge-state" else ["--config", "c.json"]
    found = [read(line) for line in ([name, *more], [f"--{name}", *more], [*more, f"--{name}"], [name, f"--{name}"])]
    assert {one.verb for one in found} == {name}
    assert vars(found[0]) == vars(found[1]) == vars(found[2])


@pytest.mark.parametrize(
    ("line", "verb"),
    [
        ("", "sync"),
        ("-c c.json -s state.json", "sync"),
        ("--config c.json --discover", "discover"),
        ("-d --config=c.json", "discover"),
        ("-dc c.json", "discover"),
        ("--streams plan,list --list -cc.json", "list"),
        ("--config plan --state reconcile", "sync"),
        ("test -c list", "test"),
    ],
)
def test_old_places_of_a_verb(line: str, verb: str) -> None:
    assert read(line.split()).verb == verb


@pytest.mark.parametrize("name", ["discover", "list", "test", "about"])
def test_the_files_that_runners_add_to_every_command(name: str) -> None:
    """Meltano does so: `meltano invoke tap-daktela --about`."""
    assert read(["--config", "c", "--catalog", "k", "--state", "s", f"--{name}"]).verb == name


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("plan --list -c c.json", "plan and list are two verbs; leave out one of them; see tap-daktela plan --help"),
        ("plan list", "plan and list are two verbs"),
        ("--discover --test", "discover and test are two verbs"),
        ("merge-state a.json --plan", "merge-state and plan are two verbs"),
        ("--merge-state --sync", "merge-state and sync are two verbs"),
        ("-c c.json plan", "write plan as the first word, or --plan; see tap-daktela --help"),
        ("pln -c c.json", "there is no verb 'pln'; the nearest is 'plan'; see tap-daktela --help"),
        ("merge_state a b", "there is no verb 'merge_state'; the nearest is 'merge-state'"),
        ("Discovery", "there is no verb 'Discovery'; the nearest is 'discover'"),
        ("config.json", "there is no verb 'config.json'; see"),
        ("--mergestate a b", "there is no option --mergestate; the nearest is '--merge-state'"),
        ("-plan", "write --plan, with two dashes"),
        ("plan tickets", "no option takes 'tickets': a list has commas and no spaces"),
        ("plan --units 5", "there is no option --units; the nearest is '--unit'; see tap-daktela plan --help"),
        ("--unit-rows 5 -c c.json", "--unit-rows is an option of plan, not of sync; see tap-daktela --help"),
        ("--list --report x.html", "--report is an option of sync, not of list; see tap-daktela list --help"),
        ("plan -s s.json", "--state is an option of sync and reconcile, not of plan"),
        ("merge-state -c c a", "--config is an option of sync, discover, list, test, plan and reconcile, not of merge"),
        (
            "plan --repair --since 2024-01-01",
            "--repair is an option of reconcile, not of plan; --since is an option of",
        ),
        ("plan --unit-rows 0", "argument --unit-rows: it is a whole number from 1; see tap-daktela plan --help"),
        ("plan --unit-rows -5", "argument --unit-rows: it is a whole number from 1"),
        ("reconcile --sql oracle", "argument --sql: invalid choice: 'oracle'"),
    ],
    ids=str,
)
def test_words_that_are_refused(line: str, words: str) -> None:
    assert refusal(line).startswith(words)


def test_files_of_states_stand_behind_their_verb() -> None:
    arguments = read(["merge-state", "a.json", "--since", "2024-01-01", "plan", "c.jsonl"])
    assert (arguments.files, arguments.since) == (["a.json", "plan", "c.jsonl"], "2024-01-01")


def test_what_is_not_given() -> None:
    arguments = read(["reconcile", "--answers", "a.csv", "--answers", "b.json"])
    assert (arguments.answers, arguments.repair, arguments.sql, arguments.config) == (
        ["a.csv", "b.json"],
        False,
        None,
        [],
    )
    assert read(["plan"]).unit_rows == 50_000


@pytest.mark.parametrize("name", OPTIONS)
def test_the_help_of_a_verb_has_its_options_alone_and_fits(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = verbs.help_of(name)
    assert max(map(len, text.splitlines())) < 80
    shown = set(re.findall(r"^  (-[\w-]+)|, (--properties)", text, re.MULTILINE))
    assert {flag for pair in shown for flag in pair if flag} - {"-h", "--properties"} == {
        *OPTIONS[name].replace(" --properties", "").split()
    }
    assert text.startswith(f"usage: tap-daktela {name} ")


@pytest.mark.parametrize("name", ["", *OPTIONS])
def test_the_examples_of_the_help_can_be_typed(name: str) -> None:
    lines = re.findall(r"\btap-daktela (?!VERB|\[)([^|>\n]*[^|>\n ]) *[|>\n]", verbs.help_of(name).partition("\n\n")[2])
    assert {read(shlex.split(line)).verb for line in lines} == EXAMPLES.get(name, set())


@pytest.mark.parametrize("arguments", [["plan", "--help"], ["--plan", "-h"], ["plan", "--nonsense", "-h"]])
def test_a_verb_shows_its_own_help(arguments: list[str]) -> None:
    assert vars(read(arguments)).items() >= {"verb": "plan", "help": True, "named": True}.items()


def test_the_help_of_a_verb_goes_to_stdout() -> None:
    run = tap("reconcile", "--help")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("usage: tap-daktela reconcile ")
    assert "  3  something is missing here" in run.stdout


def test_the_exit_code_is_that_of_the_verb() -> None:
    program = "import sys\nfrom tap_daktela import cli, dispatch\ndispatch.dispatch = lambda _: 4\nsys.exit(cli.main())"
    assert subprocess.run([sys.executable, "-c", program, "about"], check=False).returncode == 4


@pytest.mark.parametrize("name", ["list", "test", "plan", "reconcile"])
def test_what_needs_an_instance_needs_settings(name: str) -> None:
    with pytest.raises(ConfigError, match=f"^arguments: --config is missing: .*; see tap-daktela {name} --help$"):
        dispatch(read([name]))


def test_states_to_merge_are_named() -> None:
    with pytest.raises(
        ConfigError, match=r"^arguments: merge-state needs the files of states: tap-daktela merge-state"
    ):
        dispatch(read(["--merge-state"]))


def test_the_state_of_one_unit_does_not_say_what_a_warehouse_has(tmp_path: Path) -> None:
    config, state = write_json(tmp_path / "c.json", NOBODY), write_json(tmp_path / "s.json", UNIT_STATE)
    with pytest.raises(ConfigError, match=r"^state: it is that of a unit; join the states .* with merge-state$"):
        dispatch(read(["reconcile", "-c", str(config), "--state", str(state), "--sql", "duckdb"]))


@pytest.mark.parametrize("option", ["--state", "--start-date", "--end-date"])
def test_a_unit_says_itself_what_is_read(tmp_path: Path, option: str) -> None:
    config, state = write_json(tmp_path / "c.json", NOBODY), write_json(tmp_path / "s.json", {})
    value = str(state) if option == "--state" else "2024-02-01"
    with pytest.raises(ConfigError, match=f"^arguments: the unit says .*; leave out {option} or --unit$"):
        dispatch(read(["-c", str(config), "--unit", "u.json", option, value]))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot read .*: No such file"),
        ("", "is empty; hand over one line of a plan"),
        ("{}", "has no text 'id'"),
    ],
)
def test_a_file_that_holds_no_unit(tmp_path: Path, content: str | None, words: str) -> None:
    config, unit = write_json(tmp_path / "c.json", NOBODY), tmp_path / "unit.json"
    if content is not None:
        unit.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=f"^unit: .*{words}"):
        dispatch(read(["-c", str(config), "--unit", str(unit)]))


@pytest.mark.parametrize(("streams", "left_out"), [("users", "tickets_views"), ("tickets_views", "users")])
def test_streams_are_selected_for_a_unit_as_for_its_plan(tmp_path: Path, streams: str, left_out: str) -> None:
    times = dict.fromkeys(("since", "start_date"), "2024-01-01T00:00:00Z")
    unit = {"id": "a", "url": NOBODY["url"], "streams": ["tickets_views", "users"], **times}
    path = write_json(tmp_path / "unit.json", {**unit, "end_date": "2024-02-01T00:00:00Z"})
    config = write_json(tmp_path / "c.json", NOBODY)
    with pytest.raises(ConfigError, match=f"^unit: .*: its stream '{left_out}' is not selected; .*--streams[^;]*$"):
        dispatch(read(["-c", str(config), "--unit", str(path), "--streams", streams]))
