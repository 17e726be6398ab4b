"""Fixtures of the tests that play Keboola's platform."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import pytest

from tests.helpers.keboola import keboola_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import harness


@pytest.fixture
def data_folder(tmp_path: Path, target_csv: Path) -> keboola_folder.DataFolder:
    """Give a place in which the component can be run as the platform does it."""
    return keboola_folder.DataFolder(tmp_path, target_csv)


@pytest.fixture(scope="session")
def daktela(sandbox: Callable[..., harness.Sandbox]) -> harness.Sandbox:
    """Give a small sandbox whose clock stands still; tests must not change it."""
    return sandbox("--rows", "60")


@pytest.fixture
def login(daktela: harness.Sandbox) -> dict[str, str]:
    """Give the parameters that lead to that sandbox."""
    return keboola_folder.parameters_of(daktela)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Give an output folder as the platform makes it."""
    folder = tmp_path / "out" / "tables"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def temporary(tmp_path: Path, target_csv: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the place for temporary files, which has to be empty again afterwards; and the target."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setenv("TARGET_CSV", str(target_csv))
    yield folder
    assert list(folder.iterdir()) == []
