"""Credentials by `--config ENV`: in a variable, in `.env`, in a file. They are used, and never seen again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import pytest

from tests.helpers import harness
from tests.helpers.cli_output import refused, tap_by_environment
from tests.helpers.http_stub import PASSWORD, TOKEN, HttpStub, Reply, answered
from tests.helpers.keboola.keboola_folder import DataFolder, parameters_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers.harness import Sandbox

pytestmark = pytest.mark.unmeasured

WAYS = ("variable", "dotenv", "file", "dotenv and file")
OTHER = "canary-of-another-program"


@pytest.fixture
def server() -> Iterator[HttpStub]:
    """Give an instance that repeats the credentials wherever it can."""
    stub = HttpStub()
    stub.on("login", answered({"accessToken": TOKEN}))
    stub.on("whoim", answered({"user": {"name": PASSWORD}, "version": TOKEN}, _timezone="Europe/Prague"))
    stub.lists = {"users": [{"name": "a", "title": "A", "edited": "2024-01-01 00:00:00"}]}
    yield stub
    stub.stop()


def handed_over(folder: Path, way: str, secrets: dict[str, str]) -> dict[str, str]:
    """Return the variables, without their prefix, that bring the secrets to the tap in some way; write the files."""
    variables = dict(secrets)
    if "file" in way:
        for name, secret in secrets.items():
            harness.write_json(folder / name, 0).write_text(f"{secret}\n", encoding="utf-8")
        variables = {f"{name}_FILE": str(folder / name) for name in secrets}
    if "dotenv" in way:
        lines = [f"TAP_DAKTELA_{name}='{value}'" for name, value in variables.items()]
        (folder / ".env").write_text("\n".join([f"OTHER={OTHER}", *lines]), encoding="utf-8")
        return {}
    return variables


def look(text: str, *secrets: str) -> None:
    """Look for secrets in all forms in which they may appear."""
    for secret in (*secrets, OTHER):
        for form in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], repr(secret)[1:-1]):
            assert form not in text


def run(server: HttpStub, folder: Path, way: str, *arguments: str, **more: str) -> harness.TapRun:
    variables = handed_over(folder, way, {"PASSWORD": PASSWORD})
    plain = {"URL": server.url, "USERNAME": "me", "START_DATE": "2024-01-01", "STREAMS": "users", "MAX_RETRIES": "0"}
    return tap_by_environment(folder, *arguments, **{**variables, **plain, "LOGLEVEL": "DEBUG", **more})


@pytest.mark.parametrize("way", WAYS)
def test_a_run_that_goes_well(server: HttpStub, tmp_path: Path, way: str) -> None:
    done = run(server, tmp_path, way, "--report", "report.json")
    assert done.returncode == 0, done.stderr
    assert server.asked[0].form["password"] == PASSWORD
    assert done.records("users")
    assert "DEBUG" in done.stderr
    look(done.stdout + done.stderr + (tmp_path / "report.json").read_text(encoding="utf-8"), PASSWORD, TOKEN)


@pytest.mark.parametrize(
    ("way", "mode"), list(zip(WAYS, ([], ["--test"], ["--list"], ["--discover"]), strict=True)), ids=WAYS
)
def test_a_login_that_repeats_the_password(server: HttpStub, tmp_path: Path, way: str, mode: list[str]) -> None:
    server.on("login", Reply(401, json.dumps({"error": [f"no {PASSWORD}", quote_plus(PASSWORD)]}).encode()))
    done = run(server, tmp_path, way, *mode)
    refused(done, "refuses username and password")
    look(done.stdout + done.stderr, PASSWORD)


@pytest.mark.parametrize(
    "wrong",
    [{"ACCESS_TOKEN": f"{TOKEN} ž"}, {"PAGE_SIZE": "0"}, {"FILTERS": f"{TOKEN}:"}],
    ids=str,
)
def test_settings_that_are_wrong(server: HttpStub, tmp_path: Path, wrong: dict[str, str]) -> None:
    done = run(server, tmp_path, "variable", **wrong, PASWORD=PASSWORD)
    refused(done, *(f"TAP_DAKTELA_{name} " for name in wrong))
    assert "TAP_DAKTELA_PASWORD (TAP_DAKTELA_PASSWORD?)" in done.stderr
    look(done.stdout + done.stderr, PASSWORD, TOKEN)


def test_what_is_not_what_it_should_be(server: HttpStub, tmp_path: Path) -> None:
    """A secret where a path belongs, a line of `.env` that is broken, and one that another line replaces."""
    path = run(server, tmp_path, "variable", PASSWORD="", PASSWORD_FILE=PASSWORD)
    refused(path, "TAP_DAKTELA_PASSWORD_FILE names a file that cannot be read")
    both = run(server, tmp_path, "variable", PASSWORD_FILE=PASSWORD)
    refused(both, "TAP_DAKTELA_PASSWORD and TAP_DAKTELA_PASSWORD_FILE are one setting")
    lines = [f"TAP_DAKTELA_PASSWORD='{PASSWORD}'", f"TAP_DAKTELA_PASSWORD={TOKEN}", f"TAP_DAKTELA_URL='{PASSWORD}"]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    line = run(server, tmp_path, "variable")
    refused(line, ".env: line 3 is not NAME=value")
    for done in (path, both, line):
        look(done.stdout + done.stderr, PASSWORD, TOKEN)


SEEN = """
import sys
from pathlib import Path
from tap_daktela import cli, commands

