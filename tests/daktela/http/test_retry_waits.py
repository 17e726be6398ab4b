"""What is waited for between tries, which time counts, and how closing ends it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
import requests

from tap_daktela.daktela.http.retry import Retry
from tap_daktela.daktela.query import Query
from tap_daktela.errors import AccessError, RemoteError
from tests.helpers.harness import PATIENCE
from tests.helpers.http_stub import Reply, page
from tests.helpers.mocked_instance import after
from tests.helpers.stopped_clock import StoppedClock

if TYPE_CHECKING:
    from tests.helpers.mocked_instance import MockedInstance

ALL = Query(None, ("name",), ("name",), 10)
BROKEN = Reply(200, b"{")


def test_no_wait_goes_beyond_the_time_limit(mocked: MockedInstance) -> None:
    mocked.on("tickets", Reply(503, headers={"Retry-After": "120"}))
    with pytest.raises(RemoteError, match="in one try: HTTP 503"):
        mocked.client(Retry(tries=9, seconds=60)).read("tickets", ALL)


def test_an_instance_that_was_silent_is_there_all_the_same(mocked: MockedInstance) -> None:
    """The time in which it was silent is no time in which nothing was there."""
    clock = StoppedClock()

    def silent() -> Reply:
        clock.seconds += 300
        raise requests.ReadTimeout("read timed out")

    mocked.on("tickets", silent, requests.ConnectionError(ConnectionRefusedError(111, "restarting")), page())
    assert mocked.client(Retry(tries=9), clock).read("tickets", ALL).attempts == 3


def test_time_in_which_responses_are_fetched_is_spent(mocked: MockedInstance) -> None:
    clock = StoppedClock()
    mocked.on("tickets", page(), after(25, clock, BROKEN))
    client = mocked.client(Retry(tries=100, seconds=60, first_wait=0), clock)
    client.read("tickets", ALL)
    pending = client.page_request("tickets", ALL)
    assert client.page(pending, client.fetch(pending)) is None
    assert client.page(pending, client.fetch(pending)) is None
    with pytest.raises(RemoteError, match="in 3 tries"):
        client.page(pending, client.fetch(pending))


def test_time_in_which_responses_are_decoded_is_spent(mocked: MockedInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = StoppedClock()

    def decode_slowly(_body: object) -> None:
        clock.seconds += 25
        raise ValueError("broken")

    mocked.on("tickets", page())
    client = mocked.client(Retry(tries=100, seconds=60, first_wait=0), clock)
    client.read("tickets", ALL)
    monkeypatch.setattr("tap_daktela.daktela.http.retrying_transport.decode", decode_slowly)
    with pytest.raises(RemoteError, match="in 3 tries"):
        client.read("tickets", ALL)


def test_time_in_which_a_response_waits_to_be_decoded_is_not_spent(mocked: MockedInstance) -> None:
    clock = StoppedClock()
    mocked.on("tickets", BROKEN, page({"name": 1}))
    client = mocked.client(Retry(tries=3, seconds=60, first_wait=0), clock)
    pending = client.page_request("tickets", ALL)
    clock.seconds += 10**6
    response = client.fetch(pending)
    clock.seconds += 10**6
    assert client.page(pending, response) is None
    clock.seconds += 10**6
    assert client.page(pending, client.fetch(pending)) is not None


def test_retry_after_is_obeyed_by_everybody(mocked: MockedInstance) -> None:
    mocked.on("tickets", Reply(429, headers={"Retry-After": "100"}), page())
    clock = StoppedClock()
    mocked.client(Retry(tries=2, first_wait=0), clock).read("tickets", ALL)
    assert clock.waited == [0, 0, 100, 100]  # the second 100: the wait for all, which is not over as the clock stands


def test_a_retry_after_date_is_read_by_the_servers_clock(mocked: MockedInstance) -> None:
    headers = {"Retry-After": "Tue, 05 Nov 2024 12:01:00 GMT", "Date": "Tue, 05 Nov 2024 12:00:00 GMT"}
    mocked.on("tickets", Reply(503, headers=headers), page())
    clock = StoppedClock()
    clock.seconds += 10**6
    mocked.client(Retry(tries=2, first_wait=0), clock).read("tickets", ALL)
    assert clock.waited == [0, 0, 60, 0]


def test_requests_are_spread_over_time(mocked: MockedInstance) -> None:
    mocked.on("tickets", page())
    clock = StoppedClock()
    client = mocked.client(clock=clock, requests_per_second=0.01)
    for _ in range(3):
        client.read("tickets", ALL)
    assert [seconds for seconds in clock.waited if seconds] == [100, 200]


def test_429_lowers_the_requests_in_flight(mocked: MockedInstance) -> None:
    mocked.on("tickets", Reply(429, headers={"Retry-After": "0"}), page())
    client = mocked.client(concurrency=8)
    assert client.allowed() == 8
    client.read("tickets", ALL)
    assert client.allowed() == 4


def test_slow_responses_lower_the_requests_in_flight(mocked: MockedInstance) -> None:
    clock = StoppedClock()
    client = mocked.client(clock=clock, concurrency=8)
    mocked.on("tickets", after(0.1, clock, page()), after(1, clock, page()))
    for _ in range(1 + 7):
        client.read("tickets", ALL)
    mocked.on("tickets", after(1, clock, Reply(403)))
    with pytest.raises(AccessError):
        client.read("tickets", ALL)
    assert client.allowed() == 8, "a refusal says nothing of the time that a page takes"
    mocked.on("tickets", after(1, clock, page()))
    client.read("tickets", ALL)
    assert client.allowed() == 4


# --- closing ----------------------------------------------------------------------------------------------------------


def test_closing_ends_waits(mocked: MockedInstance) -> None:
    mocked.on("tickets", Reply(503, headers={"Retry-After": "200"}))
    client = mocked.client(Retry(tries=9))
    failures: list[Exception] = []

    def read() -> None:
        try:
            client.read("tickets", ALL)
        except RemoteError as error:
            failures.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    while not mocked.times("tickets"):
        time.sleep(0.01)
    client.close()
    thread.join(PATIENCE)
    assert [str(failure) for failure in failures] == ["GET tickets skip=0 take=10: the client was closed"]
    with pytest.raises(RemoteError, match="was closed"):
        client.read("tickets", ALL)


def test_a_closed_client_promises_no_further_try(mocked: MockedInstance, caplog: pytest.LogCaptureFixture) -> None:
    client = mocked.client()

    def close_and_fail() -> Reply:
        client.close()
        return Reply(503)

    mocked.on("tickets", close_and_fail)
    with pytest.raises(RemoteError, match="was closed"):
        client.read("tickets", ALL)
    assert "Trying again" not in caplog.text
