"""What may be set, and how what is wrong is told."""

from __future__ import annotations

import dataclasses
import json
import logging
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any

import certifi
import pytest

from tap_daktela.daktela.query import where
from tap_daktela.errors import ConfigError
from tap_daktela.settings import Settings, as_json_schema, sample_config
from tap_daktela.settings.declared import markdown_table, secrets

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "canary-5f0e2b"
LEAST = {"server": "mycompany", "access_token": SECRET, "start_date": "2024-01-01"}


def parse(**settings: Any) -> Settings:
    return Settings.parse({**LEAST, **settings})


def problems(**settings: Any) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(**settings)
    return caught.value.problems


def test_defaults() -> None:
    settings = parse()
    assert settings.base_url == "https://mycompany.daktela.com"
    assert settings.start_date == date(2024, 1, 1)
    assert settings.end_date is settings.streams is settings.timezone is settings.requests_per_second is None
    assert settings.on_denied is settings.concurrency is None
    assert (settings.page_size, settings.max_retries, settings.request_timeout) == (1000, 8, 300)
    assert (settings.connection.concurrency, settings.connection.small_concurrency) == (4, 12)
    assert (settings.settle_minutes, settings.lookback_days, settings.date_window_size) == (30, 1, 30)
    assert (settings.timestamps, settings.nested, settings.orphans) == ("utc", "native", "keep")
    assert (settings.verify_ssl, settings.emit_activate_version_messages) == (True, False)
    assert (settings.filters, settings.extra_streams) == ({}, ())
    assert settings.user_agent.startswith("tap-daktela/")


def test_the_users_concurrency_holds_for_small_requests_too() -> None:
    connection = parse(concurrency=2).connection
    assert (connection.concurrency, connection.small_concurrency) == (2, 2)


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_and_empty_text_are_not_given(nothing: Any) -> None:
    every = dict.fromkeys(as_json_schema()["properties"], nothing)
    assert Settings.parse({**every, **LEAST}) == parse()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("page_size", "500", 500),
        ("page_size", " 1e3 ", 1000),
        ("page_size", 250.0, 250),
        ("concurrency", "1", 1),
        ("date_window_size", "0.04", 0.04),
        ("request_timeout", "30.5", 30.5),
        ("requests_per_second", "0.5", 0.5),
        ("max_retries", 0, 0),
        ("verify_ssl", "no", False),
        ("verify_ssl", "false", False),
        ("verify_ssl", False, False),
        ("verify_ssl", 0, False),
        ("verify_ssl", "TRUE", True),
        ("emit_activate_version_messages", "1", True),
        ("streams", "tickets, activities,,tickets", ("tickets", "activities")),
        ("streams", ["tickets"], ("tickets",)),
        ("timestamps", "Local", "local"),
        ("timezone", " Europe/Bucharest ", "Europe/Bucharest"),
        ("username", 123, "123"),
        ("password", " a ", " a "),
        ("access_token", f" {SECRET}\n", SECRET),
        ("end_date", "2024-02-01T00:00:00Z", datetime(2024, 2, 1, tzinfo=timezone.utc)),
        ("ca_bundle", certifi.where(), certifi.where()),
        ("filters", {"tickets": {"field": "a", "operator": "eq", "value": 1}}, {"tickets": where("a", "eq", 1)}),
    ],
)
def test_values(name: str, text: Any, value: Any) -> None:
    found = getattr(parse(**{name: text}), name)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("page_size", 1001, "must be a whole number from 1 to 1000, not 1001"),
        ("page_size", 0, "must be a whole number from 1 to 1000, not 0"),
        ("page_size", 1.5, "must be a whole number from 1 to 1000, not 1.5"),
        ("page_size", True, "must be a whole number from 1 to 1000"),
        ("page_size", "many", "must be a whole number from 1 to 1000"),
        ("page_size", [1], "must be a whole number from 1 to 1000"),
        ("page_size", 10**400, "must be a whole number from 1 to 1000"),
        ("concurrency", 33, "must be a whole number from 1 to 32, not 33"),
        ("date_window_size", 0, "must be a number from 0.001 to 36600, not 0"),
        ("date_window_size", "nan", "must be a number from 0.001 to 36600, not nan"),
        ("request_timeout", "inf", "must be a number from 1 to 3600, not inf"),
        ("verify_ssl", "maybe", "must be true or false"),
        ("verify_ssl", 2, "must be true or false"),
        ("verify_ssl", [], "must be true or false"),
        ("timestamps", "UTC+1", "must be 'utc' or 'local'"),
        ("timestamps", 1, "must be 'utc' or 'local'"),
        ("streams", [], "names nothing"),
        ("streams", " , ", "names nothing"),
        ("streams", [1], "must be a list of names"),
        ("streams", {"a": 1}, "must be a list of names"),
        ("timezone", "CEST+2", "must be the name of a time zone"),
        ("timezone", "../zone", "must be the name of a time zone"),
        ("timezone", "Europe", "must be the name of a time zone"),
        ("timezone", 1, "must be the name of a time zone"),
        ("start_date", "yesterday", "is wrong: 'yesterday' is neither"),
        ("start_date", 20240101, "must be text"),
        ("start_date", None, "is missing"),
        ("ca_bundle", "/nowhere/ca.pem", "must be a file of certificates in PEM: /nowhere/ca.pem: No such file"),
        ("ca_bundle", __file__, "must be a file of certificates in PEM"),
        ("access_token", f"{SECRET}\r\nHost: x", "holds characters that cannot be sent"),
        ("access_token", f"{SECRET}ž", "holds characters that cannot be sent"),
        ("access_token", [SECRET], "must be text"),
        ("access_token", " \n", "is blank"),
        ("username", " ", "is blank"),
        ("password", True, "must be text"),
        ("user_agent", "a\nb", "holds characters that cannot be sent"),
        ("filters", [], "must be an object"),
        (
            "filters",
            {"tickets": [{"field": "a", "operator": "nin", "value": [1]}]},
            "of tickets: at [0]: there is no operator 'nin'",
        ),
        ("extra_streams", {}, "must be a list of objects"),
    ],
)
def test_values_that_are_refused(name: str, value: Any, sentence: str) -> None:
    [problem] = problems(**{name: value})
    assert problem.startswith(f"{name} {sentence}")
    assert SECRET not in problem


