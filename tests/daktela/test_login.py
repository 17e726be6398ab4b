"""Getting a token, and getting another one in time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.daktela.http.retry import RetryPolicy
from tap_daktela.daktela.query import Query
from tap_daktela.errors import AccessError, ConfigError, ContractError, RemoteError
from tap_daktela.redaction import redactor
from tests.helpers.harness import PATIENCE
from tests.helpers.http_stub import PASSWORD, HttpStub, Reply, answered, give, page
from tests.helpers.stopped_clock import StoppedClock

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

ALL = Query(None, (), (), 10)
CREDENTIALS = {"username": "reporter", "password": PASSWORD}


@pytest.mark.parametrize(
    "result", ["tok-1-fresh", {"accessToken": "tok-1-fresh"}, {"_sys": {"accessToken": "tok-1-fresh"}}]
)
def test_shapes_of_a_login(instance: HttpStub, result: Any) -> None:
    instance.on("login", answered(result))
    instance.on("tickets", page())
    client = instance.client(**CREDENTIALS)
    client.read("tickets", ALL)
    client.read("tickets", ALL)
    login, *reads = instance.asked
    assert (login.method, login.endpoint, login.parameters) == ("POST", "login", {})
    assert login.form == CREDENTIALS
    assert "X-AUTH-TOKEN" not in login.headers
    assert [asked.headers["X-AUTH-TOKEN"] for asked in reads] == ["tok-1-fresh"] * 2
    assert redactor.clean("the token is tok-1-fresh") == "the token is ***"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refused_login_is_tried_once_by_all_together(instance: HttpStub, status: int) -> None:
    instance.on("login", Reply(status, b'{"error": "Wrong password"}'))
    client, errors = instance.client(**CREDENTIALS), []

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
    assert errors == [f"the instance refuses username and password (HTTP {status}: Wrong password)"] * 8
    assert instance.times("login") == 1


def test_a_login_that_fails_is_tried_again(instance: HttpStub) -> None:
    instance.on("login", Reply(502), answered("tok-1-fresh"))
    instance.on("tickets", page())
    instance.client(**CREDENTIALS).read("tickets", ALL)
    assert instance.times("login") == 2

    instance.on("login", Reply(502))
    with pytest.raises(RemoteError, match="POST login"):
        instance.client(**CREDENTIALS).read("tickets", ALL)


@pytest.mark.parametrize(
    ("result", "error"),
    [({}, []), (None, ["Locked"]), ("", []), ({"accessToken": 7, "_sys": []}, []), ("é", []), ("a\nb", []), (" a", [])],
)
def test_a_login_without_a_token(instance: HttpStub, result: Any, error: Any) -> None:
    instance.on("login", answered(result, error=error))
    with pytest.raises(ContractError, match="without a token" + (": Locked" if error else "")):
        instance.client(**CREDENTIALS).read("tickets", ALL)


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


def test_a_fresh_token_that_is_refused(instance: HttpStub) -> None:
    instance.on("login", answered("tok-1-fresh"))
    instance.on("tickets", Reply(401))
    with pytest.raises(AccessError, match="tickets: the instance refuses the token of a fresh login") as caught:
        instance.client(**CREDENTIALS).read("tickets", ALL)
    assert caught.value.status == 401
    # As many further logins as a request is repeated, and no wait between them.
    assert (instance.times("login"), instance.times("tickets")) == (3, 3)


def test_one_request_survives_several_ends_of_its_token(instance: HttpStub) -> None:
    instance.on("login", *(answered(f"tok-{number}-fresh") for number in range(1, 9)))
    instance.on("tickets", Reply(401), Reply(503), Reply(401), page({"name": 1}))
    read = instance.client(**CREDENTIALS).read("tickets", ALL)
    assert (read.rows, read.attempts, instance.times("login")) == ([{"name": 1}], 4, 3)


def test_a_single_repeat_is_enough_for_one_new_token(instance: HttpStub) -> None:
    instance.on("login", answered("tok-1-stale"), answered("tok-2-fresh"))
    instance.on("tickets", Reply(401), page({"name": 1}))
    read = instance.client(retry_policy=None, max_retries=0, **CREDENTIALS).read("tickets", ALL)
    assert (read.rows, instance.times("login")) == ([{"name": 1}], 2)


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
    client, pages = instance.client(RetryPolicy(tries=9), **CREDENTIALS), []

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


@pytest.mark.parametrize(
    ("until", "envelope", "logins_after"),
    [
        ("2024-11-05 14:00:00", {"_timezone": "Europe/Prague"}, 3600 - 60),
        ("2024-11-05 13:05:00", {}, 300 - 60),
        ("2024-11-05 13:00:30", {}, None),
        ("2024-11-05 12:00:00", {}, None),
        ("soon", {}, None),
        (7, {}, None),
        (None, {}, None),
        ("2024-11-05 14:00:00", {"_time": None}, None),
        ("2024-11-05 14:00:00", {"_timezone": "Mars/Olympus"}, None),
        ("2024-11-05 14:00:00", {"_timezone": "Europe"}, None),
    ],
)
def test_a_token_is_renewed_before_it_ends(
    instance: HttpStub, until: Any, envelope: Any, logins_after: int | None
) -> None:
    result = {"accessToken": "tok-1-fresh", "accessTokenExpirationDate": until}
    instance.on("login", answered(result, **envelope))
    instance.on("tickets", page())
    clock = StoppedClock()
    client = instance.client(clock=clock, **CREDENTIALS)
    client.read("tickets", ALL)
    clock.seconds += (logins_after or 10**6) - 1
    client.read("tickets", ALL)
    assert instance.times("login") == 1
    clock.seconds += 2
    client.read("tickets", ALL)
    assert instance.times("login") == (2 if logins_after else 1)


def test_the_end_of_a_token_without_the_clock_of_its_answer(instance: HttpStub) -> None:
    body = b'{"result": {"accessToken": "tok-1-fresh", "accessTokenExpirationDate": "2024-11-05 14:00:00"}}'
    instance.on("login", Reply(200, body))
    instance.on("tickets", page())
    clock = StoppedClock()
    client = instance.client(clock=clock, **CREDENTIALS)
    client.read("tickets", ALL)
    clock.seconds += 3600 - 60 + 1
    client.read("tickets", ALL)
    assert instance.times("login") == 2
