"""Instances that cannot be used, and what the user is told about them."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import ALL_STREAMS
from tests.helpers.cli_output import NOBODY, items, refused
from tests.helpers.harness import BEGINNING, select
from tests.helpers.http_stub import HttpStub, Reply, answered
from tests.helpers.ledger import DEFAULT_STREAMS, requested

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers.harness import Sandbox, TapRun

    Tap = Callable[..., TapRun]

KNOWN = entries(ALL_STREAMS)
PASSWORD = "canary pass/word+ž"


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., Sandbox]) -> Iterator[Sandbox]:
    with sandbox("--rows", "30", "--deny", "contacts=403", "--deny", "pauses=404") as running:
        yield running


@pytest.fixture
def closed_port() -> int:
    """Give a port at which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.parametrize("mode", [[], ["--discover"], ["--test"]])
def test_a_wrong_password_is_tried_once(daktela: Sandbox, run_tap: Tap, mode: list[str]) -> None:
    daktela.control("reset-requests")
    run = run_tap({**daktela.login, "password": PASSWORD, "start_date": BEGINNING}, *mode)
    refused(run, "the instance refuses username and password (HTTP 401")
    assert PASSWORD not in run.stderr + run.stdout
    assert (run.stdout == "") is (mode != ["--test"])
    assert [one["path"] for one in requested(daktela)] == ["/api/v6/login.json"]


@pytest.mark.parametrize("mode", [[], ["--discover"], ["--test"]])
def test_a_wrong_token(daktela: Sandbox, run_tap: Tap, mode: list[str]) -> None:
    run = run_tap({"url": daktela.url, "access_token": "canary-token-5f0e2b", "start_date": BEGINNING}, *mode)
    refused(run, "access_token")
    assert "canary-token-5f0e2b" not in run.stderr + run.stdout
    assert (run.stdout == "") is (mode != ["--test"])


def test_a_stream_without_rights_that_was_asked_for(daktela: Sandbox, run_tap: Tap) -> None:
    run = run_tap({**daktela.login, "start_date": BEGINNING}, "--streams", "contacts,users,pauses,queues")
    refused(run, "2 of 4 streams failed", "contacts: the user has no right to read it", "pauses: there is no such list")
    assert run.records("users")
    assert run.records("queues")
    assert run.messages[-1]["type"] == "STATE"


def test_the_connection_is_tested(daktela: Sandbox, run_tap: Tap) -> None:
    settings = {**daktela.login, "start_date": BEGINNING}
    run = run_tap(settings, "--test", "--streams", "users,tickets_statuses", env={"LOGLEVEL": "CRITICAL"})
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.endswith("\nOK: 2 of 2 streams can be read\n")
    assert "OK rights        2 of 2 lists may be read\n" in run.stdout
    run = run_tap(settings, "--test", "--streams", ",".join(DEFAULT_STREAMS))
    refused(run, "contacts: the user has no right to read it", "pauses: there is no such list")
    assert run.stdout.splitlines()[-1].startswith("!!: ")


def test_a_catalog_of_other_times(daktela: Sandbox, run_tap: Tap) -> None:
    catalog = select(json.loads(run_tap(daktela.login, "--discover").stdout), "users")
    catalog["streams"].append(
        {"tap_stream_id": "gone", "metadata": [{"breadcrumb": [], "metadata": {"selected": True}}]}
    )
    users = next(item for item in catalog["streams"] if item["tap_stream_id"] == "users")
    users["metadata"].append({"breadcrumb": ["properties", "shoe_size"], "metadata": {"selected": True}})
    run = run_tap({**daktela.login, "start_date": BEGINNING}, catalog=catalog)
    assert run.returncode == 0
    assert "WARNING The catalog selects streams that the tap does not have: gone\n" in run.stderr
    assert "WARNING The catalog selects fields that the tap does not have: users.shoe_size\n" in run.stderr
    assert run.streams == ["users"]
    old = {"streams": [{"stream": "users", "schema": {"selected": "true"}}, {"stream": "queues", "schema": None}]}
    assert run_tap({**daktela.login, "start_date": BEGINNING}, catalog=old).streams == ["users", "queues"]


def test_a_filter_that_the_server_refuses(daktela: Sandbox, run_tap: Tap) -> None:
    nonsense = {"field": "stage", "operator": "regexp", "value": "("}
    run = run_tap(
        {**daktela.login, "start_date": BEGINNING, "filters": {"tickets": nonsense}}, "--streams", "tickets,users"
    )
    said = refused(run, "1 of 2 streams failed: tickets: ", "the instance rejects the request (HTTP 400: ")
    assert len(said.split("HTTP 400: ")[1]) > len("x)")
    assert run.records("users")


