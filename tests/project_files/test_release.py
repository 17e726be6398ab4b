"""`scripts/release`, in a copy of the repository: what it refuses, and what it builds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from tap_daktela import __version__
from tests.helpers.harness import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("CHANGELOG.md", "LICENSE", "MANIFEST.in", "README.md", "pyproject.toml", "setup.py")
TAG = f"v{__version__}"
OWNED = ("setup.py", "/OWNER/", "/somebody/")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a copy of what is released."""
    for name in FILES:
        shutil.copy(REPOSITORY / name, tmp_path)
    for name in ("scripts", "tap_daktela"):
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    # `scripts/setup` would make one there; nothing changes it.
    (tmp_path / ".venv-pip").symlink_to(REPOSITORY / ".venv-pip")
    return tmp_path


def change(checkout: Path, name: str, before: str, after: str) -> None:
    text = (checkout / name).read_text(encoding="utf-8")
    (checkout / name).write_text(text.replace(before, after), encoding="utf-8")


def release(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHON": sys.executable}
    command = [checkout / "scripts/release", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("tag", "changes", "sentence"),
    [
        ("v9.9.9", [OWNED], f"the tag is v9.9.9, but the version in tap_daktela/__init__.py is {__version__}"),
        (__version__, [OWNED], f"the tag is {__version__}, but the version"),
        (TAG, [OWNED, ("CHANGELOG.md", f"[{__version__}] - ", f"[{__version__}] ")], "CHANGELOG.md has no section"),
        (TAG, [("setup.py", "github.com/", "github.com/OWNER/")], "setup.py: write the name of the owner"),
    ],
    ids=["another version", "no v", "no date", "no owner"],
)
def test_what_is_not_ready_is_not_built(
    checkout: Path, tag: str, changes: list[tuple[str, str, str]], sentence: str
) -> None:
    for name, before, after in changes:
        change(checkout, name, before, after)
    done = release(checkout, tag)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"release: {sentence}")
    assert not (checkout / "dist").exists()


@pytest.mark.unmeasured
def test_both_forms_of_the_package_are_built(checkout: Path) -> None:
    change(checkout, *OWNED)
    (checkout / "dist").mkdir()
    (checkout / "dist/tap_daktela-0.0.1.tar.gz").touch()
    done = release(checkout, TAG)
    assert done.returncode == 0, done.stderr

    sdist, wheel = f"tap_daktela-{__version__}.tar.gz", f"tap_daktela-{__version__}-py3-none-any.whl"
    assert {path.name for path in (checkout / "dist").iterdir()} == {sdist, wheel}
    with tarfile.open(checkout / "dist" / sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names >= set(FILES) - {"MANIFEST.in"}
    assert not any(name.startswith("tests") for name in names)
    code = {str(path.relative_to(REPOSITORY)) for path in REPOSITORY.glob("tap_daktela/**/*.py")}
    page = REPOSITORY.glob("tap_daktela/report_page/assets/**/*")
    code |= {str(path.relative_to(REPOSITORY)) for path in page if path.is_file()}
    assert names >= code
    with zipfile.ZipFile(checkout / "dist" / wheel) as archive:
        assert set(archive.namelist()) >= code | {"tap_daktela/py.typed"}
