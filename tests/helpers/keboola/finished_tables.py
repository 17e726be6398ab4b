"""Finished tables made of rows as the target writes them."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.keboola.job import Job, StreamCounts, TableRequest
from tap_daktela.keboola.tables.formats import table_specs
from tap_daktela.keboola.tables.table_set import TableSet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tap_daktela.keboola.tables.table_spec import TableSpec

KNOWN = entries(STREAMS)


def spec_of(stream: str, *fields: str, **options: Any) -> TableSpec:
    """Return the spec of one stream's table."""
    request = TableRequest(stream, stream, fields or None)
    [spec] = table_specs(Job({}, (request,), "acme", **options), KNOWN)
    return spec


def filled(spec: TableSpec, **values: str) -> dict[str, str]:
    """Return a row of the stream that a table is made of, empty but for `values`."""
    assert set(values) <= spec.reads
    return {
        column.name: values.get(column.name, "")
        for column in KNOWN[spec.stream or ""].columns
        if column.name in spec.reads
    }


class TableMaker:
    """Takes rows as the target has them, and gives finished ones."""

    def __init__(self, folder: Path) -> None:
        self.raw, self.done = folder / "raw", folder / "done"
        self.raw.mkdir()
        self.done.mkdir()
        self.counts: dict[str, StreamCounts] = {}

    def take(self, stream: str, rows: list[dict[str, str]], columns: list[str] | None = None) -> None:
        """Write a file as the target does."""
        names = columns or list(rows[0])
        with (self.raw / f"{stream}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
        self.counts[stream] = StreamCounts(tuple(names), rows=len(rows))

    def finish(
        self,
        spec: TableSpec,
        remembered: Mapping[str, list[str]] | None = None,
        defined: Mapping[str, list[str]] | None = None,
    ) -> list[dict[str, str]]:
        """Return the rows of the finished table; its header is in `header`."""
        tables = TableSet("acme", self.raw, self.done, [spec], remembered or {}, defined=defined or {})
        table = tables.finish(spec, self.counts)
        self.table = table
        with table.file.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            self.header = next(reader)
            rows = [dict(zip(self.header, row, strict=True)) for row in reader]
        assert self.header == table.spec.column_names
        assert len(rows) == table.rows
        return rows
