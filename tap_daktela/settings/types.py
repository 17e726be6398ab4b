"""What the value of a setting may be: how it is read from JSON or from text, and how a JSON schema describes it.

A type's `read` gets a value that is neither null nor empty text. It returns the setting, or raises ValueError with the
end of a sentence that begins with the setting's name ("page_size" + " must be a whole number"). The sentence never
repeats a value that may be a secret.
"""

import math
import os
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from tap_daktela.daktela.clock import Moment, parse_moment
from tap_daktela.daktela.query import Filter, parse_filter
from tap_daktela.nearest import hint

_YES = frozenset({"true", "1", "yes", "on"})
_NO = frozenset({"false", "0", "no", "off"})

T = TypeVar("T")


@dataclass(frozen=True)
class SettingType:
    """One type of settings: the JSON schema of a value, without help and default, and the function that reads it."""

    schema: Mapping[str, Any]
    read: Callable[[object], Any]


def inside(place: str, read: Callable[[object], T], raw: object) -> T:
    """Return `read(raw)`. The sentence of its ValueError then begins with `place`."""
    try:
        return read(raw)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error


def number(minimum: float, maximum: float, *, whole: bool = False) -> SettingType:
    """Return the type of numbers between two bounds, both included. Text is converted."""
    bounds = f"{'a whole number' if whole else 'a number'} from {minimum:.15g} to {maximum:.15g}"

    def read(raw: object) -> float:
        try:
            if isinstance(raw, bool) or not isinstance(raw, (str, int, float)):
                raise ValueError("no number")  # noqa: TRY301 - the sentence is the same for all that is wrong
            value = float(raw)
        except (ValueError, OverflowError):
            raise ValueError(f"must be {bounds}") from None
        if not math.isfinite(value) or not minimum <= value <= maximum or (whole and value % 1):
            raise ValueError(f"must be {bounds}, not {raw}")
        return int(value) if whole else value

    return SettingType({"type": "integer" if whole else "number", "minimum": minimum, "maximum": maximum}, read)


def choice(*words: str) -> SettingType:
    """Return the type of settings that are one of several lower-case words. Capitals are accepted."""

    def read(raw: object) -> str:
        word = raw.strip().lower() if isinstance(raw, str) else ""
        if word not in words:
            raise ValueError(f"must be {' or '.join(map(repr, words))}")
        return word

    return SettingType({"type": "string", "enum": list(words)}, read)


def _exact_text(raw: object) -> str:
    """Return text as it is. JSON is often written by programs, so a whole number counts as its digits."""
    if isinstance(raw, bool) or not isinstance(raw, (str, int)):
        raise ValueError("must be text")
    return str(raw)


def _text(raw: object) -> str:
    text = _exact_text(raw).strip()
    if not text:
        raise ValueError("is blank")
    return text


def _header_text(raw: object) -> str:
    text = _text(raw)
    if not (text.isascii() and text.isprintable()):
        raise ValueError("holds characters that cannot be sent in an HTTP header; copy it again")
    return text


def _flag(raw: object) -> bool:
    word = str(raw).strip().lower() if isinstance(raw, (bool, int, str)) else ""
    if word not in _YES | _NO:
        raise ValueError("must be true or false")
    return word in _YES


def _zone(raw: object) -> str:
    name = raw.strip() if isinstance(raw, str) else ""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"must be the name of a time zone, such as Europe/Prague{_zone_meant(name)}") from None


def _zone_meant(name: str) -> str:
    """Return the zone that was probably meant, as the end of a sentence; "" for an offset, which no zone is."""
    if not re.fullmatch(r"[A-Za-z_/ ]+", name):
        return ""
    zones = sorted(available_timezones())
    return hint(name, zones, {zone.rpartition("/")[2].lower(): zone for zone in zones})


def _moment(raw: object) -> Moment:
    if not isinstance(raw, str):
        raise ValueError("must be text, such as 2024-01-31 or 2024-01-31T00:00:00Z")
    return inside("is wrong", lambda _: parse_moment(raw), raw)


def _certificates(raw: object) -> str:
    path = raw.strip() if isinstance(raw, str) else ""
    try:
        if os.path.isdir(path):  # noqa: PTH112 - the path is handed on as text
            return path
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except OSError as error:  # ssl.SSLError is one
        raise ValueError(f"must be a file of certificates in PEM: {path}: {error.strerror or error}") from error
    return path


def _names(raw: object) -> tuple[str, ...]:
    """Return names in order, each once. Text is split at its commas."""
    parts = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(parts, (list, tuple)) or not all(isinstance(part, str) for part in parts):
        raise ValueError("must be a list of names, or text with commas between them")
    names = tuple(dict.fromkeys(name for part in parts if (name := part.strip())))
    if not names:
        raise ValueError("names nothing; leave it out to get the default")
    return names


def _filters(raw: object) -> dict[str, Filter]:
    if not isinstance(raw, Mapping):
        raise ValueError('must be an object from the names of streams to filters, such as {"tickets": {...}}')
    if "field" in raw or "logic" in raw:
        raise ValueError('must begin with the name of a stream, as in {"tickets": {"field": ...}}')
    return {stream: inside(f"of {stream}", parse_filter, tree) for stream, tree in raw.items()}


TEXT = SettingType({"type": "string"}, _text)
"""Text, without spaces around it."""

PASSWORD = SettingType({"type": "string"}, _exact_text)
"""Text that may begin or end with a space."""

HEADER_TEXT = SettingType({"type": "string"}, _header_text)
"""Text that is sent in an HTTP header."""

FLAG = SettingType({"type": "boolean"}, _flag)
"""A boolean; 1 and 0, yes and no, on and off are accepted."""

ZONE = SettingType({"type": "string"}, _zone)
"""The IANA name of a time zone."""

MOMENT = SettingType({"type": "string"}, _moment)
"""A date or a date-time."""

CERTIFICATES = SettingType({"type": "string"}, _certificates)
"""The path of a file or a folder of certificates."""

NAMES = SettingType({"type": ["array", "string"], "items": {"type": "string"}}, _names)
"""A list of names, or text with commas between them."""

FILTERS = SettingType({"type": "object", "additionalProperties": {"type": ["object", "array"]}}, _filters)
"""Filter trees by the name of their stream."""
