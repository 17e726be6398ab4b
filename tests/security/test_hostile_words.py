"""An instance that puts escapes, forged log lines and the password, in every form, wherever the tap may repeat it."""

from __future__ import annotations

import base64
import html
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

import pytest

from tap_daktela.printable import printable
from tests.helpers.harness import BEGINNING, untimed, write_json
from tests.helpers.http_stub import TOKEN, HttpStub, Reply, answered, page
from tests.helpers.keboola.keboola_folder import DataFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from tests.helpers.harness import TapRun

    Tap = Callable[..., TapRun]

pytestmark = pytest.mark.unmeasured

PASSWORD = "Pa<ss 'w\"ord&ž 7/x\\4f?"
MARKER = "forged"
FORMS = {
    "plain": PASSWORD,
    "upper case": PASSWORD.upper(),
    "NBSP": PASSWORD.replace(" ", "\xa0"),
    "doubled blanks": PASSWORD.replace(" ", "  "),
    "line ends": PASSWORD.replace(" ", "\r\n"),
    "HTML": html.escape(PASSWORD),
    "HTML twice": html.escape(html.escape(PASSWORD)),
    "HTML, decimal": "".join(f"&#{ord(c)};" for c in PASSWORD),
    "HTML, hex": "".join(f"&#x{ord(c):x};" for c in PASSWORD),
    "HTML, some": PASSWORD.replace("<", "&#60;").replace("'", "&apos;").replace("ž", "&zcaron;"),
    "JSON": json.dumps(PASSWORD)[1:-1],
    "PHP": json.dumps(PASSWORD)[1:-1].replace("/", "\\/").replace("<", "\\u003C"),
    "u, lower": "".join(f"\\u{ord(c):04x}" for c in PASSWORD),
    "u, upper": "".join(f"\\u{ord(c):04X}" for c in PASSWORD),
    "percent": quote(PASSWORD, ""),
    "percent, form": quote_plus(PASSWORD).lower(),
    "percent twice": quote(quote(PASSWORD, "")),
    "percent, all": "".join(f"%{byte:02x}" for byte in PASSWORD.encode()),
    "bytes": repr(PASSWORD.encode())[2:-1],
    "hex": PASSWORD.encode().hex(),
    "hex, upper": PASSWORD.encode().hex().upper(),
    "base64": base64.b64encode(PASSWORD.encode()).decode(),
    "base64 of a pair": base64.urlsafe_b64encode(f"me:{PASSWORD}".encode()).decode(),
}
NOISE = f"{MARKER}\x1b[2J\nCRITICAL {MARKER}\r\x9b2J\u202e\u2028CRITICAL {MARKER}\x85INFO {MARKER}\v\f\ufeff"
WORDS = NOISE + " | ".join(FORMS.values())
DEBUG = {"TAP_DAKTELA_LOGLEVEL": "DEBUG"}


