"""A client and its instance for the tests of the Python client."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela import Daktela, Retry
from tests.helpers.sandbox_client import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers.sandbox_client import Client


@dataclass
class Reading:
    """A client that is tried, and the instance that it reads."""

    daktela: Daktela
    instance: Client

    def keys(self, endpoint: str) -> set[str]:
        """Return the keys that the instance has now."""
        return set(self.instance.ask("ledger", {"endpoint": endpoint})[endpoint]["rows"])

    def requests(self) -> int:
        """Return how many requests the instance has got since this was asked last."""
        sent = len(self.instance.ask("requests")["requests"])
        self.instance.control("reset-requests")
        return sent


@pytest.fixture(scope="module")
def still() -> Iterator[Reading]:
    """An instance that nobody changes, for the tests of a module that only read."""
    with serving(rows=300, days=20) as instance, opened(instance) as client:
        yield Reading(client, instance)


@pytest.fixture
def reading() -> Iterator[Callable[..., Reading]]:
    """Start instances with given options. `client` are arguments of the client."""
    with ExitStack() as stack:

        def start(client: dict[str, Any] | None = None, **options: Any) -> Reading:
            instance = stack.enter_context(serving(**options))
            return Reading(stack.enter_context(opened(instance, **client or {})), instance)

        yield start


def opened(instance: Client, **options: Any) -> Daktela:
    """Return a client of an instance, which tries every request once."""
    given = {"access_token": instance.sandbox.access_token, "retry": Retry(tries=1), **options}
    return Daktela(instance.sandbox.url, **given)
