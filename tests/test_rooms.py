"""The house: imports point downwards only, no two modules import each other, and no folder is crowded."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from tests.helpers.harness import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = REPOSITORY / "tap_daktela"

FLOORS = (
    "cli",
    "verbs",
    "dispatch",
    "planning.command",
    "commands",
    "reconcile",
    "reconcile.warehouse",
    "planning",
    "doctor",
    "choosing",
    "about",
    "meltano",
    "keboola",
    "keboola.pipeline",
    "keboola.pipe",
    "keboola.config",
    "keboola.tables.formats",
    "keboola.tables",
    "keboola.state",
    "keboola.job",
    "keboola.disk",
    "listing",
    "probing",
    "python_client",
    "sync.run",
    "sync.report",
    "report_page",
    "sync.closing",
    "sync.streams",
    "sync.context",
    "sync.ledger",
    "sync.telling",
    "sync.reading",
    "sync.scheduling",
    "sync.records",
    "sync.singer",
    "units",
    "catalog",
    "catalog.streams",
    "catalog.fields",
    "settings",
    "daktela",
    "daktela.http",
    "daktela.connection",
    "daktela.clock",
    "nearest",
    "logs",
    "redaction",
    "runtime",
    "errors",
    "sandbox",
    "sandbox.http",
    "sandbox.command_line",
    "sandbox.faults",
    "sandbox.api",
    "sandbox.world",
    "sandbox.world.activities",
    "sandbox.world.crm",
    "sandbox.world.company",
    "sandbox.world.row_maker",
    "sandbox.world.invented",
    "sandbox.storage",
    "sandbox.options",
    "sandbox.clock",
    "sandbox.credentials",
    "printable",
)
"""From the roof down: a module belongs to the longest name that it begins with, and imports only what stands below."""

MAX_MODULES = 14
"""Modules in one folder, apart from `__init__`."""


def name_of(path: Path) -> str:
    """Return the dotted name of a module within the package; empty for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imported(path: Path) -> Iterator[str]:
    """Yield the modules of the package that a module imports, also those for type checking only."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            prefix, _, module = (node.module or "").partition(".")
            if prefix == "tap_daktela":
                for one in node.names:
                    full = f"{module}.{one.name}".lstrip(".")
                    yield full if full in MODULES else module
        elif isinstance(node, ast.Import):
            yield from (one.name.partition(".")[2] for one in node.names if one.name.startswith("tap_daktela"))


IMPORTS = {name: set(imported(path)) - {name, ""} for name, path in MODULES.items()}


def floor_of(module: str) -> int:
    """Return the number of the floor that a module is on, counted from the roof."""
    floors = [floor for floor in FLOORS if f"{module}.".startswith(f"{floor}.")]
    return FLOORS.index(max(floors, key=len))


def cycles(imports: dict[str, set[str]]) -> list[list[str]]:
    """Return groups of modules that reach each other."""
    reached = {name: set(others) for name, others in imports.items()}
    for middle, beyond in reached.items():
        for others in reached.values():
            if middle in others:
                others.update(beyond)
    groups: dict[frozenset[str], list[str]] = defaultdict(list)
    for name, others in reached.items():
        if name in others:
            groups[frozenset(other for other in others if name in reached.get(other, ()))].append(name)
    return [sorted(group) for group in groups.values()]


def test_every_module_has_a_floor() -> None:
    packages = {name for name, path in MODULES.items() if path.name == "__init__.py"}
    homeless = [name for name in MODULES if not any(f"{name}.".startswith(f"{floor}.") for floor in FLOORS)]
    assert set(homeless) <= packages
    assert [floor for floor in FLOORS if floor not in MODULES] == []


def test_imports_point_downwards() -> None:
    upwards = [
        f"{module} imports {other}"
        for module, others in IMPORTS.items()
        for other in others
        if module and floor_of(other) < floor_of(module)
    ]
    assert upwards == []


def test_no_modules_import_each_other() -> None:
    assert cycles(IMPORTS) == []


def test_cycles_are_seen() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [["b", "c"]]


@pytest.mark.parametrize("root", ["tap_daktela", "tests", "benchmarks"])
def test_no_folder_is_crowded(root: str) -> None:
    folders: dict[Path, int] = defaultdict(int)
    for path in (REPOSITORY / root).rglob("*.py"):
        folders[path.parent] += path.name not in {"__init__.py", "conftest.py"}
    assert {str(folder): count for folder, count in folders.items() if count > MAX_MODULES} == {}


def test_a_class_name_exists_once() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name.lstrip("_")].append(module)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}
