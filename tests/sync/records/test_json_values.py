"""Rules for JSON values that do not depend on a column."""

from __future__ import annotations

from typing import Any

import pytest

from tap_daktela.sync.records.json_values import DEEPEST, elements, embedded, from_text, json_text, record_key, scrub


@pytest.mark.parametrize(
    ("value", "expected"),
    [([1, None, 2], [1, 2]), ({"0": "a", "1": None}, ["a"]), ([], []), ("text", None), (None, None), (7, None)],
)
def test_elements(value: Any, expected: list[Any] | None) -> None:
    assert elements(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"name": 1, "title": "A"}, [{"name": 1, "title": "A"}]),  # A single record.
        ({"0": {"name": 1}, "1": {"name": 2}}, [{"name": 1}, {"name": 2}]),
        ({"a@example.com": {"name": 1}}, [{"name": 1}]),  # Keyed by anything.
        ([{"name": 1}, None], [{"name": 1}]),
        ("x", None),
    ],
)
def test_a_list_of_records(value: Any, expected: list[Any] | None) -> None:
    assert embedded(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", 7),
        (" -7 ", -7),
        ("7.5", 7.5),
        ("1e3", 1000.0),
        ("", None),
        ("  ", None),
        ("7x", "7x"),
        ("\u0667", "\u0667"),
    ],
)
def test_numbers_in_text(text: str, expected: Any) -> None:
    found = from_text(text)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("value", "key"),
    [({"name": "a"}, "a"), ({"name": 7}, 7), ({"name": True}, None), ({"title": "a"}, None), (7, None)],
)
def test_the_key_of_a_record(value: Any, key: Any) -> None:
    assert record_key(value) == key


def test_secrets_are_taken_out_at_every_depth() -> None:
    value = {"a": [{"password": "x", "title": "y"}], "apiKey": 1, "n": 2**70}
    assert scrub(value) == {"a": [{"title": "y"}], "n": float(2**70)}
    assert json_text(scrub(value)) == '{"a":[{"title":"y"}],"n":1.1805916207174113e+21}'
    assert json_text(None) is None


def test_a_value_that_is_too_deep() -> None:
    deep: Any = "x"
    for _ in range(DEEPEST + 1):
        deep = [deep]
    with pytest.raises(ValueError, match="more than 200 levels"):
        scrub(deep)
