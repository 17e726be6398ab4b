"""Fixtures of the tests that talk to an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scripted import Scripted

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def instance() -> Iterator[Scripted]:
    """Give a server that answers what the test writes for it."""
    server = Scripted()
    yield server
    server.stop()
