"""Finished tables. Each is made row by row from the target's file, even while that file still grows."""

import csv
import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from tap_daktela.errors import ApplicationError
from tap_daktela.keboola.job import StreamCounts
from tap_daktela.keboola.tables import custom_fields
from tap_daktela.keboola.tables.csv_tail import CsvTail
from tap_daktela.keboola.tables.rows import RowFinisher
from tap_daktela.keboola.tables.table_spec import TableSpec

LOGGER = logging.getLogger(__name__)

PAUSE_SECONDS = 0.2
"""Time to wait if no file has grown."""

LONG = 1 << 18
"""Bytes of a row that is very long."""


@dataclass(frozen=True)
class FinishedTable:
    """A finished table in the private folder: its file, its spec, and how many rows it has and leaves out."""

    spec: TableSpec
    file: Path
    rows: int
    dropped: int


class TableBuilder:
    """Makes one table in `file` from the target's file at `path`, which may still grow.

    `finisher` makes its rows and counts them; it is None until the header of the source is read.
    """

    def __init__(self, spec: TableSpec, server: str, path: Path, file: Path) -> None:
        self.spec = spec
        self.file = file
        self.finisher: RowFinisher | None = None
        self._server = server
        self.source = CsvTail(path)
        with file.open("w", newline="", encoding="utf-8") as beginning:
            _writer(beginning).writerow(spec.column_names)

    def advance(self) -> bool:
        """Finish some of the new rows; False if there are none. ApplicationError if the file is no table."""
        try:
            rows = self.source.more()
            if rows is None:
                return False
            if self.finisher is None:
                header = next(rows, None)
                if header is None:
                    return True
                self.finisher = RowFinisher(self.spec, header, self._server)
            with self.file.open("a", newline="", encoding="utf-8") as file:
                _writer(file).writerows(self.finisher.finish(rows))
        except csv.Error as error:
            raise self._unreadable(error) from error
        return True

    def end(self) -> None:
        """Finish all rows that are left. The file does not grow any more."""
        while self.advance():
            pass
        if self.source.rest:
            raise self._unreadable("it ends within a row")

    def _unreadable(self, why: object) -> ApplicationError:
        return ApplicationError(f"{self.spec.stream}: the target's file cannot be read: {why}")


class TableSet:
    """Makes the tables of one run from the target's files in the folder `raw`; the finished files are in `done`.

    `remembered` are the columns that each table had before, `defined` the custom fields of the instance, by stream.
    """

    def __init__(
        self,
        server: str,
        raw: Path,
        done: Path,
        specs: Iterable[TableSpec],
        remembered: Mapping[str, list[str]],
        *,
        defined: Mapping[str, list[str]],
    ) -> None:
        self._server = server
        self._raw = raw
        self._done = done
        self._remembered = remembered
        self._defined = defined
        self._builders = {spec.table: self._builder(spec, set()) for spec in specs}

    @contextmanager
    def ahead(self) -> Iterator[None]:
        """Finish rows in a thread, while the target still writes others."""
        over = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(self._advance, over)
            try:
                yield
            finally:
                over.set()
        future.result()

    def _advance(self, over: threading.Event) -> None:
        builders = [builder for builder in self._builders.values() if builder.spec.stream is not None]
        while not over.is_set():
            # Very long rows wait until tap and target have ended: these need much memory for such rows, too.
            grown = [builder.advance() for builder in builders if len(builder.source.rest) <= LONG]
            if not any(grown):
                over.wait(PAUSE_SECONDS)

    def finish(self, spec: TableSpec, counts: Mapping[str, StreamCounts]) -> FinishedTable:
        """Complete one table. ApplicationError if it has other rows or columns than the tap sent (`counts`)."""
        builder = self._builders[spec.table]
        if spec.stream is None:
            return FinishedTable(builder.spec, builder.file, 0, 0)
        if spec.stream not in counts:
            raise ApplicationError(f"{spec.stream}: the tap has not sent it")
        builder.end()
        if builder.finisher is not None and builder.finisher.unknown:
            # Only the rows show which custom fields they have, and the header is already written.
            builder = self._builder(spec, builder.finisher.unknown)
            builder.end()
        finisher = _checked(builder, counts[spec.stream])
        if finisher.dropped:
            LOGGER.info("%s: %d rows without their key are left out", spec.table, finisher.dropped)
        return FinishedTable(builder.spec, builder.file, finisher.read - finisher.dropped, finisher.dropped)

    def write(self, spec: TableSpec, rows: Sequence[Sequence[object]]) -> FinishedTable:
        """Make a table of `rows`, which do not come from the target."""
        builder = self._builder(spec, set())
        with builder.file.open("a", newline="", encoding="utf-8") as file:
            _writer(file).writerows(rows)
        return FinishedTable(spec, builder.file, len(rows), 0)

    def _builder(self, spec: TableSpec, found: set[str]) -> TableBuilder:
        """Begin a table, with the columns of custom fields (defined or `found`) and those that it had before."""
        fields = found.union(self._defined.get(spec.stream or "", ()), spec.chosen or ()) if spec.spread else found
        more = custom_fields.columns(spec, fields, self._remembered.get(spec.table, []))
        complete = replace(spec, columns=(*spec.columns, *more))
        file = self._done / f"{self._server}_{spec.table}.csv"
        return TableBuilder(complete, self._server, self._raw / f"{spec.stream}.csv", file)


def _checked(builder: TableBuilder, counts: StreamCounts) -> RowFinisher:
    """Return the finisher; ApplicationError unless the target wrote the columns and the number of rows that it got."""
    stream, finisher = builder.spec.stream, builder.finisher
    if finisher is None:
        raise ApplicationError(f"{stream}: the target has not written its file")
    if finisher.header != list(counts.columns):
        raise ApplicationError(f"{stream}: the target's file has other columns than the tap sent")
    if finisher.read != counts.rows:
        raise ApplicationError(
            f"{stream}: {counts.rows} rows went into the target and {finisher.read} came out; no table is written"
        )
    return finisher


def _writer(file: TextIO) -> Any:
    """Return a writer whose lines end as in RFC 4180. With a line feed alone, Python does not quote a lone return."""
    return csv.writer(file, lineterminator="\r\n")
