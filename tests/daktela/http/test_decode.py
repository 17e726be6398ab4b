"""Two decoders, one result."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_daktela.daktela.http.decode import decode

REPLACED = "\ufffd"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""orjson refuses a body that begins with it, so the standard library decodes the body."""


@pytest.mark.parametrize(
    ("body", "value", "replaced"),
    [
        (b'{"a": [1, 1.5, true, null, "x"]}', {"a": [1, 1.5, True, None, "x"]}, 0),
        (rb'{"a": "\ud83d", "b": "\ud83d\ude00"}', {"a": REPLACED, "b": "😀"}, 1),
        (rb'{"\udc00": "\udc00\udc00"}', {REPLACED: REPLACED * 2}, 3),
        (rb'["a\u0000b", {"\u0000": 1}]', [f"a{REPLACED}b", {REPLACED: 1}], 2),
        (b'["a\x00b"]', [f"a{REPLACED}b"], 1),
        (rb'["a\\u0000b"]', [r"a\u0000b"], 0),
        (b'["tab\there\x01"]', ["tab\there\x01"], 0),
        (BYTE_ORDER_MARK + b"[1]", [1], 0),
        (b'["caf\xe9"]', [f"caf{REPLACED}"], 1),
        (b"[NaN, Infinity, -Infinity, 1e999]", [None] * 4, 4),
        (b"[" + b"9" * 5000 + b"]", [None], 1),
        (b"[18446744073709551615, -9223372036854775808]", [2**64 - 1, -(2**63)], 0),
        (BYTE_ORDER_MARK + b"[18446744073709551615, -9223372036854775808]", [2**64 - 1, -(2**63)], 0),
    ],
)
def test_decoding(body: bytes, value: Any, replaced: int) -> None:
    assert decode(body) == (value, replaced)


@pytest.mark.parametrize("number", ["18446744073709551616", "-9223372036854775809", "1" + "0" * 30])
@pytest.mark.parametrize("other", ["1", "NaN"])
def test_integers_beyond_64_bits_are_floats_in_both_paths(number: str, other: str) -> None:
    value, _ = decode(f"[{number}, {other}]".encode())
    assert type(value[0]) is float
    assert value[0] == float(number)


# Deeper than Python's calls, which nobody makes for it.
DEEP = b'["\\u0000",' + b"[" * 1000 + b"]" * 1000 + b"]"


def test_what_is_deep_and_has_a_character_to_replace() -> None:
    assert decode(DEEP)[1] == 1


@pytest.mark.parametrize(
    "body",
    [b"[" * 1025 + b"]" * 1025, b"[NaN," + b"[" * 1025 + b"]" * 1026, b'{"a":' * 1500 + b"1" + b"}" * 1500],
    ids=["lists", "with a number to replace", "objects"],
)
def test_what_is_too_deep(body: bytes) -> None:
    with pytest.raises(ValueError, match="the body is nested too deeply"):
        decode(body)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"a": 1', b"[1,]", b"{'a': 1}", b"[" * 100_000, b"[" * 5000 + b"]" * 5000]
)
def test_what_is_not_json(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the sentence is the decoder's own
        decode(body)


NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters() | st.sampled_from('\x00\x01\n\u2028é😀\\"/'))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_both_decoders_give_the_same(value: Any, ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert repr(decode(body)) == repr(decode(BYTE_ORDER_MARK + body))


# --- the slow and sure way, for comparison ----------------------------------------------------------------------------

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def replaced_in(value: Any) -> tuple[Any, int]:
    """Return a value without what cannot be stored, and how many characters that were; objects are done already."""
    if isinstance(value, str):
        return UNSTORABLE.subn(REPLACED, value)
    if isinstance(value, list):
        found = [replaced_in(inner) for inner in value]
        return [inner for inner, _ in found], sum(count for _, count in found)
    return value, 0


def surely(body: bytes) -> tuple[Any, int] | None:
    """Return what `decode` should; None for what is not JSON.

    Everything is decoded first, each wrong byte to half a pair, and then looked through value by value.
    """
    counts = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = [(*replaced_in(name), *replaced_in(value)) for name, value in pairs]
        counts.extend(in_name + in_value for _, in_name, _, in_value in found)
        return {name: value for name, _, value, _ in found}

    text = body.removeprefix(BYTE_ORDER_MARK).decode("utf-8", "surrogateescape")
    try:
        value, count = replaced_in(json.loads(text, strict=False, object_pairs_hook=members))
    except ValueError:
        return None
    return value, count + sum(counts)


def check(body: bytes) -> None:
    sure = surely(body)
    if sure is None:
        with pytest.raises(ValueError):  # noqa: PT011 - the sentence is the decoder's own
            decode(body)
    else:
        assert repr(decode(body)) == repr(sure)


# Pieces of a text: escapes that are halves, pairs, NULs, or only look so; wrong bytes, and right ones beside them.
PIECES = st.sampled_from([
    rb"\u0000", rb"\\u0000", rb"\\\u0000", rb"\\\\", rb"\ud83d", rb"\uD83D", rb"\uDE00", rb"\ude00", rb"\udbff\udc00",
    rb"\uDBFF", rb"\ud7ff", rb"\ue000", rb"\ufffd", rb"\u00e9", rb"\u005c", rb"\"", b"\x00", b"\xe9", b"\xed\xa0\x80",
    b"\xe2\x82", b"\xf0\x9f\x98", b"\xff", b"\xef\xbf\xbd", "é😀".encode(), b"u0000", b"ud83d", b"a", b"0", b"{", b"}",
    b"\t", b"\x80",
])  # fmt: skip
STRINGS = st.lists(PIECES, max_size=8).map(lambda pieces: b'"' + b"".join(pieces) + b'"')
NAMES = st.sampled_from([b'"a"', b'"b"', rb'"\u0000"', rb'"\ud800"', b'"\xff"']) | STRINGS
BODIES = st.recursive(
    STRINGS | st.sampled_from([b"1", b"null", b"[]"]),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda values: b"[" + b",".join(values) + b"]")
        | st.lists(st.tuples(NAMES, inner), max_size=4).map(
            lambda pairs: b"{" + b",".join(name + b":" + value for name, value in pairs) + b"}"
        )
    ),
    max_leaves=12,
)


