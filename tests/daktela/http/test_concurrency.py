"""Threads that read at the same time. requests-mock lets one request through at a time, so they need a real server."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from tap_daktela.daktela.http.limits import RateLimit
from tap_daktela.daktela.query import Query
from tests.helpers.harness import PATIENCE
from tests.helpers.http_stub import HttpStub, Reply, give, page

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

    import pytest

ALL = Query(None, ("name",), ("name",), 10)


def test_no_more_requests_are_in_flight_than_the_user_allows(instance: HttpStub) -> None:
    flying, most, lock, both = [0], [0], threading.Lock(), threading.Barrier(2, timeout=PATIENCE)

    def count(handler: BaseHTTPRequestHandler) -> None:
        with lock:
            flying[0] += 1
            most[0] = max(most[0], flying[0])
        both.wait()
        time.sleep(0.05)  # Time enough for a third one that comes too early.
        with lock:
            flying[0] -= 1
        give(handler, page())

    instance.on("tickets", Reply(raw=count))
    client = instance.client(concurrency=2)
    threads = [threading.Thread(target=client.read, args=("tickets", ALL)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (instance.times("tickets"), most[0]) == (6, 2)


def test_the_moment_of_a_request_is_chosen_when_it_may_start(
    instance: HttpStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    come, go, answered_at_choice = threading.Event(), threading.Event(), list[bool]()

    def linger(handler: BaseHTTPRequestHandler) -> None:
        come.set()
        assert go.wait(PATIENCE)
        give(handler, page())

    instance.on("tickets", Reply(raw=linger))
    client = instance.client(concurrency=1)
    first, *others = [threading.Thread(target=client.read, args=("tickets", ALL)) for _ in range(3)]
    first.start()
    assert come.wait(PATIENCE)
    monkeypatch.setattr(RateLimit, "reserve", lambda _: answered_at_choice.append(go.is_set()) or 0.0)
    for thread in others:
        thread.start()
    time.sleep(0.2)  # Time enough for a choice that comes too early.
    go.set()
    for thread in [first, *others]:
        thread.join()
    assert answered_at_choice == [True, True]


def test_many_threads(instance: HttpStub) -> None:
    instance.on("tickets", page({"name": 1}))
    client, seen = instance.client(), []
    threads = [threading.Thread(target=lambda: seen.append(client.read("tickets", ALL).rows)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [[{"name": 1}]] * 16
