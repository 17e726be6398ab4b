"""Servers for the tests of the sandbox."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.helpers.sandbox_client import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers.sandbox_client import Client


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A server that the tests of a module only read from."""
    with serving(rows=600, days=60) as client:
        yield client


@pytest.fixture
def fresh() -> Iterator[Client]:
    """A small server of one's own."""
    with serving() as client:
        yield client


@pytest.fixture
def serve() -> Iterator[Callable[..., Client]]:
    """Start servers with given options; all are stopped at the end of the test."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(serving(**options))