def raw(head: str) -> Reply:
    """Return an answer with a head that no library writes."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head.encode("utf-8").replace(b"\n", b"\r\n") + b"\r\n\r\n")

    return Reply(raw=send)


def of(status: int, error: Any) -> Reply:
    return Reply(status, json.dumps({"error": error, "result": None}, ensure_ascii=False).encode())


def header(text: str) -> str:
    """Return text without the characters that end a header."""
    return re.sub("[\r\n]+", " ", text)


def user(text: str, **envelope: Any) -> Reply:
    return answered({"user": {"name": text}, "version": text}, **{"_timezone": "Europe/Prague", **envelope})


def contact(**values: Any) -> dict[str, Any]:
    when = "2024-01-01 00:00:00"
    return {"name": "contact_1", "title": "Jana", "edited": when, "created": when, **values}


# Where the text stands: the endpoint that says it, and its answer.
PLACES: dict[str, tuple[str, Callable[[str], Reply]]] = {
    "login, refused": ("login", lambda text: of(401, [text])),
    "login, HTML": ("login", lambda text: Reply(403, f'<h1>no</h1><input value="{text}"> {text}'.encode())),
    "login, without a token": ("login", lambda text: answered(None, error=text)),
    "login, broken": ("login", lambda text: Reply(500, text.encode())),
    "user": ("whoim", user),
    "zone": ("whoim", lambda text: user("me", _timezone=text)),
    "time": ("whoim", lambda text: user("me", _time=text)),
    "words": ("contacts", lambda text: of(400, [text])),
    "words of a form": ("contacts", lambda text: of(400, {"form": {text: {text: [text]}}})),
    "no right": ("contacts", lambda text: of(403, text)),
    "no list": ("contacts", lambda text: Reply(404, text.encode())),
    "broken": ("contacts", lambda text: Reply(502, f"<html><body>{text}</body></html>".encode())),
    "text": ("contacts", lambda text: Reply(200, text.encode(), {"Content-Type": "text/plain"})),
    "Content-Type": ("contacts", lambda text: raw(f"HTTP/1.1 200 OK\nContent-Type: {header(text)}\nContent-Length: 0")),
    "Location": ("contacts", lambda text: raw(f"HTTP/1.1 302 OK\nLocation: https://{header(text)}\nContent-Length: 0")),
    "Retry-After": ("contacts", lambda text: raw(f"HTTP/1.1 503 X\nRetry-After: {header(text)}\nContent-Length: 0")),
    "X-header": ("contacts", lambda text: raw(f"HTTP/1.1 200 OK\nX-{header(text)}\n {text}\nContent-Length: 2\n\n{{")),
    "status line": ("contacts", lambda text: raw(f"HTTP/1.1 {header(text)} {header(text)}")),
    "no HTTP": ("contacts", lambda text: raw(header(text))),
    "length": ("contacts", lambda text: raw(f"HTTP/1.1 200 OK\nContent-Length: {header(text)}")),
    "encoding": ("contacts", lambda text: raw(f"HTTP/1.1 200 OK\nContent-Encoding: {header(text)}\nContent-Length: 0")),
    "beside a result": ("contacts", lambda text: page(contact(), total=1, error=[text])),
    "changed zone": ("contacts", lambda text: page(contact(), total=1, _timezone=text)),
    "axis": ("contacts", lambda text: page(contact(edited=text), total=1)),
    "key of a row": ("contacts", lambda text: page(contact(name=text, title=[1, 2]), total=1)),
    "key that is an object": ("contacts", lambda text: page(contact(name={text: [text]}), total=1)),
    "keys twice": ("contacts", lambda text: page(contact(name=text), contact(name=text, title="2"), total=3)),
    "custom fields": ("contacts", lambda text: page(contact(customFields={text: [{text: text}]}), total=1)),
    "total": ("contacts", lambda text: page(contact(), total=text)),
    "result": ("contacts", answered),
}  # fmt: skip


def squeezed(text: str) -> str:
    """Return text without what a reader overlooks."""
    return re.sub(r"[\s\\]", "", text).casefold()


def readings(text: str) -> set[str]:
    """Return what somebody reads who decodes a text, in each way alone and in two after each other."""
    ways: list[Callable[[str], str]] = [
        html.unescape,
        unquote,
        unquote_plus,
        lambda one: re.sub(r"\\+u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), one),
        lambda one: re.sub(r"(?:\\x[0-9a-f]{2})+", from_hex, one),
        lambda one: re.sub("(?:[0-9a-fA-F]{2}){4,}", from_hex, one),
        lambda one: re.sub("[A-Za-z0-9+/_-]{8,}={0,2}", from_base64, one),
    ]  # fmt: skip
    once = {text, *(way(text) for way in ways)}
    return once | {way(one) for one in once for way in ways}


def from_hex(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("\\x", "")).decode(errors="replace")


def from_base64(match: re.Match[str]) -> str:
    text = match[0].rstrip("=").replace("-", "+").replace("_", "/")
    return " ".join(
        base64.b64decode(text[skip : skip + (len(text) - skip) // 4 * 4]).decode(errors="replace") for skip in range(4)
    )


def look(output: str) -> None:
    """Check that each line is one of the log, that it can be printed, and that nobody can read the secret out of it."""
    lines = untimed(output.removesuffix("\n")).split("\n")
    for line in lines:
        assert line.isprintable()
        assert re.match(r"(DEBUG|INFO|WARNING|ERROR|CRITICAL) (?!forged)| ", line)
    assert sum(line.startswith("CRITICAL") for line in lines) <= 1
    for reading in readings(output):
        assert squeezed(PASSWORD) not in squeezed(reading)
        assert "Pa<ss" not in reading
        assert "Pa&" not in reading


@pytest.mark.parametrize("form", FORMS)
def test_the_search_finds_each_form(form: str) -> None:
    """Else the tests below would show nothing."""
    with pytest.raises(AssertionError):
        look(f"INFO {printable(FORMS[form])}")


def tap_config(server: HttpStub, **more: Any) -> dict[str, Any]:
    login = {"url": server.url, "username": "me", "password": PASSWORD, "start_date": BEGINNING}
    return {**login, "streams": "contacts", "max_retries": 1, **more}


def set_up(server: HttpStub) -> None:
    server.on("login", answered({"accessToken": TOKEN}))
    server.on("whoim", user("me"))
    server.lists["contacts"] = []


SILENT = {
    "time", "text", "Location", "Retry-After", "X-header", "length", "encoding", "keys twice", "custom fields", "total",
    "result",
}  # fmt: skip
"""Places of which the tap repeats nothing. It must repeat all others, else the test shows nothing."""


@pytest.mark.parametrize("place", PLACES)
def test_whatever_an_instance_says(instance: HttpStub, run_tap: Tap, place: str) -> None:
    set_up(instance)
    endpoint, reply = PLACES[place]
    instance.lists.pop(endpoint, None)
    instance.on(endpoint, reply(WORDS))
    run = run_tap(tap_config(instance), env=DEBUG)
    assert instance.times(endpoint)
    look(run.stderr)
    assert (MARKER in run.stderr) == (place not in SILENT)


# Of each way of writing one: `tests/redaction/test_redactor.py` has them all.
@pytest.mark.parametrize("form", ["plain", "NBSP", "HTML twice", "PHP", "percent, form", "base64 of a pair"])
def test_each_form_of_the_password(instance: HttpStub, run_tap: Tap, form: str) -> None:
    """In the user's name, a header, the key of a row and an error."""
    set_up(instance)
    del instance.lists["contacts"]
    text = f"{MARKER}\x1b[2J\u202e\n{FORMS[form]}"
    instance.on("whoim", user(text))
    instance.on("contacts", PLACES["Content-Type"][1](text), PLACES["key of a row"][1](text))
    instance.on("users", of(400, text))
    run = run_tap(tap_config(instance, streams="contacts,users"), env=DEBUG)
    look(run.stderr)
    told = [line for line in run.stderr.splitlines() if f"{MARKER}\\x1b[2J\\u202e" in line]
    for begin in ("INFO Reading http", "WARNING GET contacts", "WARNING contacts.", "ERROR users"):
        assert [line for line in told if line.startswith(begin) and "***" in line], begin


