"""The documents are held against the code: generated parts, command lines, examples, names of files and streams."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela import cli, verbs
from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.keboola.config.parameters import Parameters
from tap_daktela.sandbox import command_line
from tap_daktela.settings import as_json_schema, sample_config
from tests.helpers.documents.blocks import DOCUMENTS, blocks
from tests.helpers.harness import REPOSITORY, untimed
from tests.simulation.cases.grammar import ODDITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from tests.helpers.harness import Sandbox, TapRun

GENERATED = (
    "sample_config.json",
    "docs/settings.md",
    "docs/streams.md",
    "docs/meltano-hub.yml",
    "meltano.yml",
    "docs/sandbox.md",
    "docs/keboola.md",
    "docs/client-reference.md",
    "component_config/configSchema.json",
    "component_config/configRowSchema.json",
    "component_config/actions.md",
    "component_config/documentationUrl.md",
    "component_config/licenseUrl.md",
    "component_config/sourceCodeUrl.md",
)
KNOWN = entries(STREAMS)
# Commands that are not ours and whose arguments are not looked at.
FOREIGN = {
    "airflow",
    "curl",
    "dagster",
    "export",
    "git",
    "head",
    "meltano",
    "mkdir",
    "pre-commit",
    "psql",
    "duckdb",
    "snowsql",
    "bq",
    "python3",
    "set",
    "sleep",
    "tail",
    "target-csv",
    "target-postgres",
    "test",
}
README_LINES = 130
SETTINGS_OF_TARGETS = {"output_path", "destination_path", "default_target_schema", "cloud_provider"}
ASSIGNMENT = re.compile(r"[A-Z_]+=\S+")
OUR_FILE = re.compile(r"(?:tests|scripts|docs|examples|tap_daktela|\.ci)/[\w./-]*")

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))


def load_generator() -> ModuleType:
    """Return scripts/docs.py, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("docs_generator", REPOSITORY / "scripts/docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = load_generator()


def prose(document: Path) -> str:
    """Return a document without its fenced blocks."""
    return re.sub(r"^ *```.*?^ *```$", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def code_spans(document: Path) -> list[str]:
    """Return what stands between backticks in the text."""
    return re.findall(r"`([^`\n]+)`", prose(document))


def commands(text: str) -> Iterator[list[str]]:
    """Yield each simple command of shell lines as its words, without redirections and variables set before it."""
    for line in text.replace("\\\n", " ").splitlines():
        words: list[str] = []
        to_file = False
        lexer = shlex.shlex(re.sub(r"2> \S+", "", line), posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        for token in [*lexer, ";"]:
            if set(token) <= set("<>"):
                to_file = True
            elif set(token) <= set("|&;()"):
                if words:
                    yield words
                words = []
            else:
                if not to_file and (words or not ASSIGNMENT.fullmatch(token)):
                    words.append(token)
                to_file = False


def typed(session: str) -> list[str]:
    """Return the command lines of a shell session."""
    return [line.removeprefix("$ ") for line in session.splitlines() if line.startswith("$ ")]


def make_targets() -> set[str]:
    return set(re.findall(r"^(\w+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def problem(words: list[str]) -> str | None:
    """Return what is wrong with a command line of the documents, None if it would be understood."""
    name, *arguments = words
    name = name.rpartition("/")[2]
    try:
        if name == "tap-daktela":
            cli.read(arguments)
        elif name == "tap-daktela-sandbox":
            command_line.parse(arguments)
        elif name == "make":
            targets = {argument for argument in arguments if "=" not in argument}
            return f"make has no {arguments}" if targets - make_targets() else None
        elif name == "python" or words[0].startswith("scripts/"):
            files = [word for word in words if OUR_FILE.fullmatch(word)]
            return None if files and all((REPOSITORY / file).exists() for file in files) else "no such file"
        elif name == "pip":
            return None if arguments[0] == "install" else "pip does something else"
        elif name not in FOREIGN:
            return "nobody knows this command"
    except Exception as error:  # noqa: BLE001 - whatever a parser raises is the answer
        return str(error)
    return None


# --- generated ------------------------------------------------------------------------------------------------------


def test_what_is_generated_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert GENERATOR.main(["--check"]) == 0, capsys.readouterr().err


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in ("docs", "component_config"):
        (tmp_path / folder).mkdir()
    for name in GENERATED:
        shutil.copy(REPOSITORY / name, tmp_path / name)
    return tmp_path


def test_every_oddity_of_the_simulation_is_in_the_table_of_its_runs() -> None:
    text = (REPOSITORY / "docs/reliability.md").read_text(encoding="utf-8")
    table = text.partition("<!-- simulation -->")[2].partition("<!-- /simulation -->")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (\d+) \| (\d+) \| (\d+) \|$", table, re.MULTILINE)
    assert {name: sentence for name, sentence, *_ in rows} == {name: one.sentence for name, one in ODDITIES.items()}
    assert all(int(runs) >= int(kept) + int(told) > 0 for _, _, runs, kept, told in rows)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("sample_config.json", "2025-01-01", "2024-01-01"),
        ("docs/settings.md", "| `page_size` |", "| `page_sise` |"),
        ("docs/streams.md", "| [`tickets`](#tickets) | `name` |", "| [`tickets`](#tickets) | `id` |"),
        ("docs/streams.md", "### tickets\n", "### ticket\n"),
        ("docs/sandbox.md", "| `--rows ROWS` |", "| `--row ROWS` |"),
        ("docs/keboola.md", "| `lookback_days` *(advanced)* |", "| `look_back` *(advanced)* |"),
        ("docs/client-reference.md", "class AccessError(TapError)", "class AccessError"),
        ("component_config/configSchema.json", '"continue_since_last_run"', '"continue"'),
        ("component_config/configRowSchema.json", '"fields"', '"columns"'),
        ("component_config/actions.md", '"listFields"', '"listColumns"'),
        ("component_config/documentationUrl.md", "docs/keboola.md", "docs"),
    ],
)
def test_the_check_finds_and_the_generator_mends_what_is_not_current(
    copy: Path, name: str, before: str, after: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = copy / name
    good = file.read_text(encoding="utf-8")
    assert before in good
    file.write_text(good.replace(before, after), encoding="utf-8")

    assert GENERATOR.main(["--check"], copy) == 1
    assert f"{name} is not current" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") != good
    assert GENERATOR.main([], copy) == 0
    assert file.read_text(encoding="utf-8") == good


def test_a_missing_marker_is_an_error(copy: Path) -> None:
    (copy / "docs/settings.md").write_text("# Settings\n", encoding="utf-8")
    with pytest.raises(ValueError, match="markers of 'settings'"):
        GENERATOR.main(["--check"], copy)


def test_the_reference_describes_every_name_that_programs_import() -> None:
    stub = (REPOSITORY / "tap_daktela/__init__.pyi").read_text(encoding="utf-8")
    headings = re.findall(r"^## (\w+)$", (REPOSITORY / "docs/client-reference.md").read_text("utf-8"), re.MULTILINE)
    names = re.findall(r" as (\w+)$", stub, re.MULTILINE)
    assert names
    assert set(names) - set(headings) == set()


# --- commands -------------------------------------------------------------------------------------------------------


def shown_commands(document: Path) -> list[list[str]]:
    """Return the commands of a document's shell blocks and sessions, and those that its text shows with arguments."""
    lines = blocks(document, "sh")
    lines += [line for block in blocks(document, "console") for line in typed(block)]
    lines += [span for span in code_spans(document) if re.match(r"(make|tap-daktela(-sandbox)?) \S", span)]
    return [words for line in lines for words in commands(line)]


@each_document
def test_every_command_line_would_be_understood(document: Path) -> None:
    wrong = {shlex.join(words): found for words in shown_commands(document) if (found := problem(words))}
    assert wrong == {}


def test_commands_are_found_at_all() -> None:
    names = {words[0] for document in DOCUMENTS for words in shown_commands(document)}
    assert names >= {"make", "tap-daktela", "tap-daktela-sandbox", "target-csv"}


def comparable(line: str) -> str:
    """Return a line of a session up to what it leaves out, with the port, date and seconds of any other run."""
    port, date, seconds = r"(?<=127\.0\.0\.1:)\d+", r"(?<= on )\d{4}-\d\d-\d\d(?=:)", r"\d+\.\d(?=\s|$)"
    return re.sub(f"{port}|{date}|{seconds}", "0", untimed(line).partition(" …")[0])


def test_the_session_in_the_readme_is_what_the_commands_print(
    sandbox: Callable[..., Sandbox], run_tap: Callable[..., TapRun]
) -> None:
    [session] = blocks(REPOSITORY / "README.md", "console")
    [start], [read] = (list(commands(line)) for line in typed(session))
    with sandbox(clock=start[1:]) as daktela:
        run = run_tap(daktela.login, *read[read.index("--start-date") :])
    printed = map(comparable, run.stderr.splitlines())
    shown = [comparable(line) for line in session.splitlines() if not line.startswith("$ ")]
    assert [line for line in shown if not any(one.startswith(line) for one in printed)] == []


@pytest.mark.parametrize(
    "line",
    [
        "tap-daktela --config c.json --catalogue k.json",
        "PYTHON=python3 .venv/bin/tap-daktela --stat s.json 2> log | tail -n 1 > out",
        "tap-daktela-sandbox --row 5",
        "make everything",
        ".venv/bin/python scripts/nothing.py",
        "prefect run",
    ],
)
def test_a_command_line_that_is_wrong_is_found(line: str) -> None:
    assert any(problem(words) for words in commands(line))


def flags_in(text: str) -> list[str]:
    """Return the flags that the help of a command explains."""
    return re.findall(r"(?<![\w-])--?[a-z][\w-]*(?=[ ,\n\]])", text)


@each_document
def test_every_flag_in_the_text_is_known(document: Path) -> None:
    helps = [command_line.build_parser().format_help(), *map(verbs.help_of, verbs.VERBS), verbs.help_of()]
    ours = {flag for text in helps for flag in flags_in(text)} | {f"--{name}" for name in verbs.VERBS}
    spans = [span for span in code_spans(document) if span.partition(" ")[0] not in FOREIGN]
    named = {flag for span in spans for flag in re.findall(r'(?<![\w"-])--?[a-z][\w-]*', span)}
    assert named - ours - {"--check", "-m"} == set()


# --- files ----------------------------------------------------------------------------------------------------------


@each_document
def test_every_link_leads_to_a_file_and_heading(document: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_the_index_links_to_every_document() -> None:
    index = (REPOSITORY / "docs/README.md").read_text(encoding="utf-8")
    documents = {path.name for path in (REPOSITORY / "docs").glob("*.md")} - {"README.md"}
    assert documents - {link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", index)} == set()


def anchors(document: Path) -> set[str]:
    """Return the anchors that a document's headings get."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@each_document
def test_every_file_of_ours_that_is_named_exists(document: Path) -> None:
    named = [span for span in code_spans(document) if OUR_FILE.fullmatch(span)]
    assert [name for name in named if not (REPOSITORY / name).exists()] == []


def test_every_promise_about_security_names_a_test_that_exists() -> None:
    page = (REPOSITORY / "docs/security.md").read_text(encoding="utf-8")
    promises = page[page.index("## Credentials") : page.index("## Formulas")]
    advice = ("Anyone who can read", "The selected columns")
    missing = []
    for item in re.findall(r"^- (.*?)(?=\n- |\n\n)", promises, re.DOTALL | re.MULTILINE):
        tests = re.findall(r"`((?:tests/[\w/]+/)?test_\w+\.py)`", item)
        paths = [REPOSITORY / (name if "/" in name else f"tests/security/{name}") for name in tests]
        if not item.startswith(advice) and not (paths and all(path.exists() for path in paths)):
            missing.append(item)
    assert missing == []


# --- names and examples ---------------------------------------------------------------------------------------------


def test_every_setting_is_in_the_table_of_settings() -> None:
    text = (REPOSITORY / "docs/settings.md").read_text(encoding="utf-8")
    assert [name for name in as_json_schema()["properties"] if f"| `{name}` |" not in text] == []


def test_the_sandbox_page_has_every_flag() -> None:
    text = (REPOSITORY / "docs/sandbox.md").read_text(encoding="utf-8")
    flags = [
        flag
        for flag in flags_in(command_line.build_parser().format_help())
        if flag.startswith("--") and flag != "--help"
    ]
    assert [flag for flag in flags if not re.search(rf"^\| `{flag}[ `]", text, re.MULTILINE)] == []


def check_example(run_tap: Callable[..., TapRun], value: dict[str, Any]) -> None:
    """Hand an example to the tap as a configuration or as a state: all it may find fault with is the instance."""
    if SETTINGS_OF_TARGETS & value.keys():
        return
    if "parameters" in value:
        Parameters.parse(value["parameters"])
        return
    nowhere = {**sample_config(), "url": "http://127.0.0.1:9", "max_retries": 0}
    is_state = "bookmarks" in value
    if is_state:
        for name, marks in value["bookmarks"].items():
            assert set(marks) == {axis.name for axis in KNOWN[name].stream.axes}
    done = run_tap(nowhere if is_state else {**value, **nowhere}, state=value if is_state else None)
    assert "gave no usable answer" in done.stderr.splitlines()[-1]
    assert "mean nothing" not in done.stderr


@each_document
def test_every_example_in_json_is_right(document: Path, run_tap: Callable[..., TapRun]) -> None:
    for block in blocks(document, "json"):
        check_example(run_tap, json.loads(block))


def test_the_sample_is_a_configuration(run_tap: Callable[..., TapRun]) -> None:
    check_example(run_tap, json.loads((REPOSITORY / "sample_config.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "wrong",
    [
        {"page_sise": 10},
        {"filters": {"ticket": {"field": "stage", "operator": "eq", "value": "OPEN"}}},
        {"bookmarks": {"tickets": {"edited": "yesterday", "created": "2025-03-01T08:30:00Z"}}},
    ],
    ids=["setting", "filter", "state"],
)
def test_an_example_that_is_wrong_is_found(wrong: dict[str, Any], run_tap: Callable[..., TapRun]) -> None:
    with pytest.raises(AssertionError):
        check_example(run_tap, wrong)


def test_the_readme_is_short() -> None:
    assert len((REPOSITORY / "README.md").read_text(encoding="utf-8").splitlines()) <= README_LINES


def test_the_figures_in_the_readme_are_those_of_the_reports() -> None:
    paths = ("README.md", "docs/reliability.md", "benchmarks/RESULTS.md")
    readme, reliability, results = (re.sub(r"\s+", " ", (REPOSITORY / path).read_text("utf-8")) for path in paths)
    [runs] = re.findall(r"the ([\d,]+) runs of", reliability)
    [faults] = re.findall(r"(\d+) kinds, all kept", reliability)
    [kills] = re.findall(r"(\d+) kills of the tap anywhere, (\d+) at a STATE, (\d+) in the pipe, (\d+) of", reliability)
    [memory] = re.findall(r"tap \| .*?: memory ([\d.]+) to", reliability)
    # Those of activities, which come first.
    loop, *_ = re.findall(r"rows/s at 0 ms, against the singer-python loop \| ([\d.]+)", results)
    sdk, *_ = re.findall(r"rows/s at 0 ms, against the Meltano SDK tap \| ([\d.]+)", results)
    wanted = (
        f"{runs} simulated runs with {len(ODDITIES)} kinds",
        f"{sum(map(int, kills))} kills",
        f"{faults} kinds of faults",
        f"{float(memory):.0f} MiB",
        f"{float(loop):.1f} times the rows per second of singer-python's own loop",
        f"{float(sdk):.1f} times those of a Meltano SDK tap",
    )
    assert [figure for figure in wanted if figure not in readme] == []


@each_document
def test_lines_are_short_where_people_write_them(document: Path) -> None:
    lines = [line for line in prose(document).split("\n") if not line.lstrip().startswith(("|", "- [`"))]
    assert [line for line in lines if len(line) > 120] == []
