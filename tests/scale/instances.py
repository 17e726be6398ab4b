"""The instances that are loaded: sandboxes with years of history, whose clocks stand still."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.helpers import harness, ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DAYS = 5 * 365
# Before everything that they hold.
START_DATE = "2019-06-01"


@dataclass
class Instance:
    """An instance, and what `daktela_instances.json` says about it. Its name is that of its schema."""

    name: str
    rows: int
    seed: int
    requests_in_flight: int = 4
    concurrency: int = 2
    latency_ms: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    sandbox: harness.Sandbox = field(init=False)

    def start(self, *more: str) -> None:
        """Start its sandbox."""
        flags = ("--rows", self.rows, "--days", DAYS, "--seed", self.seed, "--latency-ms", self.latency_ms)
        self.sandbox = harness.Sandbox(*map(str, flags), *more)

    def start_again(self) -> None:
        """Start its sandbox on the port on which it was before it was killed, with the same rows."""
        self.start("--port", str(urlsplit(self.sandbox.url).port))

    @property
    def login(self) -> dict[str, str]:
        """Return the settings with which the tap reaches it."""
        return {"url": self.sandbox.url, "access_token": self.sandbox.access_token}

    @property
    def described(self) -> dict[str, Any]:
        """Return its entry in `daktela_instances.json`."""
        settings = {"start_date": START_DATE, "max_retries": 2, **self.settings}
        most = {"requests_in_flight": self.requests_in_flight, "concurrency": self.concurrency}
        return {**most, "settings": settings}

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests that it got since it started, or since they were counted anew."""
        return ledger.requested(self.sandbox)


@contextmanager
def running(instances: Sequence[Instance]) -> Iterator[None]:
    """Start the sandboxes, and stop them at the end."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(Instance.start, instances))
    with ExitStack() as stack:
        for instance in instances:
            stack.callback(lambda one: one.sandbox.stop(), instance)
        yield
