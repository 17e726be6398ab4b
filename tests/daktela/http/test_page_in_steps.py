"""A page in steps, over a transport and a clock that the test holds: what retry_policy is spent on, and what not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.daktela.client import Client
from tap_daktela.daktela.http.retry import RetryPolicy
from tap_daktela.daktela.http.transport import RawResponse, Transport
from tap_daktela.daktela.query import Query, where
from tap_daktela.errors import RemoteError, UnreachableError
from tap_daktela.settings import Settings
from tests.helpers.http_stub import DATE, PASSWORD, TIME, TOKEN, Reply, answered, page
from tests.helpers.stopped_clock import StoppedClock

if TYPE_CHECKING:
    import requests

QUERY = Query(where("stage", "eq", "OPEN"), ("name",), ("name",), 10, 20)
BROKEN = Reply(200, b"{")


class Written(Transport):
    """Sends nothing: the answers are those that a test wrote, each of which takes `seconds` of the clock."""

    def __init__(self, clock: StoppedClock, *replies: Reply | Exception, seconds: float = 1.0) -> None:
        """Take the answers, of which the last is repeated."""
        self.sent: list[requests.Request] = []
        self.tokens: list[str | None] = []
        self.is_closed = False
        self._clock, self._replies, self._seconds = clock, list(replies), seconds

    def send(self, request: requests.Request, seconds: float) -> RawResponse:
        """Return the next answer, or raise it."""
        self.sent.append(request)
        self.tokens.append(request.auth.text)
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        begun = self._clock.monotonic()
        self._clock.seconds += min(self._seconds, seconds)
        if isinstance(reply, Exception):
            raise reply
        headers = {"Date": DATE, **reply.headers}
        return RawResponse(reply.status, headers, reply.body, self._clock.now(), begun, self._clock.monotonic())

    def close(self) -> None:
        """Note it."""
        self.is_closed = True


def client(transport: Written, clock: StoppedClock, retry_policy: RetryPolicy | None = None, **settings: Any) -> Client:
    credentials = {} if settings else {"access_token": TOKEN}
    raw = {"url": "https://mycompany.daktela.com", "start_date": "2024-01-01", **credentials, **settings}
    retry_policy = retry_policy or RetryPolicy(tries=3, seconds=60, first_wait=0)
    return Client(Settings.parse(raw).connection, retry_policy, transport=transport, clock=clock)


def test_a_page_tells_when_it_was_asked_and_what_time_it_was_there() -> None:
    clock = StoppedClock()
    one = client(Written(clock, page({"name": 1}, total=21)), clock)
    asked = one.page_request("tickets", QUERY)
    found = one.page(asked, one.fetch(asked))
    assert found is not None
    assert (found.rows, found.total, found.take, found.attempts) == ([{"name": 1}], 21, 10, 1)
    assert (found.sent, found.read) == (1000.0, 1001.0)
    assert (found.server_time, found.date) == (TIME, clock.now().replace(second=0))


@pytest.mark.parametrize("time", [None, 7, "", [TIME]])
def test_a_page_without_the_time(time: Any) -> None:
    clock = StoppedClock()
    found = client(Written(clock, page(_time=time)), clock).read("tickets", QUERY)
    assert found.server_time is None


def test_who_we_are_tells_when_it_was_read() -> None:
    clock = StoppedClock()
    instance = client(Written(clock, answered({"user": {"name": "me"}, "version": "6"})), clock).connect()
    assert (instance.now, instance.read) == (clock.now().replace(second=0), 1001.0)


def test_a_transport_can_read_the_request() -> None:
    clock = StoppedClock()
    transport = Written(clock, answered("tok-1-fresh"), page())
    client(transport, clock, username="reporter", password=PASSWORD).read("tickets", QUERY)
    login, list_ = transport.sent
    assert (login.method, login.url) == ("POST", "https://mycompany.daktela.com/api/v6/login.json")
    assert (login.data, login.params) == ({"username": "reporter", "password": PASSWORD}, [])
    assert (list_.method, list_.url) == ("GET", "https://mycompany.daktela.com/api/v6/tickets.json")
    assert dict(list_.params)["take"] == "10"
    assert list_.headers["Accept"] == "application/json"
    assert transport.tokens == [None, "tok-1-fresh"]


def test_a_broken_page_is_fetched_again_after_its_delay() -> None:
    clock = StoppedClock()
    one = client(Written(clock, BROKEN, page({"name": 1})), clock, RetryPolicy(tries=2, first_wait=40))
    asked = one.page_request("tickets", QUERY)
    assert one.page(asked, one.fetch(asked)) is None
    assert [wait for wait in clock.waited if wait] == []
    answer = one.fetch(asked)
    assert [wait for wait in clock.waited if wait] == [pytest.approx(20, abs=20)]
    found = one.page(asked, answer)
    assert found is not None
    assert found.attempts == 2


def test_all_tries_of_a_page_count_together() -> None:
    clock = StoppedClock()
    transport = Written(clock, Reply(503), BROKEN, ConnectionResetError("reset"), BROKEN)
    one = client(transport, clock, RetryPolicy(tries=4, seconds=60, first_wait=0))
    asked = one.page_request("tickets", QUERY)
    assert one.page(asked, one.fetch(asked)) is None
    with pytest.raises(RemoteError, match="gave no usable answer in 4 tries: HTTP 200 whose body is not JSON"):
        one.page(asked, one.fetch(asked))
    assert len(transport.sent) == 4


def test_time_in_which_an_answer_waits_to_be_decoded_is_not_spent() -> None:
    clock = StoppedClock()
    one = client(Written(clock, BROKEN, page({"name": 1})), clock)
    asked = one.page_request("tickets", QUERY)
    clock.seconds += 10**6
    answer = one.fetch(asked)
    clock.seconds += 10**6
    assert one.page(asked, answer) is None
    clock.seconds += 10**6
    found = one.page(asked, one.fetch(asked))
    assert found is not None


def test_time_in_which_answers_are_fetched_is_spent() -> None:
    clock = StoppedClock()
    transport = Written(clock, BROKEN, seconds=25.0)
    one = client(transport, clock, RetryPolicy(tries=100, seconds=60, first_wait=0))
    asked = one.page_request("tickets", QUERY)
    assert one.page(asked, one.fetch(asked)) is None
    assert one.page(asked, one.fetch(asked)) is None
    with pytest.raises(RemoteError, match="in 3 tries"):
        one.page(asked, one.fetch(asked))


def test_an_instance_that_sends_broken_pages_is_reached_all_the_same() -> None:
    clock = StoppedClock()
    with pytest.raises(RemoteError) as caught:
        client(Written(clock, BROKEN), clock).read("tickets", QUERY)
    assert not isinstance(caught.value, UnreachableError)
    with pytest.raises(UnreachableError):
        client(Written(clock, ConnectionResetError("reset")), clock).read("tickets", QUERY)


def test_a_token_that_ends_between_two_fetches_of_a_page() -> None:
    clock = StoppedClock()
    script = [answered("tok-1-fresh"), BROKEN, Reply(401), answered("tok-2-fresh"), page({"name": 1})]
    transport = Written(clock, *script)
    retry_policy = RetryPolicy(tries=3, seconds=600, first_wait=40)
    found = client(transport, clock, retry_policy, username="reporter", password=PASSWORD).read("tickets", QUERY)
    assert found.attempts == 3
    # The delay after the broken page, and none after the login.
    assert len([wait for wait in clock.waited if wait]) == 1
    assert transport.tokens == [None, "tok-1-fresh", "tok-1-fresh", None, "tok-2-fresh"]


def test_an_answer_is_not_decoded_before_its_page_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = StoppedClock()
    one = client(Written(clock, page({"name": 1})), clock)
    monkeypatch.delattr("tap_daktela.daktela.http.retrying_transport.decode")
    answer = one.fetch(one.page_request("tickets", QUERY))
    assert json.loads(answer.body)["result"]["data"] == [{"name": 1}]


def test_closing_closes_the_transport() -> None:
    clock = StoppedClock()
    transport = Written(clock, page())
    client(transport, clock).close()
    assert transport.is_closed
