"""A server that says what a test wrote for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scripted import Scripted

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def instance() -> Iterator[Scripted]:
    """Give a server without a script."""
    server = Scripted()
    yield server
    server.stop()
