"""Decodes the bytes of a JSON body, with the same result whichever of two decoders does it. Pure.

Characters that no target can store are replaced in the bytes, and counted, before decoding. So one bad character does
not cost its page. orjson is fast and strict: it still refuses a whole page for NaN, a byte order mark or a raw control
character. The standard library then decodes the same bytes.
"""

import codecs
import json
import math
import re
from contextlib import suppress

import orjson

# PostgreSQL cannot store NUL, and UTF-8 has no lone surrogate. The group matches the second half of a whole pair.
_UNSTORABLE = re.compile(
    rb"\\u(?:0000|[dD](?:[89abAB][0-9a-fA-F]{2}(\\u[dD][c-fC-F][0-9a-fA-F]{2})?|[c-fC-F][0-9a-fA-F]{2}))"
)
_NUL = rb"\u0000"
_REPLACEMENT = "\ufffd"
_REPLACED = _REPLACEMENT.encode()
_EACH_WRONG_BYTE = "tap_daktela.each_wrong_byte"
_TOO_DEEP = "the body is nested too deeply"
_DEEPEST = 1024  # Levels of lists and objects, as in orjson. What the standard library bears depends on the version.

Body = bytes | bytearray


def _each_replaced(error: UnicodeDecodeError) -> tuple[str, int]:
    """Return a replacement for every byte that is not UTF-8: an error handler for `bytes.decode`."""
    return _REPLACEMENT * (error.end - error.start), error.end


codecs.register_error(_EACH_WRONG_BYTE, _each_replaced)  # type: ignore[arg-type]  # bytes.decode sends no other


def decode(body: Body) -> tuple[object, int]:
    """Return the value of a JSON body, and how many characters and numbers in it had to be replaced.

    Lone surrogates, NUL and bytes that are not UTF-8 become U+FFFD; NaN and infinities become null; integers beyond
    64 bits become floats. Of a name that an object has twice both values count, also the one that is dropped.
    ValueError if the body is not JSON, or has more than 1024 levels of lists and objects.
    """
    if _NUL not in body:
        # orjson refuses half a pair. To look for one takes up to as long as decoding, and hardly a page has any.
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(body), 0
    body, escapes = _without_bad_escapes(body)
    try:
        return orjson.loads(body), escapes
    except orjson.JSONDecodeError:
        valid = body.replace(b"\x00", _REPLACED).decode("utf-8", _EACH_WRONG_BYTE).encode()
        wrong = (len(valid) - len(body)) // (len(_REPLACED) - 1)
    try:
        return orjson.loads(valid), escapes + wrong
    except orjson.JSONDecodeError:
        value, numbers = _by_standard_library(valid)
        return value, escapes + wrong + numbers


def _without_bad_escapes(body: Body) -> tuple[Body, int]:
    r"""Return the body with U+FFFD for each `\u0000` and each escaped half of a pair, and how many there were."""
    pieces: list[Body] = []
    copied = position = 0
    while match := _UNSTORABLE.search(body, position):
        start, end = match.span()
        if _is_escaped(body, start):
            position = start + 1  # The backslash is a character, and what follows only looks like an escape.
            continue
        position = end
        if match[1] is None:
            pieces += (body[copied:start], _REPLACED)
            copied = end
    if not pieces:
        return body, 0
    return b"".join([*pieces, body[copied:]]), len(pieces) // 2


def _is_escaped(body: Body, place: int) -> bool:
    """Tell whether the backslash at `place` is itself escaped: an odd number of backslashes stands before it."""
    first = place
    while first and body[first - 1] == ord("\\"):
        first -= 1
    return (place - first) % 2 == 1


def _by_standard_library(body: bytes) -> tuple[object, int]:
    """Return the value of a body without bad characters, and how many numbers became null."""
    nulls = 0

    def finite(value: float) -> float | None:
        nonlocal nulls
        if math.isfinite(value):
            return value
        nulls += 1
        return None

    def integer(digits: str) -> float | None:
        value = finite(float(digits))
        # Python refuses to convert thousands of digits, so only a number that is small enough is converted.
        is_small = value is not None and abs(value) < 2.0**65
        return int(digits) if is_small and -(2**63) <= int(digits) < 2**64 else value

    try:
        value = json.loads(
            body.removeprefix(codecs.BOM_UTF8).decode(),
            strict=False,
            parse_int=integer,
            parse_float=lambda digits: finite(float(digits)),
            parse_constant=lambda name: finite(float(name)),
        )
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    _check_depth(value)
    return value, nulls


def _check_depth(value: object) -> None:
    """Raise ValueError where `value` has more than `_DEEPEST` levels of lists and objects."""
    level = [value] if isinstance(value, list | dict) else []
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, list | dict)
        ]
        if not level:
            return
    raise ValueError(_TOO_DEEP)