def test_a_folder_of_certificates(tmp_path: Path) -> None:
    assert parse(ca_bundle=str(tmp_path)).ca_bundle == str(tmp_path)


def test_all_problems_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        Settings.parse({"page_size": 0, "concurrency": 0, "username": "me"})
    assert [problem.split()[0] for problem in caught.value.problems] == [
        "start_date", "page_size", "concurrency", "url", "access_token",
    ]  # fmt: skip
    assert "give it, or password for a login" in caught.value.problems[-1]


@pytest.mark.parametrize(
    ("given", "missing"),
    [({}, "username and password"), ({"password": SECRET}, "username"), ({"username": "me"}, "password")],
)
def test_missing_credentials(given: Any, missing: str) -> None:
    [problem] = problems(access_token=None, **given)
    assert problem == f"access_token is missing: give it, or {missing} for a login"


def test_a_wrong_value_is_not_told_to_be_missing() -> None:
    assert len(problems(server="a.b", access_token=[])) == 2


@pytest.mark.parametrize(
    ("start", "end", "fits"),
    [
        ("2024-01-01", "2024-01-02", True),
        ("2024-01-02", "2024-01-02", False),
        ("2024-01-02", "2024-01-02T00:00:01", True),
        ("2024-01-02T00:00:00", "2024-01-02", False),
        ("2024-01-02T00:00:00Z", "2024-01-02T00:30:00+01:00", False),
        ("2024-01-02T00:00:00Z", "2024-01-02T00:30:00-01:00", True),
        ("2024-01-02T00:00:00Z", "2024-01-01", True),
    ],
)
def test_the_end_comes_after_the_start_where_that_can_be_told(start: str, end: str, fits: bool) -> None:
    if fits:
        assert parse(start_date=start, end_date=end).end_date
    else:
        assert problems(start_date=start, end_date=end) == ("end_date must be after start_date",)


def test_unknown_keys_are_named_in_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        parse(Page_Size=7, tabels=1, startdate="x")
    [record] = caplog.records
    assert record.getMessage().endswith(
        "mean nothing to the tap: Page_Size (page_size?), startdate (start_date?), tabels"
    )


def test_secrets_are_not_shown() -> None:
    settings = parse(username="me", password="other-canary")
    assert secrets(settings) == (SECRET, "other-canary")
    assert secrets(parse()) == (SECRET,)
    assert SECRET not in repr(settings)
    assert "other-canary" not in repr(settings)


def test_the_schema_and_the_table_name_every_setting() -> None:
    schema = json.loads(json.dumps(as_json_schema()))
    names = [field.name for field in dataclasses.fields(Settings)]
    assert list(schema["properties"]) == names
    assert schema["required"] == ["start_date"]
    assert schema["properties"]["password"]["writeOnly"] is True
    assert schema["properties"]["page_size"]["default"] == 1000
    table = markdown_table(Settings, "Setting")
    rows = table.splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == names
    assert all(row.count(" | ") == 3 for row in rows)
    assert "| `verify_ssl` | boolean | `true` |" in table
    assert "| `start_date` | string | **required** |" in table


def test_every_default_of_the_schema_is_a_legal_value() -> None:
    for name, about in as_json_schema()["properties"].items():
        if "default" in about:
            assert getattr(parse(**{name: about["default"]}), name) == about["default"]


def test_the_sample_is_a_configuration() -> None:
    assert Settings.parse(sample_config()).base_url == "https://mycompany.daktela.com"
