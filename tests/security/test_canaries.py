"""Secrets of users, SIP secrets and addresses of customers: in rows where they were chosen, and nowhere else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.cli_output import refused
from tests.helpers.harness import BEGINNING
from tests.helpers.http_stub import PASSWORD, TOKEN, HttpStub, Reply, answered, page
from tests.helpers.keboola.keboola_folder import DataFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers.harness import TapRun

    Tap = Callable[..., TapRun]

pytestmark = pytest.mark.unmeasured

SIP = "canary-sip-7a31"
MAIL = "jana.novakova@customer.example"
FORMS = (PASSWORD, "canary+pass%2Fword", "canary%20pass", TOKEN, SIP, MAIL, MAIL.replace("@", "%40"), "novakova")
DEBUG = {"TAP_DAKTELA_LOGLEVEL": "DEBUG"}
# What an instance sends that does not care which fields it was asked for.
WHOLE = {
    "name": "contact_1", "title": "Jana", "edited": "2024-01-01 00:00:00", "created": "2024-01-01 00:00:00",
    "email": MAIL, "password": PASSWORD, "sipDevices": [{"name": "d", "password": SIP, "secret": SIP}],
    "extensions": {"100": {"sipSecret": SIP}}, "options": {"secret": SIP}, "customFields": {"mail": [MAIL]},
    "user": {"name": "u", "title": "U", "extension": "100", "sipDevices": [{"password": SIP}], "email": MAIL},
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[HttpStub]:
    """Give an instance that says too much."""
    scripted = HttpStub()
    scripted.on("login", answered({"accessToken": TOKEN}))
    user = {"name": "me", "accessToken": TOKEN, "sipDevices": [{"password": SIP}], "emailAuth": MAIL}
    scripted.on("whoim", answered({"user": user, "version": "6.1"}, _timezone="Europe/Prague"))
    scripted.lists = {"contacts": [WHOLE], "users": [WHOLE]}
    yield scripted
    scripted.stop()


def settings(server: HttpStub, **more: Any) -> dict[str, Any]:
    login = {"url": server.url, "username": "me", "password": PASSWORD, "start_date": BEGINNING}
    return {**login, "streams": "contacts,users", "max_retries": 0, **more}


def look(text: str, *, but: tuple[str, ...] = ()) -> None:
    for form in FORMS:
        assert form in but or form not in text, form


@pytest.mark.parametrize("nested", ["native", "json"])
def test_rows_that_hold_too_much(server: HttpStub, run_tap: Tap, nested: str) -> None:
    run = run_tap(settings(server, nested=nested), env=DEBUG)
    assert run.returncode == 0, run.stderr
    look(run.stderr)
    # The address was asked for, with the row of the customer; nothing that opens anything was.
    look(run.stdout, but=(MAIL, "novakova"))
    assert run.records("contacts")
    assert MAIL in json.dumps(run.records("contacts"))
    look(json.dumps(run.states))


@pytest.mark.parametrize("mode", ["--discover", "--test"])
def test_modes_that_write_no_rows(server: HttpStub, run_tap: Tap, mode: str) -> None:
    run = run_tap(settings(server), mode, env=DEBUG)
    assert run.returncode == 0, run.stderr
    look(run.stdout + run.stderr)


def test_what_a_filter_looks_for(server: HttpStub, run_tap: Tap) -> None:
    phone = "+420777123456"
    wanted = [
        {"field": "email", "operator": "eq", "value": MAIL},
        {"field": "number", "operator": "in", "value": [phone, "1"]},
    ]
    run = run_tap(settings(server, streams="contacts", filters={"contacts": wanted}), env=DEBUG)
    assert run.returncode == 0, run.stderr
    assert MAIL in server.asked[-1].parameters.values()
    assert phone in server.asked[-1].parameters.values()
    look(run.stderr)
    assert "777123456" not in run.stderr
    assert "DEBUG" in run.stderr


KEYS = {"email": MAIL, "sipSecret": SIP, "password": PASSWORD}


@pytest.mark.parametrize(
    "reply",
    [
        Reply(400, json.dumps({"error": [f"no such value: {MAIL}", f"sipPassword={SIP}"], "result": None}).encode()),
        Reply(400, json.dumps({"error": {"form": {"email": [MAIL], "secret": SIP}}, "result": None}).encode()),
        Reply(403, f"<p>{MAIL} has no right, token {TOKEN}</p>".encode()),
        Reply(500, f'<input name="email" value="{MAIL}"> &quot;{PASSWORD}&quot;'.encode()),
        page({**WHOLE, "name": KEYS}, total=1),
        page({**WHOLE, "name": MAIL, "title": "1"}, {**WHOLE, "name": MAIL, "title": "2"}, total=2),
        answered({"data": [WHOLE], "total": 1}, error=[f"beside: {MAIL}, secret: {SIP}"]),
    ],
    ids=["400", "form", "403", "500", "key", "twice", "beside"],
)
def test_an_instance_that_repeats_values(server: HttpStub, run_tap: Tap, reply: Reply) -> None:
    server.on("contacts", reply)
    run = run_tap(settings(server, streams="contacts"), env=DEBUG)
    assert run.returncode in {0, 1}
    assert ("CRITICAL" in run.stderr) == bool(run.returncode)
    look(run.stderr)


ECHOES = {
    "json": Reply(500, json.dumps({"error": f"no login with password={PASSWORD} for {MAIL}"}).encode()),
    "form": Reply(500, b"username=me&password=canary+pass%2Fword%2B%C5%BE&again=canary%20pass%2fword%2b%c5%be"),
    "html": Reply(502, f"<h1>Bad</h1><input value='{PASSWORD}'> {PASSWORD} <pre>{json.dumps(PASSWORD)}</pre>".encode()),
    "401": Reply(401, json.dumps({"error": [{"password": PASSWORD}, PASSWORD]}).encode()),
    "no token": answered(None, error=[f"{PASSWORD} is locked"]),
    "200": Reply(200, f"<html>{PASSWORD}</html>".encode()),
}


@pytest.mark.parametrize("reply", ECHOES.values(), ids=ECHOES)
def test_a_login_that_repeats_the_form(server: HttpStub, run_tap: Tap, reply: Reply) -> None:
    server.on("login", reply)
    run = run_tap(settings(server), env=DEBUG)
    refused(run, "login" if reply.status != 401 else "refuses username and password")
    look(run.stdout + run.stderr)


def test_every_message_of_the_component(tmp_path: Path, server: HttpStub) -> None:
    """The sync actions answer on stdout, and with one sentence on stderr."""
    folder = DataFolder(tmp_path, tmp_path / "no-target")
    parameters = {"url": server.url, "username": "me", "#password": PASSWORD, "debug": True}
    for action in ("testConnection", "listStreams", "listFields", "previewWindow"):
        run = folder.run({**parameters, "table": "contacts", "from": "-7"}, action=action)
        assert run.returncode == 0, run.stderr
        look(run.stdout + run.stderr)
    for reply in (ECHOES["401"], ECHOES["json"]):
        server.on("login", reply)
        for action in ("testConnection", "listStreams"):
            run = folder.run(parameters, action=action)
            assert (run.returncode, run.stdout) == (1, "")
            assert "login" in run.stderr or "refuses username" in run.stderr
            look(run.stderr)
