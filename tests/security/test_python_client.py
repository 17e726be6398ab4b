"""What a program that uses the Python client shows of its credentials: nothing, whatever the instance repeats."""

import json
import logging
import traceback
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tap_daktela import Daktela, Retry
from tap_daktela.errors import AccessError, ConfigError, ContractError, RemoteError, TapError
from tests.helpers.http_stub import PASSWORD, TOKEN, HttpStub, Reply, answered

SIP = "canary-sip-7a31"
TWICE = Retry(tries=2, first_wait=0.001)


@pytest.fixture
def server() -> Iterator[HttpStub]:
    stub = HttpStub()
    stub.on("login", answered({"accessToken": TOKEN}))
    yield stub
    stub.stop()


def repeating(status: int, *secrets: str) -> Reply:
    """An answer with an error that repeats the credentials, plain and as they are written in an address."""
    body = {"error": [f"no: {secret} {quote(secret)}\r\nCRITICAL forged" for secret in secrets], "result": None}
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(type(error), error, error.__traceback__)) + repr(error)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, ContractError), (401, AccessError), (403, AccessError), (404, AccessError), (500, RemoteError)],
)
@pytest.mark.parametrize("login", [{"access_token": TOKEN}, {"username": "me", "password": PASSWORD}])
def test_no_error_and_no_log_record_has_a_credential(
    server: HttpStub, caplog: pytest.LogCaptureFixture, status: int, kind: type[TapError], login: dict[str, str]
) -> None:
    server.on("tickets", repeating(status, TOKEN, *login.values()))
    with (
        caplog.at_level(logging.DEBUG),
        Daktela(server.url, retry=TWICE, **login) as daktela,
        pytest.raises(kind) as raised,
    ):
        list(daktela.rows("tickets"))
    records = caplog.text + "".join(map(repr, caplog.records)) + "".join(str(record.args) for record in caplog.records)
    everything = shown(raised.value) + records + repr(daktela)
    secrets = {TOKEN, login.get("password", TOKEN)}
    assert [form for secret in secrets for form in (secret, quote(secret)) if form in everything] == []
    assert "\r" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_health_says_why_without_a_credential(server: HttpStub) -> None:
    server.on("whoim", repeating(403, TOKEN))
    with Daktela(server.url, access_token=TOKEN) as daktela:
        health = daktela.health()
    assert not health.ok
    assert health.error
    assert TOKEN not in repr(health)


def test_the_token_goes_into_the_header_only(server: HttpStub) -> None:
    server.lists = {"tickets": [{"name": 1}, {"name": 2}]}
    with Daktela(server.url, username="me", password=PASSWORD) as daktela:
        assert [row["name"] for row in daktela.rows("tickets", name=[1, 2])] == [1, 2]
    login, *reads = server.asked
    assert login.form["password"] == PASSWORD
    assert {asked.method for asked in reads} == {"GET"}
    for asked in reads:
        assert asked.headers["X-AUTH-TOKEN"] == TOKEN
        assert TOKEN not in json.dumps(asked.parameters) + asked.endpoint
    assert all("Cookie" not in asked.headers and PASSWORD not in str(asked.parameters) for asked in server.asked)


def test_rows_are_not_logged(server: HttpStub, caplog: pytest.LogCaptureFixture) -> None:
    server.lists = {"users": [{"name": "me", "extensions": [{"password": SIP}]}]}
    with caplog.at_level(logging.DEBUG), Daktela(server.url, access_token=TOKEN) as daktela:
        [row] = daktela.rows("users")
    assert row["extensions"] == [{"password": SIP}], "a plain row is what the instance sends"
    assert SIP not in caplog.text


def test_an_argument_that_is_wrong_is_told_without_a_credential() -> None:
    with pytest.raises(ConfigError) as raised:
        Daktela("http://mycompany.daktela.com", username="me", password=PASSWORD, concurrency=0)
    assert len(raised.value.problems) == 2
    assert PASSWORD not in shown(raised.value)
