"""How a client is reached: which options make sense, and what errors call them."""

from __future__ import annotations

import logging
import ssl
import threading
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from tap_daktela import Daktela, Retry, __version__
from tap_daktela.errors import ConfigError, RemoteError
from tap_daktela.runtime.clock import Clock
from tests.helpers.http_stub import TOKEN, HttpStub, Reply, page

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://mycompany.daktela.com"
WRONG_SUFFIXES = ("", " ", "a\r\nX-AUTH-TOKEN: b", "a\nb", "a\0b", "žluť", "a\tb", "a\x7f", 1, b"a")


def opened(url: str, **options: Any) -> Daktela:
    return Daktela(url, **{"access_token": TOKEN, "retry": Retry.off(), **options})


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"session": requests.Session(), "adapter": HTTPAdapter()}, "session and adapter exclude each other: mount"),
        ({"session": "x"}, "session must be a requests.Session, not a str"),
        ({"session": requests.Session}, "session must be a requests.Session, not a type"),
        ({"adapter": requests.Session()}, "adapter must be an adapter of requests, not a Session"),
        ({"logger": "tap"}, "logger must be a logging.Logger, not a str"),
        ({"connect_timeout": 0}, "connect_timeout must be a number of seconds above 0, not 0"),
        ({"connect_timeout": float("inf")}, "connect_timeout must be a number of seconds above 0, not inf"),
        ({"connect_timeout": float("nan")}, "connect_timeout must be a number of seconds above 0, not nan"),
        ({"connect_timeout": True}, "connect_timeout must be a number of seconds above 0, not True"),
        ({"connect_timeout": "10"}, "connect_timeout must be a number of seconds above 0, not '10'"),
        ({"retry": 3}, "retry must be a Retry, as in Retry.default(), not a int"),
        ({"retry": {"tries": 3}}, "retry must be a Retry, as in Retry.default(), not a dict"),
        ({"retry": Retry}, "retry must be a Retry, as in Retry.default(), not a type"),
        ({"proxy": 3128}, "proxy must be a URL such as http://proxy.example:3128, not a int"),
        ({"proxy": b"http://me:canary@p:1"}, "proxy must be a URL such as http://proxy.example:3128, not a bytes"),
        ({"proxy": ""}, "proxy is not the address of a proxy: write it as"),
        ({"proxy": "ftp://p:1"}, "proxy names an unknown kind of proxy: it must begin with"),
        *(
            ({"user_agent_suffix": suffix}, "user_agent_suffix must be printable ASCII characters, as in MyApp/1.0")
            for suffix in WRONG_SUFFIXES
        ),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        opened(URL, **options)
    assert str(caught.value).startswith(sentence)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        opened("http://elsewhere.example", timeout=-1, session=1, user_agent_suffix="\n")
    names = [problem.split()[0] for problem in caught.value.problems]
    assert names == ["url", "timeout", "session", "user_agent_suffix"]


def test_a_program_names_itself(instance: HttpStub) -> None:
    instance.on("tickets", page())
    for suffix in (None, "MyApp/1.0 (reports)"):
        with opened(instance.url, user_agent_suffix=suffix) as daktela:
            daktela.page("tickets")
    agent = f"tap-daktela/{__version__}"
    assert [asked.headers["User-Agent"] for asked in instance.asked] == [agent, f"{agent} MyApp/1.0 (reports)"]


def test_what_a_program_hands_in_is_used(instance: HttpStub, caplog: pytest.LogCaptureFixture) -> None:
    session = requests.Session()
    session.headers["X-Tenant"] = "acme"
    instance.on("tickets", Reply(503), page({"name": 1}, total=1))
    retry, logger = Retry(first_wait=0.001), logging.getLogger("acme.daktela")
    with Daktela(instance.url, access_token=TOKEN, retry=retry, session=session, logger=logger) as daktela:
        assert daktela.page("tickets").rows == [{"name": 1}]
        assert not daktela.ping()
    assert {asked.endpoint: asked.headers["X-Tenant"] for asked in instance.asked} == {
        "tickets": "acme",
        "whoim": "acme",
    }
    [told] = [record for record in caplog.records if "Trying again" in record.getMessage()]
    assert told.name == "acme.daktela"


def test_a_question_of_health_waits_for_no_rate_limit(instance: HttpStub, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def wait(_: Clock, event: threading.Event, seconds: float) -> bool:
        waited.append(seconds)
        return event.is_set()

    monkeypatch.setattr(Clock, "wait", wait)
    instance.on("whoim", Reply(429, headers={"Retry-After": "120"}))
    with Daktela(instance.url, access_token=TOKEN) as daktela:
        assert [daktela.ping() for _ in range(2)] == [False, False]
    assert instance.times("whoim") == 2
    assert max(waited) == 0


@pytest.fixture
def secure(certificate: str) -> Iterator[HttpStub]:
    """Give an instance whose certificate nobody has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = HttpStub(context)
    yield server
    server.stop()


def test_errors_call_the_options_as_they_are_called_here(instance: HttpStub, secure: HttpStub) -> None:
    """Not as the settings of the tap, which a program has never seen."""
    gone = HttpStub()
    gone.stop()
    instance.on("tickets", Reply(302, headers={"Location": "/login"}))
    told = {
        secure.url: "name your authority's certificates in verify, or set verify to false if you must",
        gone.url: "; check url",
        "https://no-such-host.invalid": "url names an unknown host",
        instance.url: "url is not where the API is",
    }
    for url, words in told.items():
        with opened(url) as daktela, pytest.raises((ConfigError, RemoteError)) as caught:
            daktela.page("tickets")
        assert words in str(caught.value)
        assert "server)" not in str(caught.value)
    with opened(instance.url) as daktela:
        error = daktela.health().error
    assert error == f"url is not where the API is: {instance.url} has no /api/v6 (HTTP 404)"


def test_a_warning_calls_the_option_as_it_is_called_here(caplog: pytest.LogCaptureFixture) -> None:
    opened(URL, verify=False).close()
    assert f"verify is false: anybody on the way to {URL} can read and change data." in caplog.text
