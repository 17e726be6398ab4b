"""One login for all threads: they get the same token, and are refused together."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tap_daktela.daktela.http.retry import Retry
from tap_daktela.daktela.query import Query
from tap_daktela.errors import ConfigError
from tests.helpers.harness import PATIENCE
from tests.helpers.http_stub import PASSWORD, Reply, answered, give, page

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

    from tests.helpers.http_stub import HttpStub
    from tests.helpers.mocked_instance import MockedInstance

ALL = Query(None, (), (), 10)
CREDENTIALS = {"username": "reporter", "password": PASSWORD}


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        *((status, "the instance refuses username and password") for status in (400, 401, 403, 422)),
        (404, "url (or server) is not where the API is: https://mycompany.daktela.com has no /api/v6"),
    ],
)
def test_a_refused_login_is_tried_once_by_all_together(mocked: MockedInstance, status: int, sentence: str) -> None:
    mocked.on("login", Reply(status, b'{"error": "Wrong password"}'))
    client, errors = mocked.client(**CREDENTIALS), []

    def read() -> None:
        try:
            client.read("tickets", ALL)
        except ConfigError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == [f"{sentence} (HTTP {status}: Wrong password)"] * 8
    assert mocked.times("login") == 1


def test_a_token_is_renewed_once_for_all_threads(instance: HttpStub) -> None:
    instance.on("login", answered("tok-1-stale"), answered("tok-2-fresh"))
    instance.on("tickets", page())
    client = instance.client(concurrency=6, **CREDENTIALS)
    client.read("tickets", ALL)
    barrier = threading.Barrier(6)

    def refuse(handler: BaseHTTPRequestHandler) -> None:
        stale = handler.headers["X-AUTH-TOKEN"] == "tok-1-stale"
        if stale:
            barrier.wait(PATIENCE)
        give(handler, Reply(401 if stale else 200, page({"name": 1}).body))

    instance.on("tickets", Reply(raw=refuse))
    pages = []
    threads = [threading.Thread(target=lambda: pages.append(client.read("tickets", ALL))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(read.rows, read.attempts) for read in pages] == [([{"name": 1}], 2)] * 6
    assert instance.times("login") == 2


def test_tokens_that_other_threads_have_renewed_do_not_count(instance: HttpStub) -> None:
    # Every token opens four pages: with eight threads, most requests meet one that has ended meanwhile.
    left, lock, number = {"": 0}, threading.Lock(), iter(range(1, 1000))

    def log_in(handler: BaseHTTPRequestHandler) -> None:
        with lock:
            name = f"tok-{next(number)}-fresh"
            left[name] = 4
        give(handler, answered(name))

    def serve(handler: BaseHTTPRequestHandler) -> None:
        with lock:
            left[handler.headers["X-AUTH-TOKEN"]] -= 1
            good = left[handler.headers["X-AUTH-TOKEN"]] >= 0
        give(handler, page({"name": 1}) if good else Reply(401))

    instance.on("login", Reply(raw=log_in))
    instance.on("tickets", Reply(raw=serve))
    client, pages = instance.client(Retry(tries=9), **CREDENTIALS), []

    def read() -> None:
        pages.extend(client.read("tickets", ALL) for _ in range(10))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [read.rows for read in pages] == [[{"name": 1}]] * 80
    # No login is wasted: each of them opened its four pages, but the last.
    assert instance.times("login") == 20
