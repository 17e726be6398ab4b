"""The component from inside: what is no user's mistake, and what takes too long."""

from __future__ import annotations

import json
import logging
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tap_daktela.daktela.client import Page
from tap_daktela.errors import AccessError, ContractError, RemoteError
from tap_daktela.keboola import actions, component, logs
from tap_daktela.keboola.config.parameters import Parameters
from tests.helpers.harness import PATIENCE
from tests.helpers.http_stub import HttpStub, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARAMETERS = {"server": "acme", "#access_token": "canary-token", "from": "-1", "tables": "tickets", "table": "tickets"}


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """Give back the logging that the component takes over."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    root.handlers[:] = []
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def press(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a function that runs an action in this process and returns the exit code."""

    def start(action: str) -> int:
        (tmp_path / "config.json").write_text(json.dumps({"action": action, "parameters": PARAMETERS}))
        monkeypatch.setenv("KBC_DATADIR", str(tmp_path))
        try:
            return component.main()
        except SystemExit as error:
            return error.code if isinstance(error.code, int) else -1

    return start


def broken(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("boom\nwith canary-token")


def test_a_mistake_of_ours_in_a_run(
    press: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(component.StoredState, "read", broken)
    assert press("run") == component.APPLICATION
    out, err = capsys.readouterr()
    assert err == "boom with ***\n"
    assert "Traceback" in out
    assert "canary-token" not in out


def test_a_mistake_of_ours_in_an_action(
    press: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(actions, "instance_of", broken)
    assert press("testConnection") == component.USER
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "This is a mistake in the component: RuntimeError: boom with ***"


def test_the_message_of_a_failure_fits_into_the_platforms() -> None:
    assert logs.sentence(ValueError("one\n  two\r\nthree ")) == "one two three"
    long = logs.sentence(ValueError("a" * 5000 + "z" * 5000))
    assert len(long) < 4000
    assert (long[0], long[-1]) == ("a", "z")


class Lists:
    """A client of an instance some of whose lists are in trouble; `wait` is what the slow one waits for."""

    def __init__(self) -> None:
        self.wait = threading.Event()

    def read(self, endpoint: str, _query: Any) -> Any:
        """Answer, or not."""
        if endpoint == "tickets":
            self.wait.wait(PATIENCE)
        if endpoint == "contacts":
            raise RemoteError("contacts: HTTP 500")
        if endpoint == "accounts":
            raise ContractError("accounts: no rows")
        if endpoint == "users":
            raise AccessError("users: no right", 403)
        return Page([], 7, None, None, 0, 1, 0, 1)  # type: ignore[arg-type]


class Refusing:
    """A client whose token is not valid any more."""

    def read(self, endpoint: str, _query: Any) -> NoReturn:
        """Refuse."""
        raise AccessError(f"{endpoint}: refused", 401)


def offered(client: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the label of each table that is offered to the user of an instance."""
    monkeypatch.setattr(actions, "instance_of", lambda *_: nullcontext((client, None)))
    return {one.value: one.label for one in actions.streams(Parameters.parse(PARAMETERS))}


def test_lists_that_are_slow_or_troubled_are_offered_without_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "COUNT_SECONDS", 0.3)
    client = Lists()
    try:
        labels = offered(client, monkeypatch)
    finally:
        client.wait.set()
    assert labels["tickets"] == "tickets"
    assert labels["contacts"] == "contacts"
    assert labels["accounts"] == "accounts"
    assert "users" not in labels
    assert labels["queues"] == "queues (7 rows)"
    assert labels["tickets_statuses"] == "tickets_statuses (from tickets)"


def test_a_token_that_is_refused_in_between_ends_the_action(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AccessError, match="refused"):
        offered(Refusing(), monkeypatch)


def test_an_action_ends_in_time_whatever_the_instance_does(monkeypatch: pytest.MonkeyPatch, instance: HttpStub) -> None:
    instance.on("whoim", Reply(503, headers={"Retry-After": "3"}))
    monkeypatch.setattr(actions, "ALL_SECONDS", 0.1)
    parameters = Parameters.parse({**PARAMETERS, "url": instance.url})
    with (
        pytest.raises(RemoteError, match=r"^the instance is too slow just now: no answer in 0\.1 s$"),
        actions.instance_of(parameters, actions.QUICK_RETRIES),
    ):
        pass
