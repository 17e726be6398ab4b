"""A canary is put into every setting that is secret; it must never be seen again, at no level and in no way to fail."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import pytest

from tests.helpers.cli_output import refused
from tests.helpers.harness import BEGINNING, untimed
from tests.helpers.http_stub import HttpStub, Reply, answered, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers.harness import Sandbox, TapRun

    Tap = Callable[..., TapRun]

PASSWORD = "canary pass/word+ž"
TOKEN = "canary-token-5f0e2b"
DEBUG = {"TAP_DAKTELA_LOGLEVEL": "DEBUG"}


def look(text: str, *secrets: str) -> None:
    """Look for secrets in all forms in which they may appear."""
    for secret in secrets:
        for form in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], repr(secret)[1:-1]):
            assert form not in text


@pytest.fixture
def server() -> Iterator[HttpStub]:
    """Give an instance that hands out the canary."""
    server = HttpStub()
    server.on("login", answered({"accessToken": TOKEN, "refreshToken": TOKEN}))
    user = {"name": "me", "_sys": {"accessToken": TOKEN}}
    server.on("whoim", answered({"user": user, "version": "6.1"}, _timezone="Europe/Prague"))
    yield server
    server.stop()


def config(server: HttpStub, **more: Any) -> dict[str, Any]:
    login = {"username": "me", "password": PASSWORD}
    return {"url": server.url, **login, "start_date": BEGINNING, "streams": "users", "max_retries": 1, **more}


@pytest.mark.parametrize(
    "replies",
    [
        [page({"name": "a", "title": "A", "password": TOKEN}, total=1)],
        [Reply(401)],
        [Reply(403, f"<p>{TOKEN}</p>".encode())],
        [Reply(400, json.dumps({"error": [f"bad token {TOKEN}", {"password": PASSWORD}], "result": None}).encode())],
        [Reply(500, TOKEN.encode())],
        [Reply(302, b"", {"Location": f"https://other.example.com/?accessToken={TOKEN}"})],
        [Reply(200, f"token: {TOKEN}".encode())],
        [answered(None, error=[f"accessToken={TOKEN}"])],
    ],
    ids=["rows", "401", "403", "400", "500", "302", "no JSON", "error"],
)
def test_whatever_the_instance_answers(server: HttpStub, run_tap: Tap, replies: list[Reply]) -> None:
    server.on("users", *replies)
    run = run_tap(config(server), env=DEBUG)
    if run.returncode:
        refused(run)
    assert "DEBUG" in run.stderr
    assert server.times("users") >= 1
    look(run.stdout + run.stderr, PASSWORD, TOKEN)


@pytest.mark.parametrize("mode", [[], ["--discover"], ["--test"]])
def test_a_login_that_fails_and_says_why(server: HttpStub, run_tap: Tap, mode: list[str]) -> None:
    words = json.dumps({"error": f"password {PASSWORD} of me is wrong", "result": None}).encode()
    server.on("login", Reply(401, words))
    run = run_tap(config(server), *mode, env=DEBUG)
    refused(run, "of me is wrong")
    look(run.stdout + run.stderr, PASSWORD)
    assert server.times("login") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"access_token": f"{TOKEN}\n{TOKEN}"},
        {"password": [PASSWORD]},
        {"url": f"https://me:{TOKEN}@example.com"},
        {"url": f"https://example.com/?accessToken={TOKEN}"},
        {"page_size": 0},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_settings_that_are_wrong(run_tap: Tap, wrong: dict[str, Any]) -> None:
    right = {"url": "https://example.com", "access_token": TOKEN, "password": PASSWORD, "start_date": BEGINNING}
    for mode in ([], ["--discover"]):
        run = run_tap({**right, **wrong}, *mode, env=DEBUG)
        refused(run)
        look(run.stdout + run.stderr, PASSWORD, TOKEN)


def test_a_whole_run_at_the_most_talkative_level(sandbox: Callable[..., Sandbox], run_tap: Tap) -> None:
    with sandbox("--rows", "30") as daktela:
        login = {**daktela.login, "start_date": BEGINNING}
        token = {"url": daktela.url, "access_token": daktela.access_token, "start_date": BEGINNING}
        for settings in (login, token):
            run = run_tap(settings, env=DEBUG)
            assert run.returncode == 0
            assert "DEBUG GET users" in run.stderr
            look(run.stdout + run.stderr, daktela.password, daktela.access_token)


MISTAKE = """
import sys
from tap_daktela import cli, commands

def mistaken(settings, *rest, **more):
    password, token = settings.password, settings.access_token
    raise RuntimeError(f"{password} {token}\\nand {settings!r} {vars(settings)}")

commands.sync = mistaken
sys.exit(cli.main(sys.argv[1:]))
"""


def test_a_mistake_of_our_own(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    raw = {"server": "x", "access_token": TOKEN, "username": "me", "password": PASSWORD, "start_date": BEGINNING}
    path.write_text(json.dumps(raw), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", MISTAKE, "--config", path], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    look(done.stderr, PASSWORD, TOKEN)
    assert "Traceback" in done.stderr
    assert "please report it" in done.stderr
    assert untimed(done.stderr).splitlines()[-1].startswith("CRITICAL RuntimeError: *** *** and Settings(")
