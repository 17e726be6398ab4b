"""The threads that fetch pages, beside the main thread."""

import queue
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from tap_daktela.daktela.client import Client
from tap_daktela.sync.scheduling.task import SentRequest


class Workers(Protocol):
    """Fetches pages beside the main thread."""

    def start(self, sent: SentRequest) -> None:
        """Begin to fetch."""

    def finished(self, seconds: float) -> list[SentRequest]:
        """Return the requests that are over, each once. Wait up to `seconds` for the first."""

    def close(self) -> None:
        """Take no more requests, and do not wait for those in flight."""


class ThreadWorkers:
    """Fetches in up to `concurrency` threads, which are started when needed."""

    def __init__(self, client: Client, concurrency: int) -> None:
        self._client = client
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="daktela")
        self._over: queue.SimpleQueue[SentRequest] = queue.SimpleQueue()

    def start(self, sent: SentRequest) -> None:
        """Fetch in a thread that is free."""
        self._pool.submit(self._fetch, sent)

    def finished(self, seconds: float) -> list[SentRequest]:
        """Return the requests that are over, each once. Wait up to `seconds` for the first."""
        over: list[SentRequest] = []
        try:
            over.append(self._over.get(timeout=seconds))
            while True:
                over.append(self._over.get_nowait())
        except queue.Empty:
            return over

    def close(self) -> None:
        """Take no more requests, and do not wait for those in flight."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _fetch(self, sent: SentRequest) -> None:
        """Fetch one page. Any error is raised where the page is waited for."""
        try:
            sent.outcome = self._client.fetch(sent.pending)
        except BaseException as error:  # noqa: BLE001 - it is raised in the main thread
            sent.outcome = error
        self._over.put(sent)
