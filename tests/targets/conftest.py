"""Fixtures of the tests with real targets."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from targets.cluster import Cluster, binaries

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """Give a running PostgreSQL; fail where there is none."""
    programs = binaries()
    if programs is None or not shutil.which("psql"):
        pytest.fail("PostgreSQL is missing: run scripts/setup postgres")
    cluster = Cluster(programs)
    yield cluster
    cluster.stop()
