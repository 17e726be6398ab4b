"""Every example of docs/client.md runs against a sandbox, prints what the page shows, and has the right types."""

import ast
import contextlib
import inspect
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tap_daktela import Daktela, Retry, where
from tap_daktela.daktela.operators import OPERATORS
from tests.helpers.golden import HINT, renewing
from tests.helpers.harness import REPOSITORY
from tests.helpers.sandbox_client import Client, serving

PAGE = REPOSITORY / "docs/client.md"
INSTANCE = "https://mycompany.daktela.com"
# What the page filters by as `field=value`. Any name would do: each other one is a mistake.
FIELDS = ("name", "priority", "stage", "type")
EXAMPLE = re.compile(
    r"(?:^<!-- sandbox: (?P<options>.*) -->\n\n)?^```python\n(?P<code>.*?)^```\n(?:\n^```text\n(?P<output>.*?)^```\n)?",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Example:
    """A block of Python, where its line is on the page, what the page says it prints, and what troubles the sandbox."""

    line: int
    code: str
    output: str | None
    options: dict[str, Any]


def examples() -> list[Example]:
    """Return the examples of the page. All but the first go on from the lines of the first."""
    text = PAGE.read_text(encoding="utf-8")
    return [
        Example(
            line=text.count("\n", 0, found.start("code")),
            code=found["code"],
            output=found["output"],
            options=json.loads(found["options"] or "{}"),
        )
        for found in EXAMPLE.finditer(text)
    ]


OPENING, *EXAMPLES = examples()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Client]:
    with serving(rows=300, now="2024-11-05T12:00:00Z") as client:
        yield client


@pytest.fixture
def daktela(sandbox: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The sandbox, with its credentials where the examples look for them."""
    monkeypatch.setenv("DAKTELA_TOKEN", sandbox.sandbox.access_token)
    monkeypatch.setenv("DAKTELA_USER", sandbox.sandbox.username)
    monkeypatch.setenv("DAKTELA_PASSWORD", sandbox.sandbox.password)
    return sandbox


def printed(example: Example, daktela: Client) -> str:
    """Run an example after the opening one, and return what it prints."""
    names: dict[str, Any] = {"__name__": "example"}
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        run(OPENING, daktela, names)
        daktela.control("reset-requests")
        daktela.control("options", example.options)
        try:
            run(example, daktela, names)
        finally:
            daktela.control("options", dict.fromkeys(example.options))
            names["d"].close()
    return output.getvalue().replace(daktela.sandbox.url, INSTANCE)


def run(example: Example, daktela: Client, names: dict[str, Any]) -> None:
    """Run the code of an example; a traceback shows the line on the page."""
    code = "\n" * example.line + example.code.replace(INSTANCE, daktela.sandbox.url)
    exec(compile(code, PAGE, "exec"), names)  # noqa: S102 - the page is ours


def renew(example: Example, found: str) -> None:
    """Write what an example printed below it."""
    code = f"```python\n{example.code}```\n"
    before = code if example.output is None else f"{code}\n```text\n{example.output}```\n"
    after = f"{code}\n```text\n{found}```\n" if found else code
    PAGE.write_text(PAGE.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")


def test_every_block_of_python_is_an_example() -> None:
    assert len([OPENING, *EXAMPLES]) == PAGE.read_text(encoding="utf-8").count("```python") > 1


def test_every_operator_is_on_the_page_and_in_the_reference() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in OPERATORS if f"`{name}`" not in page] == []
    assert [name for name in OPERATORS if name not in re.findall(r"\w+", where.__doc__ or "")] == []


def calls(page: str) -> Iterator[ast.Call]:
    """Yield what the text and the tables of the page call between backticks."""
    for span in re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", page, flags=re.DOTALL | re.MULTILINE)):
        with contextlib.suppress(SyntaxError):  # Most spans are no Python.
            tree = ast.parse(span.replace("…", "...").replace("\\|", "|"), mode="eval")
            yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def test_every_call_in_the_text_fits_the_client() -> None:
    client = object.__new__(Daktela)
    functions: dict[str, Any] = {f"d.{name}": getattr(client, name) for name in dir(client) if not name.startswith("_")}
    functions |= {"Daktela": Daktela, "Retry": Retry}
    found = set()
    for call in calls(PAGE.read_text(encoding="utf-8")):
        name = ast.unparse(call.func)
        if name in functions or name.startswith("d."):
            signature = inspect.signature(functions[name])
            signature.bind_partial(*call.args)
            assert {keyword.arg for keyword in call.keywords} <= {*signature.parameters, *FIELDS}
            found.add(name)
    assert found >= {"Daktela", "Retry", "d.rows", "d.page", "d.pages", "d.one", "d.related", "d.count", "d.first"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"line {example.line}")
def test_an_example_prints_what_the_page_shows(example: Example, daktela: Client) -> None:
    found = printed(example, daktela)
    if renewing():
        renew(example, found)
    else:
        assert found == (example.output or ""), HINT


def test_the_examples_have_the_types_that_the_client_promises(tmp_path: Path) -> None:
    for example in EXAMPLES:
        (tmp_path / f"line_{example.line}.py").write_text(OPENING.code + example.code, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", REPOSITORY / "pyproject.toml", tmp_path]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
