"""What can be the key of a row, and what is told of rows that have none."""

import re
import reprlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tap_daktela.catalog.entries import KEY
from tap_daktela.redaction import redactor
from tap_daktela.sync.records.dotted import Row
from tap_daktela.sync.records.json_values import record_key

EXAMPLES = 3
"""How many rows without a key are named."""

_LONGEST = 30  # characters of text that is shown
_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxlong = 10_000  # Less could cut a secret in two before it is seen.
_READING = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)


def is_key(value: Any) -> bool:
    """Tell whether a value can be a key: null cannot, nor text that is empty or blank.

    Whatever trims text, as many warehouses do, would take all blank keys for one, the empty one.
    """
    return value is not None and not (isinstance(value, str) and not value.strip())


def are_keys(values: Sequence[Any]) -> bool:
    """Tell whether each of the values can be a key."""
    kinds = set(map(type, values))
    # Nearly always, all are text or all are numbers: then no call for each is needed.
    return kinds == {int} or (kinds == {str} and all(map(str.strip, values))) or all(map(is_key, values))


def shown(value: Any) -> str:
    """Return a value from a row, of any size and depth, for a sentence: text in quotes, without its middle."""
    text = redactor.from_outside(_REPR.repr(value))
    return text if not isinstance(value, str) or len(text) <= _LONGEST else f"{text[:13]}...{text[-14:]}"


@dataclass
class RowsWithoutKey:
    """Rows that cannot be written because they have no usable key: how many, and what is known of the first ones."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, column: str, value: Any, row: Row, fields: Collection[str]) -> None:
        """Count a row whose key `column` is `value`. `fields` are those of the row that may be told."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            known = ", ".join([f"{column} is {shown(value)}", *_known_of(row, fields)])
            self.examples.append(known.replace("None", "null", 1) if value is None else known)

    def merge(self, other: "RowsWithoutKey") -> None:
        """Add what another one counts."""
        self.count += other.count
        self.examples = [*self.examples, *other.examples][:EXAMPLES]

    def __str__(self) -> str:
        """Say how many rows there are, and how to find the first ones."""
        rows = "1 row has" if self.count == 1 else f"{self.count} rows have"
        advice = "mend them in Daktela, or leave them out with a filter"
        return f"{rows} no usable key and cannot be written ({'; '.join(self.examples)}); {advice}"


def _known_of(row: Row, fields: Collection[str]) -> Iterator[str]:
    """Yield what may tell which row it is: its times and the keys of other rows, never what people wrote."""
    for name in fields:
        value = row.get(name)
        if name == KEY:
            yield f"in the row {shown(value)}"
        elif isinstance(value, str) and _READING.fullmatch(value):
            yield f"{name} {value}"
        elif (key := record_key(value)) is not None:
            yield f"{name} {shown(key)}"
