"""The types of settings: what each of them accepts, and how it refuses the rest."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any

import certifi
import pytest

from tap_daktela.daktela.query import where
from tap_daktela.settings.types import (
    CERTIFICATES,
    FILTERS,
    FLAG,
    HEADER_TEXT,
    MOMENT,
    NAMES,
    PASSWORD,
    TEXT,
    ZONE,
    SettingType,
    choice,
    inside,
    number,
)
from tests.settings.setting_types import refusal

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = number(1, 1000, whole=True)
SHARE = number(0.001, 36600)
WORD = choice("utc", "local")
CONDITION = {"field": "a", "operator": "eq", "value": 1}


@pytest.mark.parametrize(
    ("setting_type", "raw", "value"),
    [
        (WHOLE, "500", 500),
        (WHOLE, " 1e3 ", 1000),
        (WHOLE, 250.0, 250),
        (SHARE, "0.04", 0.04),
        (number(0, 100, whole=True), 0, 0),
        (FLAG, "no", False),
        (FLAG, 0, False),
        (FLAG, "TRUE", True),
        (FLAG, "1", True),
        (NAMES, "tickets, activities,,tickets", ("tickets", "activities")),
        (NAMES, ["tickets"], ("tickets",)),
        (WORD, " Local ", "local"),
        (ZONE, " Europe/Bucharest ", "Europe/Bucharest"),
        (TEXT, 123, "123"),
        (TEXT, " a ", "a"),
        (PASSWORD, " a ", " a "),
        (HEADER_TEXT, " token\n", "token"),
        (MOMENT, "2024-02-01", date(2024, 2, 1)),
        (MOMENT, "2024-02-01T00:00:00Z", datetime(2024, 2, 1, tzinfo=timezone.utc)),
        (CERTIFICATES, certifi.where(), certifi.where()),
        (FILTERS, {"tickets": CONDITION}, {"tickets": where("a", "eq", 1)}),
    ],
)
def test_values(setting_type: SettingType, raw: Any, value: Any) -> None:
    found = setting_type.read(raw)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("setting_type", "raw", "sentence"),
    [
        (WHOLE, 1001, "must be a whole number from 1 to 1000, not 1001"),
        (WHOLE, 0, "must be a whole number from 1 to 1000, not 0"),
        (WHOLE, 1.5, "must be a whole number from 1 to 1000, not 1.5"),
        (WHOLE, True, "must be a whole number from 1 to 1000"),
        (WHOLE, "many", "must be a whole number from 1 to 1000"),
        (WHOLE, [1], "must be a whole number from 1 to 1000"),
        (WHOLE, 10**400, "must be a whole number from 1 to 1000"),
        (SHARE, 0, "must be a number from 0.001 to 36600, not 0"),
        (SHARE, "nan", "must be a number from 0.001 to 36600, not nan"),
        (SHARE, "inf", "must be a number from 0.001 to 36600, not inf"),
        (FLAG, "maybe", "must be true or false"),
        (FLAG, 2, "must be true or false"),
        (FLAG, [], "must be true or false"),
        (WORD, "UTC+1", "must be 'utc' or 'local'"),
        (WORD, 1, "must be 'utc' or 'local'"),
        (NAMES, [], "names nothing"),
        (NAMES, " , ", "names nothing"),
        (NAMES, [1], "must be a list of names"),
        (NAMES, {"a": 1}, "must be a list of names"),
        (ZONE, "CEST+2", "must be the name of a time zone"),
        (ZONE, "../zone", "must be the name of a time zone"),
        (ZONE, "Europe", "must be the name of a time zone"),
        (ZONE, 1, "must be the name of a time zone"),
        (MOMENT, "yesterday", "is wrong: 'yesterday' is neither"),
        (MOMENT, 20240101, "must be text"),
        (CERTIFICATES, "/nowhere/ca.pem", "must be a file of certificates in PEM: /nowhere/ca.pem: No such file"),
        (CERTIFICATES, __file__, "must be a file of certificates in PEM"),
        (CERTIFICATES, 1, "must be a file of certificates in PEM"),
        (HEADER_TEXT, "token\r\nHost: x", "holds characters that cannot be sent"),
        (HEADER_TEXT, "tokenž", "holds characters that cannot be sent"),
        (TEXT, ["a"], "must be text"),
        (TEXT, " \n", "is blank"),
        (PASSWORD, True, "must be text"),
        (FILTERS, [], "must be an object"),
        (
            FILTERS,
            {"tickets": [{**CONDITION, "operator": "nin"}]},
            "of tickets: at [0]: there is no operator 'nin'",
        ),
    ],
)
def test_values_that_are_refused(setting_type: SettingType, raw: Any, sentence: str) -> None:
    assert refusal(setting_type, raw).startswith(sentence)


def test_a_folder_of_certificates(tmp_path: Path) -> None:
    assert CERTIFICATES.read(str(tmp_path)) == str(tmp_path)


def test_the_schema_of_numbers_and_words() -> None:
    assert WHOLE.schema == {"type": "integer", "minimum": 1, "maximum": 1000}
    assert SHARE.schema["type"] == "number"
    assert WORD.schema == {"type": "string", "enum": ["utc", "local"]}


def test_the_place_comes_before_the_sentence() -> None:
    assert inside("number 1", TEXT.read, "a") == "a"
    with pytest.raises(ValueError, match=r"^number 1: is blank$"):
        inside("number 1", TEXT.read, " ")
