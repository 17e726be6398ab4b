"""Secrets stay out of what people can read."""

from __future__ import annotations

import base64
import html
import io
import json
import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tap_daktela.printable import printable
from tap_daktela.redaction import MASK, Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Log = tuple[logging.Logger, Callable[[], str]]

SECRET = "pa\"ss/w\\ord  +ž'&%\n<😀"


def utf16(text: str, form: str) -> str:
    """Return text with each of its UTF-16 units written as `form` says."""
    raw = text.encode("utf-16-be")
    return "".join(form.format(int.from_bytes(raw[at : at + 2], "big")) for at in range(0, len(raw), 2))


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
        quote(base64.b64encode(SECRET.encode()).decode()),
        SECRET.encode().hex(),
        SECRET.encode().hex().upper(),
        quote(quote(SECRET)),
        quote(quote(quote_plus(SECRET))),
        html.escape(SECRET),
        html.escape(SECRET, quote=False),
        html.escape(html.escape(SECRET)),
        quote(html.escape(SECRET)),
        html.escape(quote(SECRET)),
        json.dumps(html.escape(SECRET))[1:-1],
        html.escape(json.dumps(SECRET)[1:-1]),
        json.dumps(json.dumps(SECRET)[1:-1])[1:-1],
        SECRET.replace("'", "&apos;").replace("<", "&LT;").replace("ž", "&zcaron;").replace("%", "&percnt;"),
        "".join(f"&#{ord(c)};" for c in SECRET),
        "".join(f"&#{ord(c):07};" for c in SECRET),
        "".join(f"&#x{ord(c):x};" for c in SECRET),
        "".join(f"&#X{ord(c):X};" for c in SECRET),
        "".join(f"&amp;#{ord(c)};" for c in SECRET),
        utf16(SECRET, "\\u{:04x}"),
        utf16(SECRET, "\\u{:04X}"),
        utf16(SECRET, "\\\\u{:04X}"),
        utf16(SECRET, "%5Cu{:04x}"),
        "".join(f"\\u{{{ord(c):x}}}" for c in SECRET),
        "".join(f"\\U{ord(c):08x}" for c in SECRET),
        "".join(f"\\x{byte:02x}" for byte in SECRET.encode()),
        "".join(f"%{byte:02X}" for byte in SECRET.encode()),
        SECRET.replace(" ", "\xa0"),
        SECRET.replace(" ", "  \n "),
        SECRET.replace(" ", "\u2003"),
        SECRET.replace(" ", "&nbsp;"),
        " ".join(SECRET.split()),
        "\u200b".join(SECRET),
        SECRET.replace("ss", "s\xads").replace("rd", "r\u2060d"),
        SECRET.replace("ss", "s&shy;s").replace("rd", "r&ZeroWidthSpace;d"),
        SECRET.replace("ss", "\x1b[1ms\x1b[0;31ms\x1b[m"),
        SECRET.replace("ss", "\\x1b[1ms\\u001b[0ms"),
        SECRET.replace("ss", "s\0s").replace("rd", "r\x07d"),
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
    assume(secret == secret.strip())  # blanks around a secret are none
    known = Redactor()
    known.add(secret)
    if secret.strip("*"):
        cleaned = known.clean(f"GET /x?{urlencode({'q': secret})} {json.dumps({'q': secret})}")
        assert quote_plus(secret) not in cleaned
        assert json.dumps(secret) not in cleaned


WEAK = ("a", "abc", "wrong", "token", "password", "daktela", "Customers", "access_token")


@pytest.mark.parametrize("secret", WEAK)
def test_a_weak_secret_is_hidden_as_a_word_in_what_others_say(secret: str) -> None:
    known = Redactor()
    known.add(secret)
    said = f"{secret} is in {secret}xyz, ({secret}) {secret.upper()} &#{ord(secret[0])};{secret[1:]}"
    hidden = f"{MASK} is in {secret}xyz, ({MASK}) {MASK} {MASK}"
    assert known.from_outside(said) == hidden


@pytest.mark.parametrize("secret", WEAK)
@pytest.mark.parametrize(
    ("begin", "end"),
    [("\x1b[31m", "\x1b[0m"), ("\\x1b[1;31m", "\\x1b[m"), ("\u200bx \u200b", "\u200b"), ("\\u001b[4m", "&shy;")],
)
def test_a_weak_secret_is_hidden_between_what_nobody_sees(secret: str, begin: str, end: str) -> None:
    known = Redactor()
    known.add(secret)
    assert known.from_outside(f"no {begin}{secret}{end} here") == f"no {printable(begin)}{MASK}{printable(end)} here"


