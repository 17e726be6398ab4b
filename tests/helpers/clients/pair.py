"""The two clients, opened on one sandbox, and what their users write with them."""

import logging
from contextlib import ExitStack
from datetime import datetime, timezone
from typing import Any

import daktela as vendor
import httpx
import requests

from tap_daktela import Daktela, F, Retry, where
from tests.helpers.harness import Sandbox

# The waits between two tries say nothing about the clients here.
VENDOR_PATIENCE = (vendor.RetryConfig(initial_delay=0), vendor.RateLimitConfig(default_retry_after=0))
OUR_PATIENCE = Retry(first_wait=0)


class Pair:
    """Both clients, signed in to a sandbox: `client` is Daktela's own, `d` is ours. `close` closes both."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.config = vendor.DaktelaConfig(url=sandbox.url, access_token=sandbox.access_token)
        self._stack = ExitStack()
        self.client = self._stack.enter_context(vendor.DaktelaClient(self.config, *VENDOR_PATIENCE))
        ours = Daktela(sandbox.url, access_token=sandbox.access_token, retry=OUR_PATIENCE)
        self.d = self._stack.enter_context(ours)
        self._names: dict[str, Any] = {
            **{name: getattr(vendor, name) for name in vendor.__all__},
            "Daktela": Daktela,
            "F": F,
            "Retry": Retry,
            "where": where,
            "datetime": datetime,
            "timezone": timezone,
            "logging": logging,
            "http_client": self._stack.enter_context(httpx.Client()),
            "session": self._stack.enter_context(requests.Session()),
            "client": self.client,
            "config": self.config,
            "d": self.d,
            "url": sandbox.url,
            "token": sandbox.access_token,
            "username": sandbox.username,
            "password": sandbox.password,
        }

    def result(self, code: str) -> Any:
        """Return what an expression gives; a client that it opens is asked whether it reaches the instance."""
        value = eval(code, self._names)  # noqa: S307 - the expressions are those of our own tables
        if not isinstance(value, vendor.DaktelaClient | Daktela):
            return value
        with value:
            return value.ping()

    def close(self) -> None:
        """Close both clients."""
        self._stack.close()
