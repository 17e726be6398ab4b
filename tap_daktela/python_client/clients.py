"""What a `Daktela` reads with, for each process anew."""

import os
from dataclasses import replace

from tap_daktela.daktela.client import Client
from tap_daktela.daktela.connection import Connection
from tap_daktela.daktela.http.retry import Retry
from tap_daktela.daktela.http.transport import Transport
from tap_daktela.python_client.health import HEALTH_SECONDS
from tap_daktela.python_client.lists import Lists
from tap_daktela.runtime.clock import Clock


class Clients:
    """The lists of one instance, and the client that asks for its health once. Safe for threads.

    A process that was forked makes its own: on a connection that two processes share, each may get the other's answers.
    """

    def __init__(self, connection: Connection, retry: Retry | None) -> None:
        self._connection = connection
        self._retry = retry
        self._open()

    def _open(self) -> None:
        clock = Clock()
        transport = Transport(self._connection, clock)
        impatient = replace(self._connection, request_timeout=min(self._connection.request_timeout, HEALTH_SECONDS))
        self._client = Client(self._connection, self._retry, transport=transport, clock=clock)
        self._once = Client(impatient, Retry.off(), transport=transport, clock=clock)
        self._lists = Lists(self._client, self._connection.timezone)
        self._process = os.getpid()

    def _reopen_after_fork(self) -> None:
        if self._process != os.getpid():
            self._open()

    @property
    def lists(self) -> Lists:
        """What reads the lists of the instance."""
        self._reopen_after_fork()
        return self._lists

    @property
    def once(self) -> Client:
        """What asks once, and within `HEALTH_SECONDS`."""
        self._reopen_after_fork()
        return self._once

    def close(self) -> None:
        """Close the connections of this process."""
        self._reopen_after_fork()
        self._client.close()
        self._once.close()
