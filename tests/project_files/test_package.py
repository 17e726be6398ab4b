"""What the package says of itself: its page, its addresses, the Pythons it runs on."""

from __future__ import annotations

import re
import runpy
import sys
from types import ModuleType
from typing import Any

import pytest

from tap_daktela import __version__
from tests.helpers.harness import REPOSITORY

# Folders that hold what people wrote; what tools leave beside it is not looked at.
WRITTEN = ("*.*", "Dockerfile*", "Makefile", ".*.yaml", ".ci/**/*", ".github/**/*", "benchmarks/**/*")
WRITTEN += ("component_config/**/*", "docs/**/*", "examples/**/*", "scripts/**/*", "tap_daktela/**/*", "tests/**/*")


@pytest.fixture(scope="module")
def package() -> dict[str, Any]:
    """Give what setup.py hands to setuptools, which need not be installed."""
    found: dict[str, Any] = {}
    fake = ModuleType("setuptools")
    vars(fake).update(setup=found.update, find_packages=lambda **_: [])
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setitem(sys.modules, "setuptools", fake)
        runpy.run_path(str(REPOSITORY / "setup.py"))
    return found


def read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def test_the_version_is_that_of_the_code(package: dict[str, Any]) -> None:
    assert package["version"] == __version__


def test_the_licences_of_what_is_bundled_are_named(package: dict[str, Any]) -> None:
    assert package["license_expression"] == "MIT AND Apache-2.0 AND BSD-3-Clause"
    bundled = [path for word in ("LICENSE*", "NOTICE*") for path in (REPOSITORY / "tap_daktela").rglob(word)]
    found = {path.relative_to(REPOSITORY).as_posix() for path in bundled}
    assert found
    assert set(package["license_files"]) == {"LICENSE", *found}


def test_links_of_the_package_page_lead_into_the_repository_at_the_version(package: dict[str, Any]) -> None:
    files = f"{package['project_urls']['Source']}/blob/v{__version__}/"
    links = re.findall(r"\]\(([^)\s]+)\)", package["long_description"])
    ours = [link.removeprefix(files).partition("#")[0] for link in links if link.startswith(files)]
    assert "LICENSE" in ours
    assert [name for name in ours if not (REPOSITORY / name).exists()] == []
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    # An image would need an address of another form.
    assert f"![{files}" not in package["long_description"]


def test_the_address_of_the_repository_is_written_by_hand_once(package: dict[str, Any]) -> None:
    address = package["project_urls"]["Source"]
    assert all(url.startswith(address) for url in package["project_urls"].values())
    texts = {path: path.read_bytes() for pattern in WRITTEN for path in REPOSITORY.glob(pattern) if path.is_file()}
    places = {path.relative_to(REPOSITORY): text.count(address.encode()) for path, text in texts.items()}
    generated = {f"component_config/{name}Url.md": 1 for name in ("documentation", "license", "sourceCode")}
    assert {str(path): count for path, count in places.items() if count} == {
        "setup.py": 1,
        "docs/meltano-hub.yml": 3,
        **generated,
    }


def test_every_supported_python_is_named_tested_and_used(package: dict[str, Any]) -> None:
    named = re.findall(r"Python :: (3\.\d+)$", "\n".join(package["classifiers"]), re.MULTILINE)
    assert package["python_requires"] == f">={named[0]}"
    assert f'target-version = "py{named[0].replace(".", "")}"' in read("pyproject.toml")
    [tested] = re.findall(r"python: \[(.*)\]", read(".github/workflows/tests.yml"))
    assert re.findall(r'"([^"]*)"', tested) == named
    used = re.findall(r"^FROM python:([\d.]+)-slim", read("Dockerfile") + read("Dockerfile.keboola"), re.MULTILINE)
    assert set(used) <= set(named)


def test_the_changelog_ends_with_this_version() -> None:
    sections = re.findall(r"^## \[(\S+)\](?: - (\d{4}-\d\d-\d\d))?$", read("CHANGELOG.md"), re.MULTILINE)
    assert sections[0] == ("Unreleased", "")
    versions, dates = zip(*sections[1:], strict=True)
    assert versions[0] == __version__
    assert list(dates) == sorted(dates, reverse=True)
    assert all(dates)
    groups = set(re.findall(r"^### (.*)$", read("CHANGELOG.md"), re.MULTILINE))
    assert groups <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
