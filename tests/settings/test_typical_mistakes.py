"""What people mistype in settings, and what they are told. Secrets are never repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.choosing import chosen_streams, known_streams
from tap_daktela.errors import ConfigError
from tap_daktela.settings import Settings
from tap_daktela.settings.sources import read_config
from tests.helpers.cli_output import NOBODY
from tests.helpers.harness import write_json

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "tok-Qz7Lw9"


def rule(field: str, operator: str = "eq") -> dict[str, Any]:
    return {"tickets": {"field": field, "operator": operator, "value": "x"}}


def chosen(wrong: dict[str, Any]) -> None:
    settings = Settings.parse({**NOBODY, **wrong})
    chosen_streams(settings, known_streams(settings), None)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"url": "https://joe:tok-Qz7Lw9@a.daktela.com"}, "url must not hold a user or a password"),
        ({"url": "https://a.daktela.com/api/v6"}, "url must end after the host: leave out the path"),
        ({"url": "a.daktela.com"}, "url must begin with https://"),
        ({"url": "http://a.daktela.com"}, "plain http is only for this computer itself"),
        ({"access_token": "tok-Qz7Lw9ž"}, "access_token holds characters that cannot be sent in an HTTP header"),
        ({"start_date": "31.1.2024"}, "'31.1.2024' is neither a date (2024-01-31)"),
        ({"start_date": "31.1.2024"}, "; write 2024-01-31"),
        ({"start_date": "2024-1-5"}, "; write 2024-01-05"),
        ({"start_date": "20240131"}, "; write 2024-01-31"),
        ({"start_date": "yesterday"}, "start_date is wrong: 'yesterday' is neither a date"),
        ({"start_date": "2024-02-30"}, "is not a date of the calendar"),
        ({"end_date": "2023-12-31"}, "end_date must be after start_date"),
        ({"page_size": 5000}, "page_size must be a whole number from 1 to 1000, not 5000"),
        ({"concurrency": "many"}, "concurrency must be a whole number from 1 to 32"),
        ({"verify_ssl": "maybe"}, "verify_ssl must be true or false"),
        ({"timezone": "Prague"}, "; the nearest is 'Europe/Prague'"),
        ({"timezone": "europe/prag"}, "; the nearest is 'Europe/Prague'"),
        ({"streams": "users;queues"}, "streams: 'users;queues' is no name of a stream; between names there are commas"),
        ({"streams": "users queues"}, "between names there are commas"),
        ({"streams": ["tickts"]}, "streams: there is no stream 'tickts'; the nearest is 'tickets'"),
        ({"streams": {"users": True}}, "streams must be a list of names, or text with commas between them"),
        ({"select": "tickets.titel"}, "stream 'tickets' has no field 'titel'; the nearest is 'title'"),
        (
            {"filters": "stage=OPEN"},
            'filters must be an object from the names of streams to filters, such as {"tickets',
        ),
        ({"filters": rule("x")["tickets"]}, "filters must begin with the name of a stream"),
        (
            {"filters": rule("title", "equals")},
            "filters of tickets: there is no operator 'equals'; the nearest is 'eq'",
        ),
        ({"filters": rule("category_name")}, "filters of tickets: 'category_name' is the name of the column; Daktela "),
        ({"filters": rule("category_name")}, "calls this field category.name"),
        ({"filters": rule("custom_fields.vip")}, "Daktela calls this field customFields.vip"),
        (
            {"filters": {"tickets": {"filters": [rule("created_by_name")["tickets"]]}}},
            "Daktela calls this field created_by",
        ),
    ],
    ids=str,
)
def test_a_mistake_is_told_with_its_remedy(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        chosen(wrong)
    assert sentence in str(caught.value)
    assert "Qz7Lw9" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("titel", ["filters of tickets: the tap does not know the field 'titel'; did you mean 'title'?"]),
        ("category.title", []),
        ("customFields.vip", []),
        ("zzz", []),
    ],
)
def test_a_field_that_the_tap_does_not_know_may_exist(
    caplog: pytest.LogCaptureFixture, field: str, told: list[str]
) -> None:
    known_streams(Settings.parse({**NOBODY, "filters": rule(field)}))
    assert caplog.messages == told


def test_names_of_other_taps_are_known(caplog: pytest.LogCaptureFixture) -> None:
    Settings.parse({**NOBODY, "token": SECRET, "pageSize": 5, "#password": SECRET, "from": "x", "zzz": 1})
    [told] = caplog.messages
    assert told.endswith(
        ": #password (password?), from (start_date?), pageSize (page_size?), token (access_token?), zzz"
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"bookmarks": {}}, "is a state: hand it over with --state"),
        ({"id": "users-all", "since": "2024-01-01T00:00:00Z"}, "is a unit of a plan: hand it over with --unit"),
        ({"streams": [{}]}, "is a catalog: hand it over with"),
    ],
)
def test_another_file_than_the_settings(tmp_path: Path, content: object, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_config([str(write_json(tmp_path / "config.json", content))], {})


def test_the_environment_in_small_letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        ConfigError, match=r"^config: there is no file env; the environment is meant by ENV, in capitals$"
    ):
        read_config(["env"], {})
