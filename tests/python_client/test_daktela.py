"""The client as a whole: what importing it does, health, threads, the end of the login, and secrets."""

from __future__ import annotations

import asyncio
import pickle
import socket
import subprocess
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

import tap_daktela
from tap_daktela import Daktela, F, Retry
from tap_daktela.errors import AccessError, ConfigError, ContractError, RemoteError, TapError, UnreachableError
from tests.helpers.http_stub import PASSWORD, TOKEN, HttpStub, Reply, answered, page
from tests.python_client.conftest import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.python_client.conftest import Reading

IMPORTING = """
import logging, sys, threading, warnings
import tap_daktela
assert "requests" not in sys.modules, "import tap_daktela is to be quick"
import requests  # It adds to the filters of warnings.
before = (list(logging.root.handlers), logging.root.level, list(warnings.filters), threading.active_count())
from tap_daktela import Daktela, F, Health, Retry, RowPage, where
with Daktela("https://mycompany.daktela.com", access_token="no-such-token-4711"):
    pass
assert "singer" not in sys.modules, "singer-python sets up logging when it is imported"
after = (list(logging.root.handlers), logging.root.level, list(warnings.filters), threading.active_count())
assert before == after, (before, after)
"""

FORKING = """
import os, sys
from tap_daktela import Daktela
with Daktela(sys.argv[1], access_token="t") as daktela:
    daktela.page("parent")
    child = os.fork()
    if not child:
        daktela.page("child")
        os._exit(0)
    os.waitpid(child, 0)
    daktela.page("parent")
"""


def test_importing_it_changes_nothing_in_the_program() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", IMPORTING], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_other_names_are_no_part_of_it() -> None:
    with pytest.raises(AttributeError, match="module 'tap_daktela' has no attribute 'Dactela'"):
        tap_daktela.Dactela  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(ImportError):
        from tap_daktela import Client  # type: ignore[attr-defined]  # noqa: F401, PLC0415


def test_its_names_are_offered_where_somebody_types() -> None:
    program = "import tap_daktela, sys; print(*dir(tap_daktela)); assert 'requests' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {"Daktela", "F", "Health", "Retry", "RowPage", "where"} <= set(done.stdout.split())


# --- health -----------------------------------------------------------------------------------------------------------


def test_an_instance_that_is_well(still: Reading) -> None:
    health = still.daktela.health()
    assert still.daktela.ping()
    assert (health.ok, health.error, health.user, health.zone) == (True, None, "sandbox", "Europe/Prague")
    assert health.version
    assert health.clock == datetime(2024, 4, 20, 12, tzinfo=timezone.utc)
    assert 0 < health.latency_ms < 60_000


