"""Bytes of a body to values, with the same result whichever decoder had to do it. Pure.

orjson is quick and strict: it refuses a whole page for one lone surrogate, NaN, byte order mark, raw control character
or wrong byte. The standard library then decodes the same bytes. What no target can store is replaced, and counted.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

__all__ = ["decode"]

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # NUL: no PostgreSQL text. Lone surrogate: no UTF-8 at all.
_REPLACEMENT = "\ufffd"
_TOO_DEEP = "the body is nested too deeply"
_BITS_64 = range(-(2**63), 2**64)
_SURELY_64_BITS = 18  # digits


def decode(body: bytes | bytearray) -> tuple[object, int]:
    """Return the value of a JSON body, and how many characters and numbers in it had to be replaced.

    Lone surrogates, NUL and bytes that are not UTF-8 become U+FFFD; NaN and infinities become null; integers beyond
    64 bits become floats. ValueError if the body is not JSON even so.
    """
    try:
        value = orjson.loads(body)
        return _repaired(value) if rb"\u0000" in body else (value, 0)
    except orjson.JSONDecodeError:
        return _patiently(body)
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error


def _patiently(body: bytes | bytearray) -> tuple[object, int]:
    """Return what `decode` promises, by the standard library."""
    nulls = 0

    def finite(value: float) -> float | None:
        nonlocal nulls
        if math.isfinite(value):
            return value
        nulls += 1
        return None

    def integer(digits: str) -> float | None:
        if len(digits) <= _SURELY_64_BITS:
            return int(digits)
        value = finite(float(digits))
        # Only a number that is small enough is converted: Python refuses thousands of digits.
        return int(digits) if value is not None and abs(value) < 2.0**65 and int(digits) in _BITS_64 else value

    # A byte that is not UTF-8 becomes a lone surrogate here, and is then replaced like one.
    text = body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    try:
        value = json.loads(
            text,
            strict=False,
            parse_int=integer,
            parse_float=lambda digits: finite(float(digits)),
            parse_constant=lambda name: finite(float(name)),
        )
        value, replaced = _repaired(value)
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    return value, replaced + nulls


def _repaired(value: Any) -> tuple[Any, int]:
    """Return `value` without characters that cannot be stored, and how many there were."""
    if isinstance(value, str):
        return _UNSTORABLE.subn(_REPLACEMENT, value)
    count = 0
    if isinstance(value, list):
        for index, inner in enumerate(value):
            value[index], found = _repaired(inner)
            count += found
    elif isinstance(value, dict):
        repaired = {}
        for key, inner in value.items():
            name, found_in_name = _repaired(key)
            repaired[name], found = _repaired(inner)
            count += found_in_name + found
        value = repaired
    return value, count
