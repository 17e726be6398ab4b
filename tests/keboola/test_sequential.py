"""`backend: sequential`: whatever the component does, one request is in flight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.http_stub import CountingRelay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.harness import Sandbox
    from tests.helpers.keboola.keboola_folder import DataFolder

pytestmark = pytest.mark.unmeasured

TABLES = ["contacts", "accounts", "tickets", "records", "queues", "activities"]


@pytest.fixture
def relay(daktela: Sandbox) -> Iterator[CountingRelay]:
    server = CountingRelay(daktela.url)
    yield server
    server.stop()


def most_in_flight(relay: CountingRelay, data_folder: DataFolder, parameters: dict[str, Any], action: str) -> int:
    run = data_folder.run({**parameters, "url": relay.url}, action=action)
    assert run.returncode == 0, run.stderr
    assert relay.times("login") >= 1
    return relay.most


@pytest.mark.parametrize("action", ["run", "listStreams", "listFields", "testConnection", "previewWindow"])
def test_one_request_is_in_flight(
    relay: CountingRelay, data_folder: DataFolder, login: dict[str, str], action: str
) -> None:
    parameters = {**login, "tables": TABLES, "table": "contacts", "backend": "sequential"}
    assert most_in_flight(relay, data_folder, parameters, action) == 1


@pytest.mark.parametrize("action", ["run", "listStreams"])
def test_the_other_backend_has_several(
    relay: CountingRelay, data_folder: DataFolder, login: dict[str, str], action: str
) -> None:
    assert most_in_flight(relay, data_folder, {**login, "tables": TABLES}, action) > 1
