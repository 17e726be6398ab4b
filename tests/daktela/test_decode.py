"""Two decoders, one result."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.daktela import decode as module
from tap_daktela.daktela.decode import decode

REPLACED = "\ufffd"


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
        (b"\xef\xbb\xbf[1]", [1], 0),
        (b'["caf\xe9"]', [f"caf{REPLACED}"], 1),
        (b"[NaN, Infinity, -Infinity, 1e999]", [None] * 4, 4),
        (b"[" + b"9" * 5000 + b"]", [None], 1),
        (b"[18446744073709551615, -9223372036854775808]", [2**64 - 1, -(2**63)], 0),
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


# Within what orjson reads, but deeper than Python's calls: one character to replace makes it walk.
DEEP = b'["\\u0000",' + b"[" * 1000 + b"]" * 1000 + b"]"


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"a": 1', b"[1,]", b"{'a': 1}", b"[" * 100_000, b"[" * 5000 + b"]" * 5000, DEEP]
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
    first, second = decode(body), module._patiently(body)
    assert repr(first) == repr(second)


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
