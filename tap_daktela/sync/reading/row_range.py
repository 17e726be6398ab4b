"""Which rows to read, what tells them apart, and what became of them."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import orjson

from tap_daktela.catalog.fields import snake
from tap_daktela.daktela import clock
from tap_daktela.daktela.query import Filter, all_of, where
from tap_daktela.errors import ContractError
from tap_daktela.redaction import redactor
from tap_daktela.sync.reading import windows
from tap_daktela.sync.reading.windows import Window
from tap_daktela.sync.records.dotted import Row
from tap_daktela.sync.records.json_values import only_element
from tap_daktela.sync.records.row_keys import are_keys, is_key, shown

KEY_ORDERS = (int, str, lambda key: str(key).lower(), lambda key: str(key).upper())
"""How databases compare keys: as numbers, or as text with or without regard to case."""

_KEY_TYPES = {str, int, float, bool}


@dataclass
class WindowCounts:
    """What became of the rows of a range.

    `promised` is the server's total (None: there is none that can be trusted); if the total changed between pages, it
    is the value closest to the rows received. `written` counts rows written, `repeated` rows received again, `reread`
    rows received while the range was read again.
    """

    promised: int | None = None
    written: int = 0
    repeated: int = 0
    reread: int = 0

    def add(self, other: "WindowCounts") -> None:
        """Add the counts of another range."""
        if other.promised is not None:
            self.promised = (self.promised or 0) + other.promised
        self.written += other.written
        self.repeated += other.repeated
        self.reread += other.reread


class RowRange(NamedTuple):
    """The rows in a window (None: at any time) with keys greater than `after`, up to and including `upto`."""

    window: Window | None = None
    after: Any = None
    upto: Any = None

    def __str__(self) -> str:
        """Name the rows in a message."""
        parts = [f"[{self.window.lower}, {self.window.upper})"] if self.window else []
        parts += [f"behind {shown(self.after)}"] if self.after is not None else []
        parts += [f"up to {shown(self.upto)}"] if self.upto is not None else []
        return " ".join(parts) or "all rows"


@dataclass(frozen=True)
class RowQuery:
    """The rows of one list that pass the filter `wanted`, read along `axis` (None: by the key).

    `axis` and `key` are fields of the API. `name` is what messages call the list: the name of its stream. `flag` is a
    field that `wanted` lets only rows pass with, if it does.
    """

    name: str
    axis: str | None
    key: str | None
    wanted: Filter | None
    flag: str | None = None

    def within(self, window: Window | None, lower: str | None = None, *, beyond: bool = False) -> Filter | None:
        """Return the filter for `window`, from the time `lower` on if given, or only after it (`beyond`)."""
        if window is None or self.axis is None:
            return self.wanted
        above = where(self.axis, "gt" if beyond else "gte", lower or window.lower)
        return all_of(self.wanted, above, where(self.axis, "lt", window.upper))

    def filter(self, rows: RowRange) -> Filter | None:
        """Return the filter for a range."""
        key = str(self.key)
        above = where(key, "gt", rows.after) if rows.after is not None else None
        upto = where(key, "lte", rows.upto) if rows.upto is not None else None
        return all_of(self.within(rows.window), above, upto)

    def keys(self, rows: list[Row]) -> list[Hashable]:
        """Return the key of each row; for a row without a key, its content as bytes.

        ContractError for a row without a key that is nested too deeply.
        """
        keys: list[Hashable] = [row.get(self.key) for row in rows] if self.key is not None else [None] * len(rows)
        if set(map(type, keys)) <= _KEY_TYPES and are_keys(keys):
            return keys
        try:
            return [
                key if type(key) in _KEY_TYPES and is_key(key) else orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
                for row, key in zip(rows, keys, strict=True)
            ]
        except orjson.JSONEncodeError as error:
            raise ContractError(f"{self.name}: a row without a key cannot be told apart: {error}") from error

    def identities(self, rows: list[Row], before: Counter[bytes] | None = None) -> list[Hashable]:
        """Return what tells rows apart: the key; for rows without a key, the content and how often it came before.

        `before` counts contents on earlier pages of one pass, and is updated.
        """
        keys = self.keys(rows)
        if bytes not in set(map(type, keys)):
            return keys
        seen = Counter() if before is None else before
        for number, key in enumerate(keys):
            if type(key) is bytes:
                seen[key] += 1
                keys[number] = (key, seen[key])
        return keys

    def check_order(self, rows: RowRange, page: list[Row], *, sorted_by_axis: bool) -> None:
        """Raise a ContractError if the instance sends rows that the time filter excludes, or rows out of order."""
        axis, window = self.axis, rows.window
        if axis is None or window is None:
            return
        sent: list[Any] = [row.get(axis) for row in page]
        if set(map(type, sent)) != {str}:
            sent = [text for row in page if (text := reading(row, axis)) is not None]
        readings = list(map(clock.with_time, sent)) if clock.DATE_LENGTH in set(map(len, sent)) else sent
        ordered = sorted(readings)
        if readings != ordered and sorted_by_axis:
            raise ContractError(f"{self.place(rows)}: the instance does not sort by {axis}")
        # A date is compared as it was sent with the end, in case the instance compares texts.
        if ordered and not (clock.with_time(window.lower) <= ordered[0] and max(sent) < window.upper):
            message = f"the instance does not apply the filter on {axis}: asked for [{window.lower}, {window.upper})"
            first, last = map(redactor.from_outside, (ordered[0], ordered[-1]))
            raise ContractError(f"{self.place(rows)}: {message}, it sent {first} to {last}")

    def place(self, rows: RowRange) -> str:
        """Return how a message names the rows of a range."""
        along = f" by {snake(self.axis)}" if self.axis else ""
        return f"{self.name}{along}, {rows}"


def reading(row: Row, axis: str) -> str | None:
    """Return the value of `axis` as the instance sent it, without a list around it; None if it is no text."""
    value = only_element(row.get(axis))
    return value if isinstance(value, str) else None


def is_at(row: Row, axis: str, time: str | None) -> bool:
    """Tell whether the value of `axis` is `time`, with or without the clock of a midnight."""
    text = reading(row, axis)
    return text == time or (text is not None and time is not None and clock.with_time(text) == clock.with_time(time))


def last_reading(rows: list[Row], axis: str) -> str | None:
    """Return the value of `axis` in the last row that has one. ContractError if it is no reading of a clock."""
    last = next((text for row in reversed(rows) if (text := reading(row, axis)) is not None), None)
    if last is not None and not windows.is_reading(last):
        shown = redactor.from_outside(last)
        raise ContractError(f"the instance sent '{shown}' as {axis}, which is no date and time")
    return last


def ascend(keys: Sequence[Any]) -> bool:
    """Tell whether keys ascend in one of the ways in which databases compare them."""
    return any(_ascend_by(order, [key for key in keys if is_key(key)]) for order in KEY_ORDERS)


def _ascend_by(order: Callable[[Any], Any], keys: Sequence[Any]) -> bool:
    try:
        places = [order(key) for key in keys]
    except (TypeError, ValueError):
        return False
    return all(before <= behind for before, behind in pairwise(places))


def last_key(rows: list[Row], key: str) -> Any:
    """Return the key of the last row that has one; None if none has."""
    keys = (only_element(row.get(key)) for row in reversed(rows))
    return next((value for value in keys if type(value) in _KEY_TYPES and is_key(value)), None)