def look(*rest, **more):
    seen = b"".join(Path("/proc/self", name).read_bytes() for name in ("cmdline", "environ"))
    Path("seen").write_bytes(seen + repr(dict(__import__("os").environ)).encode())

commands.sync = look
cli.main(sys.argv[1:])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no /proc")
@pytest.mark.parametrize("way", WAYS[1:])
def test_a_secret_from_a_file_is_in_no_environment(tmp_path: Path, way: str) -> None:
    secrets = {"PASSWORD": PASSWORD, "ACCESS_TOKEN": TOKEN}
    variables = {"SERVER": "x", "START_DATE": "2024-01-01", **handed_over(tmp_path, way, secrets)}
    env = {**os.environ, **{f"TAP_DAKTELA_{name}": value for name, value in variables.items()}}
    subprocess.run([sys.executable, "-c", SEEN, "--config", "ENV"], cwd=tmp_path, env=env, check=True)
    seen = (tmp_path / "seen").read_bytes()
    assert b"TAP_DAKTELA_SERVER" in seen
    for secret in (PASSWORD, TOKEN, OTHER):
        assert secret.encode() not in seen


def test_the_component_does_not_read_them(sandbox: Callable[..., Sandbox], tmp_path: Path, target_csv: Path) -> None:
    """Its configuration is Keboola's alone, whatever the container's environment and its current folder say."""
    wrong: dict[str, Any] = {
        "URL": "http://127.0.0.1:9",
        "PASSWORD": "wrong",
        "STREAMS": "users",
        "PASSWORD_FILE": "/nowhere",
    }
    env = {f"TAP_DAKTELA_{name}": value for name, value in wrong.items()}
    with sandbox("--rows", "20") as daktela:
        parameters = {**parameters_of(daktela), "tables": "queues"}
        plain = DataFolder(tmp_path, target_csv).run(parameters)
        (tmp_path / "more").mkdir()
        (tmp_path / "more/.env").write_text("TAP_DAKTELA_PAGE_SIZE=0\n", encoding="utf-8")
        other = DataFolder(tmp_path / "more", target_csv).run(parameters, env=env)
    assert plain.returncode == other.returncode == 0, other.stderr
    assert plain.tables == other.tables
    assert list(plain.tables) == ["acme_queues"]
    assert "TAP_DAKTELA" not in other.stderr
