"""Names that try to lead elsewhere: hosts, endpoints, tables and what an instance is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.errors import ConfigError
from tap_daktela.keboola.config.address import address
from tap_daktela.keboola.config.table_names import stream_of
from tap_daktela.settings import Settings
from tests.helpers import harness
from tests.helpers.keboola.keboola_folder import DataFolder, parameters_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers.harness import Sandbox, TapRun

LEAST = {"access_token": "canary-token-5f0e2b", "start_date": "2024-01-01"}
HOSTS = (
    "evil.example/#", "evil.example/?", "evil.example?", "evil.example\\", "user:pw@evil", "..", "../x", ".", "//x",
    "x%2e", "%78", "x\x00", "x\r\nHost: y", "\u0430cme", "\u212aacme", "acme\u200b", "\uff41cme", "x;y", "x,y", "x y",
)  # fmt: skip


def problem(**raw: Any) -> str:
    """Return the one thing that is wrong with settings."""
    with pytest.raises(ConfigError) as caught:
        Settings.parse({**LEAST, **({} if {"url", "server"} & set(raw) else {"server": "acme"}), **raw})
    [found] = caught.value.problems
    return found


@pytest.mark.parametrize("server", [*HOSTS, "a.b", "acme.daktela.com", "x" * 64])
def test_a_server_that_is_no_plain_name(server: str) -> None:
    said = problem(server=server)
    assert said.startswith("server must be the plain name before .daktela.com")
    assert server.strip() not in said or server == "."


@pytest.mark.parametrize("server", HOSTS)
def test_a_server_of_the_component_that_is_no_host(server: str) -> None:
    with pytest.raises(ValueError, match=r"^(must|is not an address)"):
        address(None, server)


@pytest.mark.parametrize(
    "url",
    [
        *(f"https://{host}" for host in HOSTS if host != "//x"),
        "http://acme.daktela.com", "http://10.0.0.1", "http://169.254.169.254", "http://127.0.0.1.evil.example",
        "http://evillocalhost", "http://.localhost", "http://0.0.0.0", "http://[::ffff:10.0.0.1]", "http://[fe80::1]", "http://localhost.evil.example",
        "https://2130706433", "http://2130706433", "http://0x7f000001", "http://127.1", "http://127.0.0.01",
        "https://127.999.1.1", "https://1.2.3", "https://[::1%25lo]", "https://[v1.fe]", "https://[::1",
        "https://acme.example:0", "https://acme.example:99999", "https://acme.example:80:80", "https://:443",
        "https://acme\t.example", "https://ac\nme.example", "https://acme.example/..", "https://acme.example/%2e%2e",
        "https://acme.example/;x", "https://me@acme.example", "https://me:pw@acme.example", "https://@acme.example",
        "file:///etc/passwd", "ftp://acme.example", "javascript:alert(1)", "//acme.example", "https:acme.example",
        "https:/a",
    ],
)  # fmt: skip
def test_a_url_that_is_no_plain_address(url: str) -> None:
    said = problem(url=url)
    assert said.startswith("url ")
    assert url not in said


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("HTTPS://ACME.Example", "https://acme.example"),
        ("https://[::1]:8443/", "https://[::1]:8443"),
        ("http://[::1]", "http://[::1]"),
        ("http://127.8.9.10:81", "http://127.8.9.10:81"),
        ("http://[::ffff:127.0.0.1]", "http://[::ffff:127.0.0.1]"),
        ("http://Daktela.localhost:81", "http://daktela.localhost:81"),
        ("http://localhost.:81", "http://localhost.:81"),
        ("https://10.0.0.1", "https://10.0.0.1"),
        ("https://xn--80ak6aa92e.com", "https://xn--80ak6aa92e.com"),
        ("https://call.acme.8443", "https://call.acme.8443"),
    ],
)
def test_addresses_that_are_plain(url: str, base: str) -> None:
    assert Settings.parse({**LEAST, "url": url}).base_url == base


PATHS = ("../x", "..", "a/b", "/etc/passwd", "x?y", "x#y", "x.json", "a\\b", "a%2Fb", "a\nb", "=1+1", "", "a\x00")


@pytest.mark.parametrize("endpoint", PATHS)
def test_an_endpoint_that_is_no_name(endpoint: str) -> None:
    extra = [{"endpoint": endpoint, "fields": {"name": "string"}}]
    assert problem(extra_streams=extra).startswith("extra_streams number 1: needs an endpoint")


@pytest.mark.parametrize("name", [*PATHS, "a..b", ".a", "a."])
def test_a_field_that_is_no_name(name: str) -> None:
    if name == "x.json":
        return  # a field within a relation
    extra = [{"endpoint": "things", "fields": {name: "string"}}]
    assert "impossible name" in problem(extra_streams=extra)


@pytest.mark.parametrize("table", PATHS)
def test_a_table_that_is_no_stream(table: str) -> None:
    with pytest.raises(ValueError, match="which Daktela does not have"):
        stream_of(table, {"tickets": None})


@pytest.mark.parametrize(
    "server", ["../../evil", "a/b", "=cmd|' /C calc'!A0", "+1", "-1", "@x", "\\\\host\\share", "x\x00y"]
)
def test_what_an_instance_is_called_is_no_path_and_no_formula(server: str) -> None:
    name = address("https://acme.example", server).server
    assert name.strip("abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
    assert name[0].isalnum()


def test_nothing_is_written_outside_the_tables(
    sandbox: Callable[..., Sandbox], tmp_path: Path, target_csv: Path, run_tap: Callable[..., TapRun]
) -> None:
    with sandbox("--rows", "10") as daktela:
        data = DataFolder(tmp_path, target_csv)
        login = {**parameters_of(daktela), "tables": "queues"}
        done = data.run({**login, "server": "../../=evil"})
        assert done.returncode == 0, done.stderr
        assert [name.endswith(("_queues.csv", "_queues.csv.manifest")) for name in done.files] == [True, True]
        assert done.files[0].startswith("evil__")
        refused = data.run({**login, "tables": ["../queues", "queues/../../x", "=queues"]})
        assert (refused.returncode, refused.files) == (1, [])
        assert refused.stderr.count("which Daktela does not have") == 3
        assert {path.name for path in tmp_path.iterdir()} == {"data1", "data2"}
        run = run_tap({**daktela.login, "start_date": harness.BEGINNING}, "--streams", "../queues")
        assert (run.returncode, run.stdout) == (1, "")


def test_formulas_are_delivered_as_they_are(sandbox: Callable[..., Sandbox], tmp_path: Path, target_csv: Path) -> None:
    formulas = ["=1+1", "+420777123456", "-5", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://evil.example")']
    with sandbox("--rows", "10") as daktela:
        keys = daktela.control("rows", {"endpoint": "queues", "rows": [{"title": one} for one in formulas]})["keys"]
        done = DataFolder(tmp_path, target_csv).run({**parameters_of(daktela), "tables": "queues"})
        assert done.returncode == 0, done.stderr
        rows = {row["name"].removeprefix("acme_"): row["title"] for row in done.tables["acme_queues"].rows}
        assert [rows[str(key)] for key in keys] == formulas
