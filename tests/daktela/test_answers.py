"""What the instance's JSON means."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tap_daktela.daktela.answers import lacks_result, lacks_rows, rows_of, server_words, total_of, words_of
from tap_daktela.redaction import redactor


def listed(data: Any, **rest: Any) -> dict[str, Any]:
    return {"error": [], "result": {"data": data, **rest}}


@pytest.mark.parametrize(
    ("document", "missing"),
    [
        (listed([]), None),
        (listed({}), None),
        ({"error": ["wrong"], "result": None}, None),
        ({"error": ["wrong"]}, "a result"),
        ({"error": {"primary": [], "form": []}, "result": None}, "a list of rows"),
        ({"result": None}, "a list of rows"),
        ({"result": {"total": 0}}, "a list of rows"),
        ({"result": listed}, "a list of rows"),
        ({}, "a result"),
        ([], "a result"),
        (None, "a result"),
    ],
)
def test_what_a_list_lacks(document: Any, missing: str | None) -> None:
    assert lacks_rows(document) == missing


def test_a_result_may_be_null() -> None:
    assert lacks_result({"result": None}) is None


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        ([{"name": 1}], [{"name": 1}]),
        ({"a": {"name": "a"}, "b": {"name": "b"}}, [{"name": "a"}, {"name": "b"}]),
        ({}, []),
        ([{"name": 1}, None], None),
        ([7], None),
        (None, None),
    ],
)
def test_rows(data: Any, rows: Any) -> None:
    assert rows_of(listed(data)) == rows


def test_an_error_has_no_rows() -> None:
    assert rows_of({"error": ["wrong"], "result": None}) is None


@pytest.mark.parametrize(
    ("total", "number"),
    [(7, 7), (0, 0), ("7", 7), (" 7 ", 7), (None, None), (False, None), (True, None), ("many", None), (-1, None),
     (1.5, None), ("", None), ([], None), ("\u0667", None)],
)  # fmt: skip
def test_totals(total: Any, number: int | None) -> None:
    assert total_of(listed([], total=total)) == number


def test_an_absent_total() -> None:
    assert total_of(listed([])) is None


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("wrong", "wrong"),
        (["wrong", "bad"], "wrong; bad"),
        ({"primary": ["wrong"], "form": []}, "wrong"),
        (
            {"form": {"title": "is empty", "customFields": {"email": ["bad", 7]}}},
            "title: is empty; customFields.email: bad; customFields.email: 7",
        ),
        ({"form": {"form": "x"}}, "form: x"),
        ({"title": True}, "title: True"),
        ([None, False, "", []], ""),
        (None, ""),
        ("two\nlines\x07", "two lines"),
        ("x" * 600, "x" * 500 + "…"),
    ],
)
def test_the_words_of_errors(error: Any, words: str) -> None:
    assert words_of(error) == words
    assert server_words(json.dumps({"error": error, "result": None}).encode()) == words


def test_words_that_lie_deeper_than_python_calls() -> None:
    error: Any = "wrong"
    for _ in range(5000):
        error = [error]
    assert words_of(error) == "wrong"


def test_words_that_are_not_json() -> None:
    assert server_words(b"<h1>\nBad Gateway</h1>\xff") == "Bad Gateway \ufffd"
    assert server_words(b"") == ""


def test_words_hold_no_secrets() -> None:
    redactor.add("canary-in-the-answer")
    assert words_of("unknown token canary-in-the-answer") == "unknown token ***"
