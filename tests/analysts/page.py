"""The SQL of docs/analysts.md, and the results that the page shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tabulate import tabulate

from tests.helpers.harness import REPOSITORY

PAGE = REPOSITORY / "docs/analysts.md"
DATABASES = ("postgres", "duckdb")
SETUP = "setup"
BLOCK = re.compile(
    r"^<!-- sql: (?P<name>\w+)(?:, (?P<database>\w+))? -->\n\n```sql\n(?P<sql>.*?);\n```\n"
    r"(?:\n```text\n(?P<result>.*?)```\n)?",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """A block of SQL: the question that it answers, its only database if it has one, and the result below it."""

    name: str
    database: str | None
    sql: str
    result: str | None


def blocks() -> list[Block]:
    """Return the blocks of SQL that have a marker."""
    return [Block(**found.groupdict()) for found in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))]


def setup(database: str) -> str:
    """Return the statements that come before the queries."""
    chosen = [block.sql for block in blocks() if block.name == SETUP and block.database in {None, database}]
    return "".join(f"{sql};\n" for sql in chosen)


def queries(question: str) -> dict[str, str]:
    """Return the queries that answer a question by their databases."""
    found = [block for block in blocks() if block.name == question]
    return {name: block.sql for block in found for name in DATABASES if block.database in {None, name}}


def results() -> dict[str, str]:
    """Return the results on the page by their question."""
    return {block.name: block.result for block in blocks() if block.result is not None}


def as_text(rows: list[dict[str, Any]]) -> str:
    """Return a result as the page shows it."""
    return tabulate(rows, headers="keys") + "\n"


def write(name: str, result: str) -> None:
    """Put a result into the page."""
    text = PAGE.read_text(encoding="utf-8")
    [found] = [match for match in BLOCK.finditer(text) if match["name"] == name and match["result"] is not None]
    PAGE.write_text(text[: found.start("result")] + result + text[found.end("result") :], encoding="utf-8")
