"""Fixtures of the tests of finished tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.keboola.finished_tables import TableMaker

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def maker(tmp_path: Path) -> TableMaker:
    """Give a maker of finished tables, with a folder of its own."""
    return TableMaker(tmp_path)
