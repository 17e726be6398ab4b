"""Fixtures of the tests that play Keboola's platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.keboola import keboola_folder

if TYPE_CHECKING:
    from collections.abc import Callable
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
