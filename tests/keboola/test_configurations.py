"""Configurations as users write them, from the command: what runs, and the sentence of what does not."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.harness import BEGINNING, Sandbox
from tests.helpers.keboola.keboola_folder import DataFolder, Run, parameters_of

pytestmark = pytest.mark.unmeasured


def succeeded(run: Run) -> Run:
    """Return a run that went well."""
    assert (run.returncode, run.stderr) == (0, "")
    return run


def refused(run: Run) -> str:
    """Return the sentence of a run that failed by its configuration, and left nothing behind."""
    assert (run.returncode, run.files, run.state) == (1, [], None)
    [sentence] = run.stderr.strip().splitlines()
    return sentence


def test_a_full_load_with_nothing_left_to_read_keeps_its_table(data_folder: DataFolder, login: dict[str, Any]) -> None:
    parameters = {**login, "tables": "tickets", "continue_since_last_run": True}
    first = succeeded(data_folder.run({**parameters, "incremental": True}))
    assert first.tables["acme_tickets"].rows
    again = succeeded(data_folder.run({**parameters, "incremental": True}, state=first.state))
    assert again.tables["acme_tickets"].manifest["incremental"] is True
    sentence = refused(data_folder.run(parameters, state=first.state))
    assert "tickets was read up to 2024-11-05 12:30:00 before" in sentence


def test_a_configuration_of_2018_runs(data_folder: DataFolder, daktela: Sandbox) -> None:
    older = {"user": daktela.username, "#pwd": daktela.password, "server": "acme", "plan": "sequential"}
    named = {"url": daktela.url, "from": "-3", "tables": "users", "output_format": "revolt"}
    run = succeeded(data_folder.run({**older, **named, "incr": "Incremental", "debug": True}))
    assert run.tables["acme_users"].manifest["incremental"] is True
    assert "#pwd (#password)" in run.stdout
    assert daktela.password not in run.stdout
    sentence = refused(data_folder.run({**older, **named, "from": 1}))
    assert sentence.endswith("1 day back is -1")


def test_a_password_under_its_older_name_is_hidden(data_folder: DataFolder, daktela: Sandbox) -> None:
    wrong = "canary-secret-3f9a"
    older = {"url": daktela.url, "user": daktela.username, "#pwd": wrong, "from": "-3", "tables": "users"}
    run = data_folder.run({**older, "debug": True})
    assert "refuses username and password" in refused(run)
    assert wrong not in run.stdout + run.stderr


def test_a_password_pasted_into_a_wrong_field_is_hidden(data_folder: DataFolder, login: dict[str, Any]) -> None:
    password = "Heslo-4711-xyz"
    older = {"connection": {"#password": password}}
    for parameters in ({"#password": password}, older):
        wrong = {key: value for key, value in login.items() if not key.startswith("#")} | parameters
        run = data_folder.run({**wrong, "username": "me", "server": f"{password} ?", "tables": password})
        assert "tables names '***'" in refused(run)
        assert password not in run.stdout + run.stderr


def test_a_row_of_component_daktela_runs(data_folder: DataFolder, daktela: Sandbox) -> None:
    configuration = {
        "connection": {
            "url": daktela.url, "username": daktela.username, "#password": daktela.password, "verify_ssl": True,
        },
        "advanced": {"batch_size": 20, "max_concurrent_requests": 2, "max_concurrent_endpoints": 3},
        "debug": False,
    }  # fmt: skip
    row = {
        "endpoint": "activitiesCall",
        "date_from": BEGINNING,
        "date_to": "now",
        "fields": ["id_call", "call_time", "duration"],
        "destination": {"load_type": "incremental_load", "primary_key": ["id_call"]},
    }
    run = succeeded(data_folder.run({**configuration, **row, "server": "acme"}))
    table = run.tables["acme_activitiesCall"]
    assert (table.manifest["incremental"], table.primary_key) == (True, ["id"])
    assert table.rows
    assert {"id_call", "call_time", "duration"} <= set(table.header)
    for name in ("advanced.max_concurrent_endpoints", "destination.primary_key"):
        assert f"WARNING {name} does nothing here" in run.stdout


def test_a_row_does_not_read_the_tables_of_its_configuration(data_folder: DataFolder, login: dict[str, Any]) -> None:
    run = succeeded(data_folder.run({**login, "tables": "queues, pauses", "table": "users"}))
    assert set(run.tables) == {"acme_users"}
    assert (
        "WARNING tables of the configuration is not read in its rows, and this row extracts only its own" in run.stdout
    )


def test_tables_of_image_parameters_are_told(data_folder: DataFolder, login: dict[str, Any]) -> None:
    folder = data_folder.prepare({**login, "tables": "users"})
    content = json.loads((folder / "config.json").read_text())
    own = [{"name": "ours", "project_ids": ["connection.keboola.com-2"], "columns": {"users": {"columns": ["title"]}}}]
    (folder / "config.json").write_text(json.dumps({**content, "image_parameters": {"fields": own}}))
    assert 'table_options: [{"table": "users", "fields": "title"}]' in succeeded(data_folder.start(folder)).stdout


# --- a private authority --------------------------------------------------------------------------------------------


@pytest.fixture
def secure(sandbox: Callable[..., Sandbox], tmp_path: Path) -> tuple[dict[str, Any], str]:
    """Give the parameters that lead to a sandbox behind a certificate that it signed itself, and the certificate."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "36500"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-out", certificate, "-keyout", key),
        ],
        check=True,
        capture_output=True,
    )
    running = sandbox("--rows", "10", "--tls", str(certificate), str(key))
    return {**parameters_of(running), "tables": "users"}, certificate.read_text()


@pytest.mark.parametrize("action", ["run", "testConnection"])
def test_a_private_authority_is_trusted_by_the_text_of_its_certificate(
    data_folder: DataFolder, secure: tuple[dict[str, Any], str], action: str, tmp_path: Path
) -> None:
    parameters, certificate = secure
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    env = {"TMPDIR": str(temporary)}
    not_trusted = data_folder.run(parameters, action=action, env=env)
    assert not_trusted.returncode == 1
    assert "name your authority's certificates in ca_bundle, or set verify_ssl to false" in not_trusted.stderr
    # A field of one line makes spaces of line ends.
    for text in (certificate, certificate.replace("\n", " ")):
        run = data_folder.run({**parameters, "advanced": {"ca_bundle": text}}, action=action, env=env)
        assert (run.returncode, run.stderr) == (0, "")
    unchecked = data_folder.run({**parameters, "connection": {"verify_ssl": False}}, action=action, env=env)
    assert (unchecked.returncode, unchecked.stderr) == (0, "")
    assert list(temporary.iterdir()) == []