def test_a_redirect_names_the_other_host(sandbox: Callable[..., Sandbox], run_tap: Tap) -> None:
    with sandbox("--rows", "5", "--redirect", "https://other.example.com/api") as daktela:
        for mode in ([], ["--discover"], ["--test"]):
            run = run_tap({**daktela.login, "start_date": BEGINNING}, *mode)
            refused(run, "url (or server)", "redirects to https://other.example.com")


@pytest.mark.parametrize(("retries", "tries"), [(0, "one try"), (1, "2 tries")])
def test_nobody_listens(run_tap: Tap, closed_port: int, retries: int, tries: str) -> None:
    run = run_tap({**NOBODY, "url": f"http://127.0.0.1:{closed_port}", "max_retries": retries})
    refused(run, str(closed_port), f"gave no usable answer in {tries}")
    assert run.stdout == ""


def test_a_host_that_does_not_exist(run_tap: Tap) -> None:
    run = run_tap({**NOBODY, "url": "https://nobody.invalid", "max_retries": 0})
    refused(run, "nobody.invalid")
    assert run.stdout == ""


@pytest.mark.parametrize("body", [b"<html><body>Please <b>log in</b></body></html>", b"", b'"text"', b'{"result": '])
def test_a_server_that_is_no_daktela(run_tap: Tap, body: bytes) -> None:
    server = HttpStub()
    for endpoint in ("login", "whoim"):
        server.on(endpoint, Reply(200, body, {"Content-Type": "text/html"}))
    try:
        refused(run_tap({**NOBODY, "url": server.url, "max_retries": 0}), "whoim", server.url, "HTTP 200")
    finally:
        server.stop()


def test_a_server_without_an_api(run_tap: Tap) -> None:
    server = HttpStub()
    try:
        refused(run_tap({**NOBODY, "url": server.url}), "url (or server) is not where the API is")
    finally:
        server.stop()


# --- discovery without an instance ----------------------------------------------------------------------------------

INCOMPLETE: list[dict[str, Any]] = [
    {},
    {"url": "https://nobody.invalid"},
    {"server": "nobody", "access_token": ""},
    {"access_token": "canary-token-5f0e2b", "start_date": "2024-01-01"},
]


@pytest.mark.parametrize("config", INCOMPLETE, ids=str)
def test_discovery_without_instance_or_credentials(run_tap: Tap, config: dict[str, Any]) -> None:
    run = run_tap(config, "--discover")
    assert run.returncode == 0
    assert list(items(run)) == list(KNOWN)
    [warning] = run.stderr.splitlines()
    assert warning.startswith("WARNING No instance and credentials are set: this is the catalog of all streams")


def test_discovery_of_an_instance_that_cannot_be_reached(run_tap: Tap, closed_port: int) -> None:
    for url in (f"http://127.0.0.1:{closed_port}", "https://nobody.invalid"):
        run = run_tap({"url": url, "access_token": "canary-token-5f0e2b"}, "--discover")
        assert run.returncode == 0
        assert list(items(run)) == list(KNOWN)
        assert run.stderr.splitlines()[-1].startswith("WARNING ")
        assert run.stderr.splitlines()[-1].endswith("This is the catalog of all streams that the tap knows.")


def test_discovery_follows_the_settings(run_tap: Tap) -> None:
    extra = [{"endpoint": "newThings", "fields": {"name": "string", "when": "date-time"}}]
    run = run_tap({"nested": "json", "timestamps": "local", "extra_streams": extra}, "--discover")
    found = items(run)
    assert list(found) == [*KNOWN, "new_things"]
    assert "format" not in found["new_things"]["schema"]["properties"]["when"]
    assert found["tickets"]["schema"]["properties"]["statuses"]["type"] == ["null", "string"]


@pytest.mark.parametrize(
    "config", [{"url": "https://x.example", "username": "u"}, {"server": "a.b", "access_token": "t"}]
)
def test_discovery_with_settings_that_are_wrong(run_tap: Tap, config: dict[str, Any]) -> None:
    refused(run_tap(config, "--discover"))


def test_a_token_without_a_user_is_refused_at_discovery(run_tap: Tap) -> None:
    server = HttpStub()
    server.on("whoim", answered({"user": None, "version": "6"}))
    try:
        refused(run_tap({**NOBODY, "url": server.url}, "--discover"), "does not know the user of these credentials")
    finally:
        server.stop()
