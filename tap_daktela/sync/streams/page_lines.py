"""What the rows of one page become: RECORD lines for each selected stream, in batches, and what was left out."""

from collections.abc import Sequence
from typing import NamedTuple

from tap_daktela.catalog.fields import OrphanRule, Stream
from tap_daktela.sync.reading.results import Rows
from tap_daktela.sync.records.dotted import Row
from tap_daktela.sync.records.row_keys import RowsWithoutKey, are_keys, is_key
from tap_daktela.sync.records.stream_output import RecordLines, StreamOutput

BATCH_ROWS = 100
"""Rows that are converted together: so few are still in the processor's cache when they are written."""


class PageLines(NamedTuple):
    """The lines of one page, in order, and how many rows were left out.

    `kept` rows became lines. `orphans` rows have no item, `dropped` of them were left out. `keyless` are rows
    that have no key and were left out. `size` is the bytes of all lines.
    """

    parts: list[tuple[StreamOutput, RecordLines]]
    kept: int
    orphans: int
    dropped: int
    keyless: RowsWithoutKey
    size: int


def page_lines(page: Rows, outputs: Sequence[StreamOutput], stream: Stream, *, drop_orphans: bool) -> PageLines:
    """Return the lines of the rows of a page of `stream`."""
    rows, lost, dropped = page.rows, 0, 0
    if stream.item is not None:
        good = with_item(rows, stream.item)
        lost = len(rows) - len(good)
        if drop_orphans:
            rows, dropped = good, lost
    keyed, keyless = with_key(rows, stream)
    parts = [
        (output, output.lines(keyed[begin : begin + BATCH_ROWS], page.read_at))
        for begin in range(0, len(keyed), BATCH_ROWS)
        for output in outputs
    ]
    size = sum(len(lines.text) for _, lines in parts)
    return PageLines(parts, len(keyed), lost, dropped, keyless, size)


def with_item(rows: list[Row], rule: OrphanRule) -> list[Row]:
    """Return the rows that are no orphans: they embed their item, or are of a type that has none."""
    return [row for row in rows if row.get(rule.type_field) not in rule.types or _has(row, rule.field)]


def with_key(rows: list[Row], stream: Stream) -> tuple[list[Row], RowsWithoutKey]:
    """Return the rows that have a key, and tell of those that have none. All rows of a stream without a key stay."""
    key, keyless = stream.key_field, RowsWithoutKey()
    if key is None or are_keys([row.get(key) for row in rows]):
        return rows, keyless
    told = [field.api for field in stream.fields]
    for row in rows:
        if not is_key(row.get(key)):
            keyless.add(key, row.get(key), row, told)
    return [row for row in rows if is_key(row.get(key))], keyless


def _has(row: Row, field: str) -> bool:
    """Tell whether a row embeds a record, or at least its key."""
    item = row.get(field)
    if isinstance(item, dict):
        values = [*item.values()]
        return values.count(None) < len(values)
    return bool(item) or any(name.startswith(f"{field}.") and row[name] is not None for name in row)
