"""What the client leaves as it is in a program that uses it as a library."""

from __future__ import annotations

import logging
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tap_daktela.daktela.client import Client
from tap_daktela.daktela.query import Query
from tests.helpers.harness import PATIENCE
from tests.helpers.http_stub import PASSWORD, QUICK, Reply, answered, page

if TYPE_CHECKING:
    from tests.helpers.http_stub import HttpStub
    from tests.helpers.mocked_instance import MockedInstance

ALL = Query(None, (), (), 10)

PROGRAM = """
import gc, logging, signal, sys, threading, warnings
import backoff, orjson, requests  # what they change is theirs

def state():
    loggers = {name: one for name, one in logging.root.manager.loggerDict.items() if isinstance(one, logging.Logger)}
    return {
        "levels": {name: one.level for name, one in loggers.items() if one.level},
        "handlers": {name: list(one.handlers) for name, one in loggers.items() if one.handlers},
        "root": (logging.root.level, list(logging.root.handlers), logging.raiseExceptions),
        "warnings": (list(warnings.filters), warnings.showwarning),
        "signals": {one: signal.getsignal(one) for one in signal.valid_signals()},
        "hooks": (sys.excepthook, sys.unraisablehook, threading.excepthook),
    }

before = state()
from tap_daktela.daktela.client import Client
from tap_daktela.daktela.connection import Connection
from tap_daktela.daktela.query import Query

def client():
    return Client(Connection(
        base_url=sys.argv[1], access_token="canary-token-5f0e2b", verify_ssl=False, ca_bundle=None, user_agent="x",
        requests_per_second=None, concurrency=4, small_concurrency=4, request_timeout=60, max_retries=1,
    ))

closed, forgotten = client(), client()
for one in (closed, forgotten):
    assert one.read("tickets", Query(None, (), (), 10)).rows == [{"name": 1}]
closed.close()
del one, closed, forgotten
gc.collect()
after = state()
assert after == before, [(name, before[name], after[name]) for name in after if after[name] != before[name]]
print(*sorted({"singer", "tabulate", "tqdm", "keboola", "yaml", "dotenv"} & set(sys.modules)))
"""


def test_a_program_stays_as_it_was(instance: HttpStub) -> None:
    """No handler, level, filter, hook or signal is changed, no socket is left open, and singer-python is not needed."""
    instance.on("tickets", page({"name": 1}))
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", PROGRAM, instance.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    warned = "verify_ssl is false: anybody on the way to"
    assert [line for line in done.stderr.splitlines() if not line.startswith(warned)] == []
    assert (done.returncode, done.stdout) == (0, "\n")


def test_messages_go_to_a_logger_of_ones_own(mocked: MockedInstance, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    mocked.on("login", answered("tok-1-canary", accessTokenExpirationDate="odd"))
    mocked.on("tickets", Reply(503), page())
    connection = mocked.connection(username="reporter", password=PASSWORD, verify_ssl=False)
    Client(replace(connection, logger=logging.getLogger("acme.daktela")), QUICK).read("tickets", ALL)
    assert {record.name for record in caplog.records if record.name.startswith(("tap_daktela", "acme"))} == {
        "acme.daktela"
    }
    for words in ("verify_ssl is false", "Logged in as reporter", "HTTP 503. Trying again", "HTTP 200"):
        assert words in caplog.text
    for secret in ("tok-1-canary", PASSWORD):
        assert secret not in caplog.text


def test_an_adapter_of_a_logger(mocked: MockedInstance, caplog: pytest.LogCaptureFixture) -> None:
    class Prefixed(logging.LoggerAdapter):  # type: ignore[type-arg]  # not generic in Python 3.10
        def process(self, msg: str, kwargs: object) -> tuple[str, object]:  # type: ignore[override]
            return f"[acme] {msg}", kwargs

    mocked.on("tickets", Reply(503), page())
    logger = Prefixed(logging.getLogger("acme"), {})
    Client(replace(mocked.connection(), logger=logger), QUICK).read("tickets", ALL)
    assert "[acme] GET tickets skip=0 take=10: HTTP 503" in caplog.text


def test_how_long_connecting_may_take(mocked: MockedInstance) -> None:
    mocked.on("tickets", page())
    for seconds in (2.5, 900):
        Client(replace(mocked.connection(), connect_timeout=seconds), QUICK).read("tickets", ALL)
    assert [sent.timeout for sent in mocked.requests] == [(2.5, 300), (300, 300)]
