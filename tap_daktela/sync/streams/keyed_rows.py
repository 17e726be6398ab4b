"""Reading the rows of an endpoint in which a field has one of many values, such as keys."""

from collections.abc import Callable, Sequence
from typing import Any

from tap_daktela.daktela.query import Filter, where
from tap_daktela.sync.reading.endpoint import ServerQuirks
from tap_daktela.sync.reading.found import ReadRange
from tap_daktela.sync.reading.reader import WindowReader
from tap_daktela.sync.reading.row_range import RowRange
from tap_daktela.sync.scheduling.steps import Fork, Reading

KEYS_AT_A_TIME = 50
"""Keys in one filter. More would make the URL longer than servers accept."""


def rows_with(reader_of: Callable[[Filter], WindowReader], field: str, keys: Sequence[Any]) -> Reading:
    """Read the rows in which `field` is one of `keys`, in batches. `reader_of` reads the rows that pass a filter.

    The first batch shows what the instance can do, and the others are read accordingly.
    """
    batches = [keys[at : at + KEYS_AT_A_TIME] for at in range(0, len(keys), KEYS_AT_A_TIME)]
    readers = [reader_of(where(field, "in", batch)) for batch in batches]
    if readers:
        (first,) = yield Fork([readers[0].read_whole()])
        yield Fork([_read(reader, first.quirks) for reader in readers[1:]])


def _read(reader: WindowReader, quirks: ServerQuirks) -> Reading:
    read: ReadRange = yield from reader.read(RowRange(), quirks)
    if not read.rows:
        yield from reader.confirm_empty(None, read.quirks)
