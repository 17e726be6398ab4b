"""From Daktela's rows to the records of one selected stream."""

from collections.abc import Iterator
from functools import cached_property
from itertools import islice

from tap_daktela.catalog.entries import KEY, Selected
from tap_daktela.errors import ContractError
from tap_daktela.sync.records.bad_values import BadValues
from tap_daktela.sync.records.coercion import Coercer
from tap_daktela.sync.records.compiler import Shape, compile_shape
from tap_daktela.sync.records.derived import expansion
from tap_daktela.sync.records.dotted import Row

BATCH_ELEMENTS = 200
"""List elements that are converted together: with thousands, each takes several times as long."""


class RecordMaker:
    """Turns rows of an endpoint into records of the catalog entry that is `selected`.

    `nested` is `native`, or `json` for nested values as JSON text.
    """

    def __init__(self, selected: Selected, coercer: Coercer, *, nested: str) -> None:
        entry = selected.entry
        self._name = entry.name
        self._selected = selected
        self._coercer = coercer
        self._nested = nested
        self._expand = expansion(entry, coercer) if entry.derived else None

    @cached_property
    def _shape(self) -> Shape:
        # Compiled with the first rows: most streams of most runs have none.
        entry = self._selected.entry
        key = KEY if entry.derived else entry.stream.key_field
        return compile_shape(self._selected.columns, key, self._coercer, nested=self._nested, identity=entry.key)

    def records(self, rows: list[Row]) -> tuple[list[Row], BadValues]:
        """Return the records of `rows`, and what could not be used in them. ContractError if a row got lost."""
        return self._records(rows if self._expand is None else list(self._expand(rows)))

    def batches(self, rows: list[Row]) -> Iterator[tuple[list[Row], BadValues]]:
        """Yield what `records` returns in parts. A row has one record, or hundreds in a stream of list elements."""
        if self._expand is None:
            yield self._records(rows)
            return
        elements = iter(self._expand(rows))
        size = BATCH_ELEMENTS
        while size == BATCH_ELEMENTS:
            part = list(islice(elements, BATCH_ELEMENTS))
            size = len(part)
            yield self._records(part)

    def _records(self, rows: list[Row]) -> tuple[list[Row], BadValues]:
        records = self._shape(rows) if rows else []
        bad = self._coercer.taken()
        if len(records) + bad.refused.count != len(rows):
            numbers = f"{len(rows)} rows became {len(records)} records, and {bad.refused.count} were refused"
            raise ContractError(f"{self._name}: the numbers do not add up: {numbers}")
        return records, bad
