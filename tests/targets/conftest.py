"""Fixtures of the tests with real targets."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from targets.cluster import Cluster, binaries

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """Give a running PostgreSQL; where there is none skip, but fail in CI, where it must be."""
    programs = binaries()
    if programs is None or not shutil.which("psql"):
        missing = "PostgreSQL is missing: run scripts/setup postgres"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    cluster = Cluster(programs)
    yield cluster
    cluster.stop()
