"""What the value of a setting may be: how it is read from JSON or from text, and how a JSON schema describes it.

A kind's `read` returns the value or raises ValueError with the end of a sentence whose beginning is the setting's name
("page_size" + " must be a whole number"). It never repeats what it was given where that may be a secret.
"""

from __future__ import annotations

import math
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tap_daktela.daktela.clock import Moment, parse_moment
from tap_daktela.daktela.query import Filter, parse_filter

_YES = frozenset({"true", "1", "yes", "on"})
_NO = frozenset({"false", "0", "no", "off"})


class Kind(Protocol):
    """How one kind of value is read and described."""

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of a value, to which the setting adds its help and default."""
        raise NotImplementedError

    def read(self, raw: object) -> Any:
        """Return the value that `raw`, which is neither null nor empty, stands for; ValueError as described above."""
        raise NotImplementedError


@dataclass(frozen=True)
class Text:
    """Any text; `header` for what is sent in an HTTP header, `exact` for what may begin or end with a space."""

    header: bool = False
    exact: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """Text."""
        return {"type": "string"}

    def read(self, raw: object) -> str:
        """Return the text; a whole number is taken as its digits, since JSON is often written by other programs."""
        if isinstance(raw, bool) or not isinstance(raw, (str, int)):
            raise ValueError("must be text")
        text = str(raw) if self.exact else str(raw).strip()
        if not text:
            raise ValueError("is blank")
        if self.header and not (text.isascii() and text.isprintable()):
            raise ValueError("holds characters that cannot be sent in an HTTP header; copy it again")
        return text


@dataclass(frozen=True)
class Number:
    """A number between two bounds, both included."""

    minimum: float
    maximum: float
    whole: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """A number with its bounds."""
        return {
            "type": "integer" if self.whole else "number",
            "minimum": self.minimum,
            "maximum": self.maximum,
        }

    def read(self, raw: object) -> float:
        """Return the number; text is taken for one."""
        noun = "a whole number" if self.whole else "a number"
        bounds = f"{noun} from {self.minimum:g} to {self.maximum:g}"
        try:
            if isinstance(raw, bool) or not isinstance(raw, (str, int, float)):
                raise ValueError("no number")  # noqa: TRY301 - the sentence is the same for all that is wrong
            value = float(raw)
        except (ValueError, OverflowError):
            raise ValueError(f"must be {bounds}") from None
        if not math.isfinite(value) or not self.minimum <= value <= self.maximum or (self.whole and value % 1):
            raise ValueError(f"must be {bounds}, not {raw}")
        return int(value) if self.whole else value


@dataclass(frozen=True)
class Flag:
    """True or false."""

    @property
    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}

    def read(self, raw: object) -> bool:
        """Return the boolean; 1 and 0 and the usual words are taken for it."""
        word = str(raw).strip().lower() if isinstance(raw, (bool, int, str)) else ""
        if word not in _YES | _NO:
            raise ValueError("must be true or false")
        return word in _YES


@dataclass(frozen=True)
class Choice:
    """One of several words."""

    words: tuple[str, ...]

    @property
    def schema(self) -> dict[str, Any]:
        """An enumeration."""
        return {"type": "string", "enum": list(self.words)}

    def read(self, raw: object) -> str:
        """Return the word."""
        word = raw.strip().lower() if isinstance(raw, str) else ""
        if word not in self.words:
            raise ValueError(f"must be {' or '.join(map(repr, self.words))}")
        return word


@dataclass(frozen=True)
class Zone:
    """The name of a time zone."""

    @property
    def schema(self) -> dict[str, Any]:
        """Text."""
        return {"type": "string"}

    def read(self, raw: object) -> str:
        """Return the name, for which there is a zone."""
        name = raw.strip() if isinstance(raw, str) else ""
        try:
            return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("must be the name of a time zone, such as Europe/Prague") from None


@dataclass(frozen=True)
class Instant:
    """A point in time."""

    @property
    def schema(self) -> dict[str, Any]:
        """Text; a date or a date-time."""
        return {"type": "string"}

    def read(self, raw: object) -> Moment:
        """Return the date or date-time."""
        if not isinstance(raw, str):
            raise ValueError("must be text, such as 2024-01-31 or 2024-01-31T00:00:00Z")
        try:
            return parse_moment(raw)
        except ValueError as error:
            raise ValueError(f"is wrong: {error}") from error


@dataclass(frozen=True)
class CertificateFile:
    """A file (or a folder) of certificates."""

    @property
    def schema(self) -> dict[str, Any]:
        """A path."""
        return {"type": "string"}

    def read(self, raw: object) -> str:
        """Return the path, from which certificates could be read."""
        path = raw.strip() if isinstance(raw, str) else ""
        try:
            if os.path.isdir(path):  # noqa: PTH112 - the path is handed on as text
                return path
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
        except OSError as error:  # ssl.SSLError is one
            raise ValueError(f"must be a file of certificates in PEM: {error.strerror or error}") from error
        return path


@dataclass(frozen=True)
class Names:
    """A list of names."""

    @property
    def schema(self) -> dict[str, Any]:
        """A list of text."""
        return {"type": ["array", "string"], "items": {"type": "string"}}

    def read(self, raw: object) -> tuple[str, ...]:
        """Return the names in order, each once; text is split at its commas."""
        parts = raw.split(",") if isinstance(raw, str) else raw
        if not isinstance(parts, (list, tuple)) or not all(isinstance(part, str) for part in parts):
            raise ValueError("must be a list of names, or text with commas between them")
        names = tuple(dict.fromkeys(name for part in parts if (name := part.strip())))
        if not names:
            raise ValueError("names nothing; leave it out to get the default")
        return names


@dataclass(frozen=True)
class Filters:
    """Filter trees by stream."""

    @property
    def schema(self) -> dict[str, Any]:
        """An object of filters."""
        return {"type": "object", "additionalProperties": {"type": ["object", "array"]}}

    def read(self, raw: object) -> dict[str, Filter]:
        """Return the checked filters by the name of their stream."""
        if not isinstance(raw, Mapping):
            raise ValueError("must be an object from the names of streams to filters")
        return {stream: inside(f"of {stream}", parse_filter, tree) for stream, tree in raw.items()}


def inside(place: str, read: Any, raw: object) -> Any:
    """Return `read(raw)`; the sentence of its ValueError is put behind the place."""
    try:
        return read(raw)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error
