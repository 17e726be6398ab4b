"""Values that are not what their column declares: turned into it where that is safe, else null and counted.

The compiled record function (see `shape`) comes here only for values that it does not recognise at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from tap_daktela.daktela import clock

INT64 = 2**63
"""Integers of this size and beyond fit no common column type."""

SECRET_NAME = re.compile(r"passw|secret|token|api_?key|credential|private_?key|(^|_)(pwd|pass|pin|auth)$", re.IGNORECASE)
"""Names under which open objects may carry secrets; what they name never leaves."""

_TRUE = {1, "1", "true", "yes"}
_FALSE = {0, "0", "false", "no"}
_HOURS_REMEMBERED = 50_000


@dataclass
class Dirt:
    """How many values of a column were not what it declares, with the key of one row as an example."""

    count: int = 0
    example: Any = None


class Values:
    """Turns values of one stream into what its columns declare, and counts those for which that is impossible.

    `local` keeps wall-clock text as it is; else it becomes RFC 3339 in UTC (a reading that occurs twice: its earlier
    instant).
    """

    def __init__(self, zone: ZoneInfo, *, local: bool) -> None:
        """Take the zone that the instance's wall clock is in."""
        self.dirt: dict[str, Dirt] = {}
        self.hours: dict[str, str] = {}
        self.minutes = frozenset(f":{minute:02}:{second:02}" for minute in range(60) for second in range(60))
        self.suffix = "" if local else "Z"
        self._zone = zone
        self._local = local

    def dirty(self, column: str, key: Any) -> None:
        """Count one value that became null."""
        dirt = self.dirt.setdefault(column, Dirt())
        dirt.count += 1
        if dirt.example is None:
            dirt.example = key

    def text(self, value: Any, column: str, key: Any) -> str | None:
        """Return a scalar as text, and an embedded record as its key."""
        if isinstance(value, str) or value is None:
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int) or (isinstance(value, float) and abs(value) < INT64):
            return str(int(value) if value == int(value) else value)
        if isinstance(value, dict) and isinstance(value.get("name"), str | int):
            return str(value["name"])
        return self._nothing(value, column, key)

    def integer(self, value: Any, column: str, key: Any) -> int | None:
        """Return a whole number of at most 64 bits."""
        if isinstance(value, str):
            try:
                value = int(value) if value.strip() else None
            except ValueError:
                return self._nothing(value, column, key)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value is None or (isinstance(value, int) and -INT64 <= value < INT64):
            return None if value is None else int(value)
        if isinstance(value, dict) and isinstance(value.get("name"), str | int):
            return self.integer(value["name"], column, key)
        return self._nothing(value, column, key)

    def number(self, value: Any, column: str, key: Any) -> float | int | None:
        """Return a finite number."""
        if isinstance(value, str):
            try:
                value = float(value) if value.strip() else None
            except ValueError:
                return self._nothing(value, column, key)
        if isinstance(value, bool):
            value = int(value)
        if value is None or (isinstance(value, int | float) and abs(value) < INT64):
            return value
        return self._nothing(value, column, key)

    def boolean(self, value: Any, column: str, key: Any) -> bool | None:
        """Return true or false for what PHP may write for them."""
        plain = value.strip().lower() if isinstance(value, str) else value
        if isinstance(plain, str | int | float):
            if plain in _TRUE:
                return True
            if plain in _FALSE:
                return False
        return None if plain == "" else self._nothing(value, column, key)

    def moment(self, value: Any, column: str, key: Any) -> str | None:
        """Return a point in time, and remember its hour so that the next value of that hour need not come here."""
        if value is None or value == "":
            return None
        try:
            return self._moment(value)
        except (ValueError, OverflowError, TypeError):
            return self._nothing(value, column, key)

    def _moment(self, value: str) -> str:
        instant = clock.to_utc(value, self._zone)
        wall = value.replace("T", " ")[:19]
        utc = instant.isoformat(timespec="seconds")[:19]
        hour = wall[:13]
        if self._local:
            datetime.fromisoformat(wall)
        elif not self._is_plain(hour, utc[:13]):
            return utc + "Z"
        if len(self.hours) < _HOURS_REMEMBERED:
            self.hours[hour] = hour if self._local else utc[:13]
        return wall if self._local else utc + "Z"

    def _is_plain(self, hour: str, utc_hour: str) -> bool:
        """Tell whether all readings of `hour` lie in the one hour `utc_hour`, minute by minute."""
        first, last = (clock.to_utc(f"{hour}:{rest}", self._zone).isoformat()[:19] for rest in ("00:00", "59:59"))
        return first == f"{utc_hour}:00:00" and last == f"{utc_hour}:59:59"

    def _nothing(self, value: Any, column: str, key: Any) -> None:
        """Count `value` as dirty, unless it is one of PHP's ways to write an empty value."""
        if value not in ("", [], {}):
            self.dirty(column, key)

    # --- nested values ------------------------------------------------------------------------------------------

    def records(self, shape: Callable[[list[Any]], list[Any]]) -> Callable[[Any, str, Any], list[Any] | None]:
        """Return the function for a list of embedded records, each of which `shape` turns into a record."""

        def convert(value: Any, column: str, key: Any) -> list[Any] | None:
            found = elements(value)
            if found is None:
                return self._nothing(value, column, key)
            return shape([item if isinstance(item, dict) else {"name": item} for item in found])

        return convert

    def array(self, value: Any, column: str, key: Any) -> list[Any] | None:
        """Return an open list, without secrets."""
        found = elements(value)
        return self._nothing(value, column, key) if found is None else [scrub(item) for item in found]

    def obj(self, value: Any, column: str, key: Any) -> dict[str, Any] | None:
        """Return an open object, without secrets (Daktela V6 API: an empty one is `[]`, PHP's empty array)."""
        if isinstance(value, list):
            value = {str(index): item for index, item in enumerate(value)}
        if not isinstance(value, dict):
            return None if value is None else self._nothing(value, column, key)
        return dict(scrub(value))

    def custom_fields(self, wanted: frozenset[str] | None) -> Callable[[Any, str, Any], dict[str, list[str | None]] | None]:
        """Return the function for custom fields, each a list of texts; of all fields, or of those that are `wanted`."""

        def convert(value: Any, column: str, key: Any) -> dict[str, list[str | None]] | None:
            if not isinstance(value, dict):
                return {} if value == [] else self._nothing(value, column, key)
            return {
                name: [self.text(item, column, key) for item in listed(values)]
                for name, values in value.items()
                if wanted is None or name in wanted
            }

        return convert


def elements(value: Any) -> list[Any] | None:
    """Return the elements of a list, or of an object that stands for one, without nulls; None for what is neither."""
    if isinstance(value, dict):
        value = list(value.values())
    return [item for item in value if item is not None] if isinstance(value, list) else None


def listed(values: Any) -> list[Any]:
    """Return the values of one custom field, which is a list as a rule."""
    if isinstance(values, dict):
        return list(values.values())
    return values if isinstance(values, list) else [values]


def scrub(value: Any) -> Any:
    """Return `value` without anything whose name says that it is a secret, at any depth."""
    if isinstance(value, dict):
        return {name: scrub(inner) for name, inner in value.items() if not SECRET_NAME.search(name)}
    if isinstance(value, list):
        return [scrub(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -INT64 <= value < INT64:
        return float(value)
    return value


def json_text(value: Any) -> str | None:
    """Return a nested value as JSON text."""
    return None if value is None else orjson.dumps(value).decode()