def test_an_instance_that_is_down_or_refuses_never_raises(still: Reading, reading: Callable[..., Reading]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    cases = {
        "nothing listens there": Daktela(
            f"http://127.0.0.1:{port}", access_token="no-such-token-4711", retry=Retry.default()
        ),
        "refuses access_token": opened(still.instance, access_token="no-such-token-4711"),
        "refuses username and password": opened(
            still.instance, access_token=None, username="sandbox", password="no-such-password-4711"
        ),
        "HTTP 503": reading(fault=("503=1",)).daktela,
        "HTTP 429": reading(fault=("429=1",), retry_after=3600).daktela,
        "whose body is not JSON": reading(fault=("html=1",)).daktela,
    }
    for words, client in cases.items():
        health = client.health()
        assert not health.ok
        assert words in str(health.error)
        assert (health.version, health.user, health.zone, health.clock) == (None, None, None, None)
        assert not client.ping()
        client.close()


def test_what_an_instance_says_of_itself_is_printable(instance: HttpStub) -> None:
    instance.on("whoim", answered({"user": {"name": "me\x1b[31m"}, "version": f"6\x1b[0m\n{TOKEN}"}))
    with Daktela(instance.url, access_token=TOKEN) as client:
        health = client.health()
    assert (health.version, health.user) == (r"6\x1b[0m ***", r"me\x1b[31m")


def test_health_is_asked_once(reading: Callable[..., Reading]) -> None:
    one = reading(fault=("503=1",), client={"retry": Retry(tries=5, first_wait=0)})
    one.daktela.health()
    assert one.requests() == 1


# --- logins and zones -------------------------------------------------------------------------------------------------


def test_a_login_is_made_when_it_is_needed_and_renewed(reading: Callable[..., Reading]) -> None:
    one = reading(token_seconds=100)
    box = one.instance.sandbox
    with opened(one.instance, access_token=None, username=box.username, password=box.password) as client:
        assert one.requests() == 0
        assert client.count("users") > 0
        one.instance.control("advance", {"seconds": 3600})
        assert client.count("users") > 0
    sent = [request["path"] for request in one.instance.ask("requests")["requests"]]
    assert len([path for path in sent if "login" in path]) == 2


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "access_token is missing: give it, or username and password for a login"),
        ({"username": "me"}, "access_token is missing: give it, or password for a login"),
        ({"access_token": "a\nb"}, "access_token holds characters that cannot be sent in an HTTP header"),
        ({"access_token": "no-such-token-4711", "timezone": "Prague"}, "timezone must be the name of a time zone"),
        (
            {"access_token": "no-such-token-4711", "timeout": 0, "concurrency": 99},
            "concurrency must be .*; timeout must be a number",
        ),
    ],
)
def test_what_cannot_be_opened(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        Daktela("https://mycompany.daktela.com", **given)


@pytest.mark.parametrize("url", ["mycompany", "http://mycompany.daktela.com", "https://me:pw@host.example", "ftp://x"])
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^url must"):
        Daktela(url, access_token="no-such-token-4711")


def test_moments_are_put_on_the_clock_of_the_instance(reading: Callable[..., Reading]) -> None:
    one = reading(rows=300)
    middle = datetime(2024, 4, 10, 10, 30, tzinfo=timezone.utc)
    expected = {
        row["name"] for row in one.daktela.rows("tickets") if row["edited"] >= "2024-04-10 12:30:00"
    }  # Prague is two hours ahead.
    assert {row["name"] for row in one.daktela.rows("tickets", F.edited >= middle)} == expected != set()
    with opened(one.instance, timezone="America/New_York") as elsewhere:
        shown = middle.astimezone(timezone(timedelta(hours=-4))).strftime("%Y-%m-%d %H:%M:%S")
        rows = list(elsewhere.rows("tickets", F.edited >= middle, fields="edited"))
        assert min(row["edited"] for row in rows) >= shown
        assert len(rows) > len(expected)


def test_a_zone_that_changes_is_an_error_where_it_matters(instance: HttpStub) -> None:
    instance.on("whoim", answered({"user": {"name": "me"}, "version": "6"}, _timezone="Europe/Prague"))
    instance.on("tickets", page({"name": 1}, total=1, _timezone="UTC"))
    with Daktela(instance.url, access_token=TOKEN, retry=Retry(tries=1)) as client:
        assert client.page("tickets").rows == [{"name": 1}]
        moment = datetime(2024, 11, 5, tzinfo=timezone.utc)
        with pytest.raises(ContractError, match="the instance is in the time zone UTC now, and was in Europe/Prague"):
            client.page("tickets", F.edited >= moment)
    with Daktela(instance.url, access_token=TOKEN, timezone="Europe/Prague") as client:
        assert client.page("tickets", F.edited >= moment).rows == [{"name": 1}]


# --- threads ----------------------------------------------------------------------------------------------------------


def test_threads_share_a_client_and_its_login(reading: Callable[..., Reading]) -> None:
    one = reading(rows=300)
    box = one.instance.sandbox
    keys = one.keys("tickets")
    with opened(one.instance, access_token=None, username=box.username, password=box.password) as client:

        def read(number: int) -> set[str]:
            sort = "-edited" if number % 2 else ()
            rows = client.rows("tickets", F.edited >= datetime(2000, 1, 1, tzinfo=timezone.utc), sort=sort, page_size=9)
            return {str(row["name"]) for row in rows}

        with ThreadPoolExecutor(8) as pool:
            assert all(found == keys for found in pool.map(read, range(16)))
    paths = [request["path"] for request in one.instance.ask("requests")["requests"]]
    assert len([path for path in paths if "login" in path]) == 1
    assert len([path for path in paths if "whoim" in path]) == 1  # For the zone.


def test_a_forked_process_has_connections_of_its_own(instance: HttpStub) -> None:
    for name in ("parent", "child"):
        instance.on(name, page())
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORKING, instance.url], check=True)
    first, child, last = instance.asked
    assert [asked.endpoint for asked in instance.asked] == ["parent", "child", "parent"]
    assert first.connection == last.connection != child.connection


def test_asyncio(still: Reading) -> None:
    async def both() -> list[int]:
        d = still.daktela
        return await asyncio.gather(asyncio.to_thread(d.count, "tickets"), asyncio.to_thread(d.count, "users"))

    assert asyncio.run(both()) == [still.daktela.count("tickets"), still.daktela.count("users")]


def test_closing_ends_what_waits_in_other_threads(reading: Callable[..., Reading]) -> None:
    one = reading(fault=("503=1",), client={"retry": Retry(tries=9, first_wait=3600, longest_wait=3600)})
    failures: list[TapError] = []

    def wait() -> None:
        try:
            one.daktela.count("tickets")
        except TapError as error:
            failures.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    while not one.instance.ask("requests")["requests"]:
        pass
    one.daktela.close()
    thread.join()
    [error] = failures
    assert isinstance(error, RemoteError)


# --- secrets ----------------------------------------------------------------------------------------------------------


def test_no_secret_is_in_what_people_see(instance: HttpStub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    instance.on("login", answered({"accessToken": TOKEN}))
    instance.on("tickets", Reply(400, f'{{"error": ["{PASSWORD} {TOKEN}"]}}'.encode()))
    client = Daktela(instance.url, username="me", password=PASSWORD, retry=Retry(tries=1))
    texts = [repr(client), str(client), str(vars(client)), repr(client.health())]
    for ask in (client.count, client.exists, lambda name: list(client.rows(name, sort="-edited"))):
        with pytest.raises(ContractError) as error:
            ask("tickets")
        texts.append(repr(error.value))
        shown = traceback.TracebackException.from_exception(error.value, capture_locals=True)
        texts += [str(frame.locals) for frame in shown.stack[1:]]  # The first frame is this test's.
    with pytest.raises(TypeError):
        pickle.dumps(client)
    client.close()
    everything = " ".join([*texts, caplog.text])
    assert PASSWORD not in everything
    assert TOKEN not in everything
    assert all(TOKEN not in str(asked.parameters) for asked in instance.asked)
    assert all(PASSWORD not in str(asked.parameters) for asked in instance.asked)


def test_errors_of_the_network_and_of_rights(still: Reading) -> None:
    with (
        opened(still.instance, access_token="no-such-token-4711") as client,
        pytest.raises(AccessError, match="access_token"),
    ):
        client.count("tickets")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    nobody = Daktela(f"http://127.0.0.1:{port}", access_token="no-such-token-4711", retry=Retry.off())
    with nobody, pytest.raises(UnreachableError, match="nothing listens there"):
        nobody.first("tickets")
