"""The types of parameters that only the component has."""

from __future__ import annotations

from typing import Any

import pytest

from tap_daktela.keboola.config.types import (
    CERTIFICATES,
    FILTER,
    INCREMENTAL,
    TABLE_OPTIONS,
    URL,
    TableOptions,
    titled_choice,
    when,
)
from tests.settings.setting_types import refusal

CONDITION = {"field": "stage", "operator": "eq", "value": "OPEN"}


@pytest.mark.parametrize("raw", [CONDITION, '{"field": "stage", "operator": "eq", "value": "OPEN"}'])
def test_a_filter_is_a_tree_or_its_text(raw: Any) -> None:
    assert FILTER.read(raw) == CONDITION


@pytest.mark.parametrize(("raw", "sentence"), [("{", "is not JSON"), ({"field": "a"}, "is wrong: "), (7, "is wrong: ")])
def test_a_filter_that_is_refused(raw: Any, sentence: str) -> None:
    assert refusal(FILTER, raw).startswith(sentence)


def test_options_of_tables() -> None:
    raw = [{"table": " tickets ", "fields": "title, stage", "filter": CONDITION}, {"table": "users", "fields": []}]
    assert TABLE_OPTIONS.read(raw) == (TableOptions("tickets", ("title", "stage"), CONDITION), TableOptions("users"))


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ("tickets", "must be a list of objects with table, fields and filter"),
        ([{"fields": "a"}], "number 1: it must be an object that names its table"),
        ([{"table": "a", "where": 1}], "number 1: it has where; there are table, fields and filter"),
        ([{"table": "a"}, {"table": "a", "fields": [1]}], "number 2: fields: must be a list of names"),
        ([{"table": "a", "filter": "x"}], "number 1: filter: is not JSON"),
    ],
)
def test_options_of_tables_that_are_refused(raw: Any, sentence: str) -> None:
    assert refusal(TABLE_OPTIONS, raw).startswith(sentence)


def test_words_with_titles() -> None:
    words = titled_choice({"keep": "Keep them", "drop": "Drop them"})
    assert words.read("Drop") == "drop"
    assert words.schema["enum"] == ["keep", "drop"]
    assert words.schema["options"] == {"enum_titles": ["Keep them", "Drop them"]}


def test_a_point_in_time_is_filled_in() -> None:
    assert when("-7").schema["default"] == "-7"
    assert when("-7").read(-3).text == "-3"


def test_an_address_may_be_short() -> None:
    assert URL.read("acme.daktela.com") == "https://acme.daktela.com"


def test_a_load_type_is_a_flag_or_a_word() -> None:
    read = {
        word: INCREMENTAL.read(word) for word in ("Incremental", "incremental_load", "1", "full_load", "full", "no")
    }
    assert read == {
        "Incremental": True, "incremental_load": True, "1": True, "full_load": False, "full": False, "no": False,
    }  # fmt: skip
    assert refusal(INCREMENTAL, "load") == "must be true or false, or incremental_load or full_load"


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ("/etc/ssl/ca.pem", "must be the text of certificates, from -----BEGIN"),
        (7, "must be the text of certificates, from -----BEGIN"),
        ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "holds a certificate that cannot be read"),
        ("-----BEGIN CERTIFICATE-----\nMIIB\n", "must be the text of certificates, from -----BEGIN"),
        ("-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----", "holds a private key"),
    ],
)
def test_text_that_holds_no_certificates(raw: Any, sentence: str) -> None:
    told = refusal(CERTIFICATES, raw)
    assert told.startswith(sentence)
    assert "secret" not in told
