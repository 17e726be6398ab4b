"""What the user configured, from all the places that were named, in their order."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from tap_daktela.errors import ConfigError
from tap_daktela.redaction import redactor
from tap_daktela.settings import Settings
from tap_daktela.settings.sources import read_config

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in an empty folder, with two settings in the environment and one in `.env`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAP_DAKTELA_PAGE_SIZE", "1")
    monkeypatch.setenv("TAP_DAKTELA_CONCURRENCY", "1")
    (tmp_path / ".env").write_text("TAP_DAKTELA_MAX_RETRIES=1\n", encoding="utf-8")


def write(name: str, content: object) -> str:
    with open(name, "w", encoding="utf-8") as file:  # noqa: PTH123 - the name as a user writes it
        json.dump(content, file)
    return name


def test_of_two_values_for_one_setting_the_later_argument_counts() -> None:
    one = write("1.json", {"page_size": 2, "url": "a", "password": "x"})
    two = write("2.json", {"concurrency": 3, "url": "b", "page_size": None})
    assert read_config([one, two], {})[0] == {"page_size": None, "url": "b", "password": "x", "concurrency": 3}
    assert read_config([one, "ENV", two], {}) == (
        {"page_size": None, "url": "b", "password": "x", "concurrency": 3, "max_retries": "1"},
        {"max_retries": "TAP_DAKTELA_MAX_RETRIES"},
    )
    assert read_config([two, one, "ENV"], {"concurrency": 9}) == (
        {"page_size": "1", "url": "a", "password": "x", "concurrency": 9, "max_retries": "1"},
        {"page_size": "TAP_DAKTELA_PAGE_SIZE", "max_retries": "TAP_DAKTELA_MAX_RETRIES"},
    )
    assert read_config([], {}) == ({}, {})


def test_a_file_may_be_called_env() -> None:
    write("ENV", {"url": "file"})
    assert read_config(["./ENV"], {}) == ({"url": "file"}, {})


@pytest.mark.parametrize("content", [[], "text", None, 5])
def test_a_configuration_is_an_object(content: object) -> None:
    with pytest.raises(ConfigError, match="does not hold a JSON object"):
        read_config([write("file.json", content)], {})


def test_every_secret_is_hidden_also_one_that_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    one = write("1.json", {"password": "first-canary", "access_token": 987654321987})
    monkeypatch.setenv("TAP_DAKTELA_PASSWORD", "second-canary")
    read_config([one, "ENV", write("2.json", {"password": "third-canary"})], {})
    assert redactor.clean("first-canary 987654321987 second-canary third-canary") == "*** *** *** ***"


def test_errors_name_the_variable(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAP_DAKTELA_PAGE_SIZE", "0")
    monkeypatch.setenv("TAP_DAKTELA_START_DATE", "yesterday")
    raw, variables = read_config(["ENV", write("1.json", {"concurrency": 0, "server": "x"})], {})
    with pytest.raises(ConfigError) as caught:
        Settings.parse(raw, variables)
    assert sorted(problem.partition(" ")[0] for problem in caught.value.problems) == [
        "TAP_DAKTELA_PAGE_SIZE",
        "TAP_DAKTELA_START_DATE",
        "access_token",
        "concurrency",
    ]
    assert [record for record in caplog.records if record.levelno == logging.WARNING] == []
