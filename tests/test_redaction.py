"""Secrets stay out of what people can read."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.redaction import MASK, Redactor

if TYPE_CHECKING:
    from collections.abc import Callable

    Log = tuple[logging.Logger, Callable[[], str]]

SECRET = "pa\"ss/w\\ord +ž'&%\n"


@pytest.fixture
def redactor() -> Redactor:
    known = Redactor()
    known.add(SECRET)
    return known


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, ""),
        quote_plus(SECRET),
        re.sub("%..", lambda match: match[0].lower(), quote(SECRET, "")),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        json.dumps(SECRET)[1:-1].replace("/", "\\/"),
        repr(SECRET)[1:-1],
        repr(SECRET.encode())[2:-1],
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    ],
)
def test_every_form_of_a_secret_is_hidden(redactor: Redactor, form: str) -> None:
    assert redactor.clean(f"before {form} after") == f"before {MASK} after"


@given(
    st.text(max_size=9), st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=30), st.text(max_size=9)
)
def test_a_secret_is_hidden_within_base64(before: str, secret: str, after: str) -> None:
    known = Redactor()
    known.add(secret)
    encoded = base64.b64encode(f"{before}{secret}{after}".encode("utf-8", "replace")).decode()
    assert MASK in known.clean(encoded)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=6))
def test_no_secret_survives_in_a_request(secret: str) -> None:
    known = Redactor()
    known.add(secret)
    if secret.strip("*"):
        cleaned = known.clean(f"GET /x?{urlencode({'q': secret})} {json.dumps({'q': secret})}")
        assert quote_plus(secret) not in cleaned
        assert json.dumps(secret) not in cleaned


def test_short_secrets_are_hidden_as_words() -> None:
    known = Redactor()
    known.add("abc")
    assert known.clean("abc is in abcd, (abc)") == f"{MASK} is in abcd, ({MASK})"


def test_a_longer_secret_is_hidden_in_any_case(redactor: Redactor) -> None:
    redactor.add("Canary-Token")
    assert redactor.clean("https://canary-token.evil.example CANARY-TOKEN") == f"https://{MASK}.evil.example {MASK}"


@pytest.mark.parametrize("text", ["a" * 30_000, "a.b-" * 8_000, "password" * 4_000, "@x.y" * 8_000, "[value]=" * 4_000])
def test_a_long_line_takes_no_long_time(redactor: Redactor, text: str) -> None:
    """Time grows with the length and not with its square, which would be minutes: the suite would not go on."""
    for _ in range(20):
        redactor.clean(text)


def test_longer_secrets_first() -> None:
    known = Redactor()
    known.add("canary-one")
    known.add("canary-one-and-more")
    known.add("")
    assert known.clean("canary-one-and-more canary-one") == f"{MASK} {MASK}"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("GET /?accessToken=abc123&take=1", "GET /?accessToken=***&take=1"),
        ("X-AUTH-TOKEN: abc123, Host: x", "X-AUTH-TOKEN: ***, Host: x"),
        ("{'X-AUTH-TOKEN': 'abc 123', 'Host': 'x'}", "{'X-AUTH-TOKEN': ***, 'Host': 'x'}"),
        ('{"password": "a b", "x": 1}', '{"password": ***, "x": 1}'),
        (r"{\"refreshToken\": \"a b\", \"x\": 1}", r"{\"refreshToken\": ***, \"x\": 1}"),
        ("username=me&password=s%20s&only_token=1", "username=me&password=***&only_token=1"),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ("c_user=abc; Path=/", "c_user=***; Path=/"),
        ("access_token%3Dabc", "access_token%3D***"),
        ("{'sipPassword': 'a b', 'x': 1}", "{'sipPassword': ***, 'x': 1}"),
        ('sip_secret=abc; "secret": "a b"', 'sip_secret=***; "secret": ***'),
        ("bad value jana.novakova@customer.example, also a+b@x-y.co.uk.", "bad value ***, also ***."),
        ("/x.json?q=jana%40customer.example&take=1", "/x.json?q=***&take=1"),
        ("filter[value]=Jana Nov&x", "filter[value]=*** Nov&x"),
        (
            "filter%5Bvalue%5D=%2B420777&filter%5Bvalue%5D%5B0%5D=Jana&x=1",
            "filter%5Bvalue%5D=***&filter%5Bvalue%5D%5B0%5D=***&x=1",
        ),
        ("filter[value]=2024-01-31+10%3A00%3A00&x", None),
        ("no @ mail, a@b neither, 3@ nor @x.y", None),
        ("access_token is missing: give it, or username and password for a login", None),
        ("the instance refuses username and password (HTTP 401: no)", None),
    ],
)
def test_what_stands_behind_the_name_of_a_secret(text: str, clean: str | None) -> None:
    assert Redactor().clean(text) == (clean or text)


@pytest.fixture
def log(redactor: Redactor) -> Log:
    """Give a logger and the function that returns what its handler wrote."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    redactor.install(handler)
    logger = logging.getLogger("somebody.else")
    logger.addHandler(handler)
    return logger, written.getvalue


def test_messages_arguments_and_exceptions(log: Any) -> None:
    logger, written = log
    logger.warning("1 %s", SECRET)
    logger.warning("2 %r", {"key": SECRET})
    logger.warning("3 " + SECRET)  # noqa: G003 - that is how others do it
    logger.warning({"key": SECRET})
    try:
        int(SECRET)
    except ValueError:
        logger.exception("4", stack_info=True)
    for form in (SECRET, repr(SECRET)[1:-1], json.dumps(SECRET)[1:-1]):
        assert form not in written()
    assert f"1 {MASK}" in written()
    assert "ValueError: invalid literal for int() with base 10: " in written()
    assert "Stack (most recent call last)" in written()


def test_arguments_that_do_not_fit_are_not_printed(log: Any, capsys: pytest.CaptureFixture[str]) -> None:
    logger, written = log
    logger.warning("%d", SECRET)
    assert written() == "%d (its arguments do not fit)\n"
    assert capsys.readouterr().err == ""


def test_a_percent_sign_in_a_clean_message_is_no_format(log: Any) -> None:
    logger, written = log
    logger.warning("%s", "100 %s")
    assert written() == "100 %s\n"