@pytest.mark.parametrize("secret", WEAK)
@pytest.mark.parametrize(
    "text",
    [
        "GET https://x?q={}&x=1", "GET https://me:{}@host/x", '{{"q": "{}"}}', "{{'q': '{}'}}", r"{{\"q\": \"{}\"}}",
        "q=&quot;{}&quot;", "q%3D{}%26x",
    ],
)  # fmt: skip
def test_a_weak_secret_is_hidden_where_it_stands_as_a_value(secret: str, text: str) -> None:
    known = Redactor()
    known.add(secret)
    assert known.clean(text.format(secret)) == text.format(MASK)


@pytest.mark.parametrize("secret", WEAK)
def test_a_weak_secret_is_left_in_sentences_of_ours(secret: str) -> None:
    known = Redactor()
    known.add(secret)
    for text in (
        "customers: reading edited from a to b (bookmark kept)",
        "the instance refuses access_token (HTTP 401): it is wrong, or no longer valid",
        "the instance refuses username and password (HTTP 401)",
        "This is a mistake in tap-daktela; please report it with the lines above.",
        "Reading https://acme.daktela.com as abc, up to 2024-01-01",
    ):
        assert known.clean(text) == text


def test_blanks_and_nothing_are_no_secret() -> None:
    known = Redactor()
    for nothing in ("", " ", "\n\t"):
        known.add(nothing)
    assert known.clean("a b\n\tc") == "a b\n\tc"


def test_a_longer_secret_is_hidden_in_any_case(redactor: Redactor) -> None:
    redactor.add("Canary-Token")
    assert redactor.clean("https://canary-token.evil.example CANARY-TOKEN") == f"https://{MASK}.evil.example {MASK}"


HOSTILE = (
    "\x1b", "\x1b[", "\x1b[0", "\x1b[0m", "\u200b", "\0",
    "a", "a.b-", "password", "@x.y", "[value]=", "%", "%25", "%41", "\\", "\\x", "\\u", "\\u0061", "\\xf0", "&",
    "&amp;", "&#", "&#0", "amp;", "&quot;", "'", '"', " ", "\xa0 ", "\\n", "token=", 'token="', "a" * 50 + "=",
    SECRET, SECRET[:-1],
)  # fmt: skip


@pytest.mark.parametrize("begin", ["", "&", "%", "\\", "&amp;"], ids=repr)
@pytest.mark.parametrize("part", HOSTILE)
def test_a_long_line_takes_no_long_time(redactor: Redactor, begin: str, part: str) -> None:
    """Time grows with the length and not with its square, which would be hours: the suite would not go on."""
    redactor.add("a" * 200)
    redactor.add("\\u005c" * 30)
    redactor.clean(begin + part * (40_000 // len(part)))


@pytest.mark.parametrize("text", ["of Zq7/%:x there", f"of {quote('Zq7/%:x', safe='')} there", "of 87Zz-token there"])
def test_the_secrets_in_an_address_are_hidden_without_it(text: str) -> None:
    known = Redactor()
    known.add("postgresql://loader:Zq7%2F%25%3Ax@host.example/raw?sslmode=require&token=87Zz-token")
    assert known.clean(text) == "of *** there"
    assert known.clean("loader of host.example/raw?sslmode=require") == "loader of host.example/raw?sslmode=require"


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
        ("username=me&password=s%20s&other=1", "username=me&password=***&other=1"),
        ("error: password=abc", "error: password=***"),
        ("userpass=abc; jwt: abc; pwdHash=abc; passcode=abc", "userpass=***; jwt: ***; pwdHash=***; passcode=***"),
        ('{"apiKey": "a b", "private_key": "a b"}', '{"apiKey": ***, "private_key": ***}'),
        ("&quot;sipSecret&quot;:&quot;a b&quot;,1", "&quot;sipSecret&quot;:***,1"),
        ("%22sipSecret%22%3A%22a%20b%22%2C1", "%22sipSecret%22%3A***%2C1"),
        ("Cookie: abc", "Cookie: ***"),
        ("pass_count=1 compass: 2 authorized=3 author: me", None),
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
def log(redactor: Redactor) -> Iterator[Log]:
    """Give a logger and the function that returns what its handler wrote."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    redactor.install(handler)
    logger = logging.getLogger("somebody.else")
    logger.addHandler(handler)
    yield logger, written.getvalue
    logger.removeHandler(handler)  # Its filter would clean what the next test logs.


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