@settings(max_examples=600)
@given(BODIES)
def test_characters_are_replaced_as_if_each_value_were_looked_through(body: bytes) -> None:
    check(body)


@settings(max_examples=300)
@given(BODIES, st.data())
def test_bodies_that_are_cut_off_or_mixed_up(body: bytes, data: Any) -> None:
    cut = data.draw(st.integers(0, len(body)))
    inserted = data.draw(st.binary(max_size=2) | PIECES)
    check(body[:cut])
    check(body[:cut] + inserted + body[cut:])


@given(st.lists(PIECES | st.sampled_from([b"\\", b'"', b"[", b"]"]), max_size=12).map(b"".join))
def test_pieces_that_are_no_json_mostly(body: bytes) -> None:
    check(body)
    check(b"[" + body + b"]")


@pytest.mark.parametrize("bad", [rb"\u0000", rb"\ud83d", b"\x00", b"\xe9"])
def test_a_bad_character_does_not_cost_the_quick_decoder(monkeypatch: pytest.MonkeyPatch, bad: bytes) -> None:
    with monkeypatch.context() as patched:
        patched.delattr("json.loads")
        assert decode(b'["' + bad + b'"]') == ([REPLACED], 1)


def test_a_name_that_comes_again_counts_again() -> None:
    assert decode(rb'{"a": "\u0000", "a": 1}') == ({"a": 1}, 1)
    assert decode(rb'{"\ud800": 1, "\udc00": 2}') == ({REPLACED: 2}, 2)


@pytest.mark.parametrize("body", [bytes, bytearray])
def test_a_body_is_left_as_it_is(body: Any) -> None:
    given_body = body(b'["\\u0000", "\xe9"]')
    assert decode(given_body) == ([REPLACED, REPLACED], 2)
    assert given_body == b'["\\u0000", "\xe9"]'


@given(st.text(st.characters(categories=["Cs", "Ll", "Cc"])))
def test_no_surrogate_and_no_nul_is_left(text: str) -> None:
    value, replaced = decode(json.dumps([text]).encode())
    paired = json.loads(json.dumps(text))
    assert replaced == sum(character == "\x00" or "\ud800" <= character <= "\udfff" for character in paired)
    assert len(value[0]) == len(paired)
    assert "\x00" not in value[0]
    value[0].encode()


def test_floats_keep_every_bit() -> None:
    assert decode(b"[0.1, NaN]")[0][0] == 0.1
    assert math.copysign(1, decode(b"[-0.0, NaN]")[0][0]) == -1