@pytest.mark.parametrize("mode", ["--discover", "--test"])
def test_the_other_modes(instance: HttpStub, run_tap: Tap, mode: str) -> None:
    set_up(instance)
    del instance.lists["contacts"]
    scheme = {"good": {"title": NOISE, "type": NOISE}, NOISE: {}}
    instance.on("contacts", page(contact(_sys={"cfScheme": scheme}), total=1))
    instance.on("whoim", user(WORDS))
    instance.on("users", of(403, WORDS))
    run = run_tap(tap_config(instance, streams="contacts,users"), mode, env=DEBUG)
    look(run.stderr)
    assert MARKER in run.stderr
    assert all(line.isprintable() for line in run.stdout.split("\n"))
    if mode == "--discover":
        [found] = [one for one in json.loads(run.stdout)["streams"] if one["stream"] == "contacts"]
        fields = found["schema"]["properties"]["custom_fields"]["properties"]
        assert fields["good"]["description"].startswith(f"{NOISE} ({NOISE})")
        assert NOISE in fields


@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        ([f"--{NOISE}"], {}),
        (["--format", NOISE], {}),
        (["--start-date", NOISE], {}),
        (["--streams", NOISE], {}),
        (["--report", f"/{NOISE}/x"], {}),
        ([], {"streams": [NOISE]}),
        ([], {NOISE: 1}),
        ([], {"filters": {NOISE: []}}),
        ([], {"extra_streams": [{"endpoint": "x", "key": "name", "fields": {NOISE: "string"}}]}),
    ],
    ids=["option", "format", "date", "--streams", "report", "streams", "key", "filter", "extra stream"],
)
def test_whatever_the_user_says(instance: HttpStub, run_tap: Tap, arguments: list[str], more: dict[str, Any]) -> None:
    set_up(instance)
    run = run_tap(tap_config(instance, **more), *[text.replace("\0", "") for text in arguments], env=DEBUG)
    look(run.stderr)
    assert MARKER in run.stderr


MISTAKE = """
import sys
from tap_daktela import cli, commands

def mistaken(settings, *rest, **more):
    try:
        raise ValueError(settings.password)
    except ValueError as error:
        raise RuntimeError(sys.argv.pop()) from error

commands.sync = mistaken
sys.exit(cli.main(sys.argv[1:-1]))
"""


def test_a_stack_trace_keeps_its_lines_and_none_is_a_log_line(tmp_path: Path, instance: HttpStub) -> None:
    path = write_json(tmp_path / "config.json", tap_config(instance))
    command = [sys.executable, "-c", MISTAKE, "--config", path, WORDS]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 2
    look(done.stderr)
    lines = done.stderr.split("\n")
    assert " Traceback (most recent call last):" in lines
    assert [line for line in lines if line.startswith("  File ")]
    assert any(line.startswith(f" CRITICAL {MARKER}") for line in lines)


@pytest.mark.parametrize("action", ["testConnection", "listStreams", "previewWindow", "run"])
@pytest.mark.parametrize("place", ["login, refused", "user", "zone", "words"])
def test_the_component(tmp_path: Path, instance: HttpStub, action: str, place: str) -> None:
    set_up(instance)
    endpoint, reply = PLACES[place]
    instance.lists.pop(endpoint, None)
    instance.on(endpoint, reply(WORDS))
    folder = DataFolder(tmp_path, tmp_path / "no-target")
    login = {"url": instance.url, "username": "me", "#password": PASSWORD, "debug": True}
    run = folder.run({**login, "from": "-7", "table": "contacts"}, action=action)
    for text in (run.stdout, run.stderr):
        look("".join(f"INFO {line}\n" for line in text.removesuffix("\n").split("\n")))
    assert run.returncode == 0 or MARKER in run.stderr or action == "run"
