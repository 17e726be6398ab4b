"""What the instance's JSON means."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tap_daktela.daktela.http.decisions import BrokenResponse
from tap_daktela.daktela.http.envelope import (
    ErrorInResponse,
    check_list,
    check_no_error,
    check_result,
    response_words,
    rows_of,
    total_of,
    words_of,
)
from tap_daktela.redaction import redactor


def listed(data: Any, **rest: Any) -> dict[str, Any]:
    return {"error": [], "result": {"data": data, **rest}}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"error": {"primary": [], "form": []}, "result": None}, "HTTP 200 without a list of rows"),
        ({"result": None}, "HTTP 200 without a list of rows"),
        ({"result": {"total": 0}}, "HTTP 200 without a list of rows"),
        ({"result": {"data": "rows"}}, "HTTP 200 without a list of rows"),
        ({}, "HTTP 200 without a result"),
        ([], "HTTP 200 without a result"),
        (None, "HTTP 200 without a result"),
    ],
)
def test_what_is_no_list(document: Any, sentence: str) -> None:
    with pytest.raises(BrokenResponse) as caught:
        check_list(document, "tickets")
    assert str(caught.value) == sentence
    assert not isinstance(caught.value, ErrorInResponse)


@pytest.mark.parametrize("rest", [{}, {"result": None}, listed([{"name": 1}]), listed([])])
def test_an_error_is_one_whatever_lies_beside_it(rest: dict[str, Any]) -> None:
    with pytest.raises(ErrorInResponse, match=r"^HTTP 200: wrong$"):
        check_list({**rest, "error": ["wrong"]}, "tickets")


@pytest.mark.parametrize("nothing", [[], None, "", False, {"primary": [], "form": {}}])
@pytest.mark.parametrize("data", [[], {}, [7]])
def test_a_list(data: Any, nothing: Any) -> None:
    check_list({**listed(data), "error": nothing}, "tickets")


def test_a_result_may_be_null() -> None:
    check_result({"result": None})
    check_no_error({"result": None})


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
        ("two\nlines\x07", r"two lines\x07"),
        ("x" * 500, "x" * 500),
        ("x" * 501, "x" * 500 + "…"),
    ],
)
def test_the_words_of_errors(error: Any, words: str) -> None:
    assert words_of(error) == words
    body = json.dumps({"error": error, "result": None}).encode()
    assert response_words(400, body) == (f"HTTP 400: {words}" if words else "HTTP 400")


def test_words_that_lie_deeper_than_python_calls() -> None:
    error: Any = "wrong"
    for _ in range(5000):
        error = [error]
    assert words_of(error) == "wrong"


def test_words_that_are_not_json() -> None:
    assert response_words(502, b"<h1>\nBad Gateway</h1>\xff") == "HTTP 502: Bad Gateway \ufffd"
    assert response_words(502, b"") == "HTTP 502"


def test_words_hold_no_secrets() -> None:
    redactor.add("canary-in-the-answer")
    assert words_of("unknown token canary-in-the-answer") == "unknown token ***"
