"""Getting a token, and getting another one in time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.daktela.http.retry import Retry
from tap_daktela.daktela.http.retrying_transport import RetryingTransport
from tap_daktela.daktela.http.transport import Transport
from tap_daktela.daktela.login import Login
from tap_daktela.daktela.query import Query
from tap_daktela.errors import AccessError, ContractError, RemoteError
from tap_daktela.redaction import redactor
from tests.helpers.http_stub import DATE, PASSWORD, Reply, answered, page
from tests.helpers.mocked_instance import form_of
from tests.helpers.stopped_clock import BEGUN, StoppedClock

if TYPE_CHECKING:
    from datetime import datetime

    from tests.helpers.mocked_instance import MockedInstance

ALL = Query(None, (), (), 10)
CREDENTIALS = {"username": "reporter", "password": PASSWORD}


@pytest.mark.parametrize(
    "result", ["tok-1-fresh", {"accessToken": "tok-1-fresh"}, {"_sys": {"accessToken": "tok-1-fresh"}}]
)
def test_shapes_of_a_login(mocked: MockedInstance, result: Any) -> None:
    mocked.on("login", answered(result))
    mocked.on("tickets", page())
    client = mocked.client(**CREDENTIALS)
    client.read("tickets", ALL)
    client.read("tickets", ALL)
    assert mocked.tokens() == [None, "tok-1-fresh", "tok-1-fresh"]
    assert redactor.clean("the token is tok-1-fresh") == "the token is ***"


def test_the_form_is_in_the_body_only(mocked: MockedInstance) -> None:
    mocked.on("login", answered("tok-1-fresh"))
    mocked.on("tickets", page())
    mocked.client(**CREDENTIALS).read("tickets", ALL)
    login = mocked.requests[0]
    assert (login.method, login.url) == ("POST", f"{mocked.url}/api/v6/login.json")
    assert login.text == "username=reporter&password=canary+pass%2Fword%2B%C5%BE"
    assert form_of(login) == CREDENTIALS
    assert login.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "X-AUTH-TOKEN" not in login.headers


def test_a_login_that_fails_is_tried_again(mocked: MockedInstance) -> None:
    mocked.on("login", Reply(502), answered("tok-1-fresh"))
    mocked.on("tickets", page())
    mocked.client(**CREDENTIALS).read("tickets", ALL)
    assert mocked.times("login") == 2

    mocked.on("login", Reply(502))
    with pytest.raises(RemoteError, match="POST login"):
        mocked.client(**CREDENTIALS).read("tickets", ALL)


@pytest.mark.parametrize(
    ("result", "error"),
    [({}, []), (None, ["Locked"]), ("", []), ({"accessToken": 7, "_sys": []}, []), ("é", []), ("a\nb", []), (" a", [])],
)
def test_a_login_without_a_token(mocked: MockedInstance, result: Any, error: Any) -> None:
    mocked.on("login", answered(result, error=error))
    with pytest.raises(ContractError, match="without a token" + (": Locked" if error else "")):
        mocked.client(**CREDENTIALS).read("tickets", ALL)


def test_a_token_that_another_thread_has_renewed_takes_no_login(mocked: MockedInstance) -> None:
    mocked.on("login", answered("tok-1-stale"), answered("tok-2-fresh"))
    connection, clock = mocked.connection(**CREDENTIALS), StoppedClock()
    transport = RetryingTransport(connection, Retry(tries=1), Transport(connection, clock), clock)
    login = Login(connection, transport, clock)
    stale = login.token()
    fresh, was_login = login.renewed(stale)
    assert (stale.text, fresh.text, was_login) == ("tok-1-stale", "tok-2-fresh", True)
    assert login.renewed(stale) == (fresh, False)
    assert login.token() == fresh
    assert mocked.times("login") == 2


def test_a_fresh_token_that_is_refused(mocked: MockedInstance) -> None:
    mocked.on("login", answered("tok-1-fresh"))
    mocked.on("tickets", Reply(401))
    with pytest.raises(AccessError, match="tickets: the instance refuses the token of a fresh login") as caught:
        mocked.client(**CREDENTIALS).read("tickets", ALL)
    assert caught.value.status == 401
    # As many further logins as a request is repeated, and no wait between them.
    assert (mocked.times("login"), mocked.times("tickets")) == (3, 3)


def test_one_request_survives_several_ends_of_its_token(mocked: MockedInstance) -> None:
    mocked.on("login", *(answered(f"tok-{number}-fresh") for number in range(1, 9)))
    mocked.on("tickets", Reply(401), Reply(503), Reply(401), page({"name": 1}))
    read = mocked.client(**CREDENTIALS).read("tickets", ALL)
    assert (read.rows, read.attempts, mocked.times("login")) == ([{"name": 1}], 4, 3)


def test_a_single_repeat_is_enough_for_one_new_token(mocked: MockedInstance) -> None:
    mocked.on("login", answered("tok-1-stale"), answered("tok-2-fresh"))
    mocked.on("tickets", Reply(401), page({"name": 1}))
    read = mocked.client(retry=None, max_retries=0, **CREDENTIALS).read("tickets", ALL)
    assert (read.rows, mocked.times("login")) == ([{"name": 1}], 2)


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
    mocked: MockedInstance, until: Any, envelope: Any, logins_after: int | None
) -> None:
    result = {"accessToken": "tok-1-fresh", "accessTokenExpirationDate": until}
    mocked.on("login", answered(result, **envelope))
    mocked.on("tickets", page())
    clock = StoppedClock()
    client = mocked.client(clock=clock, **CREDENTIALS)
    client.read("tickets", ALL)
    clock.seconds += (logins_after or 10**6) - 1
    client.read("tickets", ALL)
    assert mocked.times("login") == 1
    clock.seconds += 2
    client.read("tickets", ALL)
    assert mocked.times("login") == (2 if logins_after else 1)


@pytest.mark.parametrize(
    ("headers", "begun"), [({}, BEGUN), ({"Date": DATE}, BEGUN + timedelta(hours=1))], ids=["this machine", "Date"]
)
def test_the_end_of_a_token_without_the_time_of_its_response(
    mocked: MockedInstance, headers: dict[str, str], begun: datetime
) -> None:
    body = b'{"result": {"accessToken": "tok-1-fresh", "accessTokenExpirationDate": "2024-11-05 14:00:00"}}'
    mocked.on("login", Reply(200, body, headers))
    mocked.on("tickets", page())
    clock = StoppedClock(begun)
    client = mocked.client(clock=clock, **CREDENTIALS)
    client.read("tickets", ALL)
    clock.seconds += 3600 - 60 - 1
    client.read("tickets", ALL)
    assert mocked.times("login") == 1
    clock.seconds += 2
    client.read("tickets", ALL)
    assert mocked.times("login") == 2


def test_a_token_that_ends_between_two_fetches_of_a_page(mocked: MockedInstance) -> None:
    clock = StoppedClock()
    mocked.on("login", answered("tok-1-stale"), answered("tok-2-fresh"))
    mocked.on("tickets", Reply(200, b"{"), Reply(401), page({"name": 1}))
    client = mocked.client(Retry(tries=3, seconds=600, first_wait=40), clock, **CREDENTIALS)
    assert client.read("tickets", ALL).attempts == 3
    # The delay after the broken page, and none after the login.
    assert len([wait for wait in clock.waited if wait]) == 1
    assert mocked.tokens() == [None, "tok-1-stale", "tok-1-stale", None, "tok-2-fresh"]
