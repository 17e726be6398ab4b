"""Values that do not have the declared type: converted where that is safe, else null and counted.

The compiled record function (see `compiler`) calls these methods only for values that it does not recognise at once.
"""

import math
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from tap_daktela.catalog.schema import INT64
from tap_daktela.daktela import clock
from tap_daktela.sync.records.bad_values import BadValues, Occurrences
from tap_daktela.sync.records.dotted import Row
from tap_daktela.sync.records.json_values import (
    elements,
    embedded,
    from_text,
    is_int64,
    listed,
    only_element,
    record_key,
    scrub,
)
from tap_daktela.sync.records.moments import Moments

_Value = TypeVar("_Value")

_TRUE = {1, "1", "true", "yes"}
_FALSE = {0, "0", "false", "no"}
# Wrong times repeat: MySQL's zero date, for example. Long texts hardly do, and would take memory.
_NO_MOMENTS, _LONGEST_NO_MOMENT = 1000, 40
_RECORDS_ONLY = frozenset({dict})


class Coercer:
    """Converts values of one stream to the declared types, and counts those that cannot be converted.

    `moments` converts points in time; `bad` counts until it is `taken`.
    """

    def __init__(self, moments: Moments) -> None:
        self.moments = moments
        self.bad = BadValues()
        self._no_moments: set[str] = set()
        # The column whose embedded records are being converted, and the key of its row.
        self._outer: str | None = None
        self._outer_key: Any = None

    def invalid(self, column: str, key: Any) -> None:
        """Count one invalid value, which becomes null, or empty text where null is not allowed."""
        self._count(self.bad.values, column, key)

    def _count(self, by_column: dict[str, Occurrences], column: str, key: Any) -> None:
        if self._outer is not None:
            column, key = f"{self._outer}.{column}", self._outer_key
        by_column.setdefault(column, Occurrences()).add(key)

    def taken(self) -> BadValues:
        """Return what was counted since the last call."""
        bad, self.bad = self.bad, BadValues()
        return bad

    def text(self, value: Any, column: str, key: Any) -> str | None:
        """Return a scalar as text, and an embedded record as its key."""
        if isinstance(value, str) or value is None:
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int) or (isinstance(value, float) and abs(value) < INT64):
            return str(int(value) if value == int(value) else value)
        if (name := record_key(value)) is not None:
            return str(name)
        return self._unwrapped(self.text, value, column, key)

    def filled(self, value: Any, column: str, key: Any) -> str:
        """Return text where null is not allowed. A missing value becomes empty text, and is counted."""
        if value is None:
            self.invalid(column, key)
        return self.text(value, column, key) or ""

    def unwritable(self, value: Any, column: str, row: Row, fields: Collection[str]) -> None:
        """Count a row without a usable key (see `RowsWithoutKey`): written, it would overwrite another or be lost."""
        self.bad.refused.add(column, value, row, fields)

    def integer(self, value: Any, column: str, key: Any) -> int | None:
        """Return a whole number of at most 64 bits."""
        if isinstance(value, str):
            value = from_text(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value is None or is_int64(value):
            return None if value is None else int(value)
        if (name := record_key(value)) is not None:
            return self.integer(name, column, key)
        return self._unwrapped(self.integer, value, column, key)

    def number(self, value: Any, column: str, key: Any) -> float | None:
        """Return a finite number; a whole number has at most 64 bits."""
        if isinstance(value, str):
            value = from_text(value)
        if value is None or (isinstance(value, float) and math.isfinite(value)):
            return value
        if is_int64(value):
            return int(value)
        return self._unwrapped(self.number, value, column, key)

    def boolean(self, value: Any, column: str, key: Any) -> bool | None:
        """Return true or false, also for the texts and numbers that PHP may write for them."""
        plain = value.strip().lower() if isinstance(value, str) else value
        if isinstance(plain, str | int | float):
            if plain in _TRUE:
                return True
            if plain in _FALSE:
                return False
        return None if value is None else self._unwrapped(self.boolean, value, column, key)

    def moment(self, value: Any, column: str, key: Any) -> str | None:
        """Return a point in time."""
        if value is None or value == "":
            return None
        if isinstance(value, str) and value not in self._no_moments:
            try:
                return self.moments.converted(clock.with_time(value))
            except (ValueError, OverflowError):
                if len(self._no_moments) < _NO_MOMENTS and len(value) <= _LONGEST_NO_MOMENT:
                    self._no_moments.add(value)
        return self._unwrapped(self.moment, value, column, key)

    def _unwrapped(
        self, convert: Callable[[Any, str, Any], _Value | None], value: Any, column: str, key: Any
    ) -> _Value | None:
        """Return what `convert` makes of the only element of a list, and count that; null for any other value."""
        if (alone := only_element(value)) is not value:
            self._count(self.bad.unwrapped, column, key)
            return convert(alone, column, key)
        self.unusable(value, column, key)
        return None

    def unusable(self, value: Any, column: str, key: Any) -> None:
        """Count `value`, which becomes null, unless it is one of PHP's ways to write an empty value."""
        if value not in ("", [], {}):
            self.invalid(column, key)

    # --- nested values ------------------------------------------------------------------------------------------

    def records(self, shape: Callable[[list[Any]], list[Any]]) -> Callable[[Any, str, Any], list[Any] | None]:
        """Return the function for a list of embedded records, which `shape` turns into records."""

        def convert(value: Any, column: str, key: Any) -> list[Any] | None:
            rows = value
            if value.__class__ is not list or not _RECORDS_ONLY.issuperset(map(type, value)):  # it nearly always is
                found = embedded(value)
                if found is None:
                    self.unusable(value, column, key)
                    return None
                rows = [item if isinstance(item, dict) else {"name": item} for item in found]
            self._outer, self._outer_key = column, key
            records = shape(rows)
            self._outer = None
            return records

        return convert

    def record(
        self, shape_of: Callable[[Row], Callable[[list[Row]], list[Row]]]
    ) -> Callable[[Any, str, Any], dict[str, Any] | None]:
        """Return the function for one embedded record. `shape_of` finds what converts it; nulls are left out."""

        def convert(value: Any, column: str, key: Any) -> dict[str, Any] | None:
            if isinstance(value, list):
                return self._unwrapped(convert, value, column, key)
            if value in ("", False):
                return None
            # Daktela V6 API: a relation may come as its bare key.
            row = value if isinstance(value, dict) else {"name": value}
            self._outer, self._outer_key = column, key
            [record] = shape_of(row)([row])
            self._outer = None
            return {name: part for name, part in record.items() if part is not None}

        return convert

    def array(self, value: Any, column: str, key: Any) -> list[Any] | None:
        """Return an open list, without secrets."""
        try:
            found = elements(scrub(value))
        except ValueError:
            self.invalid(column, key)
            return None
        if found is None:
            self.unusable(value, column, key)
        return found

    def obj(self, value: Any, column: str, key: Any) -> dict[str, Any] | None:
        """Return an open object, without secrets (Daktela V6 API: an empty one is `[]`, PHP's empty array)."""
        if isinstance(value, list):
            value = {str(index): item for index, item in enumerate(value)}
        if not isinstance(value, dict):
            self.unusable(value, column, key)
            return None
        try:
            return dict(scrub(value))
        except ValueError:
            self.invalid(column, key)
            return None

    def custom_fields(
        self, wanted: frozenset[str] | None
    ) -> Callable[[Any, str, Any], dict[str, list[str | None]] | None]:
        """Return the function for custom fields, each a list of texts; of all fields, or of those that are `wanted`."""

        def convert(value: Any, column: str, key: Any) -> dict[str, list[str | None]] | None:
            if not isinstance(value, dict):
                self.unusable(value, column, key)
                return None
            return {
                name: [
                    item if item.__class__ is str else self.text(item, column, key)
                    for item in (values if values.__class__ is list else listed(values))
                ]
                for name, values in value.items()
                if wanted is None or name in wanted
            }

        return convert
